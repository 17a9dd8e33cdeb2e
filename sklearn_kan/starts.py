r"""Where runs start and what is kept of them: restarts, growth of the structure, averages.

With a fixed penalty the best of `n_init` restarts is kept. Under ``alpha="auto"``

- ``hidden_layer_sizes="auto"`` goes up the `LADDER` of structures, from the additive model on, as long as the
  log evidence does not fall by more than a little of an observation's worth each (`_SLACK`);
- then `n_init` runs of that structure are averaged. Networks with different random starts err in
  different ways, and their mean is again a network: see `average_networks`;
- of very many rows a sample decides on structure and strengths.
"""

import copy
from dataclasses import dataclass, replace

import numpy as np

from .evidence import Evidence
from .initialisation import initialise
from .merging import average_networks, average_strengths
from .monitor import Monitor
from .training import Outcome, run, settle

# Structures that "auto" tries, in order.
LADDER = ((), (4,), (8,), (8, 4))
# Fall of the log evidence, for each observation, at which a larger structure is still taken.
_SLACK = 0.01
# Parameters for each observation beyond which no larger structure is tried.
_MOST_PARAMS = 3
# Rows that decide on structure and strengths; more of them then only move the splines.
SAMPLE_ROWS = 10_000


@dataclass(frozen=True)
class Committee:
    """Runs whose networks are averaged.

    Attributes
    ----------
    outcome : Outcome
        The best run by evidence, its network replaced by the mean of all.
    members : list of KANNetwork
    evidences : list of Evidence
    strengths : list of ndarray of shape (2, in_features, out_features) or None
        Strengths of roughness and ridge on each edge of the mean.
    """

    outcome: Outcome
    members: list
    evidences: list[Evidence]
    strengths: list | None = None


def train(plan, data, random_state, make_monitor=Monitor, networks=None, X_range=None):
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
    X_range : ndarray of shape (n_rows, n_features), default=None
        Rows that set the range of the input grids, if more than those of `data`.

    Returns
    -------
    committee : Committee
        With a fixed penalty of one member, without evidence.
    """
    part = _sample(data, random_state) if plan.alpha == "auto" else data
    starts = _Starts(plan, part, random_state, make_monitor, X_range)
    outcomes = starts.go_on(networks) if networks is not None else starts.grow()
    if plan.alpha != "auto":
        best = max(outcomes, key=_merit)
        return Committee(replace(best, interrupted=starts.interrupted), [best.network], [])
    if part is not data and not starts.stopped:
        outcomes = [settle(plan, data, part, outcome, make_monitor()) for outcome in outcomes]
    finite = [outcome for outcome in outcomes if np.isfinite(outcome.loss)] or outcomes[:1]
    best = max(finite, key=_log_evidence)
    members = [outcome.network for outcome in finite]
    mean = replace(best, network=average_networks(members), interrupted=starts.interrupted)
    strengths = average_strengths([outcome.strengths for outcome in finite])
    return Committee(mean, members, [outcome.evidence for outcome in finite], strengths)


def _sample(data, random_state):
    """All rows, or as many random ones as are enough for structure and strengths."""
    if len(data.X) <= SAMPLE_ROWS:
        return data
    chosen = np.zeros(len(data.X), dtype=bool)
    chosen[random_state.permutation(len(data.X))[:SAMPLE_ROWS]] = True
    return data.take(chosen)


class _Starts:
    """Runs from different starts, until somebody interrupts them."""

    def __init__(self, plan, data, random_state, make_monitor, X_range):
        self.plan, self.data, self.random_state = plan, data, random_state
        self.make_monitor, self.X_range = make_monitor, X_range
        self.interrupted = self.stopped = False

    def go_on(self, networks):
        """One run from each of some networks."""
        return self._each(map(copy.deepcopy, networks), self.plan)

    def grow(self):
        """Runs of the largest structure that the evidence allows."""
        if not self.plan.larger:
            return self._restarts(self.plan, self._useful_starts(self.plan))
        plan, kept, best = None, None, -np.inf
        observations = self.data.total_weight
        for sizes in (self.plan.hidden_layer_sizes, *self.plan.larger):
            larger = replace(self.plan, hidden_layer_sizes=sizes, grid_sizes=_for_layers(self.plan, len(sizes) + 1))
            start = initialise(larger, self.data, self.random_state, self.X_range)
            if kept is not None and start.n_params > _MOST_PARAMS * observations:
                break
            (outcome,) = self._each([start], larger)
            if kept is not None and (self.stopped or not _log_evidence(outcome) > best - _SLACK * observations):
                break
            plan, kept, best = larger, outcome, max(best, _log_evidence(outcome))
            if _explains_all(outcome):
                break
        return [kept] if self.stopped else [kept, *self._restarts(plan, self._useful_starts(plan) - 1)]

    @staticmethod
    def _useful_starts(plan):
        """How many runs are worth while: the squares of an additive model have one optimum."""
        one_optimum = plan.alpha == "auto" and not plan.hidden_layer_sizes
        return 1 if one_optimum else plan.n_init

    def _restarts(self, plan, n):
        """Runs from so many random networks."""
        return self._each((initialise(plan, self.data, self.random_state, self.X_range) for _ in range(n)), plan)

    def _each(self, networks, plan):
        """Outcomes of the runs from some networks."""
        outcomes = []
        for network in networks:
            monitor = self.make_monitor()
            outcomes.append(run(plan, self.data, network, self.random_state, monitor))
            self.interrupted |= outcomes[-1].interrupted
            self.stopped |= outcomes[-1].interrupted or monitor.asked
            if self.stopped:
                break
        return outcomes


def _for_layers(plan, n_layers):
    """Grid sizes of each stage for so many layers; all layers have the same."""
    return tuple(sizes[:1] * n_layers for sizes in plan.grid_sizes)


def _merit(outcome):
    """What restarts are ranked by; one that diverged comes last."""
    if not np.isfinite(outcome.loss):
        return -np.inf
    return -outcome.loss if outcome.best_validation_score is None else outcome.best_validation_score


def _explains_all(outcome):
    """Whether nothing is left for a larger structure: no parameters to fit, or no noise."""
    return outcome.evidence is None or outcome.evidence.noiseless


def _log_evidence(outcome):
    """Log evidence of a run; a network without parameters has none to compare."""
    return -np.inf if outcome.evidence is None else outcome.evidence.log_evidence
