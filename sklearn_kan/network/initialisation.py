"""A network to start from: random splines, on grids that fit the data."""

from dataclasses import replace

import numpy as np

from ..layers.basis import BSplineBasis
from ..layers.filling import Filling
from ..layers.knots import BY_DATA, robust_ends, uniform_knots
from ..layers.periodic import PeriodicBasis, period_start
from ..layers.spline import SplineLayer
from ..layers.table import TableBasis
from ..layers.tanh import Tanh
from ..utils.kinds import column_ranges
from ..utils.weighted import weights_of_sum_one
from .grids import INPUT_EXCESS, MAX_EXCESS, hidden_ranges, map_to_grid, rescale_output
from .network import KANNetwork

# Standard deviation of first spline weights: about straight lines, and in the original formulation.
_NOISE, _ORIGINAL_NOISE = 0.1, 0.1
# Observations with the mean of all that each level has beside its own where levels are put in an order.
_PRIOR_ROWS = 10.0
# Rules for extrapolation under which rows of the fit may lie outside a grid.
_BOUNDED = ("linear", "constant")


def initialise(plan, data, random_state, X_range=None):
    """A network with random splines, whose grids fit the data.

    Each edge starts as a straight line of random slope plus a little noise, and each layer is
    rescaled so that its output fills the next grid. Draws are dealt to the columns in an order, and
    slopes with a sign, that depend on the data but not on the order or the units of the columns:
    see `column_order`. Constant columns get no edges, and hidden nodes none from outside their group (see `groups`).
    Edges from features with a sign and from nodes that see one start in order.

    With ``squash="tanh"`` all weights are N(0, 0.1) on fixed grids [-1, 1], each hidden layer
    followed by a Tanh.

    Parameters
    ----------
    plan : Plan
    data : TrainingData
    random_state : RandomState
    X_range : ndarray of shape (n_rows, n_features), default=None
        Rows that set the range of the input grids, if more than those of `data`.

    Returns
    -------
    network : KANNetwork
    """
    X_range = data.X if X_range is None else X_range
    starts = _period_starts(plan, data)
    data = _on_periods(plan, starts, data)
    order, sign, constant = column_order(data)
    flat = constant_columns(*column_ranges(data.X))
    flat = flat if starts is None else flat | np.isfinite(starts)  # Of these knots are not placed by the data.
    sign = sign if plan.squash is None else np.ones_like(sign)
    sizes = (data.X.shape[1], *plan.hidden_layer_sizes, data.Y.shape[1])
    layers, masks = [], plan.edges(sizes[0], sizes[-1])
    for depth, n_out in enumerate(sizes[1:]):
        n_in, first, last = sizes[depth], depth == 0, depth == len(sizes) - 2
        if first:
            knots = input_knots(plan, data, input_ends(plan, data, X_range), flat)
        else:
            knots = _hidden_knots(plan, depth, n_in)
        layer = _new_layer(plan, knots, n_out, data if first else None, starts if first else None)
        if first:
            draws = _draw(plan, layer, random_state, _lines(layer, data)[order], layer.basis.numbers[order])
            layer.coef[order] = draws * sign[order][:, None, None]
        else:
            layer.coef[:] = _draw(plan, layer, random_state, _lines(layer), layer.basis.numbers)
        layer.keep_edges(masks[depth] & ~constant[:, None] if first else masks[depth])
        if layer.used is not None:
            layer.coef *= layer.used[:, None]
        _put_in_order(plan, layer, layers)
        layers.append(layer)
        if not last and plan.squash is not None:
            layers.append(Tanh())
        elif not last:
            shift, stretch = map_to_grid(*hidden_ranges(KANNetwork(layers), data.X)[-1])
            rescale_output(layer, stretch, shift)
    return KANNetwork(layers)


def _put_in_order(plan, layer, below):
    """Let edges that must rise or fall do so: from features with a sign, and from nodes that see one, which rise."""
    if plan.signs is None:
        return
    spline_layers = [other for other in below if other.has_edges]
    signs = np.array(plan.signs)
    if spline_layers:
        constrained = spline_layers[-1].signs * spline_layers[-1].edges
        signs = constrained.any(axis=0)
    layer.signs = np.repeat(signs.astype(np.int8)[:, None], layer.out_features, axis=1)
    splines = layer.coef[:, :, : layer.n_splines]
    rising = np.sort(splines, axis=2)
    for sign, ordered in ((1, rising), (-1, rising[:, :, ::-1])):
        splines[:] = np.where(layer.signs[:, :, None] == sign, ordered, splines)


