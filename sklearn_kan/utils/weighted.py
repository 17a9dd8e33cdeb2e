"""Weighted mean, spread and quantile of each column; a weight of k is the same as k rows."""

import numpy as np

# Part of the distances that counts in full in a robust spread, and that spread for a standard normal.
_KEPT, _NORMAL_MEAN = 0.9, 0.7561


def weights_of_sum_one(weight, n):
    """Weights of shape (n,) scaled to sum 1; None stands for equal weights."""
    return np.full(n, 1.0 / n) if weight is None else weight / weight.sum()


def weighted_quantile(Y, weight, q):
    """Smallest value of each column up to which there is a part q of the weight.

    Parameters
    ----------
    Y : ndarray of shape (n_samples, n_outputs)
    weight : ndarray of shape (n_samples,) or None
    q : float

    Returns
    -------
    quantile : ndarray of shape (n_outputs,)
    """
    weight = weights_of_sum_one(weight, len(Y))
    order = np.argsort(Y, axis=0, kind="stable")
    below = np.cumsum(weight[order], axis=0)
    # Sums of equal parts differ by rounding; that must not move the quantile by a row.
    place = np.minimum((below < q - 1e-12).sum(axis=0), len(Y) - 1)
    return np.take_along_axis(Y, np.take_along_axis(order, place[None], axis=0), axis=0)[0]


def spread(Y, weight, location):
    """Root of the weighted mean of (Y - location)^2 of each column; 1 for a constant column.

    Parameters
    ----------
    Y : ndarray of shape (n_samples, n_outputs)
    weight : ndarray of shape (n_samples,) or None
    location : ndarray of shape (n_outputs,)

    Returns
    -------
    spread : ndarray of shape (n_outputs,)
    """
    distance, unit, constant = _distances(Y, location)
    mean_square = weights_of_sum_one(weight, len(Y)) @ (distance / unit) ** 2
    return np.where(constant, 1.0, unit * np.sqrt(mean_square))


def robust_spread(Y, weight, location):
    """Weighted mean of abs(Y - location), each cut off at the 90 % quantile of them; 1 for a constant column.

    It is scaled to be the standard deviation for normal columns. Parameters as those of `spread`.
    """
    distance, unit, constant = _distances(Y, location)
    limit = weighted_quantile(distance, weight, _KEPT)
    limit = np.where(limit > 0, limit, np.inf)  # Nearly all equal: the others are all that there is.
    mean = weights_of_sum_one(weight, len(Y)) @ (np.minimum(distance, limit) / unit)
    return np.where(constant, 1.0, unit * mean / _NORMAL_MEAN)


def _distances(Y, location):
    """Distances from the location, the largest of each column, and which columns are constant."""
    distance = np.abs(Y - location)
    largest = distance.max(axis=0)
    # Rounding alone is no spread; and squares of 1e300 must not be formed.
    constant = largest <= 1e-13 * np.abs(location)
    return distance, np.where(constant | (largest == 0), 1.0, largest), constant | (largest == 0)
