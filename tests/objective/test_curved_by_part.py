"""Gauss-Newton steps with the matrix of a part of the rows end where steps with that of all do."""

import numpy as np
from numpy.testing import assert_allclose
from problems import inputs, make_layer

from sklearn_kan import KANRegressor
from sklearn_kan.losses import HalfSquaredError
from sklearn_kan.network import KANNetwork
from sklearn_kan.objective.curved_by_part import CurvedByPart, cheaply_curved
from sklearn_kan.objective.objective import Objective
from sklearn_kan.objective.penalty import Penalty
from sklearn_kan.solvers import LevenbergMarquardt
from sklearn_kan.utils.data import TrainingData


def two_outputs(n):
    """An objective on n rows whose outputs have noise of other precisions, and a point near its minimum."""
    rng = np.random.RandomState(0)
    network = KANNetwork([make_layer(2, 2)])
    X = inputs(n, 0)[:, :2]
    Y = np.column_stack([np.sin(2 * X[:, 0]), X[:, 1] ** 2]) + rng.normal(size=(n, 2)) * [0.1, 1.0]
    objective = Objective(network, HalfSquaredError(), Penalty.fixed(network, 1e-3), TrainingData(X, Y))
    return objective.with_noise(np.array([100.0, 1.0])), 0.1 * rng.normal(size=network.n_params)


def test_the_minimum_is_that_of_all_rows():
    objective, theta = two_outputs(2000)
    expected = LevenbergMarquardt(1e-14).solve(objective, theta)
    result = LevenbergMarquardt(1e-14).solve(CurvedByPart(objective, 400), theta)
    assert_allclose(result.theta, expected.theta, atol=1e-6)
    assert result.n_iter > expected.n_iter


def test_value_and_gradient_are_those_of_all_rows_and_the_matrix_is_near():
    objective, theta = two_outputs(2000)
    value, gradient, H = objective.normal_equations(theta)
    found = CurvedByPart(objective, 1000).normal_equations(theta)
    assert_allclose(found[0], value, rtol=1e-13)
    assert_allclose(found[1], gradient, atol=1e-13)
    assert 0 < np.linalg.norm(found[2] - H, 2) < 0.2 * np.linalg.norm(H, 2)


def test_a_fit_of_very_many_rows_stays_within_its_limits(monkeypatch):
    """Where few are very many, and the target falls while it may only rise."""
    monkeypatch.setattr("sklearn_kan.training.train.SAMPLE_ROWS", 100)
    monkeypatch.setattr("sklearn_kan.objective.curved_by_part._ROWS_PER_PARAM", 1)
    X = inputs(400, 0)
    y = np.sin(4 * X[:, 0]) + X[:, 1] + np.random.RandomState(0).normal(size=400)
    model = KANRegressor(hidden_layer_sizes=(), n_init=1, monotonic_cst=[1, 1]).fit(X, y)
    along = np.column_stack([np.linspace(-1.5, 1.5, 400), np.zeros(400)])
    assert np.diff(model.predict(along)).min() > -1e-9


def test_only_where_rows_are_very_many():
    few, _ = two_outputs(200)
    many, _ = two_outputs(200 * few.network.n_params)
    assert cheaply_curved(few) is few
    assert isinstance(cheaply_curved(many), CurvedByPart)
