r"""Which architectures count, and how much, by their evidence.

Nodes of a hidden layer may change places and signs, so that a network of H of them has H! 2^H modes of equal
evidence, which is added [1]_:

  log P_s = log Z_s + log(H! 2^H) for each hidden layer,

where nodes change places within their group only, if there are groups, and do not change signs where they have to rise.

The additive model is kept if no other comes close. Otherwise every run r counts in the mean with

  w_r ~ exp((log P_r - max log P) / (e d)),

and architectures whose first run counts much have more runs. With e d = 1 that would be the probability of a mode. But
the Laplace approximation errs, by about e = `_NATS` for each of the d degrees of freedom that the data decide in the
best run: little where there are many observations for each of them. A run that has ended in a poor mode counts
little, and one of a simpler architecture is one more that errs in its own way.

Strengths themselves are found where the evidence is largest: m of them raise it by about m `_NATS_A_STRENGTH` at once,
whatever they say, which is taken off where architectures differ in how edges share them ("input" or "layer"). Many
features of unlike use, as of tables with categories, ask for strengths of their own, a few hundred rows do not.

References
----------
.. [1] D. J. C. MacKay, "A practical Bayesian framework for backpropagation networks", Neural Computation 4, 1992.
"""

import numpy as np
from scipy.special import gammaln

from ..network.groups import share_out

# Fall of log P, for each observation, at which hidden nodes are still taken beside the additive model.
_SLACK = 0.01
# Error of log P for each degree of freedom: e above. On six tables .4 to 1 did alike, on two of 8,000 rows .2 to .5.
_NATS = 0.4
# Rise of log P by each strength that is found by it. On four sets of classes 1 chose as test rows do, 0 did not: of
# 455 to 800 rows it took "input".
_NATS_A_STRENGTH = 1.0
# Least weight of a run that counts, the largest being 1.
_LEAST_WEIGHT = 0.1
# Fall of log P, for each observation, at which larger architectures are not tried any more.
_FARTHEST = 0.08


def log_probability(log_evidence, network, groups=None):
    """Log evidence of a network, whose hidden nodes may belong to groups, and all modes like it."""
    alive = [layer.edges.any(axis=1) for layer in network.spline_layers[1:]]
    if groups is None:
        widths = [np.count_nonzero(nodes) for nodes in alive]
    else:
        widths = np.concatenate([np.bincount(share_out(groups, len(nodes)), nodes) for nodes in alive] or [[]])
    turned = [nodes & ~layer.signs.any(axis=1) for nodes, layer in zip(alive, network.spline_layers[1:], strict=True)]
    n_turned = sum(np.count_nonzero(nodes) for nodes in turned)
    return log_evidence + sum(gammaln(width + 1) for width in widths) + n_turned * np.log(2)


def far_behind(log_probability, best, n_observed):
    """Whether an architecture is so far behind the best one that larger ones are not worth while."""
    return not log_probability > best - _FARTHEST * n_observed


def additive_suffices(log_probabilities, n_observed):
    """Whether no architecture comes close to the first, the additive model."""
    first, *others = np.asarray(log_probabilities) / n_observed
    return not max(others, default=-np.inf) > first - _SLACK


def best_shared(log_probabilities, n_strengths):
    """Index of the best of architectures that differ in how edges share strengths, given the numbers of strengths."""
    return int(np.argmax(np.asarray(log_probabilities) - _NATS_A_STRENGTH * np.asarray(n_strengths)))


def run_weights(log_probabilities, dof):
    """Weight of each run in the mean.

    Parameters
    ----------
    log_probabilities : array-like of shape (n_runs,)
    dof : array-like of shape (n_runs,)
        Degrees of freedom that the data decide in each.

    Returns
    -------
    weights : ndarray of shape (n_runs,)
        The largest is 1; 0 of those that are too small to count.
    """
    best = np.argmax(log_probabilities)
    behind = np.asarray(log_probabilities) - log_probabilities[best]
    weights = np.exp(behind / (_NATS * max(1.0, dof[best])))
    return np.where(weights >= _LEAST_WEIGHT, weights, 0.0)


def runs_of_each(weights, n_runs):
    """How many runs of each architecture there are, of `n_runs` for a weight of 1."""
    return np.ceil(np.asarray(weights) * n_runs).astype(int)
