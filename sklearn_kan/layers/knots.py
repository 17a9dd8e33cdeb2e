"""Where the knots lie, and how a spline moves from one knot vector to another.

Inner knots divide the range of an input into ``grid_size`` cells, equal in width ("uniform") or in
weight of data ("quantile"), or they lie half-way between these two ("mixed"): closer where data are,
with no cell narrower than half of an equal one. On both sides k further knots follow at the width of the outermost
cell, as in scikit-learn's SplineTransformer, so that k + 1 functions are alive everywhere.
"""

import numpy as np

from ..utils.weighted import weighted_quantiles


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


def quantile_knots(X, sample_weight, lo, hi, n_cells, k):
    """Knots that give each cell the same weight of data; tied quantiles are merged.

    Where merging leaves fewer cells than asked for, the widest are halved until there are `n_cells`:
    all inputs of a layer keep the same number of basis functions.

    Parameters
    ----------
    X : ndarray of shape (n_in, n)
        Values of each input; none of them constant.
    sample_weight : ndarray of shape (n,)
    lo, hi : ndarray of shape (n_in,)
        Ends of the grids; all values lie within.
    n_cells, k : int

    Returns
    -------
    t : ndarray of shape (n_in, n_cells + 2 * k + 1)
    """
    inner = _cell_quantiles(X, sample_weight, lo, hi, n_cells)
    return extend(np.stack([_distinct(row, n_cells) for row in inner]), k)


def mixed_knots(X, sample_weight, lo, hi, n_cells, k):
    """Knots half-way between those of equal cells and the quantiles; parameters as `quantile_knots`.

    Returns
    -------
    t : ndarray of shape (n_in, n_cells + 2 * k + 1)
    """
    levels = np.linspace(0, 1, n_cells + 1)
    equal = lo[:, None] * (1 - levels) + hi[:, None] * levels
    return extend(_cell_quantiles(X, sample_weight, lo, hi, n_cells) / 2 + equal / 2, k)


def _cell_quantiles(X, sample_weight, lo, hi, n_cells):
    """Ends of cells of equal weight between lo and hi, shape (n_in, n_cells + 1)."""
    levels = np.linspace(0, 1, n_cells + 1)
    known = ~np.isnan(X)
    rows = zip(X, known, strict=True)
    quantiles = np.stack([weighted_quantiles(x[k], sample_weight[k], levels) for x, k in rows])
    quantiles[:, 0], quantiles[:, -1] = lo, hi
    return quantiles


def _distinct(inner, n_cells):
    """Merge knots closer than 1e-3 mean cells, then halve the widest cells until n_cells are left."""
    lo, hi = inner[0], inner[-1]
    closest = 1e-3 * (hi - lo) / n_cells
    kept = [lo]
    for knot in inner[1:-1]:
        if knot - kept[-1] > closest and hi - knot > closest:
            kept.append(knot)
    kept = np.append(kept, hi)
    while len(kept) < n_cells + 1:
        widest = np.argmax(np.diff(kept))
        kept = np.insert(kept, widest + 1, (kept[widest] + kept[widest + 1]) / 2)
    return kept


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
    if basis.uniform:
        # Equal knots have equal designs: one factorisation serves all inputs.
        design = design[:1]
    return values @ np.linalg.pinv(design)
