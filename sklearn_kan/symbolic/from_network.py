"""A fitted network of splines as a formula graph, edge for edge."""

import numpy as np

from ..layers.basis import BSplineBasis
from .edges import SplineEdge, SymbolicEdge
from .graph import FormulaGraph, Node
from .library import get_function


def from_network(network, mean, scale):
    """The formula that a network is.

    Inside the grids of its splines it is the same function; outside, splines go on linearly.

    Parameters
    ----------
    network : KANNetwork
    mean, scale : ndarray of shape (n_outputs,)
        The formula is mean + scale * network.

    Returns
    -------
    graph : FormulaGraph
    """
    n_inputs, nodes, last = network.spline_layers[0].in_features, [], len(network.layers) - 1
    sources = list(range(n_inputs))
    for depth, layer in enumerate(network.layers):
        units = (mean, scale) if depth == last else ()
        new = NODES[layer.kind](layer, sources, *units)
        sources = [n_inputs + len(nodes) + j for j in range(len(new))]
        nodes += new
    return FormulaGraph(n_inputs, nodes, sources).trimmed()


def _spline_nodes(layer, sources, mean=None, scale=None):
    """The nodes that a spline layer leads to, in other units if `mean` and `scale` are given."""
    mean = np.zeros(layer.out_features) if mean is None else mean
    scale = np.ones(layer.out_features) if scale is None else scale
    return [_node(layer, j, sources, mean[j], scale[j]) for j in range(layer.out_features)]


def _node(layer, j, sources, mean, scale):
    """Node j of a spline layer."""
    edges = []
    for i in np.flatnonzero(layer.edges[:, j]):
        if layer.basis.periodic is not None and layer.basis.periodic[i]:
            raise ValueError(
                "Splines of periodic features have no formula; fit without periodic, on sines and cosines."
            )
        basis = BSplineBasis(layer.basis.t[i : i + 1], layer.degree, "linear")
        edges.append(SplineEdge(sources[i], basis, scale * layer.weights[i, j]))
        if layer.base_function is not None:
            lo, hi = basis.lo[0], basis.hi[0]
            rate, weight = 2.0 / (hi - lo), scale * layer.coef[i, j, -1]
            edges.append(SymbolicEdge(sources[i], get_function(layer.base_function), rate, -lo * rate - 1.0, weight))
    return Node(edges, constant=mean)


def _tanh_nodes(layer, sources):
    """A node for each value that a layer of tanh lets through."""
    return [Node([SymbolicEdge(source, get_function(layer.kind))]) for source in sources]


# The nodes of a layer, by its kind.
NODES = {"spline": _spline_nodes, "tanh": _tanh_nodes}
