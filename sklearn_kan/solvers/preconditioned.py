r"""L-BFGS in the metric of a damped Gauss-Newton matrix: one factorisation serves several steps.

Levenberg-Marquardt forms and factorises H for each step, O(rows x parameters^2 + parameters^3), and on a network
the step that is short enough for its model goes only a small part of the way to the minimum. A gradient costs
O(rows x parameters), a hundredth of that. So with one factor

    W^T W = (H + mu D)^-1,    D as in `lm`,

several steps are taken. The first is that of Levenberg-Marquardt, -W^T W g; the next are those of L-BFGS [1]_ whose
first guess of the inverse Hessian is W^T W, so that differences of gradients correct the model on the way, as it is
not the model that is followed but the objective itself. Each step is shortened until the objective falls enough
(Armijo's rule). The gain of the first trial changes mu as in `lm`. (A factor in single
precision would do for that, but differences by rounding would grow: see `lm`.)

References
----------
.. [1] J. Nocedal, "Updating quasi-Newton matrices with limited storage", Mathematics of Computation 35, 1980.
"""

from typing import NamedTuple

import numpy as np

from ..utils.inverse_root import inverse_root
from .base import Plateau, Result, State
from .lm import damping_metric, next_damping

# Steps with one factorisation at most, trials of each, and the part of the objective that further steps must promise.
_STEPS, _TRIALS, _LEAST_PROMISE = 15, 6, 1e-3
# Part of the fall promised by the slope that a step must keep.
_ARMIJO = 1e-4
# Factors by which a step is shortened at least and at most, and by which the damping grows if the first is too long.
_SHORTEN_LEAST, _SHORTEN_MOST, _TOO_LONG = 0.5, 0.1, 8.0


class PreconditionedLBFGS:
    """L-BFGS in the metric of a damped Gauss-Newton matrix.

    Parameters
    ----------
    tol : float, default=1e-3
        Relative fall of the objective that counts as progress.
    n_iter_no_change : int, default=10
        Iterations, of several steps each, without progress before it counts as converged.
    damping : float, default=1e-3
        First mu, relative to the largest diagonal entry of H.

    Attributes
    ----------
    damping : float
        mu relative to the largest diagonal entry of H, kept for the next call of `solve`.
    """

    def __init__(self, tol=1e-3, n_iter_no_change=10, damping=1e-3):
        self.tol, self.n_iter_no_change, self.damping = tol, n_iter_no_change, damping

    def solve(self, objective, theta, on_iteration=lambda state: False, max_iter=500):
        """Minimise `objective` from `theta`.

        Parameters
        ----------
        objective : Differentiable and NormalEquations
        theta : ndarray of shape (n_params,)
        on_iteration : callable, default: never stops
            Called with a State after each iteration; True stops.

        Returns
        -------
        result : Result
        """
        plateau = Plateau(self.tol, self.n_iter_no_change)
        for n_iter in range(1, max_iter + 1):
            state = self._iterate(objective, theta)
            theta = state.theta
            if on_iteration(state):
                return Result(*state, n_iter, False)
            if plateau.update(state.loss):
                return Result(*state, n_iter, True)
        return Result(*state, max_iter, False)

    def _iterate(self, objective, theta):
        """The point after several steps with one factor.

        Sets: damping.
        """
        loss, gradient, H = objective.normal_equations(theta)
        metric = damping_metric(H)
        inverse = _InverseHessian(H, self.damping * metric)
        for step in range(_STEPS):
            move = -inverse(gradient)
            slope = float(gradient @ move)
            if not -slope > 2 * (_LEAST_PROMISE if step else np.finfo(float).eps) * loss:
                break
            trials = list(_line_search(objective, theta, loss, move, slope))
            if step == 0:
                self._adapt(loss - trials[0].loss, -0.5 * (slope - self.damping * float(move @ (metric * move))))
            if not trials[-1].accepted:
                break
            inverse.learn(trials[-1].theta - theta, trials[-1].gradient - gradient)
            theta, loss, gradient = trials[-1][:3]
        return State(theta, loss)

    def _adapt(self, fall, promised):
        """Change the damping by the gain of the first trial.

        Sets: damping.
        """
        self.damping = next_damping(self.damping, fall / promised) if fall > 0 else self.damping * _TOO_LONG


class _Trial(NamedTuple):
    """A point that has been tried, and whether the objective falls enough there."""

    theta: np.ndarray
    loss: float
    gradient: np.ndarray
    accepted: bool


def _line_search(objective, theta, loss, move, slope):
    """Trials theta + t move for falling t, the last of them accepted unless there have been too many."""
    t = 1.0
    for _ in range(_TRIALS):
        point = theta + t * move
        value, gradient = objective.value_and_gradient(point)
        accepted = value <= loss + _ARMIJO * t * slope
        yield _Trial(point, value, gradient, accepted)
        if accepted:
            return
        # The minimum of the parabola through what is known.
        rise = value - loss - t * slope
        shorter = -t * slope / (2 * rise) if np.isfinite(rise) else _SHORTEN_MOST
        t *= min(_SHORTEN_LEAST, max(_SHORTEN_MOST, shorter))


class _InverseHessian:
    """The inverse Hessian of L-BFGS as a function of vectors.

    Parameters
    ----------
    H : ndarray of shape (n_params, n_params)
    damping : ndarray of shape (n_params,)
    """

    def __init__(self, H, damping):
        damped = H.copy()
        damped.flat[:: len(H) + 1] += damping
        self._root, _ = inverse_root(damped)
        self._pairs, self._scale = [], 1.0

    def learn(self, step, change):
        """Take a step and the change of the gradient along it."""
        product = float(step @ change)
        if product > 1e-10 * np.sqrt(float(step @ step) * float(change @ change)):
            self._pairs.append((step, change, product))
            self._scale = min(1.0, product / float(change @ self._times_root(change)))

    def __call__(self, vector):
        """The inverse Hessian times a vector: Nocedal's two loops."""
        weights = []
        for step, change, product in reversed(self._pairs):
            weights.append(float(step @ vector) / product)
            vector = vector - weights[-1] * change
        vector = self._scale * self._times_root(vector)
        for (step, change, product), weight in zip(self._pairs, reversed(weights), strict=True):
            vector = vector + (weight - float(change @ vector) / product) * step
        return vector

    def _times_root(self, vector):
        """W^T W times a vector."""
        return self._root.T @ (self._root @ vector)
