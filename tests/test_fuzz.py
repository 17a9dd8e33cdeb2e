"""Random parameters on odd tables: a fit that is sound in every respect, or an error that says what to do.

A few cases are drawn in each run, always the same. ``SKLEARN_KAN_FUZZ=2000 pytest -n 0 tests/test_fuzz.py`` draws so
many of each kind, new ones each time; hypothesis then prints the smallest case that fails.
"""

import os
import pickle
import warnings
from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.exceptions import ConvergenceWarning

from sklearn_kan import KANClassifier, KANRegressor, SymbolicRegressor

MORE = int(os.environ.get("SKLEARN_KAN_FUZZ", "0"))


def some(n):
    """So many cases, the same in each run; or more and new ones, if the environment asks for that."""
    quiet = {"deadline": None, "database": None, "suppress_health_check": list(HealthCheck)}
    return settings(max_examples=MORE or n, derandomize=not MORE, print_blob=bool(MORE), **quiet)


# --- odd tables -------------------------------------------------------------------------------------------------

COLUMNS = {
    "uniform": lambda rng, n: rng.uniform(-1, 1, n),
    "constant": lambda rng, n: np.full(n, 0.1),
    "two values": lambda rng, n: rng.randint(2, size=n),
    "tied": lambda rng, n: np.round(3 * rng.normal(size=n)),
    "constant but for rounding": lambda rng, n: 0.1 * (1 + 1e-16 * rng.randint(3, size=n)),
    "nearly constant": lambda rng, n: 1e6 + 1e-6 * rng.normal(size=n),
    "outlier": lambda rng, n: np.where(np.arange(n) == 0, 1e6, rng.normal(size=n)),
    "code for missing": lambda rng, n: np.where(rng.uniform(size=n) < 0.2, -9999, rng.normal(50, 10, n)),
    "lognormal": lambda rng, n: np.exp(4 * rng.normal(size=n)),
    "tiny unit": lambda rng, n: 1e-110 * rng.normal(size=n),
    "huge unit": lambda rng, n: 1e150 * rng.normal(size=n),
    "far from zero": lambda rng, n: 1e9 + rng.normal(size=n),
}
WEIGHTS = {
    "none": lambda rng, n: None,
    "whole": lambda rng, n: rng.randint(1, 4, size=n).astype(float),
    "some are zero": lambda rng, n: rng.randint(2, size=n).astype(float),
    "of sum one": lambda rng, n: np.full(n, 1 / n),
    "fractions": lambda rng, n: rng.uniform(size=n),
    "huge": lambda rng, n: 1e7 * rng.uniform(0.5, 1.5, size=n),
    "unlike": lambda rng, n: 10.0 ** rng.uniform(-8, 3, size=n),
}
TARGETS = {
    "smooth": lambda rng, t: np.sin(2 * t) + 0.1 * rng.normal(size=len(t)),
    "exact": lambda rng, t: t,
    "noise": lambda rng, t: rng.normal(size=len(t)),
    "constant": lambda rng, t: np.full(len(t), 0.1),
    "outlier": lambda rng, t: np.where(np.arange(len(t)) == 0, 1e6, t),
    "tiny": lambda rng, t: 1e-110 * (t + rng.normal(size=len(t))),
    "huge": lambda rng, t: 1e150 * (t + rng.normal(size=len(t))),
    "far from zero": lambda rng, t: 1e9 + t,
    "counts": lambda rng, t: rng.poisson(np.exp(np.clip(t, -3, 3))).astype(float),
    "rare counts": lambda rng, t: rng.poisson(0.03, size=len(t)).astype(float),
    "amounts": lambda rng, t: np.exp(np.clip(t, -5, 5) + rng.normal(size=len(t))),
}
COUNTS = ("counts", "rare counts", "amounts", "amounts", "constant")


class Table(NamedTuple):
    """Rows to fit, and their targets and weights."""

    X: np.ndarray
    y: np.ndarray
    sample_weight: np.ndarray | None


