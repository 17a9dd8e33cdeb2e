r"""Where the knots lie, and how a spline moves from one knot vector to another.

Inner knots divide the grid of an input into ``grid_size`` cells, equal in width ("uniform") or in weight of data
("quantile"), or half-way between ("mixed"): with F the distribution function of the input, linear between its values,
and L the place on the grid, from 0 to 1, they lie where

    (F(x) + L(x)) / 2 = 0, 1 / n, 2 / n, ..., 1.

So at least half of the cells are where the data are. Two things keep the other half from being spent on nothing:

- L does not count gaps between neighbouring values in full if they are far longer than all others, as between two
  clusters, or a code for "missing" and the rest: what is longer than 1.5 cells of the rest counts as these, next to the
  values on its sides, and no knot lies in its middle;
- a grid ends at the last value that is near the others (`robust_ends`): beyond it a spline goes on by its rule for
  extrapolation, which is why that is bounded.

On both sides k further knots follow at the width of the outermost cell, as in scikit-learn's SplineTransformer, so that
k + 1 functions are alive everywhere.
"""

import numpy as np

from ..utils.weighted import weighted_quantiles

# Part of the different values at each end, and times its distance from the median, that a value may lie beyond it.
_TAIL = 0.05
_FAR = 2.0
# Cells that a gap between neighbouring values may take.
_GAP_CELLS = 1.5
# Difference, as part of the values, below which they are the same but for rounding; and for values around 0.
_TIED = 1e-12
_TINY = 1e-307


def extend(inner, k):
    """Add k knots on both sides at the spacing of the outermost cells.

    Parameters
    ----------
    inner : ndarray of shape (n_in, n_cells + 1)
    k : int

    Returns
    -------
    t : ndarray of shape (n_in, n_cells + 2 * k + 1)
    """
    steps = np.arange(1, k + 1)
    left = inner[:, :1] - (inner[:, 1:2] - inner[:, :1]) * steps[::-1]
    right = inner[:, -1:] + (inner[:, -1:] - inner[:, -2:-1]) * steps
    return np.hstack([left, inner, right])


def uniform_knots(lo, hi, n_cells, k):
    """Equally spaced knots on [lo, hi] for each input, shape (n_in, n_cells + 2 * k + 1)."""
    lo, hi = np.asarray(lo, dtype=float)[:, None], np.asarray(hi, dtype=float)[:, None]
    place = np.arange(-k, n_cells + k + 1) / n_cells
    return lo * (1 - place) + hi * place


def robust_ends(X, sample_weight, seen):
    """Ends of the grids: the outermost values that are not far from the others.

    Of the different values of a column, whatever their weight, the outer 5 % on either side may lie twice as far
    beyond the next one as that is from the median. What is farther away is outside the grid, unless it has more than
    5 % of the weight.

    Parameters
    ----------
    X : ndarray of shape (n_in, n)
        Values of each input, NaN where missing; none of them constant.
    sample_weight : ndarray of shape (n,)
    seen : ndarray of shape (n_in, n_seen)
        Other values that may be ends.

    Returns
    -------
    lo, hi : ndarray of shape (n_in,)
    """
    ends = [_ends_of_one(x, sample_weight, others) for x, others in zip(X, seen, strict=True)]
    return tuple(np.reshape(ends, (len(X), 2)).T)


def _ends_of_one(x, weight, others):
    """Ends of one grid."""
    known = ~np.isnan(x)
    x, weight, seen = x[known], weight[known] / weight[known].sum(), np.concatenate([x, others])
    values, seen = np.unique(x), seen[~np.isnan(seen)]
    lo, hi = -_upper_limit(-values[::-1], -x, weight), _upper_limit(values, x, weight)
    lo, hi = seen[seen >= lo].min(), seen[seen <= hi].max()
    return (seen.min(), seen.max()) if _tied(lo, hi) else (lo, hi)


def _upper_limit(values, x, weight):
    """What is too far above the others, from the different values in ascending order."""
    tail, middle = np.quantile(values, 1 - _TAIL, method="inverted_cdf"), np.median(values)
    limit = tail + _FAR * (tail - middle)
    return np.inf if weight[x > limit].sum() > _TAIL else limit


def quantile_knots(X, sample_weight, lo, hi, n_cells, k):
    """Knots that give each cell the same weight of data; tied quantiles are merged.

    Where merging leaves fewer cells than asked for, the widest are halved until there are `n_cells`:
    all inputs of a layer keep the same number of basis functions.

    Parameters
    ----------
    X : ndarray of shape (n_in, n)
        Values of each input; some lie within the grid.
    sample_weight : ndarray of shape (n,)
    lo, hi : ndarray of shape (n_in,)
        Ends of the grids.
    n_cells, k : int

    Returns
    -------
    t : ndarray of shape (n_in, n_cells + 2 * k + 1)
    """
    levels, inner = np.linspace(0, 1, n_cells + 1), []
    for x, a, b in zip(X, lo, hi, strict=True):
        within = (x >= a) & (x <= b)
        quantiles = weighted_quantiles(x[within], sample_weight[within], levels)
        quantiles[0], quantiles[-1] = a, b
        inner.append(_distinct(quantiles, n_cells))
    return extend(np.stack(inner), k)


