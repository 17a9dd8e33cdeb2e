"""L-BFGS, by scipy.optimize.minimize."""

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
        plateau = Plateau(self.tol, self.n_iter_no_change)
        stopped = flat = False

        def watch(intermediate_result):
            nonlocal stopped, flat
            state = State(intermediate_result.x.copy(), float(intermediate_result.fun))
            stopped = on_iteration(state)
            flat = plateau.update(state.loss)
            if stopped or flat:
                raise StopIteration

        end = minimize(
            objective.value_and_gradient,
            theta,
            jac=True,
            method="L-BFGS-B",
            callback=watch,
            options={"maxiter": max_iter, "maxfun": 20 * max_iter, "maxcor": 20, "gtol": 0.0, "ftol": 1e-15},
        )
        # Status 1: out of iterations or evaluations. A line search that fails has nothing left to gain.
        converged = flat or (not stopped and end.status != 1)
        return Result(end.x, float(end.fun), int(end.nit), bool(converged))
