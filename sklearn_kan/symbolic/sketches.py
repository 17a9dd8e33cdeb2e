r"""Formulas whose edges are all splines: from a fitted network, or from a sketch of their structure.

A sketch is an input (an int) or a pair (op, parts), with op "+" or "*" and parts a tuple of sketches.
Each part stands for a spline of it: ("+", (0, ("*", (1, 2)))) is f(x0) + g(h(x1) k(x2)). A formula of a
sketch is an affine function of it, or a spline of it if it is `linked`.
"""

import numpy as np

from ..layers.basis import BSplineBasis
from .edges import C, Constants, D, SplineEdge, SymbolicEdge
from .graph import Expression, Node
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
    expression : Expression
    """
    n_inputs, nodes, last = network.spline_layers[0].in_features, [], len(network.layers) - 1
    sources = list(range(n_inputs))
    for depth, layer in enumerate(network.layers):
        units = (mean, scale) if depth == last else ()
        new = NODES[layer.kind](layer, sources, *units)
        sources = [n_inputs + len(nodes) + j for j in range(len(new))]
        nodes += new
    return trim(Expression(n_inputs, nodes, sources))


def _spline_nodes(layer, sources, mean=None, scale=None):
    """The nodes that a spline layer leads to, in other units if `mean` and `scale` are given."""
    mean = np.zeros(layer.out_features) if mean is None else mean
    scale = np.ones(layer.out_features) if scale is None else scale
    return [_node(layer, j, sources, mean[j], scale[j]) for j in range(layer.out_features)]


def _node(layer, j, sources, mean, scale):
    """Node j of a spline layer."""
    edges = []
    for i in np.flatnonzero(layer.edges[:, j]):
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


def trim(expression):
    """The same formula without nodes that lead nowhere."""
    n_inputs, used = expression.n_inputs, set(expression.outputs)
    for n in range(len(expression.nodes) - 1, -1, -1):
        if n_inputs + n in used:
            used |= {edge.source for edge in expression.nodes[n].edges}
    kept = [n for n in range(len(expression.nodes)) if n_inputs + n in used]
    number = {i: i for i in range(n_inputs)} | {n_inputs + n: n_inputs + m for m, n in enumerate(kept)}
    nodes = [expression.nodes[n].copy() for n in kept]
    for node in nodes:
        for edge in node.edges:
            edge.source = number[edge.source]
    return Expression(n_inputs, nodes, [number[output] for output in expression.outputs])


def from_sketch(sketch, X, n_cells, degree, random_state, linked=False, known=None):
    """A formula of a sketch with random splines, close to straight lines.

    Parameters
    ----------
    sketch : tuple
    X : ndarray of shape (n_samples, n_inputs)
    n_cells, degree : int
        Of all splines.
    random_state : RandomState
    linked : bool, default=False
    known : dict, default=None
        Splines of sketches within this one, as `splines_of_parts` returns them; half of them are started from.

    Returns
    -------
    expression : Expression
        Of standardised y. A sketch that comes twice is one node.
    """
    builder = _Builder(X, n_cells, degree, random_state, known)
    top = builder.add(sketch)
    builder.append(Node([builder.spline(top) if linked else SymbolicEdge(top, get_function("x"))]))
    return Expression(X.shape[1], builder.nodes, [X.shape[1] + len(builder.nodes) - 1])


def splines_of_parts(sketch, expression):
    """The splines of every sketch within a sketch, as they are in a formula of it: a dict of lists of edges."""
    order = []

    def visit(part):
        if isinstance(part, tuple) and part not in order:
            for below in part[1]:
                visit(below)
            order.append(part)

    visit(sketch)
    return {part: node.edges for part, node in zip(order, expression.nodes, strict=False)}


class _Builder:
    """Nodes as they are made, with their values on X so that each grid fits."""

    def __init__(self, X, n_cells, degree, random_state, known=None):
        self.X, self.n_cells, self.degree, self.random_state = X, n_cells, degree, random_state
        self.nodes, self.values, self.made, self.known = [], list(X.T), {}, known or {}
        self.offset, self.noise = random_state.choice([0.3, 1.0]), random_state.choice([0.1, 0.5])

    def add(self, sketch):
        """Source of a sketch, adding the nodes it needs."""
        if not isinstance(sketch, tuple):
            return sketch
        if sketch not in self.made:
            op, parts = sketch
            sources = [self.add(part) for part in parts]
            if sketch in self.known and self.random_state.uniform() < 0.5:
                edges = [self.again(edge, source) for edge, source in zip(self.known[sketch], sources, strict=True)]
            else:
                edges = [self.spline(source, op == "*") for source in sources]
            self.made[sketch] = self.append(Node(edges, product=op == "*"))
        return self.made[sketch]

    def again(self, edge, source):
        """A known spline on a source, laid over its values."""
        lo, hi = float(self.values[source].min()), float(self.values[source].max())
        return SplineEdge(source, SplineEdge.line(source, lo, hi, self.n_cells, self.degree).basis, edge.coef)

    def append(self, node):
        """Add a node, returning its source."""
        self.nodes.append(node)
        self.values.append(node.combine([edge.value(self.values[edge.source]) for edge in node.edges]))
        return len(self.values) - 1

    def spline(self, source, factor=False):
        """A line of random slope and offset with a little noise, over the values of a source."""
        lo, hi = float(self.values[source].min()), float(self.values[source].max())
        rng = self.random_state
        slope = rng.choice([-1.0, 1.0]) * rng.uniform(0.5, 1.2)
        offset = self.offset * rng.normal() if factor else 0.0
        edge = SplineEdge.line(source, lo, hi, self.n_cells, self.degree, offset, slope)
        edge.coef = edge.coef + self.noise * rng.normal(size=edge.n_params)
        return edge


def to_units(expression, mean, scale):
    """The formula mean + scale * expression, mean and scale of shape (n_outputs,)."""
    new = expression.copy()
    for output, shift, factor in zip(new.outputs, mean, scale, strict=True):
        node = new.nodes[output - new.n_inputs]
        for edge in node.edges:
            if isinstance(edge, SplineEdge):
                edge.coef = factor * edge.coef
            else:
                edge.constants.values[[C, D]] *= factor
                edge.constants.exact[C] = edge.constants.exact[D] = None
        free = node.constants.free
        node.constants = Constants([shift + factor * node.constants.values[0]], free)
    return new