def column_order(data):
    """Order and orientation of the columns that do not depend on how the table is written.

    Parameters
    ----------
    data : TrainingData

    Returns
    -------
    order : int ndarray of shape (n_not_constant,)
        Columns by falling absolute correlation with the target.
    sign : ndarray of shape (n_features,)
        Sign of that correlation, 1 where there is none.
    constant : bool ndarray of shape (n_features,)
        Columns that say nothing: no two values, "missing" included.
    """
    flat = constant_columns(*column_ranges(data.X))
    constant = flat if data.column_kinds is None else flat & ~data.column_kinds.missing
    X = as_numbers(data)
    lo, hi = column_ranges(X)
    half = np.where(hi > lo, hi / 2 - lo / 2, 1.0)
    weight = weights_of_sum_one(data.sample_weight, len(X))
    target = data.Y[:, 0]
    correlation = np.zeros(X.shape[1])
    for i in np.flatnonzero(~flat):
        z = _centred((X[:, i] - lo[i]) / half[i] - 1.0, weight)
        correlation[i] = weight @ (z * target) / np.sqrt(weight @ z**2) if z.any() else 0.0
    order = np.argsort(-np.abs(correlation), kind="stable")
    return order[~constant[order]], np.where(correlation < 0, -1.0, 1.0), constant


def _centred(z, weight):
    """z less its mean; 0 where it is missing."""
    known = ~np.isnan(z)
    if known.all():
        return z - weight @ z
    return np.where(known, z - (weight[known] @ z[known]) / weight[known].sum(), 0.0)


def as_numbers(data):
    """The columns of rows as numbers, NaN where missing, shape of X: levels of a category as their `level_places`."""
    if data.column_kinds is None or not data.column_kinds.categories.any():
        return data.X
    X = data.X.copy()
    for i in np.flatnonzero(data.column_kinds.categories):
        places = np.append(level_places(data, i), [0.0])
        known = (X[:, i] >= 0) & (X[:, i] < len(places) - 1)
        X[:, i] = np.where(np.isnan(X[:, i]), np.nan, places[np.where(known, X[:, i], -1).astype(np.intp)])
    return X


def level_places(data, i):
    """A number in [-1, 1] for each level of a category, by the mean of its targets drawn to that of all.

    Parameters
    ----------
    data : TrainingData
    i : int
        The column.

    Returns
    -------
    places : ndarray of shape (n_levels,)
    """
    code, n_levels = data.X[:, i], int(data.column_kinds.levels[i])
    known = (code >= 0) & (code < n_levels)
    weight = np.ones(len(code)) if data.sample_weight is None else data.sample_weight
    target = data.Y[:, 0] - data.shares @ data.Y[:, 0]
    at = code[known].astype(np.intp)
    mass = np.bincount(at, weight[known], minlength=n_levels)
    means = np.bincount(at, (weight * target)[known], minlength=n_levels) / (mass + _PRIOR_ROWS)
    return means / (np.abs(means).max() or 1.0)


def constant_columns(lo, hi):
    """Which columns are constant to rounding, by their least and largest values."""
    return hi / 2 - lo / 2 <= np.maximum(1e-13 * np.maximum(np.abs(lo), np.abs(hi)), 1e-305)


def _new_layer(plan, knots, n_out, data, starts):
    """A spline layer; inputs of hidden ones, without `data`, may leave their grid so far only; `starts` of periods."""
    first = data is not None
    extrapolation = "linear" if plan.extrapolation == "error" and not first else plan.extrapolation
    max_excess = _bound(plan, first)
    basis = BSplineBasis(knots, plan.degree, extrapolation, max_excess)
    if starts is not None:
        periodic = np.isfinite(starts)
        grids = uniform_knots(starts, starts + np.array(plan.periods), plan.grid_sizes[0][0], plan.degree)
        knots = np.where(periodic[:, None], grids, knots)
        basis = PeriodicBasis(knots, plan.degree, periodic, extrapolation, max_excess)
    basis = input_basis(basis, data, _filling(plan, basis, data)) if first else basis
    return SplineLayer.on(basis, n_out, plan.base_function)


def _period_starts(plan, data):
    """Where the periods of features begin, NaN for those that have none; None if no feature has."""
    if plan.periods is None:
        return None
    starts = np.full(len(plan.periods), np.nan)
    for i in np.flatnonzero(plan.periods):
        known = ~np.isnan(data.X[:, i])
        starts[i] = period_start(data.X[known, i], plan.periods[i], data.shares[known], data.Y[known])
    return starts


def _on_periods(plan, starts, data):
    """Rows with periodic features within one period from its start."""
    if starts is None:
        return data
    X, at = data.X.copy(), np.isfinite(starts)
    X[:, at] = starts[at] + np.mod(X[:, at] - starts[at], np.array(plan.periods)[at])
    return replace(data, X=X)


def _filling(plan, splines, data):
    """What other columns say of missing values, or None."""
    kinds = data.column_kinds
    if kinds is None or not plan.fill_missing:
        return None
    numbers = ~kinds.categories if splines.periodic is None else ~kinds.categories & ~splines.periodic
    return Filling.of(splines, data.X, data.shares, data.total_weight, numbers, kinds.missing)


