r"""Where runs start and what is kept of them: restarts, growth of the structure, averages.

With a fixed penalty the best of `n_init` restarts is kept, or their mean if the plan says so. Under ``alpha="auto"``

- ``hidden_layer_sizes="auto"`` goes up the `LADDER` of structures, from the additive model on, once each and as
  long as the evidence does not fall far below the best. Nodes of a hidden layer may change places and signs, so
  that a network of H of them has H! 2^H modes of equal evidence, which is added [1]_:

      log P_s = log Z_s + log(H! 2^H) for each hidden layer.

  The additive model is kept if no other comes close. Otherwise all that are not far behind count, with the weight

      w_s ~ exp(c (log P_s - max log P) / N).

  With c = N that would be the probability of the structure. But the Laplace approximation errs by amounts that grow
  with the rows and the parameters; so c is `_SHARPNESS` instead;
- of the best structure `n_init` runs are averaged, of others fewer, by their weights. Networks with different random
  starts and of different structures err in different ways, and their mean is again a network: see
  `average_networks`;
- of very many rows a sample decides on structure and strengths.

Runs are independent of each other: threads share them out, unless somebody watches.

References
----------
.. [1] D. J. C. MacKay, "A practical Bayesian framework for backpropagation networks", Neural Computation 4, 1992.
"""

import copy
from dataclasses import replace

import numpy as np
from scipy.special import gammaln

from ..network.initialisation import initialise
from ..utils.threads import map_threads
from .mixture import best_or_mean, log_evidence, weighted_mean
from .monitor import Monitor
from .run import run, settle

# Structures that "auto" tries, in order, each for tables with at most so many parameters an observation.
LADDER = {(): 3, (4,): 3, (8,): 3, (8, 4): 3, (16,): 3, (16, 8): 0.2}
# Fall of log P, for each observation, at which hidden nodes are still taken beside the additive model.
_SLACK = 0.01
# How much log P of each observation counts in the weight of a structure, and the least weight beside 1.
_SHARPNESS, _LEAST_WEIGHT = 20.0, 0.2
# Rows that decide on structure and strengths; more of them then only move the splines.
SAMPLE_ROWS = 10_000


def train(plan, data, random_state, make_monitor=Monitor, networks=None, weights=None, X_range=None, watched=True):
    """Fit a network to data.

    Parameters
    ----------
    plan : Plan
    data : TrainingData
    random_state : RandomState
    make_monitor : callable, default=Monitor
        Returns the Monitor of one run.
    networks : list of KANNetwork, default=None
        Where to start; None: random networks.
    weights : ndarray of shape (n_networks,), default=None
        Those of `networks` in the mean; None: all equal.
    X_range : ndarray of shape (n_rows, n_features), default=None
        Rows that set the range of the input grids, if more than those of `data`.
    watched : bool, default=True
        Whether runs must come one after another.

    Returns
    -------
    committee : Committee
        With a fixed penalty of one member, without evidence.
    """
    part = _sample(data, random_state) if plan.alpha == "auto" else data
    # Under the evidence a run draws no random numbers.
    side_by_side = plan.alpha == "auto" and not watched
    starts = _Starts(plan, part, random_state, make_monitor, X_range, side_by_side)
    outcomes, weights = starts.go_on(networks, weights) if networks is not None else starts.grow()
    if plan.alpha != "auto":
        return best_or_mean(outcomes, plan.averaged, starts.interrupted)
    if part is not data and not starts.stopped:
        outcomes = [settle(plan, data, part, outcome, make_monitor()) for outcome in outcomes]
    return weighted_mean(outcomes, weights, data.X, starts.interrupted)


def _sample(data, random_state):
    """All rows, or as many random ones as are enough for structure and strengths."""
    if len(data.X) <= SAMPLE_ROWS:
        return data
    chosen = np.zeros(len(data.X), dtype=bool)
    chosen[random_state.permutation(len(data.X))[:SAMPLE_ROWS]] = True
    return data.take(chosen)


