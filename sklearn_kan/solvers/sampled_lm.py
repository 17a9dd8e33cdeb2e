"""Levenberg-Marquardt that fits a sample of many rows first.

An iteration costs time in proportion to the rows, and most of the way to the minimum is the same on a
sample of them. So a sample is fitted first, then one 8 times as large from where that ended, and all
rows last, when little is left to do.
"""

from .lm import LevenbergMarquardt

# Rows to begin with.
_FIRST_ROWS = 20_000
# How many times as many there must be.
_ENOUGH = 4
# Iterations without progress before the sample grows, and by how much.
_PATIENCE = 3
_GROWTH = 8


class SampledLM(LevenbergMarquardt):
    """Levenberg-Marquardt on growing samples of rows; parameters as `LevenbergMarquardt`.

    Attributes
    ----------
    rows : int
        Size of the sample, while there are many more rows; kept for the next call of `solve`.
    """

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.rows = _FIRST_ROWS

    def on_all_rows(self):
        """A solver with the same settings that takes all rows from the first iteration on."""
        return LevenbergMarquardt(self.tol, self.n_iter_no_change)

    def solve(self, objective, theta, on_iteration=lambda state: False, max_iter=500):
        """Minimise `objective`, which is Sampled, from `theta`.

        The loss of an iteration is that of the rows in use.
        """
        n_iter, patience = 0, self.n_iter_no_change
        while self.rows * _ENOUGH < objective.n_samples:
            self.n_iter_no_change = min(_PATIENCE, patience)
            result = super().solve(objective.sample(self.rows), theta, on_iteration, max_iter - n_iter)
            self.n_iter_no_change = patience
            n_iter, theta = n_iter + result.n_iter, result.theta
            if not result.converged:
                return result._replace(n_iter=n_iter)
            self.rows *= _GROWTH
        result = super().solve(objective, theta, on_iteration, max_iter - n_iter)
        return result._replace(n_iter=n_iter + result.n_iter)
