"""KANRegressor from the outside: what it learns, shapes, derivatives."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from problems import additive, damped_sine
from sklearn.exceptions import NotFittedError
from small_fits import all_solvers, data, make, outputs, unconverged

from sklearn_kan import KANRegressor


@all_solvers
@unconverged
def test_predictions_have_the_shape_of_y(solver):
    X, y = data(40)
    model = make(solver, max_iter=2)
    flat = model.fit(X, y).predict(X[:7])
    assert flat.shape == (7,) and model.n_outputs_ == 1
    column = model.fit(X, y[:, None]).predict(X[:7])
    assert column.shape == (7, 1)
    assert_array_equal(column[:, 0], flat)
    wide = model.fit(X, np.column_stack([y, -y, 2 * y])).predict(X[:7])
    assert wide.shape == (7, 3) and model.n_outputs_ == 3


def test_outputs_are_scaled_and_learned_each_by_its_own_spread():
    X, Y = outputs()
    model = make(hidden=(3,), alpha=1e-5).fit(X, Y)
    assert_allclose(model.y_mean_, Y.mean(axis=0))
    assert_allclose(model.y_scale_, Y.std(axis=0))
    assert (np.sqrt(np.mean((model.predict(X) - Y) ** 2, axis=0)) < 0.02 * Y.std(axis=0)).all()


@pytest.mark.parametrize("solver, bound", [("lm", 0.999), ("lbfgs", 0.999), ("adam", 0.99), ("sgd", 0.98)])
@unconverged
def test_each_solver_learns_exp_sin(solver, bound):
    X, y = data(220)
    model = make(solver, alpha=1e-5, max_iter=150).fit(X[:170], y[:170])
    assert model.score(X[170:], y[170:]) > bound
    assert model.solver_ == solver


@pytest.mark.parametrize("degree, bound", [(1, 0.95), (2, 0.995), (3, 0.995), (4, 0.995), (5, 0.995)])
def test_each_degree_learns_one_spline(degree, bound):
    X, y, *_ = damped_sine(100)
    model = make(hidden=(), degree=degree, grid_size=8, alpha=1e-6).fit(X[:70], y[:70])
    assert model.score(X[70:], y[70:]) > bound
    assert model.network_.layers[0].degree == degree


@pytest.mark.parametrize(
    "options",
    [
        {"squash": "tanh"},
        {"base_function": "silu"},
        {"squash": "tanh", "base_function": "silu"},
        {"knots": "quantile"},
        {"hidden": (3, 3, 3)},
        {"hidden": 3},
        {"hidden": [3, 2]},
        {"grid_size": (6, 4)},
        {"extrapolation": "constant"},
        {"extrapolation": "continue"},
    ],
    ids=str,
)
@unconverged
def test_each_kind_of_network_learns_exp_sin(options):
    X, y = data(220)
    model = make(alpha=1e-5, max_iter=80, **options).fit(X[:170], y[:170])
    assert model.score(X[170:], y[170:]) > 0.999


def test_additive_model_is_the_sum_of_its_parts():
    X, y, *_ = additive(200)
    model = make(hidden=(), alpha=1e-6).fit(X[:150], y[:150])
    assert model.n_layers_ == 2 and len(model.network_.layers) == 1
    assert model.score(X[150:], y[150:]) > 0.999
    a, b = X[:1].copy(), X[1:2].copy()
    mixed = np.where([True, True, False, False], a, b)
    other = np.where([True, True, False, False], b, a)
    assert_allclose(model.predict(mixed) + model.predict(other), model.predict(a) + model.predict(b))


def test_network_has_the_shape_asked_for():
    X, y = data(40)
    model = make(hidden=(4, 3), grid_size=(2, 3, 4), degree=2, tol=0.5).fit(X, y)
    assert [layer.coef.shape for layer in model.network_.layers] == [(2, 4, 4), (4, 3, 5), (3, 1, 6)]
    model = make(base_function="silu", tol=0.5).fit(X, y)
    assert [layer.coef.shape for layer in model.network_.layers] == [(2, 2, 9), (2, 1, 9)]


def test_quantile_knots_follow_the_data_and_merge_ties():
    rng = np.random.RandomState(0)
    X = np.column_stack([rng.uniform(0, 1, 100) ** 4, rng.randint(3, size=100)])
    y = np.sqrt(X[:, 0]) + (X[:, 1] - 1) ** 2
    model = make(knots="quantile", grid_size=4).fit(X, y)
    basis = model.network_.layers[0].basis
    inner = basis.t[:, basis.k : -basis.k]
    assert_allclose(inner[0], np.quantile(X[:, 0], [0, 0.25, 0.5, 0.75, 1]), rtol=0.1)
    assert (np.diff(inner) > 0).all()
    assert set(X[:, 1]) <= set(inner[1]) and inner.shape == (2, 5)
    assert model.score(X, y) > 0.99


@pytest.mark.parametrize("options", [{}, {"hidden": ()}, {"squash": "tanh"}, {"base_function": "silu"}], ids=str)
@unconverged
def test_gradient_is_that_of_the_prediction(options):
    X, Y = outputs(60)
    X = X * [1.0, 50.0]
    model = make(max_iter=15, **options)
    points, step = 0.9 * X[:10], np.array([1e-5, 5e-4])
    for y, shape in [(Y, (10, 2, 2)), (Y[:, 0], (10, 2)), (Y[:, :1], (10, 1, 2))]:
        gradient = model.fit(X, y).predict_gradient(points)
        assert gradient.shape == shape
        for i in range(2):
            e = np.eye(2)[i] * step
            expected = (model.predict(points + e) - model.predict(points - e)) / (2 * step[i])
            size = np.abs(expected).max()
            assert_allclose(gradient[..., i], expected, rtol=1e-5, atol=1e-5 * size)


def test_gradient_needs_a_fit_and_the_right_columns():
    X, y = data(20)
    with pytest.raises(NotFittedError):
        make().predict_gradient(X)
    with pytest.raises(ValueError, match="3 features"):
        make(tol=0.5).fit(X, y).predict_gradient(np.zeros((2, 3)))


@pytest.mark.parametrize("loss", ["squared_error", "huber", "absolute_error"])
@pytest.mark.parametrize("value", [3.1, -1e300])
def test_a_constant_target_is_predicted_whatever_its_size_and_weights(loss, value):
    rng = np.random.RandomState(0)
    X, weight = rng.uniform(size=(100, 2)), rng.uniform(size=100)
    model = KANRegressor((), loss=loss, random_state=0).fit(X, np.full(100, value), sample_weight=weight)
    assert_allclose(model.predict(X), value, rtol=1e-7)
