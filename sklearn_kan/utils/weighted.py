"""Weighted mean, spread and quantiles; a weight of k is the same as k rows, and None stands for equal weights."""

import numpy as np

# Part of the distances that counts in full in a robust spread.
_KEPT = 0.9
# That spread for a standard normal.
_NORMAL_MEAN = 0.7561


def weights_of_sum_one(weight, n):
    """Weights of shape (n,) scaled to sum 1; None stands for equal weights."""
    return np.full(n, 1.0 / n) if weight is None else weight / weight.sum()


def weighted_quantiles(x, weight, levels):
    """Quantiles of x under weights; integer weights count as repeated values.

    The inverse of the distribution function, averaged where it is flat. Hence the quantiles depend
    on the weights only through their ratios, and those of -x are the others turned round.

    Parameters
    ----------
    x : ndarray of shape (n,)
    weight : ndarray of shape (n,) or None
    levels : ndarray of shape (m,)
        In [0, 1].

    Returns
    -------
    quantiles : ndarray of shape (m,)
    """
    values, inverse = np.unique(x, return_inverse=True)
    cdf = np.cumsum(np.bincount(inverse, weights=np.ones(len(x)) if weight is None else weight))
    cdf /= cdf[-1]
    # A level within rounding of a step takes the mean of both sides.
    below = np.searchsorted(cdf, levels - 1e-12).clip(max=len(values) - 1)
    above = np.searchsorted(cdf, levels + 1e-12).clip(max=len(values) - 1)
    quantiles = values[below] / 2 + values[above] / 2
    quantiles[levels <= 0], quantiles[levels >= 1] = values[0], values[-1]
    return quantiles


def column_quantile(Y, weight, level):
    """One quantile of each column of Y, shape (n_outputs,); see `weighted_quantiles`."""
    return np.array([weighted_quantiles(y, weight, np.array([level]))[0] for y in Y.T])


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
    limit = column_quantile(distance, weight, _KEPT)
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
