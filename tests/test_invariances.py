"""What must not matter: units, the order of rows and columns, and how weights are written."""

from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from problems import additive
from sklearn.base import clone
from threadpoolctl import threadpool_limits

from sklearn_kan import KANClassifier, KANRegressor

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

PROBLEM = additive(40, noise=0.1)
X, y = PROBLEM.X[:, :3], PROBLEM.y + PROBLEM.X[:, 0] * PROBLEM.X[:, 1]
NEW = 1.2 * additive(30, seed=1).X[:, :3]
WEIGHT = np.random.RandomState(0).randint(0, 4, len(X))

MODES = {
    "default": {},
    "quantile": {"knots": "quantile"},
    "additive": {"hidden_layer_sizes": ()},
    "lbfgs": {"solver": "lbfgs", "max_iter": 10},
    "deep": {"hidden_layer_sizes": (3, 2)},
    "silu": {"base_function": "silu", "hidden_layer_sizes": ()},
}
# Aside rows are chosen by the order of their values, so units may change them, but rows and weights may not.
ROW_MODES = {**MODES, "early stopping": {"early_stopping": True}, "tanh": {"squash": "tanh"}}
UNIT_MODES = {name: options for name, options in MODES.items() if name != "silu"}

some = settings(max_examples=3, deadline=None, derandomize=True, database=None)
scales = st.builds(lambda sign, exponent: sign * 10.0**exponent, st.sampled_from([-1, 1]), st.floats(-6, 6))
shifts = st.floats(-10, 10)
orders = st.permutations(range(len(X)))
unit_modes = pytest.mark.parametrize("mode", UNIT_MODES)
row_modes = pytest.mark.parametrize("mode", ROW_MODES)


def fit(mode, X, y, weight=None, **more):
    options = {"hidden_layer_sizes": (2,), "grid_size": 4, "max_iter": 30, "random_state": 0, **ROW_MODES[mode]}
    return KANRegressor(n_init=1, **options, **more).fit(X, y, weight)


@cache
def usual(mode, **more):
    """Predictions of a model fitted to the table as it is."""
    return fit(mode, X, y, **more).predict(NEW)


@cache
def usual_weighted(mode, **more):
    return fit(mode, X, y, WEIGHT, **more).predict(NEW)


def assert_same(got, expected):
    """Equal to 1e-6 of the spread of y."""
    assert_allclose(got, expected, rtol=0, atol=1e-6 * np.std(y))


@unit_modes
@given(st.lists(scales, min_size=3, max_size=3), st.lists(shifts, min_size=3, max_size=3))
@some
def test_units_of_features(mode, scale, shift):
    def convert(X):
        return (X + shift) * scale

    model = fit(mode, convert(X), y)
    assert_same(model.predict(convert(NEW)), usual(mode))


def test_units_of_features_and_early_stopping():
    """Units that keep the order of values keep the validation rows."""
    scale, shift = [1e-4, 20.0, 3e5], [5.0, -7.0, 0.1]
    got = fit("early stopping", (X + shift) * scale, y).predict((NEW + shift) * scale)
    assert_same(got, usual("early stopping"))


@row_modes
@given(scales.map(abs), shifts)
@some
def test_units_of_target(mode, scale, shift):
    got = fit(mode, X, (y + shift) * scale).predict(NEW)
    assert_same(got / scale - shift, usual(mode))


@pytest.mark.parametrize("mode", [mode for mode in ROW_MODES if mode != "tanh"])
@given(scales.map(lambda scale: -abs(scale)), shifts)
@some
def test_sign_of_target(mode, scale, shift):
    got = fit(mode, X, (y + shift) * scale).predict(NEW)
    assert_same(got / scale - shift, usual(mode))


@pytest.mark.parametrize("mode", MODES)
@given(st.permutations(range(3)))
@some
def test_order_of_columns(mode, order):
    assert_same(fit(mode, X[:, order], y).predict(NEW[:, order]), usual(mode))


@row_modes
@given(st.integers(0, 3), st.floats(-1e6, 1e6))
@some
def test_constant_columns_are_ignored(mode, place, value):
    model = fit(mode, np.insert(X, place, value, axis=1), y)
    assert_same(model.predict(np.insert(NEW, place, value, axis=1)), usual(mode))
    assert_same(model.predict(np.insert(NEW, place, -7.0, axis=1)), usual(mode))


@row_modes
@given(orders)
@some
def test_order_of_rows(mode, order):
    assert_same(fit(mode, X[order], y[order]).predict(NEW), usual(mode))
    assert_same(fit(mode, X[order], y[order], WEIGHT[order]).predict(NEW), usual_weighted(mode))