def _distinct(inner, n_cells):
    """Merge knots that are the same to rounding, then halve the widest cells until n_cells are left."""
    hi = inner[-1]
    kept = [inner[0]]
    for knot in inner[1:-1]:
        if not _tied(kept[-1], knot) and not _tied(knot, hi):
            kept.append(knot)
    kept = np.append(kept, hi)
    while len(kept) < n_cells + 1:
        widest = np.argmax(np.diff(kept))
        kept = np.insert(kept, widest + 1, (kept[widest] + kept[widest + 1]) / 2)
    return kept


def _tied(a, b):
    """Whether two values differ by rounding only."""
    return b - a <= _TIED * np.maximum(np.abs(a), np.abs(b)) + _TINY


def mixed_knots(X, sample_weight, lo, hi, n_cells, k):
    """Knots half-way between equal cells and cells of equal weight; parameters as `quantile_knots`.

    Returns
    -------
    t : ndarray of shape (n_in, n_cells + 2 * k + 1)
    """
    rows = zip(X, lo, hi, strict=True)
    return extend(np.stack([_mixed(x, sample_weight, a, b, n_cells) for x, a, b in rows]), k)


def _mixed(x, weight, lo, hi, n_cells):
    """Ends of the cells of one grid, shape (n_cells + 1,)."""
    values, share = _values_and_shares(x, weight, lo, hi)
    gaps = np.diff(values)
    share = np.minimum(share, 1 / n_cells)  # A single value is worth no more than a cell.
    levels = np.linspace(0, 2, n_cells + 1)
    # Values that lie closely beside each other, far from 0, may leave no room for knots between them.
    for short in (np.minimum(gaps, _longest_gap(gaps, n_cells)), gaps):
        both = _cumulated(share[1:] + share[:-1]) + _cumulated(short)
        inner = _in_gaps(values, gaps, short, np.interp(levels, both, np.arange(len(values))))
        inner[0], inner[-1] = lo, hi
        if np.all(np.diff(inner) > 0):
            return inner
    return np.linspace(lo, hi, n_cells + 1)


def _values_and_shares(x, weight, lo, hi):
    """The different values within a grid, its ends among them, and the weight of each."""
    within = (x >= lo) & (x <= hi)
    x, weight = np.r_[lo, x[within], hi], np.r_[0.0, weight[within], 0.0]
    values, which = np.unique(x, return_inverse=True)
    new = ~_tied(values[:-1], values[1:])
    new[-1:] |= not new.any()  # Both ends stay.
    kept = values[np.r_[True, new]]
    kept[-1] = hi
    return kept, np.bincount(np.r_[0, np.cumsum(new)][which], weights=weight, minlength=len(kept))


def _longest_gap(gaps, n_cells):
    """How much of a gap counts at most.

    If j gaps are longer than that, it is `_GAP_CELLS` cells of a grid of n_cells whose rest is as long as the other
    gaps together, S: S / (n_cells / _GAP_CELLS - j); but all long gaps do not take more than two thirds.
    """
    gaps = np.sort(gaps)
    others, number = np.cumsum(gaps)[::-1], np.arange(len(gaps))
    with np.errstate(divide="ignore"):
        limit = others / np.maximum(n_cells / _GAP_CELLS - number, number / 2)
    fits = np.flatnonzero(gaps[::-1] <= limit)
    return limit[fits[0]] if len(fits) else gaps[-1]


def _cumulated(parts):
    """Sums from 0 to 1."""
    sums = np.append(0.0, np.cumsum(parts))
    return sums / sums[-1]


def _in_gaps(values, gaps, short, place):
    """Points from their places, whole numbers for values and fractions for the gaps between."""
    at = np.minimum(place.astype(int), len(gaps) - 1)
    part, (left, right) = place - at, _banks(values, gaps, short)
    from_left, from_right = values[at] + part * short[at], values[at + 1] - (1 - part) * short[at]
    return np.where(from_left <= left[at], from_left, np.maximum(from_right, right[at]))


def _banks(values, gaps, short):
    """Between which two points of each gap there are no knots; the same point where a gap counts in full.

    All that counts of a gap is next to its ends; next to one of them only if the other is a lone value.
    """
    lone = np.r_[True, short < gaps, True]
    left_part = 0.5 + 0.5 * lone[2:] - 0.5 * lone[:-2]
    left = values[:-1] + left_part * short
    return left, np.where(short < gaps, values[1:] - (1 - left_part) * short, left)


# Knots that lie where the data are, by the value of the parameter `knots`.
BY_DATA = {"quantile": quantile_knots, "mixed": mixed_knots}


def refit_coefficients(function, basis):
    """Coefficients on `basis` of the splines closest to given functions.

    Least squares over points spread evenly within each cell, k + 2 a cell: never rank-deficient,
    whatever the data. A function that lies in the new space is kept exactly.

    Parameters
    ----------
    function : callable
        Takes x of shape (n_in, n), returns values of shape (n_in, n_out, n).
    basis : BSplineBasis

    Returns
    -------
    coef : ndarray of shape (n_in, n_out, n_basis)
    """
    place = (np.arange(basis.k + 2) + 0.5) / (basis.k + 2)
    inner = basis.t[:, basis.k : basis.k + basis.n_cells + 1]
    x = inner[:, :-1, None] + np.diff(inner, axis=1)[:, :, None] * place
    x = x.reshape(len(inner), basis.n_cells * len(place))
    values, design = function(x), basis.design(x)
    if basis.uniform and basis.used is None:
        # Equal knots have equal designs: one factorisation serves all inputs.
        design = design[:1]
    return values @ np.linalg.pinv(design)
