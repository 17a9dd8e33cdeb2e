"""L-BFGS, by scipy.optimize.minimize.

An objective with a ``cone`` (see `objective.cone`) is minimised over d, with bounds.
"""

import numpy as np
from scipy.optimize import minimize

from .base import Plateau, Result, State


class LBFGS:
    """Limited-memory BFGS.

    Parameters
    ----------
    tol : float, default=1e-3
        Relative fall of the objective that counts as progress.
    n_iter_no_change : int, default=10
        Iterations without progress before it counts as converged.
    """

    settling = 5

    def __init__(self, tol=1e-3, n_iter_no_change=10):
        self.tol, self.n_iter_no_change = tol, n_iter_no_change

    def on_all_rows(self):
        """Itself: it always takes all rows."""
        return self

    def solve(self, objective, theta, on_iteration=lambda state: False, max_iter=500):
        """Minimise `objective`, which is Differentiable, from `theta`; see the other solvers."""
        plateau, space = Plateau(self.tol, self.n_iter_no_change), _Space(objective)
        stopped = flat = False

        def watch(intermediate_result):
            nonlocal stopped, flat
            state = State(space.theta(intermediate_result.x), float(intermediate_result.fun))
            stopped = on_iteration(state)
            flat = plateau.update(state.loss)
            if stopped or flat:
                raise StopIteration

        end = minimize(
            space.value_and_gradient,
            space.start(theta),
            bounds=space.bounds,
            jac=True,
            method="L-BFGS-B",
            callback=watch,
            options={"maxiter": max_iter, "maxfun": 20 * max_iter, "maxcor": 20, "gtol": 0.0, "ftol": 1e-15},
        )
        # Status 1: out of iterations or evaluations. A line search that fails has nothing left to gain.
        converged = flat or (not stopped and end.status != 1)
        return Result(space.theta(end.x), float(end.fun), int(end.nit), bool(converged))


class _Space:
    """What is searched: the parameters, or the d of an objective with a cone."""

    def __init__(self, objective):
        self.objective, self.cone = objective, getattr(objective, "cone", None)
        self.bounds = None if self.cone is None else [(0.0 if b else -np.inf, np.inf) for b in self.cone.bounded]

    def start(self, theta):
        """The point of some parameters."""
        return theta if self.cone is None else self.cone.increments(theta)

    def theta(self, point):
        """Parameters at a point."""
        return point.copy() if self.cone is None else self.cone.coefficients(point)

    def value_and_gradient(self, point):
        """The objective and its gradient at a point."""
        value, gradient = self.objective.value_and_gradient(self.theta(point))
        return value, gradient if self.cone is None else self.cone.pull(gradient)
