r"""The same formula written more simply: sums within sums joined, signs and phases moved out of arguments.

Nothing here changes a value. `flatten` joins a sum that is only a summand of another sum to that one.
`tidy` uses f(-u) = +-f(u), c f(-(u1 + u2)) = c f(-u1 - u2), sin(u + pi / 2) = cos(u) and the like.
"""

import numpy as np

from .edges import A, B, C, D, Exact, SymbolicEdge
from .library import IDENTITY, get_function

_PASSES = 3


def flatten(graph):
    """A formula without sums that are only summands of sums, and without chains of products.

    Parameters
    ----------
    graph : FormulaGraph
        Not changed.

    Returns
    -------
    graph : FormulaGraph
    """
    new = graph.copy()
    for node in new.nodes:
        k = 0
        while not node.product and k < len(node.edges):
            child = _only_summand(new, node.edges[k])
            if child is None:
                k += 1
            else:
                _splice(node, k, child)
    return new.trimmed()


def _only_summand(graph, edge):
    """The sum node below an edge c u that nothing else uses, or None."""
    if not isinstance(edge, SymbolicEdge) or edge.function is not IDENTITY or edge.source < graph.n_inputs:
        return None
    child = graph.nodes[edge.source - graph.n_inputs]
    alone = len(graph.parents(edge.source)) == 1 and edge.source not in graph.outputs
    return child if alone and not child.product and child.edges else None


def _splice(node, k, child):
    """Replace summand c u + d of a node by the terms of u."""
    factor, rest = node.edges[k].constants.values[[C, D]]
    node.edges.pop(k)
    for edge in child.edges:
        scale_edge(edge, factor)
    node.edges += child.edges
    free = node.constants.free[0] or child.constants.free[0]
    node.add_constant(factor * child.constants.values[0] + rest, free)


def scale_edge(edge, factor):
    """Multiply an edge by a number, in place."""
    if not isinstance(edge, SymbolicEdge):
        edge.coef = factor * edge.coef
        return
    for slot in (C, D):
        _scale(edge.constants, slot, factor)


def _scale(constants, slot, factor):
    """Multiply a constant; the exact form is kept for factors 1 and -1."""
    exact = constants.exact[slot]
    constants.values[slot] *= factor
    if exact is not None:
        keeps = abs(factor) == 1 or exact.p == 0
        constants.exact[slot] = exact._replace(p=int(np.sign(factor)) * exact.p) if keeps else None


def tidy(graph):
    """A formula with as few signs and phases within arguments as possible.

    Parameters
    ----------
    graph : FormulaGraph
        Not changed.

    Returns
    -------
    graph : FormulaGraph
    """
    new = graph.copy()
    for _ in range(_PASSES):
        for n, node in enumerate(new.nodes):
            for edge in node.edges:
                if isinstance(edge, SymbolicEdge):
                    _turn_phase(edge)
                    _turn_argument(new, edge)
            if node.product:
                _turn_factors(new, n)
    return new


def _turn_phase(edge):
    """Multiples of pi / 2 out of sine and cosine."""
    exact = edge.constants.exact[B]
    if edge.function.quarter_turn is None or exact is None or not exact.pi or exact.q not in (1, 2):
        return
    for _ in range(exact.p * (2 // exact.q) % 4):
        name, sign = edge.function.quarter_turn
        edge.function = get_function(name)
        _scale(edge.constants, C, sign)
    edge.constants.values[B], edge.constants.exact[B] = 0.0, Exact(0)


def _turn_argument(graph, edge):
    """A negative a out of the argument, by symmetry of f or into the sum below."""
    if edge.constants.values[A] >= 0:
        return
    child = graph.nodes[edge.source - graph.n_inputs] if edge.source >= graph.n_inputs else None
    if edge.function.symmetry:
        _scale(edge.constants, A, -1)
        _scale(edge.constants, B, -1)
        _scale(edge.constants, C, edge.function.symmetry)
    elif child is not None and not child.product and len(graph.parents(edge.source)) == 1:
        _scale(edge.constants, A, -1)
        _scale(child.constants, 0, -1)
        for below in child.edges:
            scale_edge(below, -1)


def _turn_factors(graph, n):
    """Factors with a negative c, of a product that has one parent: the sign goes to the parent."""
    source = graph.n_inputs + n
    parents = graph.parents(source)
    if len(parents) != 1 or source in graph.outputs:
        return
    parent = graph.nodes[parents[0][0]].edges[parents[0][1]]
    if not isinstance(parent, SymbolicEdge):
        return
    for edge in graph.nodes[n].edges:
        if not isinstance(edge, SymbolicEdge) or edge.constants.values[C] >= 0 or edge.constants.exact[C] is None:
            continue
        scale_edge(edge, -1)
        _scale(parent.constants, C if parent.function is IDENTITY else A, -1)
