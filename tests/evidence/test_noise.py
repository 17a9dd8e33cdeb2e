"""How noisy the data are: by what a fit leaves of them, or by what it leaves of rows it has not seen."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from problems import NETWORKS, inputs

from sklearn_kan import KANRegressor
from sklearn_kan.evidence.evidence import estimate
from sklearn_kan.losses import HalfSquaredError
from sklearn_kan.objective.objective import Objective
from sklearn_kan.objective.penalty import Penalty
from sklearn_kan.utils.data import TrainingData


@pytest.mark.parametrize(("name", "power"), [("single", 1), ("two layers", 2)])
def test_noise_is_what_is_left_without_the_degrees_of_freedom(name, power):
    """Residuals for one layer with rows enough, leave-one-out residuals with hidden layers."""
    network, X = NETWORKS[name](), inputs(200)
    Y = np.random.RandomState(0).normal(size=(200, network.n_outputs))
    objective = Objective(network, HalfSquaredError(), Penalty.fixed(network, 1e-2), TrainingData(X, Y))
    evidence = estimate(objective, network.theta, 200.0, by_output=False)
    spare = 1 - evidence.dof / (200 * network.n_outputs)
    assert 0.8 < spare < 0.99
    squares = np.mean((network.forward(X) - Y) ** 2)
    assert_allclose(1 / evidence.precision, squares / spare**power, rtol=1e-9)


@pytest.mark.parametrize("hidden", [(), (4,), "auto"])
def test_few_rows_are_not_free_of_noise(hidden):
    """Twelve rows of ten features, and nothing to learn: a fit that comes through all of them finds no law."""
    covered, sigma = [], []
    for seed in range(4):
        rng = np.random.RandomState(seed)
        X, y, new = rng.normal(size=(12, 10)), rng.normal(size=12), rng.normal(size=(300, 10))
        model = KANRegressor(hidden, n_init=1, random_state=0).fit(X, y)
        mean, std = model.predict(new, return_std=True)
        covered.append(np.mean(np.abs(rng.normal(size=300) - mean) < 1.96 * std))
        sigma.append(model.sigma_[0])
    assert min(sigma) > 0.1 and np.mean(covered) > 0.6


@pytest.mark.parametrize("others", [["exact"], ["noise", "exact"], ["exact", "column", "noise"]], ids=str)
def test_an_output_is_as_sure_beside_exact_ones_as_alone(others):
    """Which outputs come with it, and how far their noise is beyond the bound on ratios, says nothing about a wave."""
    rng = np.random.RandomState(0)
    X = rng.normal(size=(100, 3))
    y = np.sin(X[:, 0]) + 0.1 * rng.normal(size=100)
    columns = {"noise": rng.normal(size=100), "exact": np.full(100, 3.0), "column": X[:, 1]}
    alone = KANRegressor((), n_init=1, random_state=0).fit(X, y)
    both = KANRegressor((), n_init=1, random_state=0).fit(X, np.column_stack([y, *(columns[o] for o in others)]))
    expected, found = (model.predict(X, return_std="epistemic")[1].reshape(100, -1) for model in (alone, both))
    assert_allclose(found[:, 0], expected[:, 0], rtol=0.15)
    assert_allclose(both.sigma_[0], alone.sigma_[0], rtol=0.02)
