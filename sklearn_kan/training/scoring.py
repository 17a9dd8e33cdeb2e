"""How good a network is on rows, by the loss that it was fitted with."""

import numpy as np

from ..utils.weighted import weights_of_sum_one


def mean_loss(loss, data, F):
    """Weighted mean loss of raw predictions.

    Parameters
    ----------
    loss : Loss
    data : TrainingData
    F : ndarray of shape (n_samples, n_outputs)

    Returns
    -------
    mean : float
    """
    values = loss.value(data.Y.T, F.T)
    rows = values.sum(axis=0) if loss.coupled else values.mean(axis=0)
    return float(weights_of_sum_one(data.sample_weight, len(rows)) @ rows)


def make_score(loss, data, reference):
    """Score of a network on `data`: 1 - its mean loss over that of a constant on other rows.

    Parameters
    ----------
    loss : Loss
    data, reference : TrainingData
        Rows to score on, and the rows for which the constant is best.

    Returns
    -------
    score : callable
        Takes a network; higher is better and 1 the best possible.
    """
    constant = loss.fit_intercept_only(reference.Y, reference.sample_weight)
    unit = mean_loss(loss, reference, np.broadcast_to(constant, reference.Y.shape))
    unit = unit if unit > 0 else 1.0
    return lambda network: 1.0 - mean_loss(loss, data, network.forward(data.X)) / unit
