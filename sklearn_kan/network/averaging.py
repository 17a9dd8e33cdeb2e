"""The mean of networks as one network.

Networks of the same depth on the same input grids stand beside each other: each layer holds the edges of
all of them, none leads from one to another, and the last layer adds up their outputs, each times its
weight. So an average predicts, is differentiated, drawn and saved like any other network. To a network of
fewer layers straight lines are added as a last layer first (`deepened`).
"""

import copy

import numpy as np

from ..layers.spline import SplineLayer
from .grids import MAX_EXCESS, hidden_ranges, map_to_grid, rescale_output
from .network import KANNetwork

# How many times the range of the training rows an added layer passes on unchanged.
_ROOM = 4.0


def deepened(network, X):
    """A network with one more layer, of straight lines, that predicts the same.

    Parameters
    ----------
    network : KANNetwork
        Stack of SplineLayers.
    X : ndarray of shape (n_samples, n_features)
        Predictions are the same up to several times the range of those of these rows.

    Returns
    -------
    deeper : KANNetwork
    units : ndarray of shape (n_params,)
        What each parameter of `network` has been divided by, but for shifts.
    """
    lo, hi = hidden_ranges(network, X)[-1]
    shift, stretch = map_to_grid(lo, hi)
    stretch *= _ROOM
    *others, last = (copy.deepcopy(layer) for layer in network.layers)
    rescale_output(last, stretch, shift)
    line = SplineLayer(
        len(stretch),
        len(stretch),
        degree=last.degree,
        grid_size=last.grid_size,
        extrapolation="linear" if last.basis.extrapolation == "error" else last.basis.extrapolation,
        max_excess=MAX_EXCESS,
        base_function=last.base_function,
    )
    straight = stretch[:, None] * line.basis.greville() + shift[:, None]
    line.weights = np.eye(len(stretch))[:, :, None] * straight[:, None]
    line.keep_edges(np.eye(len(stretch), dtype=bool))
    units = [np.ones(layer.n_params) for layer in others]
    units.append(np.repeat(stretch[np.nonzero(last.edges)[1]], last.n_coef))
    return KANNetwork([*others, last, line]), np.concatenate(units)


def average_networks(networks, weights):
    """One network that predicts the mean of some.

    Parameters
    ----------
    networks : list of KANNetwork
        Of as many layers on the same input grids, of any widths.
    weights : ndarray of shape (n_networks,)
        Of sum 1.

    Returns
    -------
    network : KANNetwork
        The first itself if it is the only one.
    """
    if len(networks) == 1:
        return networks[0]
    layers, last = [], len(networks[0].layers) - 1
    for depth, parts in enumerate(zip(*(network.layers for network in networks), strict=True)):
        shared = depth == 0, depth == last
        layers.append(_beside(parts, weights, *shared) if parts[0].has_edges else parts[0])
    return KANNetwork(layers)


def side_by_side(arrays, first, last):
    """Arrays of shape (n_in, n_out, ...) as blocks of one, added where they share inputs and outputs.

    Parameters
    ----------
    arrays : list of ndarray
    first, last : bool
        Whether they share their inputs and their outputs.

    Returns
    -------
    array : ndarray
    """
    shapes = np.array([array.shape[:2] for array in arrays])
    shared = np.array([first, last])
    joined = np.zeros((*np.where(shared, shapes[0], shapes.sum(axis=0)), *arrays[0].shape[2:]))
    start = np.zeros(2, dtype=int)
    for array, shape in zip(arrays, shapes, strict=True):
        rows, columns = (slice(a, a + n) for a, n in zip(start, shape, strict=True))
        joined[rows, columns] += array
        start += shape * ~shared
    return joined


def average_strengths(strengths, weights):
    """Strengths by edge (see `Penalty.by_edge`) of averaged networks, by edge of their mean."""
    last = len(strengths[0]) - 1
    joined = []
    for depth, parts in enumerate(zip(*strengths, strict=True)):
        shares = weights if last == 0 else np.ones(len(parts))
        parts = [share * part.transpose(1, 2, 0) for share, part in zip(shares, parts, strict=True)]
        joined.append(side_by_side(parts, depth == 0, depth == last).transpose(2, 0, 1))
    return joined


def _beside(parts, weights, first, last):
    """Layers beside each other: sharing their inputs if they are first, their outputs if they are last."""
    basis = parts[0].basis
    t = basis.t if first else np.concatenate([part.basis.t for part in parts])
    edges = side_by_side([part.edges for part in parts], first, last) > 0
    layer = SplineLayer(
        *edges.shape,
        degree=basis.k,
        knots=t,
        extrapolation=basis.extrapolation,
        max_excess=basis.max_excess,
        base_function=parts[0].base_function,
    )
    layer.edges = edges
    shares = weights if last else np.ones(len(parts))
    coefs = [share * part.coef for share, part in zip(shares, parts, strict=True)]
    layer.coef = side_by_side(coefs, first, last)
    return layer
