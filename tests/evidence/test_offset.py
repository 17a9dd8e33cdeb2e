"""The location of the targets is in doubt as what it is: one more parameter."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from problems import NETWORKS, exp_sin, inputs
from small_fits import evidence_fit

from sklearn_kan.evidence.evidence import estimate
from sklearn_kan.evidence.offset import with_offset
from sklearn_kan.losses import HalfSquaredError, SoftmaxLoss
from sklearn_kan.objective.objective import Objective
from sklearn_kan.objective.penalty import Penalty
from sklearn_kan.utils.data import TrainingData


def at_random(name, strength=0.01, loss=None):
    network, X = NETWORKS[name](), inputs(40)
    rng = np.random.RandomState(0)
    Y, weight = rng.normal(size=(40, network.n_outputs)), rng.uniform(0.5, 1.0, 40)
    data = TrainingData(X, Y, weight)
    objective = Objective(network, loss or HalfSquaredError(), Penalty.fixed(network, strength), data)
    return objective, network.theta, weight.sum()


@pytest.mark.parametrize("name", ["single", "two layers", "missing edges", "tanh between", "silu and reach"])
def test_variance_is_that_of_a_model_with_an_intercept(name):
    """The joint information matrix of offsets and parameters, inverted as a whole."""
    objective, theta, n = at_random(name)
    evidence = estimate(objective, theta, n)
    network, weight = objective.network, objective.data.sample_weight
    J, X = network.jacobian(objective.data.X), inputs(20, spread=0.9)
    n_out = network.n_outputs
    k = np.mean(evidence.precision) * n * n_out
    shares = weight / weight.sum() / n_out
    wide = np.concatenate([np.broadcast_to(np.eye(n_out), (40, n_out, n_out)), J], axis=2)
    information = k * np.einsum("nop,n,noq->pq", wide, shares, wide)
    information[n_out:, n_out:] += k * objective.penalty.matrix()
    covariance = np.linalg.inv(information)
    J = network.jacobian(X)
    wide = np.concatenate([np.broadcast_to(np.eye(n_out), (20, n_out, n_out)), J], axis=2)
    expected = np.einsum("nop,pq,noq->no", wide, covariance, wide)
    found = np.einsum("nop,pq,noq->no", J, with_offset(evidence, objective, theta, n).covariance, J)
    assert_allclose(found, expected, rtol=1e-5)
    assert (found > np.einsum("nop,pq,noq->no", J, evidence.covariance, J)).all()


def test_a_network_without_a_say_leaves_the_doubt_of_a_mean():
    objective, theta, n = at_random("single", 1e9)
    objective.network.theta = theta = 0 * theta
    evidence = with_offset(estimate(objective, theta, n), objective, theta, n)
    J = objective.network.jacobian(inputs(10))
    found = np.einsum("nop,pq,noq->no", J, evidence.covariance, J)
    assert_allclose(found, 1 / (np.mean(evidence.precision) * n), rtol=1e-3)


def test_scores_of_classes_have_no_location_of_their_own():
    objective, theta, n = at_random("single", loss=SoftmaxLoss())
    evidence = estimate(objective, theta, n)
    assert with_offset(evidence, objective, theta, n) is evidence


@pytest.mark.parametrize("n", [30, 100])
def test_the_mean_of_pure_noise_is_in_doubt(n):
    """By sigma over the root of n; errors of the mean of many such tables are as large as claimed."""
    ratios = []
    for seed in range(12):
        rng = np.random.RandomState(seed)
        X, y = rng.uniform(size=(n, 3)), 5 + rng.normal(size=n)
        model = evidence_fit(X, y, hidden_layer_sizes=())
        mean, std = model.predict(X, return_std="epistemic")
        assert (std >= 0.95 * model.sigma_ / np.sqrt(n)).all()
        ratios.append((mean.mean() - 5) / std.mean())
    assert 0.4 < np.sqrt(np.mean(np.square(ratios))) < 1.6


def test_poisson_rates_are_in_doubt_by_the_number_of_events():
    rng = np.random.RandomState(0)
    X, y = rng.uniform(size=(200, 2)), rng.poisson(0.5, 200).astype(float)
    model = evidence_fit(X, y, hidden_layer_sizes=(), loss="poisson")
    mean, std = model.predict(X, return_std="epistemic")
    assert_allclose(np.median(std / mean), 1 / np.sqrt(y.sum()), rtol=0.3)
    X, y, *_ = exp_sin(100, noise=0.1)
    assert (evidence_fit(X, y, hidden_layer_sizes=(2,)).predict(X, return_std="epistemic")[1] > 0).all()
