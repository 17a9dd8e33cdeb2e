"""The mean of networks as one network.

Networks of the same depth on the same input grids stand beside each other: each layer holds the edges of
all of them, none leads from one to another, and the last layer adds up their outputs, each divided by
their number. So an average predicts, is differentiated, drawn and saved like any other network.
"""

import numpy as np

from .layers import SplineLayer
from .network import KANNetwork


def average_networks(networks):
    """One network that predicts the mean of some.

    Parameters
    ----------
    networks : list of KANNetwork
        Of the same layers but for their hidden grids and edges.

    Returns
    -------
    network : KANNetwork
        The first itself if it is the only one.
    """
    if len(networks) == 1:
        return networks[0]
    layers, last = [], len(networks[0].layers) - 1
    for depth, parts in enumerate(zip(*(network.layers for network in networks), strict=True)):
        spline = isinstance(parts[0], SplineLayer)
        layers.append(_beside(parts, depth == 0, depth == last) if spline else parts[0])
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


def average_strengths(strengths):
    """Strengths by edge (see `Penalty.by_edge`) of averaged networks, by edge of their mean."""
    last = len(strengths[0]) - 1
    joined = []
    for depth, parts in enumerate(zip(*strengths, strict=True)):
        whole = side_by_side([part.transpose(1, 2, 0) for part in parts], depth == 0, depth == last)
        joined.append(whole.transpose(2, 0, 1) / (len(parts) if last == 0 else 1))
    return joined


def _beside(parts, first, last):
    """Layers beside each other: sharing their inputs if they are first, their outputs if they are last."""
    basis = parts[0].basis
    t = basis.t if first else np.concatenate([part.basis.t for part in parts])
    edges = side_by_side([part.edges for part in parts], first, last) > 0
    layer = SplineLayer(
        *edges.shape,
        degree=basis.k,
        knots=t,
        extrapolation=basis.extrapolation,
        reach=basis.reach,
        base_function=parts[0].base_function,
    )
    layer.edges = edges
    layer.coef = side_by_side([part.coef for part in parts], first, last) / (len(parts) if last else 1)
    return layer
