"""The plan of the house: folders in import order, and how long a file or a function may be."""

import ast
import difflib
import graphlib
import re
import subprocess
import sys
from pathlib import Path

import pytest

import sklearn_kan

PACKAGE = Path(sklearn_kan.__file__).parent
LONGEST_FILE = 450
LONGEST_FUNCTION = 60
# Lines of what both estimators share; the ethic of base classes is to be small.
LONGEST_BASE = 150
# Lines that the classifier has in common with the regressor in runs of so many and more: their constructors, mostly.
COMMON_LINES = 60
SHORTEST_RUN = 4

# Each folder imports only from those before it: this list is the rule.
FOLDERS = (
    "utils",
    "layers",
    "network",
    "losses",
    "objective",
    "solvers",
    "evidence",
    "training",
    "estimators",
    "inspection",
    "symbolic",
    "display",
    "export",
    "dask",
)
# Solvers minimise functions of a vector and know nothing of what these are made of.
KNOW_NOTHING = ("solvers", "losses")
# Packages of others, by the folders or files that may import them; NumPy and SciPy are everywhere.
OTHERS = {
    "sklearn": {
        "utils.sklearn_compat",
        "estimators",
        "inspection",
        "symbolic.regressor",
        "symbolic.symbolic_fit",
        "display",
        "dask",
        "__main__",
    },
    "threadpoolctl": {"utils.threads", "utils.versions"},
    "matplotlib": {"display", "export"},
    "onnx": {"export"},
    "distributed": {"dask"},
    "cloudpickle": {"dask"},
    "pandas": {"dask"},
    "skl2onnx": {"export.graphs.converter"},
    "sympy": {"symbolic.notation"},
}


def module_name(path):
    """Name of a file within the package: "layers.basis", and "layers" for an __init__.py."""
    parts = path.relative_to(PACKAGE).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" and len(parts) > 1 else parts)


FILES = {module_name(path): path for path in sorted(PACKAGE.rglob("*.py"))}


