r"""How far standard deviations are to be trusted, by errors of leaving out one row at a time.

Of a nonlinear network the Laplace approximation is too sure of itself, as splines elsewhere adapt to the rows too,
and the mixture of many is not sure enough. How much so is seen from leaving out one row at a time, to first order in
closed form: with the leverage h = b J C J^T (b the precision of the noise) an error r becomes r / (1 - h) and a
variance v becomes v / (1 - h). These errors are still somewhat too small, so that standard deviations go three
quarters of the way to agree with them.
"""

import numpy as np

from ..objective.objective import MOST_RATIO
from .posterior import mixture_variance, variance

# Rows that tell how large leave-one-out errors are.
_ENOUGH_ROWS = 2000
# Largest leverage that is believed.
_MOST_LEVERAGE = 0.95
# How far standard deviations go to agree with the errors, in logarithms.
_WAY = 0.75
# Largest factor by which they change.
_MOST_CHANGE = 2.0


def calibration(members, covariances, weights, precision, data):
    """Factor by which standard deviations go most of the way, in logarithms, to agree with leave-one-out errors.

    Parameters
    ----------
    members : list of KANNetwork
    covariances : list of ndarray of shape (n_params, n_params)
    weights : ndarray of shape (n_members,)
    precision : ndarray of shape (n_outputs,)
        Of the noise.
    data : TrainingData
        Rows that the networks were fitted to; of very many a part stands for all.

    Returns
    -------
    factor : float
    """
    data = data.sample(_ENOUGH_ROWS)
    noisy = precision < MOST_RATIO * precision.min()  # Of the others the posterior is bounded, not estimated.
    errors, variances, outputs = [], [], []
    for network, covariance in zip(members, covariances, strict=True):
        doubt, output = variance(network, covariance, data.X), network.forward(data.X)
        kept = 1 - np.minimum(doubt * precision, _MOST_LEVERAGE)
        errors.append((data.Y - output) / kept)
        variances.append(doubt / kept)
        outputs.append(output)
    expected = mixture_variance(variances, outputs, weights) + 1 / precision
    squares = np.average(errors, axis=0, weights=weights) ** 2 / expected
    agreeing = np.sqrt(np.mean(np.average(squares, axis=0, weights=data.sample_weight)[noisy]))
    return float(np.clip(agreeing**_WAY, 1 / _MOST_CHANGE, _MOST_CHANGE))
