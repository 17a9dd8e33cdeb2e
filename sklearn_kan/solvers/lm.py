r"""Levenberg-Marquardt, in the generalised Gauss-Newton form.

With g and H the gradient and Gauss-Newton matrix at theta, the step solves

    (H + mu D) delta = -g,     D = sqrt(diag(H) / max diag(H)),

and the model predicts a reduction of (mu delta^T D delta - g^T delta) / 2. The gain ratio rho, actual
over predicted reduction, decides [1]_: a step is taken only if the objective falls, so the point
returned is never worse than the one given, and

    mu <- mu / 3   if rho > 3/4,      mu <- 3 mu   if rho < 1/4,      mu <- 2 mu, 4 mu, ...   after failures.

The levels are discrete on purpose. Rules in which mu is a smooth function of rho feed the rounding
errors of rho back into mu; on problems with more parameters than rows two equivalent runs, such as
weighted and repeated rows, then part within 60 iterations. With levels they agree to 1e-12.

An objective with a ``cone`` is minimised over d, with theta linear in d, where some of the d may not be negative (see
`objective.cone`): a step is the minimum of the damped model above these bounds, and has the fall that the model
itself says.

D lies between Levenberg's choice D = I, which holds back weights that few data reach, and
Marquardt's D = diag(H), which lets them run; it took half the iterations of I on splines.

References
----------
.. [1] D. W. Marquardt, "An algorithm for least-squares estimation of nonlinear parameters",
   SIAM Journal 11, 1963; J. J. More, "The Levenberg-Marquardt algorithm", Lecture Notes in
   Mathematics 630, 1978.
"""

import numpy as np
from scipy.linalg import cho_solve

from .base import Plateau, Result, State
from .bounded import bounded_minimum

# Bounds of mu, relative to the largest diagonal entry of H.
_SMALLEST_DAMPING = 1e-15
_LARGEST_DAMPING = 1e12
# Gain ratios below and above which the model is a poor or a good one, and the factor between levels of mu.
_POOR_GAIN = 0.25
_GOOD_GAIN = 0.75
_LEVEL = 3.0


class LevenbergMarquardt:
    """Levenberg-Marquardt with normal equations.

    Parameters
    ----------
    tol : float, default=1e-3
        Relative fall of the objective that counts as progress.
    n_iter_no_change : int, default=10
        Iterations without progress before it counts as converged.
    damping : float, default=1e-3
        First mu, relative to the largest diagonal entry of H.

    Attributes
    ----------
    damping : float
        mu relative to the largest diagonal entry of H, kept for the next call of `solve`.
    """

    settling = 5

    def __init__(self, tol=1e-3, n_iter_no_change=10, damping=1e-3):
        self.tol, self.n_iter_no_change = tol, n_iter_no_change
        self.damping = damping

    def solve(self, objective, theta, on_iteration=lambda state: False, max_iter=500):
        """Minimise `objective` from `theta`.

        Parameters
        ----------
        objective : NormalEquations
        theta : ndarray of shape (n_params,)
        on_iteration : callable, default: never stops
            Called with a State after each accepted step; True stops.

        Returns
        -------
        result : Result
        """
        plateau = Plateau(self.tol, self.n_iter_no_change)
        state = State(theta, None)
        for n_iter in range(1, max_iter + 1):
            loss, gradient, H = objective.normal_equations(state.theta)
            state = State(state.theta, loss)
            plateau.update(loss) if n_iter == 1 else None
            trial = self._step(objective, state, gradient, H)
            if trial is None:
                return Result(*state, n_iter - 1, bool(np.isfinite(state.loss)))
            state = trial
            if on_iteration(state):
                return Result(*state, n_iter, False)
            if plateau.update(state.loss):
                return Result(*state, n_iter, True)
        return Result(*state, max_iter, False)

    def _step(self, objective, state, gradient, H):
        """The next point, or None if no damping finds a lower one."""
        model = _Model(state.theta, gradient, H, getattr(objective, "cone", None))
        growth = 2.0
        while self.damping < _LARGEST_DAMPING:
            delta, predicted = model.step(self.damping)
            if delta is not None:
                if predicted <= np.finfo(float).eps * state.loss:
                    return None
                theta = model.moved(delta)
                trial = State(theta, objective.value(theta))
                gain = (state.loss - trial.loss) / predicted
                if trial.loss < state.loss:
                    self.damping = next_damping(self.damping, gain)
                    return trial
            self.damping *= growth
            growth *= 2.0
        self.damping = 1.0
        return None


def next_damping(damping, gain):
    """Damping after a step that was taken, given its gain ratio."""
    if gain > _GOOD_GAIN:
        return max(damping / _LEVEL, _SMALLEST_DAMPING)
    return damping * _LEVEL if gain < _POOR_GAIN else damping


class _Model:
    """The quadratic model of an objective at a point, over d if there is a cone."""

    def __init__(self, theta, gradient, H, cone):
        self.point, self.gradient, self.H, self.cone, self.metric = theta, gradient, H, cone, _metric(H)
        if cone is not None:
            # The damping is that of theta: which end of an edge its d are counted from does not matter.
            self.point, self.gradient = cone.increments(theta), cone.pull(gradient)
            self.H, self.metric = (cone.pull(cone.pull(matrix).T) for matrix in (H, np.diag(self.metric)))

    def step(self, damping):
        """The step for a damping, or None where the matrix is not positive definite, and the fall it predicts."""
        gradient, damping = self.gradient, damping * self.metric
        if self.cone is None:
            delta = _solve_damped(self.H, gradient, damping)
            return delta, None if delta is None else 0.5 * (delta @ (damping * delta) - gradient @ delta)
        try:
            delta = bounded_minimum(self.H + damping, gradient, np.where(self.cone.bounded, -self.point, -np.inf))
        except np.linalg.LinAlgError:
            return None, None
        return delta, -(gradient @ delta + 0.5 * delta @ (self.H @ delta))

    def moved(self, delta):
        """Parameters after a step."""
        return self.point + delta if self.cone is None else self.cone.coefficients(self.point + delta)


def _metric(H):
    """The damping of each parameter for mu = 1, largest where H is: max diag(H) times D."""
    diagonal = np.maximum(np.diagonal(H), 0.0)
    largest = max(np.max(diagonal, initial=0.0), np.finfo(float).tiny)
    return largest * np.sqrt(np.maximum(diagonal / largest, 1e-12))


def _solve_damped(H, gradient, damping):
    """-(H + diag(damping))^-1 gradient, or None where the matrix is not positive definite."""
    damped = H.copy()
    damped.flat[:: len(H) + 1] += damping
    try:
        return -cho_solve((np.linalg.cholesky(damped), True), gradient, check_finite=False)
    except np.linalg.LinAlgError:
        return None
