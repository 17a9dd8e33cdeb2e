r"""Stochastic gradient descent on mini-batches, plain and with Adam's moments.

Plain: theta <- theta - eta g. Adam [1]_: with m and v the running means of g and g^2, decay rates
b1 = 0.9 and b2 = 0.999,

    theta <- theta - eta (m / (1 - b1^t)) / (sqrt(v / (1 - b2^t)) + 1e-8).

References
----------
.. [1] D. P. Kingma and J. Ba, "Adam: a method for stochastic optimization", ICLR 2015.
"""

import numpy as np

from .base import Plateau, Result, State, return_to_cone


class SGD:
    """Plain gradient descent on mini-batches.

    Parameters
    ----------
    tol : float, default=1e-3
        Relative fall of the mean objective of an epoch that counts as progress.
    n_iter_no_change : int, default=10
        Epochs without progress before it counts as converged.
    batch_size : int, default=200
        Rows of a batch, at most all.
    learning_rate : float, default=1e-3
        The step eta.
    shuffle : bool, default=True
        Whether rows are permuted before each epoch.
    random_state : RandomState, default=None
        Draws the permutations; needed if `shuffle`.
    """

    settling = 5

    def __init__(
        self,
        tol=1e-3,
        n_iter_no_change=10,
        *,
        batch_size=200,
        learning_rate=1e-3,
        shuffle=True,
        random_state=None,
    ):
        self.tol, self.n_iter_no_change = tol, n_iter_no_change
        self.batch_size, self.learning_rate, self.shuffle = batch_size, learning_rate, shuffle
        self.random_state = random_state

    def solve(self, objective, theta, on_iteration=lambda state: False, max_iter=500):
        """Minimise `objective`, which is Batched, from `theta`.

        The loss of an epoch is the mean over its batches, each at the point before its step.
        """
        plateau = Plateau(self.tol, self.n_iter_no_change)
        state, n_iter, converged = State(theta, np.inf), 0, False
        while n_iter < max_iter and not converged:
            state = self.epoch(objective, state.theta)
            n_iter += 1
            if on_iteration(state) or not np.isfinite(state.loss):
                break
            converged = plateau.update(state.loss)
        return Result(*state, n_iter, converged)

    def epoch(self, objective, theta):
        """One pass over the data from `theta`; returns a State."""
        n = objective.n_samples
        size = min(self.batch_size, n)
        order = self.random_state.permutation(n) if self.shuffle else np.arange(n)
        total = 0.0
        for start in range(0, n, size):
            rows = order[start : start + size]
            loss, gradient = objective.value_and_gradient(theta, rows)
            total += loss * len(rows) / n
            theta = return_to_cone(objective, theta + self._move(gradient))
        return State(theta, total)

    def _move(self, gradient):
        """The change of theta for one gradient."""
        return -self.learning_rate * gradient


class Adam(SGD):
    """Adam; parameters as `SGD`. Its moments last from one call to the next."""

    _decay = (0.9, 0.999)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self._t, self._moments = 0, None

    def _move(self, gradient):
        """The change of theta for one gradient; updates the moments."""
        if self._moments is None or self._moments.shape[1] != len(gradient):
            self._t, self._moments = 0, np.zeros((2, len(gradient)))
        self._t += 1
        for moment, decay, power in zip(self._moments, self._decay, (gradient, gradient**2), strict=True):
            moment *= decay
            moment += (1 - decay) * power
        mean, square = (m / (1 - decay**self._t) for m, decay in zip(self._moments, self._decay, strict=True))
        return -self.learning_rate * mean / (np.sqrt(square) + 1e-8)
