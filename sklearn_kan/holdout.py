"""Which rows early stopping sets aside.

Weights must mean the same as repeated rows, and neither the order nor the number of the rows may
matter. So rows are not drawn one by one: the distinct rows of X, in their own lexicographic order,
are permuted, and taken until they hold the wanted part of the weight. Equal rows stay together,
which also keeps copies of a row from sitting on both sides.
"""

import numpy as np


def split_rows(X, sample_weight, fraction, random_state):
    """Choose validation rows.

    Parameters
    ----------
    X : ndarray of shape (n_samples, n_features)
    sample_weight : ndarray of shape (n_samples,) or None
        Positive.
    fraction : float
        Part of the weight to set aside.
    random_state : RandomState

    Returns
    -------
    validation : bool ndarray of shape (n_samples,)

    Raises
    ------
    ValueError
        If there are too few distinct rows to leave two for training and one for validation.
    """
    distinct, group = np.unique(X, axis=0, return_inverse=True)
    group = group.ravel()
    if len(distinct) < 3:
        raise ValueError(
            f"early_stopping needs at least 3 distinct rows of X to set some aside; got {len(distinct)}. "
            "Use early_stopping=False or pass X_val and y_val."
        )
    weight = np.bincount(group, weights=sample_weight, minlength=len(distinct))
    order = random_state.permutation(len(distinct))
    before = np.cumsum(weight[order]) - weight[order]
    taken = int(np.sum(before < fraction * weight.sum() * (1 - 1e-9)))
    chosen = np.zeros(len(distinct), dtype=bool)
    chosen[order[: min(max(taken, 1), len(distinct) - 2)]] = True
    return chosen[group]
