"""A network to start from: random splines, on grids that fit the data."""

import numpy as np

from ..layers.knots import BY_DATA, robust_ends, uniform_knots
from ..layers.spline import SplineLayer
from ..layers.tanh import Tanh
from ..utils.weighted import weights_of_sum_one
from .grids import INPUT_EXCESS, MAX_EXCESS, hidden_ranges, map_to_grid, rescale_output
from .network import KANNetwork

# Standard deviation of first spline weights: about straight lines, and in the original formulation.
_NOISE, _ORIGINAL_NOISE = 0.1, 0.1
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
    order, sign, constant = column_order(data)
    sign = sign if plan.squash is None else np.ones_like(sign)
    sizes = (data.X.shape[1], *plan.hidden_layer_sizes, data.Y.shape[1])
    layers, masks = [], plan.edges(sizes[0], sizes[-1])
    for depth, n_out in enumerate(sizes[1:]):
        n_in, first, last = sizes[depth], depth == 0, depth == len(sizes) - 2
        if first:
            knots = input_knots(plan, data, input_ends(plan, data, X_range), constant)
        else:
            knots = _hidden_knots(plan, depth, n_in)
        layer = _new_layer(plan, knots, n_in, n_out, first)
        if first:
            layer.coef[order] = _draw(plan, layer, random_state, len(order)) * sign[order][:, None, None]
        else:
            layer.coef[:] = _draw(plan, layer, random_state, n_in)
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
    rising = np.sort(layer.coef, axis=2)
    for sign, ordered in ((1, rising), (-1, rising[:, :, ::-1])):
        layer.coef = np.where(layer.signs[:, :, None] == sign, ordered, layer.coef)


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
    """
    X, lo, hi = data.X, data.X.min(axis=0), data.X.max(axis=0)
    constant = constant_columns(lo, hi)
    half = np.where(constant, 1.0, hi / 2 - lo / 2)
    weight = weights_of_sum_one(data.sample_weight, len(X))
    target = data.Y[:, 0]
    correlation = np.zeros(X.shape[1])
    for i in np.flatnonzero(~constant):
        z = (X[:, i] - lo[i]) / half[i] - 1.0
        z -= weight @ z
        correlation[i] = weight @ (z * target) / np.sqrt(weight @ z**2)
    order = np.argsort(-np.abs(correlation), kind="stable")
    return order[~constant[order]], np.where(correlation < 0, -1.0, 1.0), constant


def constant_columns(lo, hi):
    """Which columns are constant to rounding, by their least and largest values."""
    return hi / 2 - lo / 2 <= np.maximum(1e-13 * np.maximum(np.abs(lo), np.abs(hi)), 1e-305)


def _new_layer(plan, knots, n_in, n_out, first):
    """A spline layer; inputs of hidden ones may leave their grid only so far."""
    extrapolation = "linear" if plan.extrapolation == "error" and not first else plan.extrapolation
    return SplineLayer(
        n_in,
        n_out,
        degree=plan.degree,
        knots=knots,
        extrapolation=extrapolation,
        max_excess=_bound(plan, first),
        base_function=plan.base_function,
    )


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
        Other rows that grids have to reach.

    Returns
    -------
    lo, hi : ndarray of shape (n_features,)
    """
    if plan.extrapolation in _BOUNDED:
        return robust_ends(data.X.T, data.shares, X_range.T)
    return np.minimum(data.X.min(axis=0), X_range.min(axis=0)), np.maximum(data.X.max(axis=0), X_range.max(axis=0))


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


def _draw(plan, layer, random_state, n_in):
    """Random coefficients for `n_in` inputs, shape (n_in, out_features, n_coef)."""
    shape = (n_in, layer.out_features, layer.n_coef)
    if plan.squash is not None:
        return random_state.normal(0.0, _ORIGINAL_NOISE, shape)
    slopes = random_state.normal(size=shape[:2])
    draws = random_state.normal(0.0, _NOISE, shape)
    # Antisymmetric noise, so that a column with its sign turned starts from the same function.
    splines = draws[:, :, : layer.n_basis]
    draws[:, :, : layer.n_basis] = (splines - splines[:, :, ::-1]) / np.sqrt(2)
    line = np.linspace(-1.0, 1.0, layer.n_basis) * (1 + (layer.degree - 1) / layer.grid_size)
    draws[:, :, : layer.n_basis] += slopes[:, :, None] * line
    return draws / np.sqrt(max(n_in, 1))
