r"""From a plan and rows to a fitted network: architectures are chosen, runs go on, networks are averaged.

With a fixed penalty the best of `n_init` runs is kept, or their mean if the plan says so. Under ``alpha="auto"``

- of several candidates each is run once, as long as it may pay: see `ladder`;
- of the best one there are `n_init` runs, of others fewer, by their weights, and all are averaged. Networks with
  different random starts and of different architectures err in different ways, and their mean is again a network:
  see `Mixture`;
- of very many rows a sample decides on architecture and strengths; of rows that are not in memory it always does.

Runs are independent of each other: threads share them out, unless somebody watches.
"""

import copy
from dataclasses import replace

import numpy as np

from .additive import further_runs, settled
from .evidence_stage import FINAL_STEPS
from .ladder import compare, useful_runs
from .mixture import best_or_mean, mix
from .monitor import Monitor
from .run import continue_on_all_rows, n_stages
from .runs import Runs, Start
from .structures import structures

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
        outcomes, weights = compare(runs) if len(plan.candidates) > 1 else _restart(runs)
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
    n_runs = plan.n_init * len(plan.candidates) + further_runs(plan) if former is None else len(former.networks)
    final = 0
    if data.n_rows > SAMPLE_ROWS:
        final = FINAL_STEPS * n_runs if plan.by_evidence else 0 if data.in_memory else plan.max_iter
    return n_runs * plan.max_iter * n_stages(plan, plan.architecture) + final


def _continue(runs, former):
    """Runs from given networks, and the weights of those that there was time for."""
    sources = former.sources or [None] * len(former.networks)
    starts = [_former_start(runs, *pair) for pair in zip(former.networks, sources, strict=True)]
    outcomes, index = runs.each(starts)
    return outcomes, former.weights[index]


def _former_start(runs, network, source):
    """Where a network goes on, with what the evidence chose for it: how edges share strengths, and cells."""
    architecture = runs.plan.architecture.with_layers(len(network.spline_layers))
    if runs.plan.finest:
        architecture = replace(architecture, grid_sizes=(tuple(layer.grid_size for layer in network.spline_layers),))
    if source is not None and any(source.relevance == c.architecture.relevance for c in runs.plan.candidates):
        architecture = replace(architecture, relevance=source.relevance)
    return Start(architecture, copy.deepcopy(network), True, *_known_state(network, source, runs.data))


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
    outcomes, _ = runs.each([runs.initial(architecture) for _ in range(useful_runs(runs.plan, architecture))])
    if not architecture.hidden_layer_sizes:
        outcomes = [settled(runs, architecture, outcome) for outcome in outcomes]
    return outcomes, np.ones(len(outcomes))