class _Starts:
    """Runs from different starts, until somebody interrupts them."""

    def __init__(self, plan, data, random_state, make_monitor, X_range, side_by_side):
        self.plan, self.data, self.random_state = plan, data, random_state
        self.make_monitor, self.X_range, self.side_by_side = make_monitor, X_range, side_by_side
        self.interrupted = self.stopped = False

    def go_on(self, networks, weights):
        """One run from each of some networks, and the weights of those that there was time for."""
        plan = replace(self.plan, grid_sizes=_for_layers(self.plan, len(networks[0].spline_layers)))
        outcomes, at = self._each([(plan, copy.deepcopy(network)) for network in networks])
        return outcomes, np.ones(len(at)) if weights is None else weights[at]

    def grow(self):
        """Runs of the structures that the evidence allows, and the weight of each run."""
        rungs = self._climb() if self.plan.larger else []
        if not rungs:
            outcomes, _ = self._each(self._restarts(self.plan, self._useful_starts(self.plan)))
            return outcomes, np.ones(len(outcomes))
        rungs, weights = self._worth_keeping(rungs)
        further, owner = [], []
        # The largest networks, last on the ladder, take longest: they come first.
        for place in reversed(range(len(rungs))):
            plan = rungs[place][0]
            starts = self._restarts(plan, int(np.ceil(weights[place] * self._useful_starts(plan))) - 1)
            further, owner = further + starts, owner + len(starts) * [place]
        outcomes, at = self._each(further)
        owner = np.array([*range(len(rungs)), *np.array(owner, dtype=int)[at]])
        return [first for _, first in rungs] + outcomes, weights[owner] / np.bincount(owner)[owner]

    def _climb(self):
        """One run of each structure, as pairs of a plan and an outcome, up to one of too little evidence."""
        rungs, best, observations = [], -np.inf, self.data.total_weight
        farthest = -np.log(_LEAST_WEIGHT) / _SHARPNESS * observations
        for sizes in (self.plan.hidden_layer_sizes, *self.plan.larger):
            plan = replace(self.plan, hidden_layer_sizes=sizes, grid_sizes=_for_layers(self.plan, len(sizes) + 1))
            start = initialise(plan, self.data, self.random_state, self.X_range)
            if rungs and start.n_params > LADDER[sizes] * observations:
                break
            (outcome,), _ = self._each([(plan, start)])
            if rungs and (self.stopped or not _log_probability(outcome) > best - farthest):
                break
            rungs.append((plan, outcome))
            best = max(best, _log_probability(outcome))
            if self.stopped or _explains_all(outcome):
                break
        return rungs

    def _worth_keeping(self, rungs):
        """The structures that count, and their weights, the largest of them 1."""
        observations = self.data.total_weight
        log_p = np.array([_log_probability(outcome) for _, outcome in rungs]) / observations
        if len(rungs) == 1 or not log_p[1:].max() > log_p[0] - _SLACK:
            return rungs[:1], np.ones(1)
        weights = np.exp(_SHARPNESS * (log_p - log_p.max()))
        # What is averaged has to be of one depth, which layers of tanh between do not allow.
        kept = np.flatnonzero(weights >= (_LEAST_WEIGHT if self.plan.squash is None else 1.0))
        return [rungs[place] for place in kept], weights[kept]

    @staticmethod
    def _useful_starts(plan):
        """How many runs are worth while: the squares of an additive model have one optimum."""
        one_optimum = plan.alpha == "auto" and not plan.hidden_layer_sizes
        return 1 if one_optimum else plan.n_init

    def _restarts(self, plan, n):
        """Pairs of the plan and a random network."""
        return [(plan, initialise(plan, self.data, self.random_state, self.X_range)) for _ in range(n)]

    def _each(self, starts):
        """Outcomes of runs, given as pairs of a plan and a network, and the places of those that came to an end.

        If somebody stops them before any has, those that have begun.
        """
        outcomes, ended = [None] * len(starts), np.zeros(len(starts), dtype=bool)

        def go(place):
            if self.stopped:
                return
            monitor = self.make_monitor()
            monitor.halted = lambda: self.stopped
            outcomes[place] = run(starts[place][0], self.data, starts[place][1], self.random_state, monitor)
            ended[place] = not (outcomes[place].interrupted or monitor.asked)
            self.interrupted |= outcomes[place].interrupted
            self.stopped |= not ended[place]

        places = range(len(starts))
        try:
            map_threads(go, places, self._interrupt) if self.side_by_side else list(map(go, places))
        except KeyboardInterrupt:
            if not self.stopped:
                raise
        begun = np.array([outcome is not None for outcome in outcomes], dtype=bool)
        at = np.flatnonzero(ended if ended.any() else begun)
        return [outcomes[place] for place in at], at

    def _interrupt(self):
        """Let all runs stop after their iteration."""
        self.interrupted = self.stopped = True


def _for_layers(plan, n_layers):
    """Grid sizes of each stage for so many layers; if the plan is for another number, all have that of the first."""
    return tuple(sizes if len(sizes) == n_layers else sizes[:1] * n_layers for sizes in plan.grid_sizes)


def _explains_all(outcome):
    """Whether nothing is left for a larger structure: no parameters to fit, or no noise."""
    return outcome.evidence is None or outcome.evidence.noiseless


def _log_probability(outcome):
    """Log evidence of a run and all modes like it."""
    widths = [np.count_nonzero(layer.edges.any(axis=1)) for layer in outcome.network.spline_layers[1:]]
    return log_evidence(outcome) + sum(gammaln(width + 1) + width * np.log(2) for width in widths)
