"""The evidence where edges must rise: the same inside the cone, and on a face one parameter less for each bound."""

import numpy as np
from numpy.testing import assert_allclose
from problems import exp_sin, make_layer

from sklearn_kan.evidence.evidence import estimate
from sklearn_kan.losses import HalfSquaredError
from sklearn_kan.network import KANNetwork
from sklearn_kan.objective.objective import Objective
from sklearn_kan.objective.penalty import Penalty
from sklearn_kan.utils.data import TrainingData


def test_inside_a_cone_the_evidence_is_that_without_it():
    """Signs that no edge comes near change nothing; an increment that is 0 is a parameter less."""
    X, y, *_ = exp_sin(60, noise=0.2)
    network = KANNetwork([make_layer(2, 2), make_layer(2, 1, 1)])
    for layer in network.layers:
        layer.coef = np.sort(layer.coef, axis=2)
    found = []
    for sign in (0, 1):
        for layer in network.layers:
            layer.signs[:] = sign
        objective = Objective(network, HalfSquaredError(), Penalty(network), TrainingData(X, y[:, None]))
        found.append(estimate(objective, network.theta, 60.0))
    for name in ("strengths", "precision", "dof", "group_dof", "log_evidence", "covariance"):
        a, b = (getattr(evidence, name) for evidence in found)
        assert_allclose(a, b, rtol=1e-6, atol=1e-9 * np.abs(b).max())
    network.layers[0].coef[0, 0, 3] = network.layers[0].coef[0, 0, 2]
    at_bound = Objective(network, HalfSquaredError(), Penalty(network), TrainingData(X, y[:, None]))
    covariance = estimate(at_bound, network.theta, 60.0).covariance
    assert np.linalg.matrix_rank(covariance, tol=1e-12 * np.trace(covariance)) == network.n_params - 1
    assert_allclose(covariance[2], covariance[3])
