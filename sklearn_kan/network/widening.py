"""A network for rows that come later: wider grids for its inputs, edges for columns that vary only now, other units."""

import numpy as np

from .grids import replace_basis, rescale_output
from .initialisation import input_basis, input_ends, input_knots

# Part of the width of a grid by which inputs may lie beyond it before it is widened: until then they are extrapolated.
_BEYOND = 0.05


def follow_inputs(network, architecture, data, X_range, waking):
    """Let the first layer follow its inputs: functions are kept where there were any, and go on from there.

    Parameters
    ----------
    network : KANNetwork
        Changed in place.
    architecture : Architecture
    data : TrainingData
        Rows by which knots are placed.
    X_range : ndarray of shape (2, n_features)
        Least and largest values, at least those of `data`.
    waking : bool ndarray of shape (n_features,)
        Columns that were constant until now: they get edges, whose functions are 0.
    """
    layer = network.layers[0]
    old = layer.basis
    lo, hi = input_ends(architecture, data, X_range)
    excess = np.maximum(old.lo - lo, hi - old.hi)
    if old.periodic is not None:
        excess[old.periodic] = 0.0
    allowed = 0.0 if old.extrapolation == "error" else _BEYOND * (old.hi - old.lo)
    moved = waking | (layer.edges.any(axis=1) & (excess > allowed))
    if not moved.any():
        return
    ends = np.where(waking, lo, np.minimum(lo, old.lo)), np.where(waking, hi, np.maximum(hi, old.hi))
    t = np.where(moved[:, None], input_knots(architecture, data, ends, ~moved), old.t)
    # Beyond its grid a function has been seen by no row: it goes on as a constant, not along a slope of few rows.
    filling = getattr(old, "filling", None)
    layer.basis = input_basis(old.splines.with_rule("constant"), data, filling)
    replace_basis(layer, input_basis(old.splines.on(t), data, filling))
    layer.coef[waking] = 0.0
    if waking.any():
        layer.edges[waking] = architecture.edges(layer.in_features, network.n_outputs)[0][waking]


def change_units(network, old, new):
    """Let a network say the same in other units: its output times the scale plus the location stays what it is.

    Parameters
    ----------
    network : KANNetwork
        Changed in place.
    old, new : tuple of (location, scale)
        Each of shape (n_outputs,).
    """
    (location, scale), (new_location, new_scale) = old, new
    rescale_output(network.layers[-1], new_scale / scale, (new_location - location) / scale)
