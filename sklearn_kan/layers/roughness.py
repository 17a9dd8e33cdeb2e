r"""How much a spline bends: a quadratic form of its coefficients, for knots that are near each other or far apart.

With g_r the gaps between the Greville abscissae and

    d_r = 2 (g_{r+1} c_r + g_r c_{r+2}) / (g_r + g_{r+1}) - 2 c_{r+1},

how far a coefficient is from the line between its neighbours, it is

    c^T R c = sum_r d_r^2 / h_r^3.

With h_r = (g_r + g_{r+1}) / 2 it approximates the integral of s''(x)^2 [1]_. The unit of length is such that the
median cell has the width 2 / n_cells: equal cells are those of the grid mapped to [-1, 1]. And h_r counts as at most 4
times as much, or as little: cells beyond that may bend as much as others, however long they are, so that no value far
from the others makes a curve stiff where these are. Straight lines have roughness 0 on any knots, and degree 1 has one
too.

References
----------
.. [1] P. H. C. Eilers and B. D. Marx, "Flexible smoothing with B-splines and penalties", Statistical Science 11, 1996.
"""

import numpy as np

# How many times wider or narrower than the median one a cell counts as at most. (R^2 of additive models of clusters,
# codes, lognormal and Cauchy columns is the same from 2 to 10; without a bound below, a lognormal one loses .1.)
_UNLIKE = 4.0


def roughness(t, k):
    """The matrix R of one input.

    Parameters
    ----------
    t : ndarray of shape (n_cells + 2 * k + 1,)
        Knots.
    k : int
        Degree.

    Returns
    -------
    R : ndarray of shape (n_cells + k, n_cells + k)
    """
    n_cells = len(t) - 2 * k - 1
    n = n_cells + k
    if n < 3:
        return np.zeros((n, n))
    gaps = (t[k + 1 : -1] - t[1 : -k - 1]) / k
    left, right = gaps[:-1], gaps[1:]
    r, second = np.arange(n - 2), np.zeros((n - 2, n))
    second[r, r], second[r, r + 1], second[r, r + 2] = 2 * right / (left + right), -2.0, 2 * left / (left + right)
    width = (left + right) / 2 / np.median(np.diff(t[k : k + n_cells + 1]))
    second *= np.clip(width, 1 / _UNLIKE, _UNLIKE)[:, None] ** -1.5
    return (n_cells / 2) ** 3 * second.T @ second
