"""Which rows early stopping sets aside, and how good a network is on them.

Weights must mean the same as repeated rows, and neither the order nor the number of the rows may
matter. So rows are not drawn one by one: the distinct rows of X, in their own lexicographic order,
are permuted, and taken until they hold the wanted part of the weight. Equal rows stay together,
which also keeps copies of a row from sitting on both sides.
"""

import numpy as np

from ..utils.kinds import comparable
from ..utils.weighted import weights_of_sum_one


def set_aside(rows, fraction, random_state, strata=None):
    """Rows to train on and rows to validate by, as two TrainingData; see `split_rows`."""
    validation = split_rows(rows.X, rows.sample_weight, fraction, random_state, strata)
    return rows.take(~validation), rows.take(validation)


def split_rows(X, sample_weight, fraction, random_state, strata=None):
    """Choose validation rows.

    Parameters
    ----------
    X : ndarray of shape (n_samples, n_features)
    sample_weight : ndarray of shape (n_samples,) or None
        Positive.
    fraction : float
        Part of the weight to set aside.
    random_state : RandomState
    strata : int ndarray of shape (n_samples,), default=None
        Groups from each of which the fraction is taken: classes. Equal rows of several classes stay
        together, in that of the most weight.

    Returns
    -------
    validation : bool ndarray of shape (n_samples,)

    Raises
    ------
    ValueError
        If there are too few distinct rows to leave two for training and one for validation.
    """
    distinct, group = np.unique(comparable(X), axis=0, return_inverse=True)
    group = group.ravel()
    if len(distinct) < 3:
        raise ValueError(
            f"early_stopping needs at least 3 distinct rows of X to set some aside; got {len(distinct)}. "
            "Use early_stopping=False or pass X_val and y_val."
        )
    weight = np.bincount(group, weights=sample_weight, minlength=len(distinct))
    order = random_state.permutation(len(distinct))
    chosen = np.zeros(len(distinct), dtype=bool)
    if strata is None:
        chosen[_first(order, weight, fraction, keep=2)] = True
        return chosen[group]
    table = np.zeros((len(distinct), strata.max() + 1))
    np.add.at(table, (group, strata), 1.0 if sample_weight is None else sample_weight)
    stratum = table.argmax(axis=1)
    for s in np.unique(stratum):
        chosen[_first(order[stratum[order] == s], weight, fraction, keep=1)] = True
    if not chosen.any():
        raise ValueError(
            "early_stopping needs at least 2 distinct rows of X in one of the classes to set some aside. "
            "Use early_stopping=False or pass X_val and y_val."
        )
    return chosen[group]


def _first(order, weight, fraction, keep):
    """The first of some groups up to a fraction of their weight; at least one, if more than `keep` are there."""
    before = np.cumsum(weight[order]) - weight[order]
    taken = int(np.sum(before < fraction * weight[order].sum() * (1 - 1e-9)))
    return order[: max(min(max(taken, 1), len(order) - keep), 0)]


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
    unit = constant_loss(loss, reference)
    unit = unit if unit > 0 else 1.0
    return lambda network: 1.0 - mean_loss(loss, data, network.forward(data.X)) / unit


def constant_loss(loss, data):
    """Mean loss of the best constant prediction."""
    constant = loss.fit_intercept_only(data.Y, data.sample_weight)
    return mean_loss(loss, data, np.broadcast_to(constant, data.Y.shape))


def loss_and_that_of_a_constant(loss, data, network):
    """Mean loss of a network, without any penalty, and of the best constant prediction."""
    return mean_loss(loss, data, network.forward(data.X)), constant_loss(loss, data)
