"""Covariance matrices in a quarter of their room: the triangle of a root, in single precision.

A covariance in single precision would be useless where J C J^T is small because large entries cancel. Of a root L,
C = L L^T, the same rounding changes standard deviations by parts in a million.
"""

import numpy as np

# Variance of each parameter, relative to its own, that is added so that there is a root.
_JITTER = 1e-13


def packed(covariance):
    """A covariance as scales and the lower triangle of the root of its correlations, both in single precision.

    Parameters
    ----------
    covariance : ndarray of shape (n, n)
        Positive semi-definite; may have rows of 0.

    Returns
    -------
    scale : ndarray of shape (n,)
    triangle : ndarray of shape (n * (n + 1) / 2,)
    """
    scale = np.sqrt(np.maximum(np.diagonal(covariance), 0.0))
    inverse = np.divide(1.0, scale, out=np.zeros_like(scale), where=scale > 0)
    correlation = covariance * inverse * inverse[:, None]
    correlation.flat[:: len(scale) + 1] = 1.0 + _JITTER
    try:
        root = np.linalg.cholesky(correlation)
    except np.linalg.LinAlgError:
        values, vectors = np.linalg.eigh(correlation)
        root = np.linalg.qr((vectors * np.sqrt(np.maximum(values, 0.0))).T, mode="r").T
    return scale.astype(np.float32), root[np.tril_indices(len(root))].astype(np.float32)


def unpacked(scale, triangle):
    """The covariance, shape (n, n), of what `packed` returned."""
    root = np.zeros((len(scale), len(scale)))
    root[np.tril_indices(len(scale))] = triangle
    root *= scale[:, None].astype(float)
    return root @ root.T


def packed_bytes(covariances):
    """Size of covariances when packed."""
    return sum(2 * len(covariance) * (len(covariance) + 3) for covariance in covariances)
