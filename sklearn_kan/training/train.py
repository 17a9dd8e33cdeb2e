r"""From a plan and rows to a fitted network: architectures are chosen, runs go on, networks are averaged.

With a fixed penalty the best of `n_init` runs is kept, or their mean if the plan says so. Under ``alpha="auto"``

- of several candidates each is run once, unless the evidence falls far below the best among the simplest ones: see
  `model_selection`;
- of the best one there are `n_init` runs, of others fewer, by their weights, and all are averaged. Networks with
  different random starts and of different architectures err in different ways, and their mean is again a network:
  see `Mixture`;
- of very many rows a sample decides on architecture and strengths; of rows that are not in memory it always does.

Runs are independent of each other: threads share them out, unless somebody watches.
"""

import copy
from dataclasses import replace

import numpy as np

from .evidence_stage import FINAL_STEPS
from .mixture import best_or_mean, mix
from .model_selection import additive_suffices, far_behind, log_probability, run_weights, runs_of_each
from .monitor import Monitor
from .run import continue_on_all_rows, n_stages
from .runs import Runs, Start
from .structures import structures

# Candidates that are run one by one.
_ONE_BY_ONE = 2
# Rows that decide on architecture and strengths; more of them then only move the splines.
SAMPLE_ROWS = 10_000


def train(plan, data, random_state, make_monitor=Monitor, former=None, X_range=None, watched=True):
    """Fit a network to data.

    Parameters
    ----------
    plan : Plan
    data : TrainingData
    random_state : RandomState
    make_monitor : callable, default=Monitor
        Returns the Monitor of one run.
    former : Former, default=None
        Where to start; None: from random networks.
    X_range : ndarray of shape (n_rows, n_features), default=None
        Rows that set the range of the input grids, if more than those of `data`.
    watched : bool, default=True
        Whether runs must come one after another.

    Returns
    -------
    outcome : Outcome
        Of the best run, with the network of all.
    mixture : Mixture or None
        Under the evidence.
    """
    sample = data.sample(SAMPLE_ROWS) if plan.by_evidence else data.at_hand(SAMPLE_ROWS)
    # Under the evidence a run draws no random numbers.
    in_threads = plan.by_evidence and not watched
    runs = Runs(plan, sample, random_state, make_monitor, X_range, in_threads)
    if former is not None:
        outcomes, weights = _continue(runs, former)
    else:
        outcomes, weights = _compare(runs) if len(plan.candidates) > 1 else _restart(runs)
    history = {"structures": structures(runs.outcomes, outcomes, weights), "interrupted": runs.interrupted}
    if not plan.by_evidence:
        outcomes, weights = [best_or_mean(outcomes, plan.averaged)], np.ones(1)
    # A sample that is not all rows stands for less than they do, by one of its rows at least.
    partial = sample.total_weight < data.total_weight * (1 - 0.5 / SAMPLE_ROWS)
    if partial and not runs.stop_requested:
        outcomes = [
            continue_on_all_rows(plan, plan.architecture, data, sample, outcome, make_monitor()) for outcome in outcomes
        ]
    if not plan.by_evidence:
        return replace(outcomes[0], **history), None
    outcome, mixture = mix(outcomes, weights, sample.X, plan.architecture.groups is not None)
    return replace(outcome, **history), mixture


def most_iterations(plan, data, former=None):
    """Iterations of `train` at most: no more are ever seen by monitors, whatever runs meet.

    Parameters
    ----------
    plan : Plan
    data : TrainingData
    former : Former, default=None
        Where to start, as for `train`.

    Returns
    -------
    n_iter : int
    """
    n_runs = plan.n_init * len(plan.candidates) if former is None else len(former.networks)
    final = 0
    if data.n_rows > SAMPLE_ROWS:
        final = FINAL_STEPS * n_runs if plan.by_evidence else 0 if data.in_memory else plan.max_iter
    return n_runs * plan.max_iter * n_stages(plan, plan.architecture) + final


