"""The plan of the house: who may import whom, and how long a file or a function may be."""

import ast
import graphlib
import subprocess
import sys
from pathlib import Path

import pytest

import sklearn_kan

PACKAGE = Path(sklearn_kan.__file__).parent
LONGEST_FILE, LONGEST_FUNCTION = 450, 60

NUMERIC = {"numpy", "scipy"}
STACK = {"basis", "knots", "layers", "network"}
TOOLS = {"losses", "penalties", "objective", "adaptation"}
GRAPHS = {f"symbolic.{name}" for name in ("edges", "expression", "library", "refit")}
# What each module may import, besides the standard library: modules of the package and others.
ALLOWED = {
    "basis": NUMERIC,
    "knots": NUMERIC | {"basis"},
    "layers": NUMERIC | {"basis", "knots"},
    "network": NUMERIC | {"basis", "knots", "layers", "threads"},
    "averages": NUMERIC,
    "losses": {"losses.base", "losses.classes", "losses.regression"},
    "losses.base": NUMERIC | {"averages"},
    "losses.classes": NUMERIC | {"averages", "losses.base"},
    "losses.regression": NUMERIC | {"averages", "losses.base"},
    "scoring": NUMERIC | {"averages"},
    "penalties": NUMERIC | STACK,
    "gauss_newton": {"numpy"},
    "objective": NUMERIC | STACK | {"gauss_newton", "losses", "penalties", "proximal", "threads"},
    "proximal": NUMERIC,
    "adaptation": NUMERIC | STACK,
    "importance": NUMERIC | STACK | {"adaptation"},
    "solvers": {"solvers.base", "solvers.lm", "solvers.lbfgs", "solvers.adam", "solvers.kaczmarz", "solvers.choice"}
    | {"solvers.sampled"},
    "solvers.base": NUMERIC,
    "solvers.lm": NUMERIC | {"solvers.base"},
    "solvers.sampled": {"solvers.lm"},
    "solvers.lbfgs": NUMERIC | {"solvers.base"},
    "solvers.adam": NUMERIC | {"solvers.base"},
    "solvers.kaczmarz": NUMERIC | {"solvers.base"},
    "solvers.choice": {"solvers.sampled", "solvers.lbfgs", "solvers.adam", "solvers.kaczmarz"},
    "holdout": NUMERIC,
    "data": NUMERIC,
    "progress": set(),
    "threads": {"numpy", "threadpoolctl"},
    "plan": {"losses"},
    "monitor": NUMERIC | {"network"},
    "initialisation": NUMERIC | STACK | {"adaptation"},
    "evidence": NUMERIC,
    "posterior": NUMERIC | STACK | {"threads"},
    "merging": NUMERIC | STACK | {"adaptation"},
    "smoothing": NUMERIC | TOOLS | {"evidence", "solvers"},
    "training": NUMERIC | STACK | TOOLS | {"evidence", "monitor", "plan", "smoothing", "solvers", "data"},
    "committee": {"numpy", "evidence", "merging", "training"},
    "starts": NUMERIC | {"committee", "initialisation", "monitor", "threads", "training"},
    "validation": {"numpy", "sklearn", "data"},
    "base": {"numpy", "sklearn", "holdout", "importance", "progress", "scoring", "solvers", "threads", "training"}
    | {"validation", "plan", "monitor", "initialisation", "penalties", "posterior", "starts"},
    "labels": {"numpy"},
    "classifier": NUMERIC | {"sklearn", "base", "data", "labels", "losses", "validation"},
    "regressor": {"numpy", "sklearn", "base", "data", "losses", "validation"},
    "inspection": {"numpy", "sklearn", "importance", "validation"},
    "theme": {"numpy"},
    "curves": {"numpy"},
    "diagram": NUMERIC,
    "drawing": {"numpy", "matplotlib", "diagram", "theme"},
    "grid": {"numpy", "matplotlib", "drawing", "theme"},
    "display": {"numpy", "matplotlib", "curves", "diagram", "drawing", "grid", "inspection", "theme"},
    "page": {"numpy", "diagram", "layers", "theme"},
    "formulas": {"numpy", "symbolic.edge_fit", "symbolic.library"},
    "interval": {"numpy"},
    "export": {"numpy", "display", "drawing", "formulas", "grid", "inspection", "interval", "page", "threads"},
    "symbolic.library": NUMERIC,
    "symbolic.edge_fit": NUMERIC | {"symbolic.library"},
    "symbolic.edges": NUMERIC | {"basis", "knots"},
    "symbolic.expression": {"numpy", "symbolic.edges"},
    "symbolic.refit": {"numpy", "penalties", "solvers.lm", "symbolic.edges"},
    "symbolic.criterion": {"numpy", "symbolic.edges", "symbolic.refit"},
    "symbolic.notation": NUMERIC | {"sympy", "symbolic.edges"},
    "symbolic.structures": {"numpy", "basis", "layers", "symbolic.edges", "symbolic.expression", "symbolic.library"},
    "symbolic.compose": {"numpy"} | GRAPHS | {"symbolic.edge_fit"},
    "symbolic.convert": {"numpy"}
    | GRAPHS
    | {"symbolic.compose", "symbolic.criterion", "symbolic.edge_fit"}
    | {"symbolic.snap"},
    "symbolic.snap": {"numpy", "symbolic.criterion", "symbolic.edges", "symbolic.refit"},
    "symbolic.search": {"numpy"} | GRAPHS | {"symbolic.convert", "symbolic.criterion", "symbolic.structures"},
    "symbolic.tidy": {"numpy", "symbolic.edges", "symbolic.library", "symbolic.structures"},
    "symbolic.table": {"numpy", "symbolic.criterion", "symbolic.expression", "symbolic.refit"},
    "symbolic.regressor": {"numpy", "sklearn", "validation", "symbolic.library", "symbolic.refit"}
    | {f"symbolic.{name}" for name in ("convert", "notation", "search", "snap", "structures", "table", "tidy")},
    "symbolic": {"symbolic.library", "symbolic.regressor"},
    "__init__": set(),
    "__main__": NUMERIC | {"sklearn", "regressor", "__init__"},
}
SKLEARN_ROOMS = {"base", "classifier", "regressor", "validation", "inspection", "display", "__main__"}
SKLEARN_ROOMS |= {"symbolic.regressor"}


