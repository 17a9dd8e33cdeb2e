"""A part of the rows that stands for all: the one way in which it is taken.

Every k-th row sees nothing of a pattern of period k (designs, hours, pairs), the first rows nothing of a file's end,
and a draw of row numbers depends on the order in which a table happens to be written. So the distinct rows, in
their own lexicographic order, are permuted, always in the same way, and rows are taken at equal steps of their
cumulated weight. The outcome depends neither on the order of the rows nor on whether they are repeated or weighted,
and rows of more weight than a step are taken more than once.
"""

import numpy as np


def distinct_rows(values, weight):
    """Distinct rows of positive weight, and these weights.

    Parameters
    ----------
    values : ndarray of shape (n_samples, n_columns)
    weight : ndarray of shape (n_samples,) or None
        None stands for equal weights.

    Returns
    -------
    first : int ndarray of shape (n_distinct,)
        Number of one row of each kind, in lexicographic order.
    total : ndarray of shape (n_distinct,)
        Weight of all rows of its kind.
    """
    order = np.lexsort(values.T[::-1])
    ordered = values[order]
    new = np.append(True, np.any(ordered[1:] != ordered[:-1], axis=1))
    weight = np.ones(len(values)) if weight is None else weight
    first, total = order[new], np.bincount(np.cumsum(new) - 1, weights=weight[order])
    return first[total > 0], total[total > 0]


def sampled_rows(values, weight, n):
    """Numbers of n rows, in proportion to the weights.

    Parameters
    ----------
    values : ndarray of shape (n_samples, n_columns)
        What tells rows apart.
    weight : ndarray of shape (n_samples,) or None
    n : int

    Returns
    -------
    rows : int ndarray of shape (n,)
    """
    first, total = distinct_rows(values, weight)
    order = np.random.RandomState(0).permutation(len(first))
    cumulated = np.cumsum(total[order])
    steps = (np.arange(n) + 0.5) / n * cumulated[-1]
    return first[order[np.minimum(np.searchsorted(cumulated, steps, side="right"), len(first) - 1)]]