@row_modes
@given(st.lists(st.integers(0, 3), min_size=len(X), max_size=len(X)).filter(lambda weight: sum(weight) > len(X)))
@some
def test_integer_weights_are_repeated_rows(mode, weight):
    repeated = np.repeat(np.arange(len(X)), weight)
    assert_same(fit(mode, X, y, weight).predict(NEW), fit(mode, X[repeated], y[repeated]).predict(NEW))


@row_modes
@given(st.sets(st.integers(0, len(X) - 1), min_size=1, max_size=20))
@some
def test_weight_zero_removes_a_row(mode, rows):
    kept = ~np.isin(np.arange(len(X)), list(rows))
    far = np.where(kept[:, None], X, 1e6), np.where(kept, y, -1e6)
    assert_same(fit(mode, *far, kept).predict(NEW), fit(mode, X[kept], y[kept]).predict(NEW))


@row_modes
@given(st.floats(-300, 300))
@some
def test_scale_of_weights(mode, exponent):
    """With a fixed penalty; the evidence counts weights as observations."""
    fixed = {"alpha": 1e-3}
    assert_same(fit(mode, X, y, np.full(len(X), 10.0**exponent), **fixed).predict(NEW), usual(mode, **fixed))
    assert_same(fit(mode, X, y, WEIGHT * 10.0**exponent, **fixed).predict(NEW), usual_weighted(mode, **fixed))


@row_modes
def test_weights_matter(mode):
    assert np.abs(usual_weighted(mode) - usual(mode)).max() > 1e-3


@row_modes
def test_copies_of_the_whole_table(mode):
    """With a fixed penalty; to the evidence they are more observations."""
    copies = fit(mode, np.tile(X, (3, 1)), np.tile(y, 3), alpha=1e-3)
    assert_same(copies.predict(NEW), usual(mode, alpha=1e-3))


@pytest.mark.parametrize("mode", ["default", "additive"])
def test_copies_of_the_whole_table_are_weights_to_the_evidence(mode):
    copies = fit(mode, np.tile(X, (3, 1)), np.tile(y, 3))
    assert_same(copies.predict(NEW), fit(mode, X, y, np.full(len(X), 3.0)).predict(NEW))


@pytest.mark.parametrize(
    "options", [*ROW_MODES.values(), {"solver": "adam"}, {"solver": "sgd"}, {"n_init": 2}], ids=str
)
def test_equal_seeds_give_equal_models(options):
    def fit_seed(seed):
        model = KANRegressor(**{"hidden_layer_sizes": (2,), "max_iter": 10, "random_state": seed, **options})
        return model.fit(X, y, WEIGHT)

    one, two, other = fit_seed(3), fit_seed(3), fit_seed(4)
    assert_array_equal(one.network_.theta, two.network_.theta)
    assert_array_equal(one.predict(NEW), two.predict(NEW))
    assert one.loss_curve_ == two.loss_curve_
    assert one.loss_curve_ != other.loss_curve_


@pytest.mark.parametrize("sizes", [(), (3,)])
def test_bits_do_not_depend_on_threads(sizes):
    """Beyond 10,000 rows too, where blocks of rows are shared out."""
    X = np.random.RandomState(0).uniform(-1, 1, (10_100, 2))
    y = np.sin(3 * X[:, 0]) + X[:, 1] ** 2
    models = []
    for n_threads in (1, 2):
        with threadpool_limits(n_threads, user_api="blas"):
            model = KANRegressor(sizes, n_init=1, max_iter=3, random_state=0).fit(X, y)
            models.append((model.network_.theta, model.predict(X), model.predict_gradient(X)))
    for one, two in zip(*models, strict=True):
        assert_array_equal(one, two)


@pytest.mark.parametrize(
    "model",
    [
        KANRegressor((), loss="absolute_error", solver="lbfgs", max_iter=60),
        KANClassifier((2,), alpha=1e-6, max_iter=60),
    ],
    ids=["lbfgs", "weak penalty"],
)
def test_repeated_rows_are_weights_to_the_last_bit(model):
    """Where rounding decides which of many optima a fit ends in, nothing less will do."""
    targets = y if isinstance(model, KANRegressor) else np.digitize(y, np.quantile(y, [0.3, 0.6]))
    rows = np.random.RandomState(1).permutation(np.repeat(np.arange(len(X)), WEIGHT))
    weighted = clone(model).set_params(random_state=0, n_init=1).fit(X, targets, WEIGHT)
    repeated = clone(model).set_params(random_state=0, n_init=1).fit(X[rows], targets[rows])
    assert_array_equal(weighted.network_.theta, repeated.network_.theta)