def input_basis(splines, data, filling=None):
    """The basis of the first layer, given that of its numbers: with the levels of categories, and what NaN counts as.

    Parameters
    ----------
    splines : BSplineBasis
    data : TrainingData
    filling : Filling, default=None
        What numbers are expected to be where they are missing.

    Returns
    -------
    basis : BSplineBasis or TableBasis
    """
    basis = splines if data.column_kinds is None else TableBasis(splines, data.column_kinds, filling)
    return basis.averaged(data.X, data.shares)


def _bound(plan, first):
    """How far outside its grid an input counts at most; a feature goes on without end where that is asked for."""
    if first:
        return INPUT_EXCESS if plan.extrapolation in _BOUNDED else np.inf
    return MAX_EXCESS if plan.squash is None else np.inf


def input_ends(plan, data, X_range):
    """Ends of the grids of the first layer: what is far from all other rows is outside, where rows may be.

    Parameters
    ----------
    plan : Architecture
    data : TrainingData
        Rows by which grids are placed.
    X_range : ndarray of shape (n_rows, n_features)
        Rows that set the range.

    Returns
    -------
    lo, hi : ndarray of shape (n_features,)
    """
    ends = column_ranges(X_range)
    if plan.extrapolation in _BOUNDED:
        varying = ~constant_columns(*column_ranges(data.X))
        ends[:, varying] = robust_ends(data.X.T[varying], data.shares, X_range.T[varying])
    return tuple(ends)


def input_knots(plan, data, ends, constant):
    """Knots of the first layer: where the values of each column are.

    Parameters
    ----------
    plan : Architecture
    data : TrainingData
        Rows by which knots are placed.
    ends : tuple of (lo, hi)
        Each of shape (n_features,); see `input_ends`.
    constant : bool ndarray of shape (n_features,)
        Columns that are constant.

    Returns
    -------
    t : ndarray of shape (n_features, n_knots)
    """
    (lo, hi), n_cells, place = ends, plan.grid_sizes[0][0], BY_DATA.get(plan.knots)
    width = np.where(constant, np.maximum(1.0, np.abs(lo)), 0.0)
    t = uniform_knots(lo - width, hi + width, n_cells, plan.degree)
    if place is not None and not constant.all():
        varying = ~constant
        t[varying] = place(data.X.T[varying], data.shares, lo[varying], hi[varying], n_cells, plan.degree)
    return t


def _hidden_knots(plan, depth, n_in):
    """Knots of a hidden layer: on [-1, 1]."""
    return uniform_knots(-np.ones(n_in), np.ones(n_in), plan.grid_sizes[0][depth], plan.degree)


def _draw(plan, layer, random_state, lines, numbers):
    """Random coefficients, shape (n_in, out_features, n_coef); `lines` of shape (n_in, n_basis) are of slope 1."""
    shape = (len(lines), layer.out_features, layer.n_coef)
    if plan.squash is not None:
        return random_state.normal(0.0, _ORIGINAL_NOISE, shape)
    slopes = random_state.normal(size=shape[:2])
    draws = random_state.normal(0.0, _NOISE, shape)
    # Antisymmetric noise, so that a column with its sign turned starts from the same function.
    m = min(layer.basis.splines.n_basis, layer.n_basis)
    splines = draws[:, :, :m]
    draws[:, :, :m] = (splines - splines[:, :, ::-1]) / np.sqrt(2)
    for i in np.flatnonzero(~numbers):  # Levels get theirs in the order of their targets, whatever they are called.
        draws[i, :, : layer.n_basis] = draws[i][:, np.argsort(np.argsort(lines[i], kind="stable"))]
    draws[:, :, : layer.n_basis] += slopes[:, :, None] * lines[:, None]
    return draws / np.sqrt(max(len(lines), 1))


def _lines(layer, data=None):
    """Coefficients of functions of slope 1 of each input, shape (n_in, n_basis); of levels in the order of targets.

    Of periodic ones they are one wave.
    """
    lines = np.zeros((layer.in_features, layer.n_basis))
    n_splines = min(layer.basis.splines.n_basis, layer.n_basis)
    line = np.linspace(-1.0, 1.0, layer.basis.splines.n_basis) * (1 + (layer.degree - 1) / layer.grid_size)
    lines[:, :n_splines] = line[:n_splines]
    if layer.basis.periodic is not None:
        middle = np.arange(n_splines) + 1 - (layer.degree + layer.grid_size) / 2
        lines[layer.basis.periodic, :n_splines] = np.sin(2 * np.pi * middle / layer.grid_size)
    for i in np.flatnonzero(~layer.basis.numbers):
        lines[i] = 0.0
        lines[i, : data.column_kinds.levels[i]] = level_places(data, i)
    return lines
