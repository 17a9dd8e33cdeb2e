"""Rows that stay on a cluster: what training sums over them is summed there, partition by partition, and in a tree.

What travels is the function to be summed, with the network in it, to each partition; and sums back, p^2 numbers for the
normal equations of p parameters, to the client one of them. Rows travel only where some are asked for.
"""

from dataclasses import replace
from functools import partial, reduce
from operator import add

import cloudpickle
import numpy as np

from ..estimators.columns import recoded
from ..utils.data import TrainingData, row_slices
from ..utils.kinds import Kinds, known_ranges, range_of_all
from ..utils.sampling import enough_kinds
from ..utils.threads import one_blas_thread
from .partitions import positive, with_rows

# What is merged in one task of the tree.
_BRANCHES = 8
# Targets that the client gets to find their units.
_MOST_TARGETS = 10_000_000


class ClusterRows:
    """Rows on a cluster, with the methods of `TrainingData`; made by `ClusterRows.of`.

    Parameters
    ----------
    client : Client
    parts : list of Future
        Each a TrainingData of some rows.
    lengths : list of int
    ends : ndarray of shape (2, n_features)
        Smallest and largest values.
    total_weight : float
    targets : TrainingData
        Targets and weights without features, of very many rows some, evenly spread.
    column_kinds : Kinds or None
        Which columns are categories or have missing values.
    columns : Columns or None
        If there are categories.
    """

    in_memory = False

    def __init__(self, client, parts, lengths, ends, total_weight, targets, column_kinds, columns):
        self._client, self._parts, self.targets = client, parts, targets
        self._starts = np.cumsum([0, *lengths])
        self.ends, self.total_weight, self.column_kinds, self._known_kinds = ends, total_weight, column_kinds, {}
        self.columns = columns

    @classmethod
    def of(cls, client, partitions, convert, columns=None, new=True):
        """Take partitions as they are loaded.

        Parameters
        ----------
        client : Client
        partitions : Partitions
        convert : callable
            Targets of shape (n_samples, n_outputs) and weights of a partition, given both as they are.
        columns : Columns, default=None
            If there are categories, whose codes rows have.
        new : bool, default=True
            Whether levels that no row has are to be dropped.
        """
        futures = client.map(_converted, partitions.futures, convert=convert, pure=False)
        futures, lengths = with_rows(client, futures)
        parts = client.map(_training_data, futures, weight_unit=partitions.weight_unit, pure=False)
        if columns is not None and new:
            columns, parts = _of_most_weight(client, columns, parts)
        ranges, missing, weights = zip(*client.gather(client.map(_facts, parts, pure=False)), strict=True)
        kinds = Kinds.known(np.any(missing, axis=0), None if columns is None else columns.n_levels)
        parts = client.map(replace, parts, column_kinds=kinds, pure=False)
        every = max(1, -(-sum(lengths) // _MOST_TARGETS))
        some = client.gather([client.submit(_some_targets, part, every, pure=False) for part in parts])
        targets = _joined(some)
        return cls(client, parts, lengths, range_of_all(ranges), float(sum(weights)), targets, kinds, columns)

    def __reduce__(self):
        """Nothing: functions that travel to the rows leave the rows themselves behind."""
        return type(None), ()

    @property
    def n_rows(self):
        """Number of rows."""
        return int(self._starts[-1])

    @property
    def shape(self):
        """Numbers of features and outputs."""
        return self.ends.shape[1], self.targets.Y.shape[1]

    def weighted_only(self, at_least):
        """Itself, as rows of weight 0 have been left out; ValueError if there are too few."""
        if self.n_rows < at_least:
            raise ValueError(f"X must have at least {at_least} rows of positive weight; got n_samples={self.n_rows}.")
        return self

    def condensed(self, most):
        """Itself: rows stay where they lie."""
        return self

    def at_hand(self, n_rows):
        """Rows that may be looked at: a sample; see `TrainingData.at_hand`."""
        return self.sample(n_rows)

    def in_units(self, loss, units):
        """The same rows with targets in the units of a loss, see `Loss.standardised`."""
        parts = self._client.map(TrainingData.in_units, self._parts, loss=loss, units=units, pure=False)
        lengths, targets = np.diff(self._starts).tolist(), self.targets.in_units(loss, units)
        kinds = self.column_kinds, self.columns
        return ClusterRows(self._client, parts, lengths, self.ends, self.total_weight, targets, *kinds)

    def sample(self, n_rows):
        """At most so many distinct rows that stand for all, as TrainingData; see `TrainingData.sample`."""
        most = enough_kinds(n_rows)
        if most not in self._known_kinds:
            self._known_kinds[most] = self._kinds(most)
        kinds = self._known_kinds[most]
        return kinds if kinds.n_rows <= n_rows else kinds.drawn(n_rows)

    def _kinds(self, most):
        """Distinct rows, of very many a random part; see `TrainingData.kinds`."""
        ends = range_of_all(self._client.gather(self._client.map(_value_ranges, self._parts, pure=False)))
        kinds = self._client.map(TrainingData.kinds, self._parts, value_ends=ends, most=most, pure=False)
        return self._merged(kinds, partial(_kinds_of_all, value_ends=ends, most=most))

    def sum_over_blocks(self, sums, step, n_bytes=0):
        """Add up what a function makes of blocks of rows; see `TrainingData.sum_over_blocks`."""
        # A task, not scattered data: dask computes it again if its worker is lost.
        function = self._client.submit(bytes, cloudpickle.dumps(sums), pure=False)
        level = [
            self._client.submit(_sums_of_part, part, int(start), self.total_weight, function, step, pure=False)
            for part, start in zip(self._parts, self._starts, strict=False)
        ]
        return list(self._merged(level, _added))

    def _merged(self, level, merge):
        """What a function makes of futures, a few at a time on the workers, until one is left."""
        while len(level) > 1:
            groups = [level[first : first + _BRANCHES] for first in range(0, len(level), _BRANCHES)]
            level = [self._client.submit(merge, *group, pure=False) for group in groups]
        return level[0].result()


def _of_most_weight(client, columns, parts):
    """Columns with the levels that rows have, and the parts with their codes; see `Columns.of_most_weight`."""
    found = client.gather(client.map(_level_weights, parts, columns=columns, pure=False))
    columns, codes = columns.of_most_weight({i: sum(part[i] for part in found) for i in found[0]})
    return columns, client.map(_recoded, parts, codes=codes, pure=False)


def _level_weights(part, columns):
    """Weight of the rows of each level of categories."""
    weight = np.ones(part.n_rows) if part.sample_weight is None else part.sample_weight
    return columns.level_weights(part.X, weight)


def _recoded(part, codes):
    """A part with other codes of levels."""
    return replace(part, X=recoded(part.X, codes))


def _converted(partition, convert):
    """A partition with targets and weights as training wants them."""
    X, y, weight = partition
    return positive(X, *convert(y, weight))


def _training_data(partition, weight_unit):
    """A partition as TrainingData."""
    return TrainingData(*partition, weight_unit)


def _facts(part):
    """Ranges of the features, whether values are missing, and the weight of all rows."""
    return known_ranges(part.X), np.isnan(part.X).any(axis=0), part.total_weight


def _some_targets(part, every):
    """Targets and weights of some rows, without features."""
    some = part.take(slice(None, None, every))
    return replace(some, X=some.X[:, :0])


def _value_ranges(part):
    """Ranges of the features and targets."""
    return np.hstack([known_ranges(part.X), known_ranges(part.Y)])


def _kinds_of_all(*parts, **options):
    """Distinct rows of several parts."""
    return _joined(parts).kinds(**options)


def _joined(parts):
    """Rows of several parts in one."""
    X, Y, weights = zip(*((part.X, part.Y, part.sample_weight) for part in parts), strict=True)
    weight = None if weights[0] is None else np.concatenate(weights)
    return TrainingData(np.concatenate(X), np.concatenate(Y), weight, parts[0].weight_unit, parts[0].column_kinds)


def _sums_of_part(part, start, total_weight, function, step):
    """Sums over the blocks of one part, its shares being those of all rows."""
    sums, of_all = cloudpickle.loads(function), part.total_weight / total_weight

    def block(rows):
        own = part.block(rows)
        return own._replace(start=start + own.start, share=own.share * of_all)

    with one_blas_thread(), np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        return tuple(sums(map(block, row_slices(part.n_rows, step))))


def _added(*parts):
    """Sums of several parts."""
    return tuple(reduce(add, values) for values in zip(*parts, strict=True))
