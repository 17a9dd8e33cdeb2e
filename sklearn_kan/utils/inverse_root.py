r"""A square root of the inverse of a positive definite matrix, and its determinant.

With A = L L^T, L lower triangular, W = L^-1 has W^T W = A^-1, so that products with A^-1, traces and determinants
are all had from W. It is found by halves: with

    A = [A11, A12; A21, A22],   W11 from A11,   M = A21 W11^T,   W22 from A22 - M M^T,   W21 = -W22 M W11,

nearly all of the work is products of matrices in NumPy, which run at full speed and leave other threads
alone. Small blocks are left to LAPACK.
"""

import numpy as np
from scipy.linalg.lapack import dpotrf, dtrtri

# Size up to which LAPACK is as fast.
_SMALL = 192
# First multiple of the unit matrix that is added where rounding has made the scaled matrix indefinite.
_FIRST_JITTER = 1e-14


def inverse_root(A):
    """A lower triangular matrix W with W^T W = A^-1, and log det A.

    Parameters
    ----------
    A : ndarray of shape (n, n)
        Symmetric; made positive definite within rounding if need be.

    Returns
    -------
    W : ndarray of shape (n, n)
    log_det : float

    Raises
    ------
    ValueError
        If A is not finite: no jitter would help.
    """
    if not np.isfinite(A).all():
        raise ValueError("The fit has diverged: second derivatives are not finite. Scale X, y or the weights.")
    scale = 1.0 / np.sqrt(np.maximum(np.diagonal(A), np.finfo(float).tiny))
    scaled, jitter = A * scale[:, None], 0.0
    scaled *= scale
    while True:
        try:
            root = _by_halves(scaled)
            break
        except np.linalg.LinAlgError:
            added = max(10 * jitter, _FIRST_JITTER)
            scaled.flat[:: len(A) + 1] += added - jitter
            jitter = added
    root *= scale
    log_det = -2 * float(np.sum(np.log(np.diagonal(root))))
    return root, log_det


def _by_halves(A):
    """The W of the module's docstring; LinAlgError if A is not positive definite."""
    if len(A) <= _SMALL:
        return _by_lapack(A)
    half, root = len(A) // 2, np.zeros_like(A)
    first, last = slice(half), slice(half, None)
    root[first, first] = upper = _by_halves(A[first, first])
    middle = A[last, first] @ upper.T
    root[last, last] = lower = _by_halves(A[last, last] - middle @ middle.T)
    root[last, first] = -(lower @ (middle @ upper))
    return root


def _by_lapack(A):
    """The same for a small matrix."""
    factor, failed = dpotrf(A, lower=1)
    if failed or not np.all(np.isfinite(factor)):
        raise np.linalg.LinAlgError("not positive definite")
    return dtrtri(factor, lower=1)[0]
