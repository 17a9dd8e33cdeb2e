"""A part of the rows that stands for all: the one way in which it is taken.

Every k-th row sees nothing of a pattern of period k (designs, hours, pairs), the first rows nothing of a file's end,
and a draw of row numbers depends on the order in which a table happens to be written. So the distinct rows, in
their own lexicographic order, are permuted, always in the same way, and rows are taken at equal steps of their
cumulated weight. The outcome depends neither on the order of the rows nor on whether they are repeated or weighted,
and rows of more weight than a step are taken more than once.

Of very many distinct rows only those of the smallest hashes are sorted (`some_distinct_rows`). These are a random part
of all, found in one pass, and that of a table follows from those of its pieces, wherever they lie: a row that is among
the k smallest of all is so in its piece (the k minimum values of Bar-Yossef et al., "Counting distinct elements in a
data stream", 2002). What is hashed is where values lie in the range of their columns, so that units do not matter.
"""

import numpy as np

from .kinds import comparable

# Distinct rows that are sorted and drawn from by weight; of more a random part is, larger than what is drawn.
_ENOUGH_KINDS = 100_000
_KINDS_PER_ROW = 2
# Where in its range a value lies is multiplied by this, so that values of a grid are far from where floats are rounded.
_OFF_GRIDS = (np.sqrt(5) - 1) / 2


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
    values = comparable(values)
    order = np.lexsort(values.T[::-1])
    ordered = values[order]
    new = np.append(True, np.any(ordered[1:] != ordered[:-1], axis=1))
    weight = np.ones(len(values)) if weight is None else weight
    first, total = order[new], np.bincount(np.cumsum(new) - 1, weights=weight[order])
    return first[total > 0], total[total > 0]


def enough_kinds(n):
    """Number of distinct rows to draw n of them from."""
    return max(_ENOUGH_KINDS, _KINDS_PER_ROW * n)


def some_distinct_rows(values, weight, ends, most):
    """Distinct rows of positive weight, and these weights; of more than `most` those of the smallest hashes.

    Parameters
    ----------
    values, weight : as for `distinct_rows`
    ends : ndarray of shape (2, n_columns)
        Smallest and largest values of each column, perhaps of more rows.
    most : int

    Returns
    -------
    first, total : as of `distinct_rows`
    """
    if len(values) <= most:
        return distinct_rows(values, weight)
    hashes = _hashes(values, ends)
    counted = np.unique(hashes if weight is None else hashes[weight > 0])
    kept = np.flatnonzero(hashes <= counted[:most][-1])
    first, total = distinct_rows(values[kept], None if weight is None else weight[kept])
    return kept[first], total


def _hashes(values, ends):
    """A whole number for each row, as good as random, the same for equal rows and in all units."""
    hashes = np.zeros(len(values), dtype=np.uint64)
    for column, low, high in zip(values.T, *ends, strict=True):
        if low < high:
            place = (column / 2 - low / 2) / (high / 2 - low / 2)  # Halves: a range may be larger than all floats.
            place = np.where(np.isnan(place), 2.0, place)  # Missing values are beyond all others.
            hashes = _mixed(hashes + (_OFF_GRIDS * place).astype(np.float32).view(np.uint32))
    return hashes


def _mixed(numbers):
    """Whole numbers of 64 bits, mixed as by Steele et al., "Fast splittable pseudorandom number generators", 2014."""
    numbers = (numbers ^ numbers >> np.uint64(30)) * np.uint64(0xBF58476D1CE4E5B9)
    numbers = (numbers ^ numbers >> np.uint64(27)) * np.uint64(0x94D049BB133111EB)
    return numbers ^ numbers >> np.uint64(31)


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
