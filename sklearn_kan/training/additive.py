"""What an additive model takes from its data beside curves: how many cells these have, and strengths of their own.

Hidden networks make fine curves of coarse ones, additive models have nothing but their cells. If the data decide nearly
all coefficients of a curve, it would bend more than it can: between clusters, along a heavy tail, over many waves. Then
all cells are halved, the splines are carried over, and the run goes on with its strengths; the finer model is kept if
its evidence is larger. As strengths come from the evidence, more cells do no harm where they are not needed.

A strength for each curve chooses between features, which few rows cannot do: of noise they make a model, as evidence
rises with each strength that is free. With fewer than `_ROWS_AN_EDGE` rows for each curve all share their strengths,
unless the evidence is larger without by more than noise makes it.
"""

import copy
from dataclasses import replace

import numpy as np

from ..objective.penalty import Penalty
from .runs import Start

# Part of the coefficients of a curve from which on the data ask for more: a grid of 5 has 8. (Of nine tables .6 and .7
# do alike, two better than with a fixed grid of 5 and none worse; .8 gains less, .9 nothing even with a code far away.)
_DECIDED = 0.7
# Parameters at most: the run stays a matter of seconds.
_MOST_PARAMS = 1000
# Observations for each curve from which on curves have strengths of their own without a question.
_ROWS_AN_EDGE = 3
# Rise of the evidence, in nats, for each curve of own strengths. (Noise, from 3 features and 8 rows to 30 and 20: .1 in
# the mean, of 60 tables 5 above .2. Two features of ten that matter, 8 and 12 rows: .5 and 1 in the median.)
_NATS_AN_EDGE = 0.25


def settled(runs, architecture, outcome):
    """An additive model with as few strengths and as many cells as the data ask for.

    Parameters
    ----------
    runs : Runs
        With their plan, which says how many cells there are at most.
    architecture : Architecture
    outcome : Outcome
        Of a run of it under the evidence.

    Returns
    -------
    outcome : Outcome
    """
    return _refined(runs, *_sharing(runs, architecture, outcome))


def _sharing(runs, architecture, outcome):
    """The model, or one whose curves share their strengths where rows are few; with its architecture."""
    few = runs.plan.loss.n_informative(runs.data.total_weight) < _ROWS_AN_EDGE * _n_edges(runs, architecture)
    if runs.stop_requested or outcome.evidence is None or not few or architecture.relevance == "layer":
        return architecture, outcome
    alike = replace(architecture, relevance="layer")
    found, _ = runs.each([runs.initial(alike)])
    least = outcome.log_evidence - _NATS_AN_EDGE * _n_edges(runs, architecture)
    return (alike, found[0]) if found and found[0].log_evidence > least else (architecture, outcome)


def _n_edges(runs, architecture):
    """Curves that the model may have."""
    return int(architecture.edges(*runs.data.shape)[0].sum())


def _refined(runs, architecture, outcome):
    """The model with as many cells as the data ask for."""
    while not runs.stop_requested and _wants_more(runs, architecture.relevance, outcome):
        cells = 2 * outcome.network.spline_layers[0].grid_size
        finer = replace(architecture, grid_sizes=((cells,),))
        start = Start(finer, copy.deepcopy(outcome.network), True, outcome.strengths, outcome.evidence.precision)
        found, _ = runs.each([start])
        if not found or not found[0].log_evidence > outcome.log_evidence:
            break
        outcome = found[0]
    return outcome


def further_runs(plan):
    """How many runs this takes at most."""
    if plan.architecture.hidden_layer_sizes or not plan.by_evidence:
        return 0
    return 1 + max(0, int(np.log2(max(1, plan.finest) / plan.architecture.grid_sizes[-1][0])))


def _wants_more(runs, relevance, outcome):
    """Whether the data ask for more cells and may have them."""
    evidence, network, plan = outcome.evidence, outcome.network, runs.plan
    if evidence is None or evidence.noiseless or len(network.spline_layers) > 1:
        return False
    layer = network.spline_layers[0]
    n_finer = network.n_params + int(layer.edges[layer.basis.numbers].sum()) * layer.grid_size
    n_observed = plan.loss.n_informative(runs.data.total_weight)
    within = 2 * layer.grid_size <= plan.finest and n_finer <= min(_MOST_PARAMS, n_observed)
    return within and _decided(network, relevance, evidence) >= _DECIDED


def _decided(network, relevance, evidence):
    """The largest part of the coefficients of a curve that the data decide."""
    layer, group = network.spline_layers[0], Penalty(network, relevance).group
    rows = np.nonzero(layer.edges)[0]
    n_coef = [len(np.arange(layer.n_coef)[layer.own(i)]) for i in rows]
    parts = evidence.group_dof / np.maximum(np.bincount(group, n_coef, len(evidence.group_dof)), 1)
    return float(np.max(parts[group][layer.basis.numbers[rows]], initial=0.0))
