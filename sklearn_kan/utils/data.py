"""The rows of a table as training sees them, and the one place where something is summed over all of them.

Features, targets and weights are kept together. What is computed from all rows is a sum over blocks of them
(`TrainingData.sum_over_blocks`), so that memory is bounded whatever their number is. Rows that live elsewhere
than in one array are a class with the methods and properties of `TrainingData` but for X and `block`; what needs
rows themselves takes a part of them (`sample`). `dask.rows.ClusterRows` is one.

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

from .kinds import Kinds, column_ranges
from .sampling import distinct_rows, enough_kinds, sampled_rows, some_distinct_rows
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
    column_kinds : Kinds or None
        What the columns of X are; None: all are numbers, and no value was missing in fit.
    """

    X: np.ndarray
    Y: np.ndarray
    sample_weight: np.ndarray | None = None
    weight_unit: float = 1.0
    column_kinds: Kinds | None = None

    # Whether all rows may be looked at, not only summed over.
    in_memory = True

    @classmethod
    def observed(cls, X, Y, sample_weight):
        """Rows whose weights are counted as observations."""
        return cls(X, Y, *observations(sample_weight))

    @property
    def n_rows(self):
        """Number of rows."""
        return len(self.X)

    @property
    def shape(self):
        """Numbers of features and outputs."""
        return self.X.shape[1], self.Y.shape[1]

    @property
    def targets(self):
        """Rows whose targets may be looked at: itself."""
        return self

    @property
    def ends(self):
        """Smallest and largest value of each feature, shape (2, n_features)."""
        return column_ranges(self.X)

    @property
    def total_weight(self):
        """How many observations the rows stand for."""
        return float(len(self.X) if self.sample_weight is None else self.sample_weight.sum())

    @cached_property
    def shares(self):
        """Weights of sum 1, shape (n_samples,)."""
        return weights_of_sum_one(self.sample_weight, len(self.X))

    def take(self, rows):
        """Some rows, by a boolean mask of shape (n_samples,), their numbers or a slice."""
        weight = None if self.sample_weight is None else self.sample_weight[rows]
        return replace(self, X=self.X[rows], Y=self.Y[rows], sample_weight=weight)

    def at_hand(self, n_rows):
        """Rows that may be looked at: all; of rows that are not in memory so many."""
        return self

    def in_units(self, loss, units):
        """The same rows with targets in the units of a loss, see `Loss.standardised`."""
        return self.with_targets(loss.standardised(self.Y, *units))

    def sample(self, n_rows):
        """At most so many distinct rows that stand for all, always the same ones; see `sampling`.

        They have been drawn by weight, and so stand for as large a part of the observations as they are of the distinct
        rows. All rows, if there are no more distinct ones.
        """
        if self.n_rows <= n_rows:
            return self
        kinds = self.kinds(self.value_ends, enough_kinds(n_rows))
        return self if kinds.n_rows <= n_rows else kinds.drawn(n_rows)

    @property
    def value_ends(self):
        """Smallest and largest value of each feature and target, shape (2, n_features + n_outputs)."""
        return np.hstack([self.ends, [self.Y.min(axis=0), self.Y.max(axis=0)]])

    def kinds(self, value_ends, most):
        """Distinct rows with the weight of all like them, of very many a random part; see `some_distinct_rows`."""
        first, total = some_distinct_rows(np.hstack([self.X, self.Y]), self.sample_weight, value_ends, most)
        return replace(self.take(first), sample_weight=total)

    def drawn(self, n_rows):
        """So many rows, drawn by weight of more distinct ones."""
        values = np.hstack([self.X, self.Y])
        rows, counts = np.unique(sampled_rows(values, self.sample_weight, n_rows), return_counts=True)
        unit = self.total_weight / self.n_rows
        alike = unit == 1 and np.all(counts == 1)
        return replace(self.take(rows), sample_weight=None if alike else unit * counts)

    def condensed(self, most):
        """The distinct rows in their own order, with the weights of all that are like them; as they are if too many.

        Tables that say the same, in another order or with repeated rows for weights, become one table, and fits to it
        the same to the last bit: where an optimum is not unique, rounding would decide which one is found. Solvers that
        take batches have them from the rows as they come.
        """
        if len(self.X) > most:
            return self
        first, total = distinct_rows(np.hstack([self.X, self.Y]), self.sample_weight)
        return replace(self.take(first), sample_weight=None if np.all(total == 1) else total)

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
        for name, values in (("y", self.Y), ("sample_weight", self.sample_weight)):
            if values is not None and not np.isfinite(values).all():
                raise ValueError(f"{name} contains NaN or infinity. Remove those rows or impute their values.")
        if np.isinf(self.X).any():
            raise ValueError("X contains infinity. Remove those rows, or say that a value is missing by NaN.")

    def with_targets(self, Y):
        """The same rows with other targets."""
        return replace(self, Y=Y)

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
    if are_repetitions(np.array_equal(positive, np.round(positive)), largest, relative.mean()):
        return sample_weight, 1.0
    with np.errstate(over="ignore"):  # The unit of weights of 1e-320.
        return sample_weight / largest / relative.mean(), np.float64(1.0) / largest / relative.mean()


def are_repetitions(whole, largest, relative_mean):
    """Whether weights are repetitions: whole numbers, and their mean, in units of the largest, not too large."""
    return whole and largest * relative_mean <= _MOST_REPETITIONS


def row_slices(n, step):
    """Slices of at most `step` rows that make up the rows from 0 to n."""
    return [slice(start, min(start + step, n)) for start in range(0, n, step)]
