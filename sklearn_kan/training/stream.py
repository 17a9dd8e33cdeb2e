"""A fit to rows that come in batches, none of which needs to be typical.

Solvers take one pass over each batch. What a batch does not contain they would forget: a second-order step on rows
from one end of a feature, or of one class, bends the network as these rows like it best. So a sample of all rows so
far is kept (`Reservoir`), and each batch is mixed with as many rows of it: half of what a pass sees is the past,
however the stream is sorted, at twice the cost. As long as a stream repeats the same batch there is no past, and
a pass is an epoch of an ordinary fit.

Location and scale of the targets, grids of the inputs and which columns vary are those of all rows so far, too. A new
unit leaves what the network says as it is, unless there is a link: there the location of few rows may lie so far out,
as the logarithm of a share or rate of nearly 0, that the network cannot take it back; it is replaced.
"""

import copy
from dataclasses import replace

import numpy as np

from ..network.grids import regrid
from ..network.initialisation import constant_columns
from ..network.widening import change_units, follow_inputs
from ..utils.kinds import column_ranges
from ..utils.reservoir import Reservoir, interleave, join, without

# Rows of the past that are kept.
RESERVOIR_ROWS = 1000
# Events that are taken for a rate of which none has been seen: its logarithm would be without end.
_EVENTS_UNSEEN = 0.5
# Part to which the data must fill a hidden grid to leave it alone.
_GRID_TOL = 0.2


class Stream:
    """What is known of the rows of a stream.

    Parameters
    ----------
    random_state : RandomState
        Seeds the sample of the past; it is left as it is.
    network : KANNetwork, default=None
        Of an ordinary fit, if the stream goes on from there.

    Attributes
    ----------
    solver : object with epoch or None
        The solver, which goes on from batch to batch.
    """

    def __init__(self, random_state, network=None):
        seed = copy.deepcopy(random_state).randint(2**31)
        self._reservoir = Reservoir(RESERVOIR_ROWS, np.random.RandomState(seed))
        self._from_the_start, self._X_range, self._largest, self.solver = network is None, None, 0, None
        if network is not None:
            # A column that was constant in that fit has a grid all the same, and gets no edges later.
            basis = network.layers[0].basis
            self._X_range = np.array([basis.lo, basis.hi])

    def past(self, batch):
        """Rows seen before that are not in a batch, as a TrainingData in the units they came in; None if none."""
        rows = self._reservoir.rows()
        rows = None if rows is None else without(rows, batch)
        return rows if rows is not None and len(rows.X) else None

    def units(self, loss, batch, fitted):
        """Location and scale of all rows so far; those `fitted` where they are known from elsewhere."""
        if not self._from_the_start or (fitted is not None and self._repeats(batch)):
            return fitted
        seen = self._seen(batch)
        units = loss.location_and_scale(seen.Y, seen.sample_weight)
        if np.isneginf(units[0]).any():
            unseen = _EVENTS_UNSEEN * seen.weight_unit / seen.total_weight
            units = loss.location_and_scale(seen.Y + unseen, seen.sample_weight)
        return units

    def rows(self, batch):
        """Rows of the next pass: those of the batch, and as many of the past at most, evenly mixed."""
        past = self.past(batch)
        if past is None:
            return batch
        n = min(len(past.X), len(batch.X))
        chosen = past.take(np.sort(self._reservoir.random_state.permutation(len(past.X))[:n]))
        weight = np.full(n, batch.total_weight / len(batch.X))
        return interleave(batch, replace(chosen, sample_weight=weight))

    def adapt(self, network, architecture, batch, units, fitted, link):
        """Make a network one for all rows so far, in place.

        Parameters
        ----------
        network : KANNetwork
        architecture : Architecture
        batch : TrainingData
        units, fitted : tuple of (location, scale)
            Of all rows so far, and those in which the network speaks.
        link : str
            Of the loss.
        """
        seen, X_range = self._seen(batch), self._widened(batch)
        waking = constant_columns(*self._X_range) & ~constant_columns(*X_range)
        follow_inputs(network, architecture, seen, X_range, waking)
        if self._repeats(batch):
            return
        if link == "identity":
            change_units(network, fitted, units)
        if architecture.squash is None:
            regrid(network, seen.X, seen.sample_weight, architecture.knots, _GRID_TOL)

    def add(self, batch):
        """Take note of a batch."""
        self._X_range = self._widened(batch)
        self._largest = max(self._largest, len(batch.X))
        self._reservoir.add(batch)

    def _repeats(self, batch):
        """Whether a batch is no more than what the stream began with: all of the past is in it, and nothing else."""
        return self.past(batch) is None and len(batch.X) <= self._largest

    def _seen(self, batch):
        """All rows so far, as far as they are kept, with the batch."""
        rows = self._reservoir.rows()
        return batch if rows is None else join(rows, batch)

    def _widened(self, batch):
        """Least and largest values of all rows so far, shape (2, n_features)."""
        rows = batch.X if self._X_range is None else np.concatenate([self._X_range, batch.X])
        return column_ranges(rows)
