"""The mean of networks as one network.

Networks of the same depth on the same input grids stand beside each other: each layer holds the edges of
all of them, none leads from one to another, and the last layer adds up their outputs, each times its
weight. So an average predicts, is differentiated, drawn and saved like any other network. To a network of
fewer layers straight lines are added as a last layer first (`deepened`): one an output, or, where features must
not meet in a node, one for each part that sees other features (`spread`).
"""

import copy

import numpy as np

from ..layers.spline import SplineLayer
from .grids import MAX_EXCESS, hidden_ranges, map_to_grid, rescale_output
from .groups import features_seen
from .network import KANNetwork

# How many times the range of the training rows an added layer passes on unchanged.
_ROOM = 4.0


def spread(network, strengths):
    """A network whose outputs are not added up yet: parts that see different features have nodes of their own.

    Parameters
    ----------
    network : KANNetwork
    strengths : ndarray of shape (2, in_features, out_features)
        Of its last layer.

    Returns
    -------
    network : KANNetwork
        Its parameters have the same order.
    strengths : ndarray of shape (2, in_features, n_parts)
    sums : bool ndarray of shape (n_parts, n_outputs)
        Which of its outputs belong to which of the old ones.
    """
    *others, last = network.layers
    _, part = np.unique(features_seen(network)[-2], axis=1, return_inverse=True)
    own = np.ravel(part)[:, None, None] == np.arange(np.max(part) + 1)[:, None]  # (in_features, parts, 1)
    edges = (own & last.edges[:, None]).reshape(last.in_features, -1)
    coef = (own[..., None] * last.coef[:, None]).reshape(*edges.shape, last.n_coef)
    by_edge = (own * strengths[:, :, None]).reshape(2, *edges.shape)
    sums = np.tile(np.eye(last.out_features, dtype=bool), (own.shape[1], 1))
    signs = np.tile(last.signs, own.shape[1]) * edges
    return KANNetwork([*others, _like(last, last.basis, edges, coef, signs)]), by_edge, sums


def deepened(network, X, sums=None):
    """A network with one more layer, of straight lines, that predicts the same.

    Parameters
    ----------
    network : KANNetwork
        Stack of SplineLayers.
    X : ndarray of shape (n_samples, n_features)
        Predictions are the same up to several times the range of those of these rows.
    sums : bool ndarray of shape (n_nodes, n_outputs), default=None
        Outputs of `network` that are added up to one; None: none are.

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
    sums = np.eye(len(stretch), dtype=bool) if sums is None else sums
    line = SplineLayer(
        *sums.shape,
        degree=last.degree,
        grid_size=last.grid_size,
        extrapolation="linear" if last.basis.extrapolation == "error" else last.basis.extrapolation,
        max_excess=MAX_EXCESS,
        base_function=last.base_function,
    )
    straight = stretch[:, None] * line.basis.greville() + shift[:, None]
    line.weights = np.repeat(straight[:, None], sums.shape[1], axis=1)
    line.keep_edges(sums)
    line.signs = sums * (last.signs * last.edges).any(axis=0)[:, None].astype(np.int8)
    units = [np.ones(layer.n_params) for layer in others]
    units.append(last.gather(np.repeat(stretch[np.nonzero(last.edges)[1]][:, None], last.n_coef, axis=1)))
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
    basis = parts[0].basis if first else parts[0].basis.on(np.concatenate([part.basis.t for part in parts]))
    edges = side_by_side([part.edges for part in parts], first, last) > 0
    shares = weights if last else np.ones(len(parts))
    coefs = [share * part.coef for share, part in zip(shares, parts, strict=True)]
    signs = np.sign(side_by_side([part.signs for part in parts], first, last)).astype(np.int8)
    return _like(parts[0], basis, edges, side_by_side(coefs, first, last), signs)


def _like(layer, basis, edges, coef, signs):
    """A layer like another, on another basis and with other edges."""
    new = SplineLayer.on(basis, edges.shape[1], layer.base_function)
    new.edges, new.coef, new.signs = edges, coef, signs
    return new