def module_name(path):
    """Name of a file within the package: "basis", "solvers.lm", and "solvers" for its __init__.py."""
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


def test_every_file_has_a_row_in_the_table(name):
    assert name in ALLOWED, f"add {name!r} to ALLOWED in tests/test_structure.py, with what it may import"


def test_imports_are_those_allowed(name, source):
    extra = imports(source, name) - ALLOWED.get(name, set())
    assert not extra, f"{name} may not import {sorted(extra)}; see ALLOWED in tests/test_structure.py"


def test_scikit_learn_is_imported_in_its_own_rooms_only(name, source):
    assert "sklearn" not in imports(source, name) or name in SKLEARN_ROOMS


def test_private_names_of_scikit_learn_live_in_validation(name, source):
    assert name == "validation" or not private_sklearn_imports(source)


def test_files_are_short(source):
    assert len(source.splitlines()) <= LONGEST_FILE


def test_functions_are_short(source):
    assert not too_long(source)


def test_the_table_runs_one_way():
    """Solvers know nothing of networks, training nothing of scikit-learn, and nothing goes in a circle."""
    graphlib.TopologicalSorter(ALLOWED).prepare()
    solvers = {name for name in ALLOWED if name.startswith("solvers")}
    assert all(ALLOWED[name] <= NUMERIC | solvers for name in solvers)
    assert {name for name, row in ALLOWED.items() if "sklearn" in row} <= SKLEARN_ROOMS


@pytest.mark.parametrize(
    ("name", "source", "expected"),
    [
        ("layers", "import numpy.linalg as la\nfrom scipy.special import expit\nimport os", {"numpy", "scipy"}),
        ("layers", "from .basis import BSplineBasis", {"basis"}),
        ("layers", "from . import basis, knots", {"basis", "knots"}),
        ("layers", "def f():\n    from sklearn.base import clone", {"sklearn"}),
        ("layers", "import sklearn_kan.objective\nfrom sklearn_kan import KANRegressor", {"objective", "__init__"}),
        ("layers", "from sklearn_kan.solvers.lm import LevenbergMarquardt", {"solvers.lm"}),
        ("solvers.lm", "from .base import State\nfrom ..basis import greville", {"solvers.base", "basis"}),
        ("solvers.lm", "from . import base\nfrom .. import basis", {"solvers.base", "basis"}),
        ("solvers", "from .lm import LevenbergMarquardt", {"solvers.lm"}),
        ("__init__", "from .regressor import KANRegressor\nfrom . import basis", {"regressor", "basis"}),
    ],
)
def test_imports_are_recognised(name, source, expected):
    """The check itself is checked."""
    assert imports(source, name) == expected


def test_long_functions_and_private_imports_are_recognised():
    body = "\n".join(["    x = 1"] * 60)
    assert not too_long(f'def f():\n    """Short.\n\n    Not code.\n    """\n{body[:-10]}')
    assert too_long(f"class A:\n    def f():\n{body.replace('    ', '        ')}") == ["f: 61 lines"]
    source = "from sklearn.utils._param_validation import Interval\nfrom sklearn.base import _fit_context, clone"
    assert private_sklearn_imports(source) == [
        "sklearn.utils._param_validation.Interval",
        "sklearn.base._fit_context",
    ]


def test_import_asks_for_neither_matplotlib_nor_sympy():
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
        "print(*sorted({'matplotlib', 'sympy'} & set(asked)))\n"
    )
    run = subprocess.run([sys.executable, "-c", program], cwd=PACKAGE.parent, capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    assert run.stdout.strip() == ""
