r"""The rows of a table as formulas see them: distinct, in an order of their own, some of them held out.

A row of weight k is k rows: equal rows are one row with the sum of their weights, and rows are sorted. So
nothing depends on how often or in which order rows come, and which are held out, or taken as a part, is drawn among
distinct rows. Targets are standardised. Columns and targets of extreme size are divided by powers of two before,
which costs no digit, as powers and squares of them would overflow.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from ..utils.weighted import spread, weights_of_sum_one

# Sizes from which on units are changed: fourth powers of what is left, times such powers, are far from overflow.
_LARGEST_SIZE = 1e12
# Rows around those of the table that a formula should exist on.
_AROUND = 100
# A range below this part of the size of a column is rounding.
_LEAST_RANGE = 1e-12


@dataclass(frozen=True)
class Rows:
    """Rows with targets and weights.

    Attributes
    ----------
    X : ndarray of shape (n_samples, n_inputs)
    Y : ndarray of shape (n_samples, n_outputs)
    sample_weight : ndarray of shape (n_samples,) or None
        None stands for weights of 1.
    """

    X: np.ndarray
    Y: np.ndarray
    sample_weight: np.ndarray | None = None

    @cached_property
    def total_weight(self):
        """Number of observations."""
        return float(len(self.X) if self.sample_weight is None else self.sample_weight.sum())

    @cached_property
    def share(self):
        """Weight of each row relative to all, shape (n_samples, 1)."""
        return weights_of_sum_one(self.sample_weight, len(self.X))[:, None]

    @cached_property
    def mean(self):
        """Weighted mean of each target."""
        return (self.share * self.Y).sum(axis=0)

    @cached_property
    def spread(self):
        """Weighted standard deviation of each target, 1 for constant ones."""
        return spread(self.Y, self.sample_weight, self.mean)

    def mean_square(self, rest):
        """Weighted mean square of values of shape (n_samples, n_outputs), over all outputs."""
        with np.errstate(over="ignore", invalid="ignore"):
            return float((self.share * rest**2).sum() / rest.shape[1])

    def take(self, places):
        """Some of the rows."""
        weight = None if self.sample_weight is None else self.sample_weight[places]
        return Rows(self.X[places], self.Y[places], weight)

    def with_targets(self, Y):
        """The same rows with other targets."""
        return Rows(self.X, Y, self.sample_weight)

    def part(self, n, random_state):
        """At most n of the rows, drawn at random, in the order they have."""
        if len(self.X) <= n:
            return self
        return self.take(np.sort(random_state.permutation(len(self.X))[:n]))

    @cached_property
    def around(self):
        """Some rows moved away from the middle of each column: within ranges that are wider by a tenth, or by half."""
        X = self.part(_AROUND, np.random.RandomState(0)).X
        middle = (self.X.min(axis=0) + self.X.max(axis=0)) / 2
        return [middle + wider * (X - middle) for wider in (1.1, 1.5)]

    @property
    def varying(self):
        """Columns that are not constant but for rounding."""
        lo, hi = self.X.min(axis=0), self.X.max(axis=0)
        return [int(i) for i in np.flatnonzero(hi - lo > _LEAST_RANGE * np.maximum(np.abs(lo), np.abs(hi)))]


class SplitRows:
    """Rows to fit to and rows held out.

    Parameters
    ----------
    X : ndarray of shape (n_samples, n_inputs)
    Y : ndarray of shape (n_samples, n_outputs)
    fraction : float
        Part that is held out.
    random_state : RandomState
    sample_weight : ndarray of shape (n_samples,), default=None

    Attributes
    ----------
    raw, raw_held_out : Rows
        In units of `sizes`.
    fitted, held_out : Rows
        With standardised targets.
    mean, scale : ndarray of shape (n_outputs,)
        Raw targets are mean + scale * standardised ones.
    x_size, y_size : ndarray of shape (n_inputs,), (n_outputs,)
        Powers of two that columns and targets have been divided by; 1 unless they are extreme.
    """

    def __init__(self, X, Y, fraction, random_state, sample_weight=None):
        rows = distinct(X, Y, sample_weight)
        self.x_size, self.y_size = sizes(rows.X), sizes(rows.Y)
        rows = Rows(rows.X / self.x_size, rows.Y / self.y_size, rows.sample_weight)
        aside = np.zeros(len(rows.X), dtype=bool)
        if len(aside) > 2:
            count = min(max(round(fraction * len(aside)), 1), len(aside) - 2)
            aside[random_state.permutation(len(aside))[:count]] = True
        self.raw = rows.take(~aside)
        self.raw_held_out = rows.take(aside) if aside.any() else self.raw
        self.mean, self.scale = self.raw.mean, self.raw.spread
        constant = np.abs(rows.Y - self.mean).max(axis=0) <= _LEAST_RANGE * np.abs(rows.Y).max(axis=0)
        self.fitted, self.held_out = (
            part.with_targets(np.where(constant, 0.0, (part.Y - self.mean) / self.scale))
            for part in (self.raw, self.raw_held_out)
        )

    def _in_units(self, rows):
        """Rows as they came."""
        return Rows(rows.X * self.x_size, rows.Y * self.y_size, rows.sample_weight)

    @property
    def own_fitted(self):
        """The rows fitted to, in the units they came in."""
        return self._in_units(self.raw)

    @property
    def own_held_out(self):
        """The rows held out, in the units they came in."""
        return self._in_units(self.raw_held_out)

    @cached_property
    def own(self):
        """All rows in the units they came in."""
        if self.raw is self.raw_held_out:
            return self.own_fitted
        parts = self.own_fitted, self.own_held_out
        weight = None
        if any(part.sample_weight is not None for part in parts):
            weight = np.concatenate([part.share[:, 0] * part.total_weight for part in parts])
        return Rows(*(np.concatenate([getattr(part, name) for part in parts]) for name in "XY"), weight)


def distinct(X, Y, sample_weight=None):
    """The distinct rows of positive weight, sorted, each with the sum of its weights."""
    weight = np.ones(len(X)) if sample_weight is None else sample_weight
    kept = weight > 0
    table = np.hstack([X[kept], Y[kept]]) + 0.0  # No -0.0: it sorts as 0.0 and prints otherwise.
    table, place = np.unique(table, axis=0, return_inverse=True)
    total = np.bincount(np.ravel(place), weights=weight[kept])
    total = None if np.all(total == 1.0) else total
    return Rows(np.ascontiguousarray(table[:, : X.shape[1]]), np.ascontiguousarray(table[:, X.shape[1] :]), total)


def sizes(columns):
    """For columns of extreme size a power of two near it, for others 1."""
    size = np.abs(columns).max(axis=0)
    extreme = (size > _LARGEST_SIZE) | ((size < 1 / _LARGEST_SIZE) & (size > 0))
    with np.errstate(divide="ignore"):
        exponent = np.where(extreme, np.floor(np.log2(size)), 0.0)
    return np.exp2(exponent)
