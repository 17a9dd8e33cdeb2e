r"""Are the residuals of a formula noise? If they are, no formula says more, and the search for one is over.

Residuals r = y - f(x) of n rows that are nothing but noise cannot be told from x. Two tests of that [1]_:

1. r is regressed on polynomials of x, of one input each to the fifth degree, and of all together to the third. With k
   of them that explain the part R^2 of the sum of squares, F = (R^2 / k) / ((1 - R^2) / (n - k - 1)) has an F
   distribution.
2. Of neighbours i and j = j(i) in the order of an input, or the nearest in space, the sum of r_i r_j over that of r^2
   is normal around 0 with variance 1 / n: this sees what goes up and down too fast for a polynomial.

What is left unseen is small: with n = 800 the tests see what has 4 % of the variance of the noise.

References
----------
.. [1] G. E. P. Box, N. R. Draper, "Empirical Model-Building and Response Surfaces", Wiley, 1987,
   chapter 3 (lack of fit).
"""

from itertools import combinations_with_replacement

import numpy as np
from scipy.spatial import cKDTree
from scipy.special import fdtrc, ndtri
from scipy.stats import rankdata

from ..utils.sampling import sampled_rows

# A test speaks for noise if chance alone gives such a value, or a more extreme one, at least so often.
_LEAST_CHANCE = 0.02
# Degrees of polynomials of one input and of all; polynomials for each row at most.
_ALONE, _TOGETHER, _MOST = 5, 3, 0.35
# Rows that tests are worth anything with, and that they are made on at most.
_LEAST_ROWS, _ROWS = 40, 2000


def is_noise(X, rest, share):
    """Whether residuals cannot be told from the inputs.

    Parameters
    ----------
    X : ndarray of shape (n_samples, n_inputs)
        Of inputs that vary.
    rest : ndarray of shape (n_samples,)
    share : ndarray of shape (n_samples,)
        Weights of the rows, of sum 1.

    Returns
    -------
    noise : bool
        False for few rows.
    """
    some = sampled_rows(X, None, _ROWS) if len(X) > _ROWS else slice(None)
    Z, root = _even(X[some]), np.sqrt(share[some])
    rest = root * rest[some]
    if len(Z) < _LEAST_ROWS or not np.any(rest) or not np.all(np.isfinite(rest)):
        return False
    designs = (root[:, None] * np.hstack([np.ones((len(Z), 1)), columns]) for columns in _polynomials(Z))
    return all(_is_unexplained(design, rest) for design in designs) and _is_uncorrelated(Z, rest)


def _even(X):
    """Each column spread evenly over [-1, 1]."""
    return (2 * rankdata(X, axis=0) - 1) / len(X) - 1


def _polynomials(Z):
    """Designs of polynomials: of one input each, and of all together as far as the rows allow."""
    n, d = Z.shape
    yield np.hstack([Z**p for p in range(1, _ALONE + 1)])[:, : int(_MOST * n)]
    together = [Z]
    for degree in range(2, _TOGETHER + 1):
        columns = [np.prod(Z[:, list(which)], axis=1) for which in combinations_with_replacement(range(d), degree)]
        together.append(np.stack(columns, axis=1))
        if sum(part.shape[1] for part in together) < _MOST * n:
            yield np.hstack(together)


def _is_unexplained(design, rest):
    """The F test."""
    basis = np.linalg.qr(design)[0]
    n, k = basis.shape
    explained, whole = np.sum((basis.T @ rest) ** 2), np.sum(rest**2)
    F = (explained / k) / max((whole - explained) / (n - k), 1e-300)
    return fdtrc(k, n - k, F) > _LEAST_CHANCE


def _is_uncorrelated(Z, rest):
    """The tests of neighbours."""
    orders = [np.argsort(column) for column in Z.T]
    pairs = [(order[1:], order[:-1]) for order in orders]
    pairs.append((np.arange(len(Z)), cKDTree(Z).query(Z, k=2)[1][:, 1]))
    limit = ndtri(1 - _LEAST_CHANCE / len(pairs)) * np.sqrt(2 / len(rest))
    return all(rest[i] @ rest[j] / (rest @ rest) < limit for i, j in pairs)
