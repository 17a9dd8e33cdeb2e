r"""How a variance is divided among parts that are correlated.

Parts p_k of mean 0 say f, all together but for a rest. A set S of them explains

    v(S) = 1 - min over 0 <= a_k <= 1 of E ||f - sum_{k in S} a_k p_k||^2 / E ||f||^2

of it: each part as it is, or damped, but neither amplified nor turned round. The share of part k is the mean of what it
explains alone and of what is lost without it,

    s_k ~ (v({k}) + v(all) - v(all but k)) / 2,        sum_k s_k = v(all).

Without bounds on a, and with a = 1, v is quadratic, and this mean is the Shapley value [1]_, what a part adds to v,
averaged over all orders in which parts can come; so it is for two parts with the bounds, and for any number of
uncorrelated ones, whose shares are var p_k / var f. Parts that say the same divide what they say; of two large parts
that cancel each other, of which one alone explains little, both have little. What the bounds are for: of a part of
deviation e (that of f being 1) both terms are at most 2 e, whatever it is correlated with, while a part that may be
amplified shares in all that its likes say [2]_.

References
----------
.. [1] A. B. Owen, "Sobol' indices and Shapley value", SIAM/ASA Journal on Uncertainty Quantification 2, 2014.
.. [2] U. Groemping, "Estimators of relative importance in linear regression based on variance decomposition",
   The American Statistician 61, 2007.
"""

import numpy as np

from .importance import LEAST_DEVIATION

# Deviation of parts that are nothing, as a part of the target's.
_NOTHING = 1e-12
# Change of a factor at which its search ends, and rounds of that search at most.
_TOLERANCE = 1e-7
_MOST_ROUNDS = 500


def explained_shares(parts, target, weight):
    """Share of each part in the variance of a target, and what is left.

    Parameters
    ----------
    parts : ndarray of shape (n_parts, n_samples, n_outputs)
        Of weighted mean 0.
    target : ndarray of shape (n_samples, n_outputs)
        Of weighted mean 0.
    weight : ndarray of shape (n_samples,)
        Of sum 1.

    Returns
    -------
    shares : ndarray of shape (n_parts,)
    rest : float
        1 less the sum of the shares; 0 if the target is constant.
    """
    shares, total = np.zeros(len(parts)), float(np.sum(weight[:, None] * target**2))
    if total <= LEAST_DEVIATION**2:
        return shares, 0.0
    variances = np.einsum("n,kno,kno->k", weight, parts, parts) / total
    alive = np.flatnonzero(variances > _NOTHING**2)
    weighted, parts = parts[alive] * weight[:, None], parts[alive]
    covariances = np.einsum("kno,lno->kl", weighted, parts) / total
    with_target = np.einsum("kno,no->k", weighted, target) / total
    alone = _explained(covariances, with_target, np.eye(len(alive), dtype=bool))
    without = _explained(covariances, with_target, ~np.eye(len(alive), dtype=bool))
    (together,) = _explained(covariances, with_target, np.ones((1, len(alive)), dtype=bool))
    means = (alone + np.maximum(together - without, 0.0)) / 2
    shares[alive] = means * together / (means.sum() or 1.0)
    return shares, max(1.0 - together, 0.0)


def _explained(covariances, with_target, sets):
    """v of each set of parts, sets of shape (n_sets, n_parts): the most of 2 a^T g - a^T G a, factor by factor."""
    factors = sets.astype(float)
    slopes = with_target - factors @ covariances
    for _ in range(_MOST_ROUNDS):
        largest = 0.0
        for k, variance in enumerate(np.diag(covariances)):
            change = np.clip(factors[:, k] + slopes[:, k] / variance, 0.0, 1.0) * sets[:, k] - factors[:, k]
            factors[:, k] += change
            slopes -= change[:, None] * covariances[k]
            largest = max(largest, np.abs(change).max(initial=0.0))
        if largest < _TOLERANCE:
            break
    return np.sum(factors * (with_target + slopes), axis=1)
