"""What the documentation promises: a page for every public name, links that lead somewhere, programs that run."""

import contextlib
import importlib
import inspect
import os
import re
import warnings
from functools import partial
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
from conftest import needed

import sklearn_kan
from sklearn_kan import KANClassifier, KANRegressor, SymbolicRegressor

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
PAGES = [ROOT / "README.md", ROOT / ".github" / "CONTRIBUTING.md", *sorted(DOCS.rglob("*.md"))]
EXAMPLES = sorted((DOCS / "examples").glob("plot_*.py"))
# Folders whose names are public beside those of the package itself.
PUBLIC = ("dask", "inspection", "layers", "network", "symbolic")
# Habits of ours that numpydoc has others for: a shape says what X is, a type what is returned, and not every
# method needs an example, a longer text or a list of its like.
OUR_HABITS = {"ES01", "EX01", "PR07", "RT02", "RT03", "RT04", "SA01", "SS05"}
# Longest and shortest example, in lines.
FEWEST_LINES, MOST_LINES = 20, 60


def public_names():
    """Every public name once, as the pages of the API call it: "effects", "layers.Tanh"."""
    needed("dask"), needed("distributed")
    names, known = list(sklearn_kan.__all__), {getattr(sklearn_kan, name) for name in sklearn_kan.__all__}
    for folder in PUBLIC:
        module = importlib.import_module(f"sklearn_kan.{folder}")
        names += [f"{folder}.{name}" for name in module.__all__ if getattr(module, name) not in known]
    return names


def pages_of_the_api():
    """Names that have a line in the list of the API."""
    text = (DOCS / "api" / "index.rst").read_text(encoding="utf-8")
    return re.findall(r"^   ([\w.]+)$", text, flags=re.MULTILINE)


def programs(page):
    """The blocks of Python on a page."""
    return re.findall(r"^```python\n(.*?)^```", page.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)


def links(page):
    """Addresses on a page that are places in the repository, without what stands behind #."""
    text = re.sub(r"^(```|~~~).*?^\1", "", page.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    found = re.findall(r"\]\(([^()\s]+)\)", text) + re.findall(r'(?:src|href)="([^"]+)"', text)
    return [link.split("#")[0] for link in found if "://" not in link and not link.startswith("#")]


def test_every_public_name_has_a_page_and_every_page_a_name():
    assert sorted(pages_of_the_api()) == sorted(public_names())


@pytest.mark.parametrize("estimator", [KANRegressor(), KANClassifier(), SymbolicRegressor()])
def test_the_representation_of_an_estimator_links_to_its_page(estimator):
    name = type(estimator).__name__
    assert estimator._get_doc_link().endswith(f"/api/generated/sklearn_kan.{name}.html")
    assert name in pages_of_the_api()
    assert estimator._get_doc_link() in estimator._repr_html_()


def of_this_package(cls):
    """Public methods and properties of a class that are written here."""
    for name, member in inspect.getmembers(cls):
        function = inspect.unwrap(getattr(member, "fget", member)) if callable(member) or member else member
        if not name.startswith("_") and str(getattr(function, "__module__", "")).startswith("sklearn_kan"):
            yield name


@pytest.mark.parametrize("name", sklearn_kan.__all__)
def test_docstrings_are_those_of_numpydoc(name):
    validate = needed("numpydoc.validate").validate
    value, found = getattr(sklearn_kan, name), {}
    found[name] = {code: text for code, text in validate(f"sklearn_kan.{name}")["errors"]}
    assert "EX01" not in found[name], "an example is missing"
    for method in of_this_package(value) if inspect.isclass(value) else ():
        found[f"{name}.{method}"] = dict(validate(f"sklearn_kan.{name}.{method}")["errors"])
    assert {key: errors for key, errors in found.items() if set(errors) - OUR_HABITS} == {}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page):
    """To a file, to a page that the build makes of an example or a name, or to the pages that it makes itself."""
    made = {"docs/damped_sine.html"} | {f"docs/gallery/{path.stem}" for path in EXAMPLES}
    made |= {f"docs/api/generated/sklearn_kan.{name}" for name in public_names()} | {"docs/gallery/index"}
    for link in links(page):
        target = os.path.relpath((page.parent / link).resolve(), ROOT)
        exists = (ROOT / target).exists() or any(target in (name, f"{name}.html") for name in made)
        assert exists, f"{link} leads to {target}"


