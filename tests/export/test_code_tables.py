"""Programs of models of tables: levels and missing values as each language has them."""

import ctypes
from functools import cache

import numpy as np
import pytest
from fitted import assert_same
from problems import inputs
from programs import RUN, run_c
from small_tables import NAMES, answer, coded, expected, fits, later, table

from sklearn_kan import KANRegressor, distill, export_code

# Fits are stopped early: what they predict is all that matters.
pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
QUICK = {"alpha": 1e-2, "max_iter": 3, "tol": 0.1, "random_state": 0}


@pytest.fixture(params=RUN)
def language(request):
    return request.param


@cache
def of_many_levels(n_levels):
    """Rows and a model of one category, with a row of another level."""
    frame = table(1000)[["text"]]
    frame["text"] = [f"level {n % n_levels}" for n in range(1000)]
    model = KANRegressor((), **QUICK).fit(frame, np.arange(1000) % 7)
    frame.loc[3, "text"] = "other"
    return frame, model


@cache
def twin():
    """A small twin of a model, of rows with a level that the model did not know: the twin has one more."""
    return distill(fits()["with a branch"], later(120), n_starts=1)


def run(language, model, frame, folder):
    """A program on rows of a frame, in C on codes."""
    rows = frame.astype(object).where(frame.notna(), None).to_numpy()
    rows = coded(model, frame) if language == "c" else rows
    options = {"features": list(frame)} if language == "sql" else {}
    return RUN[language](export_code(model, language), rows, folder, **options)


@pytest.mark.parametrize("name", ["additive", "with a branch", "two classes", "periodic"])
def test_a_program_knows_levels_and_missing_values(name, language, tmp_path):
    found = run(language, fits()[name], later(), tmp_path)
    assert_same(found.y, expected(fits()[name], later()))
    assert found.features == NAMES


def test_what_is_missing_only_later_counts_as_the_mean(language, tmp_path):
    X = inputs(60)
    model = KANRegressor((2,), knots="quantile", **QUICK).fit(X, X[:, 0] ** 2)
    X = np.vstack([X[:5], np.where(np.eye(2), np.nan, 0.3), [[np.nan, np.nan]]])
    rows = X if language != "sql" else np.where(np.isnan(X), None, X.astype(object))
    assert_same(RUN[language](export_code(model, language), rows, tmp_path).y, model.predict(X))


@pytest.mark.parametrize("rule", ["error", "constant"])
def test_levels_and_missing_values_are_never_outside(rule, language, tmp_path):
    frame = table()
    model = KANRegressor((), extrapolation=rule, categorical_features=["text", "count"], **QUICK)
    model.fit(frame, answer(frame))
    frame.loc[:9, "text"], frame.loc[5:15, ["x", "z"]], frame["count"] = "new", np.nan, 1000
    assert_same(run(language, model, frame, tmp_path).y, model.predict(frame))


@pytest.mark.parametrize("n_levels", [1, 1000])
def test_one_level_and_a_thousand(n_levels, language, tmp_path):
    frame, model = of_many_levels(n_levels)
    assert_same(run(language, model, frame, tmp_path).y, model.predict(frame))


def test_an_empty_text_may_be_a_level(language, tmp_path):
    frame = table()
    frame.loc[::3, "text"] = ""
    model = KANRegressor((), **QUICK).fit(frame, answer(frame))
    assert_same(run(language, model, frame, tmp_path).y, model.predict(frame))


def test_c_looks_levels_up(tmp_path):
    model = fits()["additive"]
    run_c(export_code(model, "c"), coded(model, later()), tmp_path)
    code = ctypes.CDLL(str(tmp_path / "model.so")).predict_code
    code.restype, levels = ctypes.c_double, model._columns.levels[1]
    assert [code(1, level.encode()) for level in levels] == list(range(len(levels)))
    assert [code(3, b"-2"), code(3, b"31"), code(1, b"lo"), code(1, b""), code(0, b"1")] == [0, -1, -1, -1, -1]


def test_javascript_refuses_what_is_no_number(tmp_path):
    frame = later()
    frame["z"] = "much"
    with pytest.raises(ValueError, match=r"x\[4\] is no number"):
        run("javascript", fits()["additive"], frame, tmp_path)


def test_levels_of_a_twin_are_those_of_its_model(language, tmp_path):
    """A level that the model did not know is one of the twin, and has no name."""
    assert_same(run(language, twin(), later(), tmp_path).y, twin().predict(later()))


def test_levels_that_a_language_does_not_have_are_refused():
    frame = table(missing=False)
    frame["text"] = np.where(frame["flag"], "nul\0l", "b")
    with pytest.raises(ValueError, match=r"SQL has no text 'nul\\x00l'"):
        export_code(KANRegressor((), **QUICK).fit(frame, answer(table(missing=False))), "sql")
    frame["text"] = np.where(frame["flag"], 2**60, 2**60 + 1)
    model = KANRegressor((), categorical_features=["text"], **QUICK).fit(frame, answer(table(missing=False)))
    with pytest.raises(ValueError, match="'text' are too large for JavaScript"):
        export_code(model, "javascript")
