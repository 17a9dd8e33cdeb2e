r"""How a variance is divided among parts that are correlated.

With G the covariances of the parts p_k and g those of each with f, a set S of parts explains

    v(S) = g_S^T G_SS^-1 g_S / var f

of f. The share of a part is its Shapley value: what it adds to v, averaged over all orders in which the parts can
come [1]_ [2]_. Shares are never negative and sum to v(all); of uncorrelated parts they are var p_k / var f, and two
parts that say nearly the same divide what they say. For one order all increments come from one factorisation
G = R^T R, in that order: they are the squares of R^-T g.

References
----------
.. [1] R. H. Lindeman, P. F. Merenda and R. Z. Gold, "Introduction to Bivariate and Multivariate Analysis", 1980.
.. [2] A. B. Owen, "Sobol' indices and Shapley value", SIAM/ASA Journal on Uncertainty Quantification 2, 2014.
"""

from itertools import permutations

import numpy as np
from scipy.linalg import cholesky, solve_triangular

# All orders of up to so many parts are gone through, else so many random ones and their reverse.
_ALL_ORDERS = 5
_ORDERS = 256
# Added to variances, as a part of the largest: parts may be multiples of each other.
_JITTER = 1e-9


def shapley_shares(parts, target, weight):
    """Share of each part in the variance of a target, and what is left.

    Parameters
    ----------
    parts : ndarray of shape (n_parts, n_samples, n_outputs)
        Of weighted mean 0.
    target : ndarray of shape (n_samples, n_outputs)
        Of weighted mean 0.
    weight : ndarray of shape (n_samples,)

    Returns
    -------
    shares : ndarray of shape (n_parts,)
    rest : float
        1 less the sum of the shares; 0 if the target has no variance.
    """
    shares = np.zeros(len(parts))
    weighted = parts * weight[:, None]
    total = float(np.sum(weight[:, None] * target**2))
    variances = np.einsum("kno,kno->k", weighted, parts)
    alive = np.flatnonzero(variances > _JITTER * variances.max(initial=0.0))
    if total == 0 or not len(alive):
        return shares, float(total > 0)
    size = np.sqrt(variances[alive])
    covariances = np.einsum("kno,lno->kl", weighted[alive], parts[alive]) / np.outer(size, size)
    with_target = np.einsum("kno,no->k", weighted[alive], target) / size
    covariances[np.diag_indices(len(alive))] += _JITTER
    orders = _orders(len(alive))
    for order in orders:
        root = cholesky(covariances[np.ix_(order, order)], lower=True)
        shares[alive[order]] += solve_triangular(root, with_target[order], lower=True) ** 2
    shares /= len(orders) * total
    return shares, max(1.0 - float(shares.sum()), 0.0)


def _orders(n):
    """Orders of n things, always the same ones."""
    if n <= _ALL_ORDERS:
        return [np.array(order) for order in permutations(range(n))]
    rng = np.random.RandomState(0)
    forward = [rng.permutation(n) for _ in range(_ORDERS)]
    return forward + [order[::-1] for order in forward]
