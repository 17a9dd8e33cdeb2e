r"""A sample of all rows of a stream, of bounded size, each in it in proportion to its weight.

Each row gets a key log(u) / w with u uniform on (0, 1) and w its weight; the rows of the largest keys are kept [1]_.
They are at any time a weighted sample without replacement of all rows so far, whatever the order of these was and
however they were cut into batches.

References
----------
.. [1] P. S. Efraimidis and P. G. Spirakis, "Weighted random sampling with a reservoir", Information Processing
   Letters 97, 2006.
"""

from dataclasses import replace

import numpy as np

from .data import TrainingData


class Reservoir:
    """Some rows of a stream.

    Parameters
    ----------
    size : int
        Rows that are kept.
    random_state : RandomState

    Attributes
    ----------
    total_weight : float
        Weight of all rows so far.
    """

    def __init__(self, size, random_state):
        self.size, self.random_state, self.total_weight = size, random_state, 0.0
        self._keys, self._rows = np.empty(0), None

    def add(self, rows):
        """Take note of rows, a TrainingData.

        Sets: total_weight.
        """
        weight = np.ones(len(rows.X)) if rows.sample_weight is None else rows.sample_weight
        keys = np.log(self.random_state.uniform(size=len(weight))) / weight
        X, Y = (rows.X, rows.Y) if self._rows is None else _joined(self._rows, rows)
        keys = np.concatenate([self._keys, keys])
        kept = np.sort(np.argsort(-keys, kind="stable")[: self.size])
        self._keys, self._rows = keys[kept], TrainingData(X[kept], Y[kept], column_kinds=rows.column_kinds)
        self.total_weight += rows.total_weight

    def rows(self):
        """The rows that are kept, which share the weight of all rows so far; None if there are none."""
        if self._rows is None:
            return None
        n = len(self._rows.X)
        return replace(self._rows, sample_weight=np.full(n, self.total_weight / n))


def join(first, second):
    """Rows of two tables, as a TrainingData."""
    weights = [np.ones(len(rows.X)) if rows.sample_weight is None else rows.sample_weight for rows in (first, second)]
    return TrainingData(*_joined(first, second), np.concatenate(weights), column_kinds=first.column_kinds)


def interleave(first, second):
    """Rows of two tables, evenly mixed, each in its own order."""
    place = np.concatenate([(np.arange(len(rows.X)) + 0.5) / len(rows.X) for rows in (first, second)])
    return join(first, second).take(np.argsort(place, kind="stable"))


def without(rows, others):
    """The rows that are not among others."""
    known = {row.tobytes() for row in np.hstack([others.X, others.Y])}
    new = [row.tobytes() not in known for row in np.hstack([rows.X, rows.Y])]
    return rows.take(np.array(new, dtype=bool))


def _joined(first, second):
    """Features and targets of two tables."""
    return np.concatenate([first.X, second.X]), np.concatenate([first.Y, second.Y])
