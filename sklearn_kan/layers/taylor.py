r"""Polynomials of the cells of a spline, in the place u within the cell: u is 0 at its left end and 1 at its right.

On cell c of the knots t the k + 1 functions that are not zero there are

    B_{c+r}(x) = sum_p M[c, r, p] u^p,    M[c, r, p] = B_{c+r}^{(p)}(t_c) (t_{c+1} - t_c)^p / p!,

which follow from the Cox-de Boor recursion [1]_.

References
----------
.. [1] C. de Boor, "A Practical Guide to Splines", Springer, 1978.
"""

from functools import cache
from math import comb

import numpy as np


def taylor(t, k):
    """Taylor coefficients M of the k + 1 functions alive in each cell, shape (k + 1, k + 1, n_in, n_cells).

    The recursion runs in the unit of the cell and counts from its left end, so that a cell may be smaller than its
    neighbours, and than its distance from 0, by any factor.
    """
    n_cells = t.shape[1] - 2 * k - 1
    near = np.stack([t[:, r : r + n_cells] for r in range(2 * k + 2)])
    near = (near - near[k]) / (near[k + 1] - near[k])
    M = np.ones((1, 1, *near.shape[1:]))
    for d in range(1, k + 1):
        lower, M = M, np.zeros((d + 1, d + 1, *near.shape[1:]))
        for r in range(d):
            left, right = near[k - d + 1 + r], near[k + 1 + r]
            part = lower[r] / (right - left)
            M[r + 1, 1:] += part
            M[r + 1, :-1] -= left * part
            M[r, 1:] -= part
            M[r, :-1] += right * part
    return M


@cache
def pascal(k):
    """Matrix that takes coefficients of the powers of u to those of the powers of u - 1."""
    return np.array([[comb(p, q) for q in range(k + 1)] for p in range(k + 1)], dtype=float)
