"""Many runs: shared out among threads or one after the other, until somebody interrupts them."""

import time
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from ..network.initialisation import initialise
from ..network.network import KANNetwork
from ..utils.threads import map_threads
from .plan import Architecture
from .run import run


class Start(NamedTuple):
    """Where a run begins: an architecture and a network of it, which may come from a former fit.

    Attributes
    ----------
    architecture : Architecture
    network : KANNetwork
    continued : bool
        Whether the network comes from a former fit.
    strengths, precision : as for EvidenceStage
        What the evidence found in that fit, if it is known.
    """

    architecture: Architecture
    network: KANNetwork
    continued: bool = False
    strengths: list | None = None
    precision: np.ndarray | None = None


class Former(NamedTuple):
    """What a former fit left to go on from.

    Attributes
    ----------
    networks : list of KANNetwork
    weights : ndarray of shape (n_networks,)
        Those of the networks in their mean.
    sources : list of Source or None
        What the evidence found for each of them, if it is known.
    """

    networks: list
    weights: np.ndarray
    sources: list | None = None


class Runs:
    """Runs of one plan on the same rows.

    Parameters
    ----------
    plan : Plan
    data : TrainingData
    random_state : RandomState
    make_monitor : callable
        Returns the Monitor of one run.
    X_range : ndarray of shape (n_rows, n_features) or None
        Rows that set the range of the input grids, if more than those of `data`.
    in_threads : bool
        Whether runs may go on at the same time.

    Attributes
    ----------
    stop_requested : bool
        Whether somebody has ended a run early; none begins after that.
    interrupted : bool
        Whether that was Ctrl-C.
    outcomes : list of Outcome
        Of all runs so far.
    """

    def __init__(self, plan, data, random_state, make_monitor, X_range, in_threads):
        self.plan, self.data, self.random_state = plan, data, random_state
        self.make_monitor, self.X_range, self.in_threads = make_monitor, X_range, in_threads
        self.interrupted = self.stop_requested = False
        self.outcomes = []

    def initial(self, architecture):
        """A random network to start from."""
        return Start(architecture, initialise(architecture, self.data, self.random_state, self.X_range))

    def each(self, starts):
        """Run from each start.

        Parameters
        ----------
        starts : list of Start
            Their networks may be changed in place.

        Returns
        -------
        outcomes : list of Outcome
            Of those runs that came to an end; if none has, of those that have begun.
        index : int ndarray of shape (n_outcomes,)
            Of their starts.
        """
        outcomes, ended = [None] * len(starts), np.zeros(len(starts), dtype=bool)

        def go(index):
            if self.stop_requested:
                return
            outcomes[index], ended[index] = self._one(starts[index])

        indices = range(len(starts))
        try:
            map_threads(go, indices, self._interrupt) if self.in_threads else list(map(go, indices))
        except KeyboardInterrupt:
            if not self.stop_requested:
                raise
        begun = np.array([outcome is not None for outcome in outcomes], dtype=bool)
        index = np.flatnonzero(ended if ended.any() else begun)
        return [outcomes[i] for i in index], index

    def _one(self, start):
        """The outcome of one run, and whether nobody ended it early.

        Sets: interrupted, stop_requested, outcomes.
        """
        monitor, begin = self.make_monitor(), time.perf_counter()
        monitor.stop_outside = lambda: self.stop_requested
        outcome = run(self.plan, start, self.data, self.random_state, monitor)
        outcome = replace(outcome, seconds=time.perf_counter() - begin)
        self.outcomes.append(outcome)
        monitor.run_over(outcome)
        ended = not (outcome.interrupted or monitor.stop_requested)
        self.interrupted |= outcome.interrupted
        self.stop_requested |= not ended
        return outcome, ended

    def _interrupt(self):
        """Let all runs stop after their iteration.

        Sets: interrupted, stop_requested.
        """
        self.interrupted = self.stop_requested = True
