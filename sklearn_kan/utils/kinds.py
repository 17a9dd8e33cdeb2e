"""What the columns of a table are: numbers, or levels of a category, with or without missing values.

A category is a column of codes 0, 1, ..., one for each level; any other code is a level that was not there when levels
were counted. A missing value is NaN, in both. Columns with neither need no `Kinds`.
"""

from typing import NamedTuple

import numpy as np


class Kinds(NamedTuple):
    """What each column is.

    Attributes
    ----------
    levels : int ndarray of shape (n_features,)
        Levels of a category, 0 for numbers.
    missing : bool ndarray of shape (n_features,)
        Whether values were missing in fit, so that "missing" is a value of its own.
    """

    levels: np.ndarray
    missing: np.ndarray

    @classmethod
    def of(cls, X, levels=None):
        """Those of the columns of X; None if there are only numbers, none of them missing."""
        return cls.known(np.isnan(X).any(axis=0), levels)

    @classmethod
    def known(cls, missing, levels=None):
        """Those of columns of which it is known which have missing values; None as in `of`."""
        levels = np.zeros(len(missing), dtype=int) if levels is None else np.asarray(levels)
        return cls(levels, missing) if levels.any() or missing.any() else None

    @property
    def categories(self):
        """Which columns are categories, a bool ndarray."""
        return self.levels > 0

    def n_functions(self, n_splines):
        """Basis functions of each column, given those of a spline: an int ndarray of shape (n_features,)."""
        return np.where(self.categories, self.levels + 1, n_splines) + self.missing


def column_ranges(X):
    """Least and largest value of each column, NaN left out; 0 where there is no other value. Shape (2, n_features)."""
    return range_of_all([known_ranges(X)])


def known_ranges(X):
    """The same, with inf and -inf where there is no other value."""
    known = ~np.isnan(X)
    return np.stack([np.min(X, axis=0, initial=np.inf, where=known), np.max(X, axis=0, initial=-np.inf, where=known)])


def range_of_all(ranges):
    """The range of all rows, given those of parts, each of `known_ranges`."""
    lo, hi = np.min([lo for lo, _ in ranges], axis=0), np.max([hi for _, hi in ranges], axis=0)
    return np.where(lo <= hi, [lo, hi], 0.0)


def comparable(values):
    """Rows in which equal missing values compare as equal: NaN is put above all numbers."""
    return np.where(np.isnan(values), np.inf, values) if np.isnan(values).any() else values