@st.composite
def rows(draw, n_rows=(2, 3, 5, 12, 40)):
    """Rows X, something that depends on them, weights, and a generator for the targets."""
    n, seed = draw(st.sampled_from(n_rows)), draw(st.integers(0, 2**16))
    kinds = draw(st.lists(st.sampled_from(sorted(COLUMNS)), min_size=1, max_size=4))
    rng = np.random.RandomState(seed)
    X = np.column_stack([COLUMNS[kind](rng, n) for kind in kinds]).astype(float)
    if draw(st.booleans()):
        X = X[rng.randint(max(n // 2, 1), size=n)]
    first = X[:, 0] - X[:, 0].mean()
    return X, first / (np.abs(first).max() or 1.0), WEIGHTS[draw(st.sampled_from(sorted(WEIGHTS)))](rng, n), rng


@st.composite
def regressions(draw, kinds=tuple(TARGETS), n_outputs=(1, 1, 2)):
    X, t, weight, rng = draw(rows())
    columns = [TARGETS[draw(st.sampled_from(kinds))](rng, t) for _ in range(draw(st.sampled_from(n_outputs)))]
    return Table(X, columns[0] if len(columns) == 1 else np.column_stack(columns), weight)


@st.composite
def classifications(draw):
    X, t, weight, rng = draw(rows())
    n_classes = draw(st.sampled_from([2, 2, 3, 4]))
    labels = rng.randint(n_classes, size=len(X)) if draw(st.booleans()) else np.floor(n_classes * (t + 1) / 2.001)
    labels[:2] = 0, draw(st.sampled_from([0, 1, 1, 1]))
    return Table(X, np.array(["a", "b", "c", "d"])[labels.astype(int)], weight)


# --- random parameters ------------------------------------------------------------------------------------------

SHARED = {
    "hidden_layer_sizes": [(), (2,), (3, 2), "auto"],
    "grid_size": [1, 3, 5],
    "degree": [1, 2, 3, 5],
    "knots": ["mixed", "uniform", "quantile"],
    "extrapolation": ["linear", "constant", "continue"],
    "squash": [None, None, "tanh"],
    "base_function": [None, None, "silu"],
    "fill_missing": [False, False, True],
    "solver": ["auto", "lm", "lbfgs", "kaczmarz", "adam", "sgd"],
    "alpha": ["auto", "auto", 0.0, 1e-9, 1e-3],
    "relevance": ["auto", "edge", "input", "layer"],
    "prune": [None, None, 0.1],
    "grid_schedule": [None, None, (2, 4)],
    "n_init": [1, 2],
    "max_iter": [2, 8],
    "early_stopping": [False, False, True],
    "warm_start": [False, True],
}
REGRESSION = {**SHARED, "loss": ["squared_error", "absolute_error", "huber", ("quantile", 0.1), ("quantile", 0.9)]}
LOG_LINK = {**SHARED, "loss": ["poisson", "poisson", "gamma"]}
CLASSIFICATION = {**SHARED, "class_weight": [None, "balanced"]}


def parameters(choices):
    """One value of each parameter; a loss with its quantile is a pair."""
    return st.fixed_dictionaries({name: st.sampled_from(values) for name, values in choices.items()}).map(unpaired)


def unpaired(options):
    pair = options.get("loss")
    return {**options, "loss": pair[0], "quantile": pair[1]} if isinstance(pair, tuple) else options


# --- what is sound ----------------------------------------------------------------------------------------------

# Words of the inside, which help nobody who has passed a table.
INSIDE = ("must be of shape", "Knots should", "leading minor", "must be None", "infs or NaNs", "converge", "zero-size")


def fitted(estimator, table):
    """The estimator fitted to the table, or None if that was refused in a sound way; the table must not change."""
    before = pickle.dumps(table)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warnings.simplefilter("ignore", ConvergenceWarning)
        try:
            estimator.fit(*(part for part in table if part is not None))
        except ValueError as error:
            assert type(error) is ValueError
            assert not [word for word in INSIDE if word in str(error)], str(error)
            assert [name for name in vars(estimator) if name.endswith("_")] == []
            estimator = None
    assert pickle.dumps(table) == before
    return estimator


def assert_sound(model, X, outputs):
    """Every question of `outputs` gets a finite answer with a row for each row of X; files bring the same answers."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        answers = {name: np.asarray(getattr(model, name)(X)) for name in outputs}
        copy = pickle.loads(pickle.dumps(model))
        for name, answer in answers.items():
            assert len(answer) == len(X)
            assert answer.dtype.kind != "f" or np.all(np.isfinite(answer)), name
            assert_array_equal(getattr(copy, name)(X), answer)


def assert_importances_are_shares(model):
    shares = model.feature_importances_
    assert np.all(shares >= 0)
    assert_allclose(shares.sum(), 1.0 if np.any(shares) else 0.0, atol=1e-12)


def assert_std_is_sound(model, X):
    """Standard deviations are finite, of the shape of the predictions, and larger with the noise."""
    if model.posterior_ is None:
        return
    mean, epistemic = model.predict(X, return_std="epistemic")
    assert epistemic.shape == mean.shape and np.all(np.isfinite(epistemic)) and np.all(epistemic >= 0)
    if model.loss == "squared_error":
        assert np.all(model.predict(X, return_std=True)[1] >= epistemic)


@given(parameters(REGRESSION), regressions())
@some(60)
def test_regressors(options, table):
    model = fitted(KANRegressor(random_state=0, **options), table)
    if model is not None:
        assert model.predict(table.X).shape == table.y.shape
        assert_sound(model, table.X, ["predict", "predict_gradient"])
        assert_importances_are_shares(model)
        assert_std_is_sound(model, table.X)


@given(parameters(LOG_LINK), regressions(COUNTS, n_outputs=(1,)))
@some(40)
def test_regressors_with_a_logarithmic_link(options, table):
    model = fitted(KANRegressor(random_state=0, **options), table)
    if model is not None:
        assert np.all(model.predict(table.X) > 0)
        assert_sound(model, table.X, ["predict", "predict_gradient"])
        assert_importances_are_shares(model)
        assert_std_is_sound(model, table.X)


@given(parameters(CLASSIFICATION), classifications())
@some(40)
def test_classifiers(options, table):
    model = fitted(KANClassifier(random_state=0, **options), table)
    if model is not None:
        assert np.all(np.isin(model.predict(table.X), table.y))
        assert_allclose(model.predict_proba(table.X).sum(axis=1), 1.0, rtol=1e-12)
        assert_sound(model, table.X, ["predict", "predict_proba", "decision_function", "predict_gradient"])
        assert_importances_are_shares(model)


@given(regressions(("smooth", "exact", "constant", "tiny", "huge"), n_outputs=(1,)))
@some(4)
def test_formulas(table):
    model = fitted(SymbolicRegressor(max_time=0.2, random_state=0), table._replace(sample_weight=None))
    if model is not None:
        assert_sound(model, table.X, ["predict"])
        assert model.formula_


@given(regressions(n_outputs=(1,)), st.sampled_from(["X", "y", "sample_weight"]), st.sampled_from([np.nan, np.inf]))
@some(15)
def test_what_is_not_a_number_is_refused(table, name, value):
    if table.sample_weight is None:
        table = table._replace(sample_weight=np.ones(len(table.X)))
    array = getattr(table, name).copy()
    array[0] = np.inf if name == "X" else value  # NaN in X says that a value is missing.
    with pytest.raises(ValueError, match=f"{name} contains"):
        KANRegressor((2,), max_iter=2).fit(*table._replace(**{name: array}))


@given(parameters(SHARED), regressions(("smooth", "noise", "exact", "far from zero"), n_outputs=(1,)))
@some(25)
def test_a_converged_fit_is_no_worse_than_the_constant(options, table):
    """In the squared error of its training rows, by weight; early stopping looks at other rows."""
    options |= {"max_iter": 50, "early_stopping": False, "n_init": 1, "grid_schedule": None}
    model = KANRegressor(random_state=0, **options)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            model.fit(*table)
        except ValueError:
            return
    if not any(issubclass(warning.category, ConvergenceWarning) for warning in caught):
        weight = np.ones(len(table.y)) if table.sample_weight is None else table.sample_weight
        constant = np.average(table.y, weights=weight)
        error = [np.average((table.y - guess) ** 2, weights=weight) for guess in (model.predict(table.X), constant)]
        assert error[0] <= 1.02 * error[1] + 1e-12