def test_every_page_is_in_a_list_of_contents():
    listed = set()
    for page in PAGES:
        for block in re.findall(r"^```\{toctree\}\n(.*?)^```", page.read_text(encoding="utf-8"), flags=re.M | re.S):
            names = [line for line in block.splitlines() if line and not line.startswith(":")]
            listed |= {(page.parent / f"{name}.md").resolve() for name in names}
    assert [page for page in sorted(DOCS.rglob("*.md")) if page.resolve() not in listed] == [DOCS / "index.md"]


def test_every_picture_names_the_script_that_draws_it():
    script = (DOCS / "images" / "make.py").read_text(encoding="utf-8")
    assert [path.name for path in (DOCS / "images").glob("*.png") if f'"{path.name}"' not in script] == []


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_examples_are_short_and_check_what_their_titles_say(path):
    source = path.read_text(encoding="utf-8")
    title, rule = source.splitlines()[1:3]
    assert set(rule) == {"="}
    assert len(rule) >= len(title)
    assert FEWEST_LINES <= len(source.splitlines()) <= MOST_LINES
    assert re.search(r"^ *assert ", source, flags=re.MULTILINE), "nothing fails when the title is no longer true"
    assert re.search(r"plt\.subplots|KANDisplay", source), "there is no picture"
    assert not re.search(r"fetch_|http", source), "data that come with scikit-learn, or are generated"
    assert f'"{path.stem.removeprefix("plot_")}"' in (DOCS / "extensions" / "gallery.py").read_text(encoding="utf-8")


@contextlib.contextmanager
def inside(folder):
    """Work in another folder for a while."""
    before = os.getcwd()
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(before)


@pytest.mark.parametrize(
    "page", [ROOT / "README.md", *sorted((DOCS / "guide").glob("*.md"))], ids=lambda page: page.stem
)
def test_programs_of_the_guide_run(page, monkeypatch, tmp_path):
    """With few rows and iterations: what is tried is that everything has the names and parameters that a page says."""
    for package in ("matplotlib", "pandas", "sympy", "skl2onnx"):
        needed(package)
    import matplotlib.pyplot as plt

    def hurried(make, **hurry):
        return lambda *args, **options: make(*args, **({} if args else hurry) | options | {"max_iter": 3})

    for make in (KANRegressor, KANClassifier):
        few = hurried(make, hidden_layer_sizes=(2,), n_init=1)
        monkeypatch.setattr(sklearn_kan, make.__name__, few, raising=False)
    for search in (SymbolicRegressor, sklearn_kan.symbolic_fit):
        monkeypatch.setattr(sklearn_kan, search.__name__, partial(search, max_time=0.05), raising=False)
    monkeypatch.setattr(sklearn_kan, "distill", lambda model: model, raising=False)
    names = prelude()
    with inside(tmp_path), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for program in programs(page):
            if "Client(" in program:  # A cluster; tests/dask has one.
                continue
            if "sklearn.callback" in program and find_spec("sklearn.callback") is None:  # scikit-learn before 1.9.
                continue
            exec(compile(program, str(page), "exec"), names)
            names["X_new"] = names["X"][:5]
    plt.close("all")


def prelude():
    """What a page takes as given: rows, and a model of them."""
    program = """
import numpy as np, pandas, scipy, skl2onnx, sympy
import matplotlib
matplotlib.use("agg")
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn_kan import KANClassifier, KANRegressor
rng = np.random.RandomState(0)
X = rng.uniform(-1, 1, (60, 4))
df = pandas.DataFrame({"size": X[:, 0], "town": pandas.Categorical(np.where(X[:, 1] > 0, "A", "B"))})
df.loc[:5, "size"] = np.nan
X_new, y = X[:5], np.exp(np.sin(np.pi * X[:, 0]) + X[:, 1] ** 2)
model = KANRegressor(random_state=0).fit(X, y)
pipeline = make_pipeline(StandardScaler(), KANRegressor(random_state=0)).fit(X, y)
"""
    names = {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        exec(program, names)
    return names


def test_the_checks_of_this_file_can_fail(tmp_path):
    page = tmp_path / "page.md"
    page.write_text(
        "[a](there.md#part) [b](https://example.org)\n```python\n[c](d)\n```\n<img src='x' src=\"pic.png\">"
    )
    assert links(page) == ["there.md", "pic.png"]
    assert programs(page) == ["[c](d)\n"]
    assert {"effects", "layers.Tanh", "symbolic.Function"} <= set(public_names())
    assert "symbolic.SymbolicRegressor" not in public_names()
    assert np.isin(["predict", "fit"], list(of_this_package(KANRegressor))).all()
