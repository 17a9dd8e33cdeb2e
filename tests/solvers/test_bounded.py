"""Minima of quadratic functions above bounds, and what Levenberg-Marquardt and L-BFGS make of them."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from problems import additive, make_layer
from scipy.optimize import lsq_linear

from sklearn_kan.losses import HalfSquaredError
from sklearn_kan.network import KANNetwork
from sklearn_kan.objective.objective import Objective
from sklearn_kan.objective.penalty import Penalty
from sklearn_kan.solvers import LBFGS, LevenbergMarquardt
from sklearn_kan.solvers.bounded import bounded_minimum
from sklearn_kan.utils.data import TrainingData


@pytest.mark.parametrize("seed", range(10))
def test_the_minimum_meets_its_conditions(seed):
    rng = np.random.RandomState(seed)
    A = rng.normal(size=(40, 30)) * 10 ** rng.uniform(-3, 0, 30)
    M, gradient = A.T @ A + 1e-6 * np.eye(30), rng.normal(size=30)
    low = np.where(rng.uniform(size=30) < 0.2, -np.inf, -rng.choice([0.0, 0.1, 10.0], 30))
    s = bounded_minimum(M, gradient, low)
    slope, at_bound = gradient + M @ s, s <= low
    assert (s >= low).all() and at_bound.any()
    assert_allclose(slope[~at_bound], 0, atol=1e-8 * np.abs(M).max() * np.abs(s).max())
    assert (slope[at_bound] > -1e-9).all()


def test_without_bounds_it_is_newton_step():
    M, gradient = np.diag([1.0, 4.0]), np.array([1.0, 2.0])
    assert_allclose(bounded_minimum(M, gradient, np.full(2, -np.inf)), [-1.0, -0.5])
    with pytest.raises(np.linalg.LinAlgError):
        bounded_minimum(-M, gradient, np.full(2, -np.inf))


@pytest.mark.parametrize("solver", [LevenbergMarquardt(1e-12, 20), LBFGS(1e-12, 50)], ids=lambda s: type(s).__name__)
def test_solvers_find_the_best_monotone_model(solver):
    """One layer is linear in its parameters: against bounded least squares over the increments."""
    X, y, *_ = additive(100, noise=0.5)
    layer = make_layer(4, 1, grid_size=4)
    layer.signs[:, 0] = [1, -1, -1, 0]  # Against the truth for most.
    layer.obey_signs()
    network = KANNetwork([layer])
    objective = Objective(network, HalfSquaredError(), Penalty.fixed(network, 1e-3), TrainingData(X, y[:, None]))
    result = solver.solve(objective, network.theta, max_iter=2000)
    cone = objective.cone
    T = cone.push(np.eye(network.n_params))
    S = np.linalg.cholesky(objective.penalty.matrix()).T
    A = np.vstack([network.jacobian(X)[:, 0] / 10, S]) @ T
    b = np.concatenate([y / 10, np.zeros(len(S))])
    best = lsq_linear(A, b, bounds=(np.where(cone.bounded, 0.0, -np.inf), np.inf), tol=1e-14)
    assert_allclose(result.loss, best.cost, rtol=1e-6)
    assert_allclose(result.theta, T @ best.x, atol=0.01 if isinstance(solver, LBFGS) else 1e-4)