def imports(source, name, modules=FILES):
    """Third-party packages and modules of this package that a source imports, anywhere in it."""
    parents = modules[name].relative_to(PACKAGE.parent).parent.parts
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found |= {resolve(alias.name.split("."), [], modules) for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            start = parents[: len(parents) - node.level + 1] if node.level else ()
            start = [*start, *(node.module.split(".") if node.module else ())]
            found |= {resolve(start, [alias.name], modules) for alias in node.names}
    return found - set(sys.stdlib_module_names)


def resolve(dotted, rest, modules):
    """Module of the package, by its longest known name, or the top-level name of another package."""
    if dotted[0] != PACKAGE.name:
        return dotted[0]
    path = dotted[1:] + rest
    while path and ".".join(path) not in modules:
        path = path[:-1]
    return ".".join(path) or "__init__"


def floor(name):
    """Place of a module in the order of folders; the two files beside the folders come last."""
    folder = name.split(".")[0]
    return FOLDERS.index(folder) if folder in FOLDERS else len(FOLDERS)


def climbs(source, name, modules=FILES):
    """Modules that a source imports from a folder after its own."""
    return {other for other in imports(source, name, modules) & set(modules) if floor(other) > floor(name)}


def too_long(source):
    """Functions with more than LONGEST_FUNCTION lines besides their docstring."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            lines = node.end_lineno - node.lineno + 1
            if ast.get_docstring(node) is not None:
                lines -= node.body[0].end_lineno - node.body[0].lineno + 1
            if lines > LONGEST_FUNCTION:
                found.append(f"{node.name}: {lines} lines")
    return found


def private_sklearn_imports(source):
    """Names imported from scikit-learn that begin with an underscore, or come from a module that does."""
    found = []
    for node in ast.walk(ast.parse(source)):
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import | ast.ImportFrom) else []
        names = [f"{node.module}.{name}" for name in names] if isinstance(node, ast.ImportFrom) else names
        found += [name for name in names if name.startswith("sklearn.") and "._" in name]
    return found


@pytest.fixture(params=FILES)
def name(request):
    return request.param


@pytest.fixture
def source(name):
    return FILES[name].read_text(encoding="utf-8")


def test_the_package_is_its_folders_and_two_files():
    assert {path.name for path in PACKAGE.iterdir() if path.name != "__pycache__"} == {
        *FOLDERS,
        "__init__.py",
        "__main__.py",
    }


def test_tests_mirror_the_folders():
    """A folder of tests for each folder of the package; what is about all of it lies beside them."""
    tests = Path(__file__).parent
    assert {path.name for path in tests.iterdir() if path.is_dir()} - {"__pycache__"} == set(FOLDERS)


def test_the_page_of_architecture_has_the_folders_in_order():
    page = (PACKAGE.parent / "docs" / "architecture.md").read_text(encoding="utf-8")
    assert tuple(re.findall(r"^\| `(\w+)` \|", page, flags=re.MULTILINE)) == FOLDERS


def test_the_page_of_architecture_names_files_that_exist():
    """All that stand in backticks, in any folder."""
    page = (PACKAGE.parent / "docs" / "architecture.md").read_text(encoding="utf-8")
    names = {name.rstrip("/") for name in re.findall(r"`([\w/.]+(?:\.py|\.js|/))`", page)} - {"sklearn_kan", "tests"}
    files = [*PACKAGE.rglob("*"), *(PACKAGE.parent / "tests").rglob("*")]
    known = [f"/{path.relative_to(PACKAGE.parent).as_posix()}" for path in files]
    assert len(names) > 20
    assert [name for name in sorted(names) if not any(path.endswith(f"/{name}") for path in known)] == []


def test_folders_import_only_from_those_before(name, source):
    assert not climbs(source, name), f"{name} imports from a folder above its own; the order is {FOLDERS}"


def test_solvers_and_losses_know_nothing_of_networks(name, source):
    folder = name.split(".")[0]
    if folder in KNOW_NOTHING:
        others = {other.split(".")[0] for other in imports(source, name) & set(FILES)}
        assert others <= {folder, "utils"}


def test_packages_of_others_are_imported_in_their_own_rooms_only(name, source):
    for package in imports(source, name) - set(FILES) - {"numpy", "scipy"}:
        assert {name, name.split(".")[0]} & OTHERS.get(package, set()), f"{name} may not import {package}"


def test_nothing_goes_in_a_circle():
    graph = {name: imports(path.read_text(encoding="utf-8"), name) & set(FILES) for name, path in FILES.items()}
    # Importing a file runs the __init__ of its folder, which only hands names on.
    graph = {name: others - {name.split(".")[0]} for name, others in graph.items() if "." in name}
    graphlib.TopologicalSorter(graph).prepare()


def test_private_names_of_scikit_learn_live_in_one_place(name, source):
    assert name == "utils.sklearn_compat" or not private_sklearn_imports(source)


def test_files_are_short(source):
    assert len(source.splitlines()) <= LONGEST_FILE


def test_functions_are_short(source):
    assert not too_long(source)


def test_the_base_of_estimators_is_small():
    source = FILES["estimators.base"].read_text(encoding="utf-8")
    (base,) = [node for node in ast.parse(source).body if isinstance(node, ast.ClassDef) and node.name == "BaseKAN"]
    assert base.end_lineno - base.lineno + 1 <= LONGEST_BASE


def test_the_classifier_repeats_little_of_the_regressor():
    """What both say is said once, in `estimators/base.py` and `parameters.py`."""
    lines = [
        [line.strip() for line in FILES[f"estimators.{name}"].read_text(encoding="utf-8").splitlines() if line.strip()]
        for name in ("regressor", "classifier")
    ]
    blocks = difflib.SequenceMatcher(None, *lines, autojunk=False).get_matching_blocks()
    assert sum(block.size for block in blocks if block.size >= SHORTEST_RUN) <= COMMON_LINES


def test_nobody_asks_a_layer_for_its_class(source):
    """A network knows its layers by their protocol: a new kind is a file, and no `isinstance` elsewhere."""
    assert not re.search(r"isinstance\([^()]*, *(SplineLayer|Tanh)\)", source)


@pytest.mark.parametrize(
    ("name", "source", "expected"),
    [
        ("layers.spline", "import numpy.linalg as la\nfrom scipy.special import expit\nimport os", {"numpy", "scipy"}),
        ("layers.spline", "from .basis import BSplineBasis", {"layers.basis"}),
        ("layers.spline", "from . import basis, knots", {"layers.basis", "layers.knots"}),
        ("layers.spline", "def f():\n    from sklearn.base import clone", {"sklearn"}),
        ("layers.spline", "import sklearn_kan.objective\nfrom sklearn_kan import f", {"objective", "__init__"}),
        ("layers.spline", "from sklearn_kan.solvers.lm import LevenbergMarquardt", {"solvers.lm"}),
        ("solvers.lm", "from .base import State\nfrom ..layers.basis import g", {"solvers.base", "layers.basis"}),
        ("solvers", "from .lm import LevenbergMarquardt", {"solvers.lm"}),
        ("__init__", "from .estimators import KANRegressor\nfrom . import layers", {"estimators", "layers"}),
    ],
)
def test_imports_are_recognised(name, source, expected):
    """The check itself is checked."""
    assert imports(source, name) == expected


def test_climbs_are_recognised():
    assert climbs("from ..training.plan import Plan\nfrom ..utils.data import TrainingData", "layers.spline") == {
        "training.plan"
    }
    assert not climbs("from .estimators import KANRegressor", "__main__")


def test_long_functions_and_private_imports_are_recognised():
    body = "\n".join(["    x = 1"] * 60)
    assert not too_long(f'def f():\n    """Short.\n\n    Not code.\n    """\n{body[:-10]}')
    assert too_long(f"class A:\n    def f():\n{body.replace('    ', '        ')}") == ["f: 61 lines"]
    source = "from sklearn.utils._param_validation import Interval\nfrom sklearn.base import _fit_context, clone"
    assert private_sklearn_imports(source) == [
        "sklearn.utils._param_validation.Interval",
        "sklearn.base._fit_context",
    ]


def test_import_asks_for_no_package_of_an_extra():
    """In a process of its own that notes each attempt, whether or not they are installed."""
    program = (
        "import sys\n"
        "asked = []\n"
        "class Watch:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        "        asked.append(name.split('.')[0])\n"
        "sys.meta_path.insert(0, Watch())\n"
        "import sklearn_kan\n"
        "assert 'numpy' not in asked\n"
        "from sklearn_kan import *\n"
        "assert 'numpy' in asked and KANRegressor is sklearn_kan.KANRegressor\n"
        "print(*sorted({'dask', 'matplotlib', 'onnx', 'sympy'} & set(asked)))\n"
    )
    run = subprocess.run([sys.executable, "-c", program], cwd=PACKAGE.parent, capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    assert run.stdout.strip() == ""
