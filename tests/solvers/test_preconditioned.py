"""L-BFGS in the metric of a Gauss-Newton matrix."""

import numpy as np
from numpy.testing import assert_allclose

from sklearn_kan.solvers import LevenbergMarquardt, PreconditionedLBFGS
from sklearn_kan.solvers.preconditioned import _InverseHessian


class Counted:
    """Mean of squares of r_i = z_i + c z_i^2, which bends away from its Gauss-Newton model; counts evaluations."""

    def __init__(self, n=6, bend=3.0):
        self.n, self.bend, self.gradients, self.matrices = n, bend, 0, 0
        self.scales = 10.0 ** np.linspace(0, -2, n)

    def value(self, theta):
        return float(0.5 * np.mean(self._residuals(theta) ** 2))

    def value_and_gradient(self, theta):
        self.gradients += 1
        return self.value(theta), self._slopes(theta) * self._residuals(theta) / self.n

    def normal_equations(self, theta):
        self.matrices += 1
        return *self.value_and_gradient(theta), np.diag(self._slopes(theta) ** 2) / self.n

    def _residuals(self, theta):
        z = self.scales * theta
        return z + self.bend * z**2 - 1.0

    def _slopes(self, theta):
        return self.scales * (1 + 2 * self.bend * self.scales * theta)


def test_several_steps_share_a_matrix():
    start = np.full(6, 3.0)
    losses = {}
    for solver in (PreconditionedLBFGS(tol=0.0), LevenbergMarquardt(tol=0.0)):
        objective = Counted()
        losses[type(solver)] = solver.solve(objective, start, max_iter=2).loss
        assert objective.matrices == 2
    assert losses[PreconditionedLBFGS] < 0.5 * losses[LevenbergMarquardt]


def test_on_a_quadratic_the_first_step_is_that_of_levenberg_and_marquardt():
    objective, start = Counted(bend=0.0), np.ones(6)
    _, gradient, H = objective.normal_equations(start)
    direction = _InverseHessian(H, np.full(6, 1e-3))
    assert_allclose(direction(gradient), np.linalg.solve(H + 1e-3 * np.eye(6), gradient), rtol=1e-12)


def test_differences_of_gradients_become_part_of_the_inverse_hessian():
    """The secant equation: the change of the gradient leads back to the step."""
    rng = np.random.RandomState(0)
    inverse = _InverseHessian(np.eye(5), np.zeros(5))
    for _ in range(3):
        step = rng.normal(size=5)
        change = step * np.arange(1.0, 6.0)
        inverse.learn(step, change)
    assert_allclose(inverse(change), step, rtol=1e-12)


def test_a_step_along_which_the_gradient_does_not_grow_teaches_nothing():
    inverse = _InverseHessian(np.eye(3), np.zeros(3))
    inverse.learn(np.ones(3), -np.ones(3))
    assert_allclose(inverse(np.arange(3.0)), np.arange(3.0), rtol=1e-12)


def test_the_objective_never_rises():
    losses = [Counted().value(np.full(6, -40.0))]
    PreconditionedLBFGS(tol=0.0, damping=1e-12).solve(
        Counted(), np.full(6, -40.0), lambda state: losses.append(state.loss), max_iter=30
    )
    assert np.all(np.diff(losses) <= 0) and losses[-1] < 0.1 * losses[0]
