"""The rows of a table as training sees them, and the one place where something is summed over all of them.

Features, targets and weights are kept together. What is computed from all rows is a sum over blocks of them
(`TrainingData.sum_over_blocks`), so that memory is bounded whatever their number is. Rows that live elsewhere
than in one array need a class with the same methods, and nothing else.

**How many observations weights stand for** (`observations`). With a fixed penalty only their ratios matter. The
evidence has to know how much was observed, and weights are used in two ways that say different things about it:

- whole numbers are repetitions: a row of weight 3 is three rows, to rounding, and the sum of the weights is the
  number of observations. So are counts of equal rows, a bootstrap's or bagging's;
- all others say how rows compare: precisions 1 / sigma^2, boosting's weights of sum 1, survey and class weights.
  Their unit says nothing about how much was observed, which is one observation a row. They are scaled so that their
  sum is the number of rows of positive weight. For independent normal errors of variances sigma^2 / w that
  is exact, whatever the unit of w.

Precisions may be whole numbers by chance: 1 / 0.001^2 = 1,000,000. Whole numbers of a mean above a thousand are
taken for such: nobody writes down a table whose rows stand for a thousand equal ones each, and if it were one, too
few observations make intervals too wide, while too many would make them too narrow and let a network fit noise.
"""

from dataclasses import dataclass, replace
from functools import cached_property, reduce
from operator import iadd
from typing import NamedTuple

import numpy as np

from .sampling import distinct_rows, sampled_rows
from .threads import map_threads
from .weighted import weights_of_sum_one

# Mean weight up to which whole numbers are repetitions.
_MOST_REPETITIONS = 1000.0
# Groups of blocks that threads share, blocks that make a group worth while, and bytes of all their sums.
_GROUPS = 8
_GROUP_BLOCKS = 2
_SUMS_BYTES = 2**28


class Block(NamedTuple):
    """Some rows, features first.

    Attributes
    ----------
    start : int
        Number of the first row.
    x : ndarray of shape (n_features, n)
    y : ndarray of shape (n_outputs, n)
    share : ndarray of shape (n,)
        Part of the weight of all rows.
    """

    start: int
    x: np.ndarray
    y: np.ndarray
    share: np.ndarray


@dataclass(frozen=True)
class TrainingData:
    """Rows with targets and weights.

    Attributes
    ----------
    X : ndarray of shape (n_samples, n_features)
    Y : ndarray of shape (n_samples, n_outputs)
    sample_weight : ndarray of shape (n_samples,) or None
        None stands for equal weights.
    weight_unit : float
        How many observations a weight of 1 stood for, as the user gave it (see `observations`).
    """

    X: np.ndarray
    Y: np.ndarray
    sample_weight: np.ndarray | None = None
    weight_unit: float = 1.0

    @classmethod
    def observed(cls, X, Y, sample_weight):
        """Rows whose weights are counted as observations."""
        return cls(X, Y, *observations(sample_weight))

    @property
    def total_weight(self):
        """How many observations the rows stand for."""
        return float(len(self.X) if self.sample_weight is None else self.sample_weight.sum())

    @cached_property
    def shares(self):
        """Weights of sum 1, shape (n_samples,)."""
        return weights_of_sum_one(self.sample_weight, len(self.X))

    def take(self, rows):
        """Some rows, by a boolean mask of shape (n_samples,) or by their numbers."""
        weight = None if self.sample_weight is None else self.sample_weight[rows]
        return TrainingData(self.X[rows], self.Y[rows], weight, self.weight_unit)

    def sample(self, n_rows):
        """At most so many distinct rows that stand for all, always the same ones; see `sampling`.

        They have been drawn by weight, and so stand for as large a part of the observations as they are of the distinct
        rows. All rows, if there are no more distinct ones.
        """
        if len(self.X) <= n_rows:
            return self
        values = np.hstack([self.X, self.Y])
        n_distinct = len(distinct_rows(values, None)[0])
        if n_distinct <= n_rows:
            return self
        rows, counts = np.unique(sampled_rows(values, self.sample_weight, n_rows), return_counts=True)
        part = self.take(rows)
        unit = self.total_weight / n_distinct
        alike = unit == 1 and np.all(counts == 1)
        return replace(part, sample_weight=None if alike else unit * counts)

    def weighted_only(self, at_least):
        """Only the rows of positive weight; ValueError if there are not at least so many, or not all is finite."""
        self._refuse_not_finite()
        weighted = self
        if self.sample_weight is not None and np.any(self.sample_weight == 0):
            weighted = self.take(self.sample_weight > 0)
        if len(weighted.X) < at_least:
            raise ValueError(
                f"X must have at least {at_least} rows of positive weight; got n_samples={len(weighted.X)}. "
                "Pass more rows, or give more of them a positive sample_weight."
            )
        return weighted

    def _refuse_not_finite(self):
        """ValueError for what got through because scikit-learn was told not to look."""
        for name, values in (("X", self.X), ("y", self.Y), ("sample_weight", self.sample_weight)):
            if values is not None and not np.isfinite(values).all():
                raise ValueError(f"{name} contains NaN or infinity. Remove those rows or impute their values.")

    def with_targets(self, Y):
        """The same rows with other targets."""
        return TrainingData(self.X, Y, self.sample_weight, self.weight_unit)

    def block(self, rows):
        """The rows of a slice as a `Block`."""
        return Block(rows.start, np.ascontiguousarray(self.X[rows].T), self.Y[rows].T, self.shares[rows])

    def sum_over_blocks(self, sums, step, n_bytes=0):
        """Add up what a function makes of blocks of rows; threads share them.

        Parameters
        ----------
        sums : callable
            Takes an iterable of `Block` and returns a tuple of floats and arrays, summed over them.
        step : int
            Rows of a block.
        n_bytes : int, default=0
            Size of what `sums` returns, of which each thread has its own.

        Returns
        -------
        totals : list
            The sums over all rows.
        """
        slices = row_slices(len(self.X), step)
        # The groups do not depend on the number of threads, so the rounding errors do not either.
        most = max(1, _SUMS_BYTES // max(1, n_bytes))
        n_groups = min(_GROUPS, most, max(1, len(slices) // _GROUP_BLOCKS))
        groups = [slices[len(slices) * g // n_groups : len(slices) * (g + 1) // n_groups] for g in range(n_groups)]
        parts = map_threads(lambda group: sums(map(self.block, group)), groups)
        return [reduce(iadd, values) for values in zip(*parts, strict=True)]


def observations(sample_weight):
    """Weights whose sum is the number of observations.

    Parameters
    ----------
    sample_weight : ndarray of shape (n_samples,) or None
        Non-negative, not all 0.

    Returns
    -------
    sample_weight : ndarray of shape (n_samples,) or None
        As they are if they are repetitions, else of mean 1 over the rows of positive weight.
    unit : float
        How many observations a weight of 1 stood for.
    """
    if sample_weight is None:
        return None, 1.0
    positive = sample_weight[sample_weight > 0]
    largest = positive.max()
    relative = positive / largest  # Sums of weights near the largest float must not overflow.
    if np.array_equal(positive, np.round(positive)) and largest * relative.mean() <= _MOST_REPETITIONS:
        return sample_weight, 1.0
    with np.errstate(over="ignore"):  # The unit of weights of 1e-320.
        return sample_weight / largest / relative.mean(), np.float64(1.0) / largest / relative.mean()


def row_slices(n, step):
    """Slices of at most `step` rows that make up the rows from 0 to n."""
    return [slice(start, min(start + step, n)) for start in range(0, n, step)]