def _continue(runs, former):
    """Runs from given networks, and the weights of those that there was time for."""
    architecture = runs.plan.architecture.with_layers(len(former.networks[0].spline_layers))
    sources = former.sources or [None] * len(former.networks)
    starts = [
        Start(architecture, copy.deepcopy(network), True, *_known_state(network, source, runs.data))
        for network, source in zip(former.networks, sources, strict=True)
    ]
    outcomes, index = runs.each(starts)
    return outcomes, former.weights[index]


def _known_state(network, source, data):
    """Strengths and noise with which a network goes on, None if unknown: as those of another architecture are."""
    shapes = [layer.edges.shape for layer in network.spline_layers]
    if source is None or [strengths.shape[1:] for strengths in source.strengths] != shapes:
        return None, None
    # As much prior beside more data is less of it on the mean-loss scale.
    return [s * (source.data.total_weight / data.total_weight) for s in source.strengths], source.precision


def _restart(runs):
    """Runs of the one candidate."""
    architecture = runs.plan.architecture
    outcomes, _ = runs.each([runs.initial(architecture) for _ in range(_useful_runs(runs.plan, architecture))])
    return outcomes, np.ones(len(outcomes))


def _compare(runs):
    """Runs of the architectures that count, and the weight of each run."""
    known = _first_runs(runs)
    log_p = [_log_p(*run) for run in known]
    if additive_suffices(log_p, runs.plan.loss.n_informative(runs.data.total_weight)):
        return [known[0][1]], np.ones(1)
    if runs.plan.architecture.squash is not None:
        # What is averaged has to be of one depth, which layers of tanh between do not allow.
        known = [known[np.argmax(log_p)]]
    starts = []
    # The largest networks, last among the candidates, take longest: they come first.
    for (architecture, _), weight in [*zip(known, _weights(known), strict=True)][::-1]:
        n_more = int(runs_of_each(weight, _useful_runs(runs.plan, architecture))) - 1
        starts += [runs.initial(architecture) for _ in range(n_more)]
    outcomes, index = runs.each(starts)
    known = known + [(starts[i].architecture, outcome) for i, outcome in zip(index, outcomes, strict=True)]
    weights = _weights(known)
    counted = np.flatnonzero(weights)
    return [known[number][1] for number in counted], weights[counted]


def _weights(known):
    """Weights of runs, given as pairs of an architecture and an outcome."""
    return run_weights([_log_p(*run) for run in known], [outcome.evidence.dof for _, outcome in known])


def _log_p(architecture, outcome):
    """Log evidence of a run with all modes like it."""
    return log_probability(outcome.log_evidence, outcome.network, architecture.groups)


def _first_runs(runs):
    """One run of each candidate, as pairs of an architecture and an outcome.

    The simplest come one by one, as long as the evidence does not fall far below the best; the others at once, so that
    threads share them out.
    """
    n_observed = runs.plan.loss.n_informative(runs.data.total_weight)
    starts = _bearable_starts(runs, n_observed)
    found, best = [], -np.inf
    for some in [*([start] for start in starts[:_ONE_BY_ONE]), starts[_ONE_BY_ONE:]]:
        # The largest networks, last among the candidates, take longest: they come first.
        outcomes, index = runs.each(some[::-1])
        now = [(some[::-1][i].architecture, outcome) for i, outcome in zip(index, outcomes, strict=True)][::-1]
        log_p = max((_log_p(*run) for run in now), default=-np.inf)
        if found and (runs.stop_requested or far_behind(log_p, best, n_observed)):
            break
        found, best = found + now, max(best, log_p)
        if runs.stop_requested or any(_explains_all(outcome) for _, outcome in now):
            break
    return found


def _bearable_starts(runs, n_observed):
    """Where the candidates start that do not have too many parameters for the observations; the first in any case."""
    starts = [(runs.initial(candidate.architecture), candidate) for candidate in runs.plan.candidates]
    fitting = [s for s, c in starts[1:] if s.network.n_params <= c.params_per_observation * n_observed]
    return [starts[0][0], *fitting]


def _useful_runs(plan, architecture):
    """How many runs are worth while: the squares of an additive model have one optimum."""
    return 1 if plan.by_evidence and not architecture.hidden_layer_sizes else plan.n_init


def _explains_all(outcome):
    """Whether nothing is left for a larger architecture: no parameters to fit, or no noise."""
    return outcome.evidence is None or outcome.evidence.noiseless
