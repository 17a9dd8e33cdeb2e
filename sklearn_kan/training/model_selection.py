r"""Which architectures count, and how much, by their evidence.

Nodes of a hidden layer may change places and signs, so that a network of H of them has H! 2^H modes of equal
evidence, which is added [1]_:

  log P_s = log Z_s + log(H! 2^H) for each hidden layer,

where nodes change places within their group only, if there are groups, and do not change signs where they have to rise.

The additive model is kept if no other comes close. Otherwise all that are not far behind count, with the weight

  w_s ~ exp(c (log P_s - max log P) / N)

for N observations. With c = N that would be the probability of the architecture. But the Laplace approximation errs
by amounts that grow with the rows and the parameters; so c is `_SHARPNESS` instead.

References
----------
.. [1] D. J. C. MacKay, "A practical Bayesian framework for backpropagation networks", Neural Computation 4, 1992.
"""

import numpy as np
from scipy.special import gammaln

from ..network.groups import share_out

# Fall of log P, for each observation, at which hidden nodes are still taken beside the additive model.
_SLACK = 0.01
# How much log P of each observation counts in the weight of an architecture: c above.
_SHARPNESS = 20.0
# Least weight of an architecture that counts, the largest being 1.
_LEAST_WEIGHT = 0.2


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
    """Whether an architecture cannot count beside the best one."""
    farthest = -np.log(_LEAST_WEIGHT) / _SHARPNESS * n_observed
    return not log_probability > best - farthest


def select(log_probabilities, n_observed, only_best=False):
    """Architectures that count, and their weights.

    Parameters
    ----------
    log_probabilities : array-like of shape (n_architectures,)
        The first that of the simplest.
    n_observed : float
        Number of observations.
    only_best : bool, default=False
        Whether only one may count.

    Returns
    -------
    selected : int ndarray of shape (n_selected,)
    weights : ndarray of shape (n_selected,)
        The largest is 1.
    """
    each = np.asarray(log_probabilities) / n_observed
    if len(each) == 1 or not each[1:].max() > each[0] - _SLACK:
        return np.zeros(1, dtype=int), np.ones(1)
    weights = np.exp(_SHARPNESS * (each - each.max()))
    selected = np.flatnonzero(weights >= (1.0 if only_best else _LEAST_WEIGHT))
    return selected, weights[selected]


def runs_of_each(weights, n_runs):
    """How many runs of each architecture are averaged, of `n_runs` for a weight of 1."""
    return np.ceil(np.asarray(weights) * n_runs).astype(int)


def shares(weights, architectures):
    """Weight of each run, that of its architecture shared out among its runs.

    Parameters
    ----------
    weights : ndarray of shape (n_architectures,)
    architectures : int ndarray of shape (n_runs,)
        Index of the architecture of each run.

    Returns
    -------
    weights : ndarray of shape (n_runs,)
    """
    return weights[architectures] / np.bincount(architectures)[architectures]
