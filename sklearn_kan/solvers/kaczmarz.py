r"""Newton-Kaczmarz: Gauss-Newton steps, each on a small batch of rows.

Kaczmarz solves linear equations by projecting onto one of them after the other. Here the equations are
the linearised residuals of a batch, and the projection is damped,

    theta <- argmin F_batch(theta') + mu / 2 |theta' - theta|^2,        F_batch linearised:

a second-order step for little more than a gradient costs, as it is solved in the space of the rows
(see the objective, which also sees to it that no batch is worse after its step). Where LM pays for the square of
the number of parameters, this pays for their number.

The damping, relative to the mean curvature of a batch, starts low. Once the loss, as
a running mean, stands still, what moves is the noise of the batches: the damping rises, so that more
batches are averaged over, until that gains nothing either.

References
----------
.. [1] S. Kaczmarz, "Angenaeherte Aufloesung von Systemen linearer Gleichungen", Bulletin de l'Academie
   Polonaise des Sciences A 35, 1937.
.. [2] A. Polar and M. Poluektov, "A deep machine learning algorithm for construction of the
   Kolmogorov-Arnold representation", Engineering Applications of Artificial Intelligence 99, 2021.
"""

import numpy as np

from .base import Plateau, Result, State, return_to_cone

# Batches of one iteration, so that its cost does not depend on the number of rows.
_BATCHES = 32
# Factor by which the damping rises, and the last one, relative to the mean curvature.
_RISE = 5.0
_LARGEST_DAMPING = 500.0
# Share of the last iteration in the running mean of the loss.
_SHARE = 0.2


class NewtonKaczmarz:
    """Damped Gauss-Newton steps on batches of rows.

    Parameters
    ----------
    tol : float, default=1e-3
        Relative fall of the running mean of the loss that counts as progress.
    n_iter_no_change : int, default=10
        Iterations without progress before the damping rises.
    batch_size : int, default=128
        Rows of a batch, at most all.
    shuffle : bool, default=True
        Whether rows are permuted before each pass over them.
    random_state : RandomState, default=None
        Draws the permutations; needed if `shuffle`.
    damping : float, default=0.05
        First damping, relative to the mean curvature: the trace of the Gauss-Newton matrix of a batch
        over its largest possible rank.

    Attributes
    ----------
    damping : float
        Kept for the next call of `solve`.
    """

    settling = 1

    def __init__(self, tol=1e-3, n_iter_no_change=10, *, batch_size=128, shuffle=True, random_state=None, damping=0.05):
        self.tol, self.n_iter_no_change = tol, n_iter_no_change
        self.batch_size, self.shuffle, self.random_state = batch_size, shuffle, random_state
        self.damping = damping

    def solve(self, objective, theta, on_iteration=lambda state: False, max_iter=500):
        """Minimise `objective`, which has DualSteps, from `theta`.

        The loss of an iteration is the running mean over batches, each at the point before its step.
        """
        plateau, batches, mean = Plateau(self.tol, self.n_iter_no_change), self._batches(objective.n_samples), None
        state, n_iter = State(theta, np.inf), 0
        while n_iter < max_iter:
            theta, loss = self._steps(objective, state.theta, [next(batches) for _ in range(_BATCHES)])
            mean = loss if mean is None else mean + _SHARE * (loss - mean)
            state, n_iter = State(theta, mean), n_iter + 1
            if on_iteration(state) or not np.isfinite(loss):
                return Result(*state, n_iter, False)
            if plateau.update(mean):
                if self.damping >= _LARGEST_DAMPING:
                    return Result(*state, n_iter, True)
                self.damping *= _RISE
                plateau = Plateau(self.tol, self.n_iter_no_change)
        return Result(*state, n_iter, False)

    def epoch(self, objective, theta):
        """One pass over the data from `theta`; returns a State."""
        n = objective.n_samples
        batches = self._batches(n)
        n_batches = -(-n // min(self.batch_size, n))
        return State(*self._steps(objective, theta, [next(batches) for _ in range(n_batches)]))

    def _batches(self, n):
        """Rows of one batch after the other, without end."""
        size = min(self.batch_size, n)
        while True:
            order = self.random_state.permutation(n) if self.shuffle else np.arange(n)
            for start in range(0, n, size):
                yield order[start : start + size]

    def _steps(self, objective, theta, batches):
        """A step on each batch: the new point and the mean loss."""
        # Independent of the number of rows if one batch holds them all: a row of weight 2 is two rows.
        n_curved = min(self.batch_size, len(theta))
        damping = self.damping * objective.squared_length(theta, batches[0]) / n_curved
        step = objective.dual_step(damping)
        total = count = 0.0
        for rows in batches:
            theta, loss = step(theta, rows)
            theta = return_to_cone(objective, theta)
            total, count = total + loss * len(rows), count + len(rows)
        return theta, total / count
