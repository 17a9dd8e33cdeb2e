r"""Up the ladder: candidates are run from the simplest on, as long as it may pay.

First the additive model, then the narrowest network in each way to share strengths that there is to choose from; the
wider and deeper ones have the one that did better. They are run all at once, so that threads share them out, but

- none of them if the evidence has fallen far below the best, or if nothing is left to explain;
- if the narrowest does not come close to the additive model, only the next one; and if that does not either, no more:
  the additive model is the result then, with as many cells as it asks for, see `additive`.

See `model_selection` for what the evidence says, and docs/benchmarks for what it costs.
"""

import numpy as np

from .additive import settled
from .model_selection import additive_suffices, best_shared, far_behind, log_probability, run_weights, runs_of_each


def compare(runs):
    """Runs of the architectures that count.

    Parameters
    ----------
    runs : Runs

    Returns
    -------
    outcomes : list of Outcome
    weights : ndarray of shape (n_outcomes,)
    """
    known = _first_runs(runs)
    log_p = [_log_p(*run) for run in known]
    if additive_suffices(log_p, _n_observed(runs)):
        return [settled(runs, *known[0])], np.ones(1)
    if runs.plan.architecture.squash is not None:
        # What is averaged has to be of one depth, which layers of tanh between do not allow.
        known = [known[np.argmax(log_p)]]
    starts = []
    # The largest networks, last among the candidates, take longest: they come first.
    for (architecture, _), weight in [*zip(known, _weights(known), strict=True)][::-1]:
        n_more = int(runs_of_each(weight, useful_runs(runs.plan, architecture))) - 1
        starts += [runs.initial(architecture) for _ in range(n_more)]
    outcomes, index = runs.each(starts)
    known = known + [(starts[i].architecture, outcome) for i, outcome in zip(index, outcomes, strict=True)]
    weights = _weights(known)
    counted = np.flatnonzero(weights)
    return [known[number][1] for number in counted], weights[counted]


def useful_runs(plan, architecture):
    """How many runs are worth while: the squares of an additive model have one optimum."""
    return 1 if plan.by_evidence and not architecture.hidden_layer_sizes else plan.n_init


def _weights(known):
    """Weights of runs, given as pairs of an architecture and an outcome."""
    return run_weights([_log_p(*run) for run in known], [outcome.evidence.dof for _, outcome in known])


def _log_p(architecture, outcome):
    """Log evidence of a run with all modes like it."""
    return log_probability(outcome.log_evidence, outcome.network, architecture.groups)


def _n_observed(runs):
    """Observations that the rows are worth."""
    return runs.plan.loss.n_informative(runs.data.total_weight)


def _first_runs(runs):
    """One run of each candidate that may pay, as pairs of an architecture and an outcome."""
    found, starts = [], _bearable_starts(runs)
    while n_now := _n_at_once(found, starts, _n_observed(runs)):
        now, starts = _run(runs, starts[:n_now]), starts[n_now:]
        log_p, best = [_log_p(*run) for run in now], max((_log_p(*run) for run in found), default=-np.inf)
        if found and (runs.stop_requested or far_behind(max(log_p, default=-np.inf), best, _n_observed(runs))):
            break
        if _same_sizes([architecture for architecture, _ in now]) > 1:
            now = [now[best_shared(log_p, [architecture.n_strengths(*runs.data.shape) for architecture, _ in now])]]
            starts = [start for start in starts if start.architecture.relevance == now[0][0].relevance]
        found = found + now
        if runs.stop_requested or any(_explains_all(outcome) for _, outcome in now):
            break
    return found


def _n_at_once(found, starts, n_observed):
    """How many of the starts that are left are run now; 0 if none of them may pay."""
    if len(found) < 2 or additive_suffices([_log_p(*run) for run in found], n_observed):
        return 0 if len(found) > 2 else _same_sizes([start.architecture for start in starts])
    return len(starts)


def _same_sizes(architectures):
    """How many of some architectures, from the first on, have its layers: they differ in how strengths are shared."""
    sizes = [architecture.hidden_layer_sizes for architecture in architectures]
    return sizes.count(sizes[0]) if sizes else 0


def _run(runs, starts):
    """Run from some starts at once: pairs of an architecture and an outcome, in their order."""
    # The largest networks, last among the candidates, take longest: they come first.
    outcomes, index = runs.each(starts[::-1])
    return [(starts[::-1][i].architecture, outcome) for i, outcome in zip(index, outcomes, strict=True)][::-1]


def _bearable_starts(runs):
    """Where the candidates start that do not have too many parameters for the observations; the first in any case."""
    starts = [(runs.initial(candidate.architecture), candidate) for candidate in runs.plan.candidates]
    most = _n_observed(runs)
    return [starts[0][0], *(s for s, c in starts[1:] if s.network.n_params <= c.params_per_observation * most)]


def _explains_all(outcome):
    """Whether nothing is left for a larger architecture: no parameters to fit, or no noise."""
    return outcome.evidence is None or outcome.evidence.noiseless
