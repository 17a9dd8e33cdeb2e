"""Gauss-Newton steps with the matrix of a part of the rows end where steps with that of all do."""

import numpy as np
from numpy.testing import assert_allclose
from problems import inputs, make_layer

from sklearn_kan import KANRegressor
from sklearn_kan.losses import HalfSquaredError
from sklearn_kan.network import KANNetwork
from sklearn_kan.objective.curved_by_part import CurvedByPart, Part, cheaply_curved
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
    monkeypatch.setattr("sklearn_kan.training.evidence_stage.WHERE_STRENGTHS_STAND", Part(1, 0, 4))
    X = inputs(400, 0)
    y = np.sin(4 * X[:, 0]) + X[:, 1] + np.random.RandomState(0).normal(size=400)
    model = KANRegressor(hidden_layer_sizes=(), n_init=1, monotonic_cst=[1, 1]).fit(X, y)
    along = np.column_stack([np.linspace(-1.5, 1.5, 400), np.zeros(400)])
    assert np.diff(model.predict(along)).min() > -1e-9


def test_only_where_rows_are_many():
    few, _ = two_outputs(200)
    assert cheaply_curved(few, Part(10, 0, 4)) is few
    many, _ = two_outputs(40 * few.network.n_params)
    assert isinstance(cheaply_curved(many, Part(10, 0, 4)), CurvedByPart)
    assert cheaply_curved(many, Part(10, many.n_samples, 1.5)) is many


def test_what_is_known_of_the_noise_weighs_the_part_too():
    objective, theta = two_outputs(2000)
    part, precision = CurvedByPart(objective, 400), np.array([1.0, 30.0])
    part.normal_equations(theta)
    found = part.with_noise(precision).normal_equations(theta)
    expected = CurvedByPart(objective.with_noise(precision), 400).normal_equations(theta)
    for a, b in zip(found, expected, strict=True):
        assert_allclose(a, b, rtol=1e-12, atol=1e-14)


def test_a_fit_with_the_matrix_of_a_part_is_nearly_that_with_all(monkeypatch):
    """Strengths and noise come from the part too, and the evidence at the end from all rows."""
    X = inputs(2400, 1)
    y = np.sin(4 * X[:, 0]) + X[:, 1] ** 2 + 0.3 * np.random.RandomState(0).normal(size=2400)
    models = []
    for part in (Part(1, 400, 1.5), Part(1, 10**6, 1.5)):
        monkeypatch.setattr("sklearn_kan.training.evidence_stage.WHILE_STRENGTHS_CHANGE", part)
        models.append(KANRegressor(hidden_layer_sizes=()).fit(X, y))
    by_part, by_all = models
    assert np.sqrt(np.mean((by_part.predict(X) - by_all.predict(X)) ** 2)) < 0.02
    assert_allclose(by_part.sigma_, by_all.sigma_, rtol=0.01)
    assert by_part.log_evidence_ != by_all.log_evidence_
    assert_allclose(by_part.log_evidence_, by_all.log_evidence_, atol=3)
