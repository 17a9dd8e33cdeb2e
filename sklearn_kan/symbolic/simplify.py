r"""The same formula written more simply: sums within sums joined, signs and phases moved out of arguments.

Nothing here changes a value. `flatten` joins a sum that is only a summand of another sum to that one.
`tidy` uses f(-u) = +-f(u), c f(-(u1 + u2)) = c f(-u1 - u2), sin(u + pi / 2) = cos(u) and the like.
"""

import numpy as np

from .edges import A, B, C, Constants, D, Exact, SplineEdge, SymbolicEdge
from .identities import shortened
from .library import IDENTITY, get_function
from .monomials import with_joined_products

_PASSES = 3


def flatten(graph):
    """A formula without sums within sums, products within products, and edges that are only numbers.

    Parameters
    ----------
    graph : FormulaGraph
        Not changed.

    Returns
    -------
    graph : FormulaGraph
    """
    new = without_constant_edges(with_joined_products(graph))
    for node in new.nodes:
        _gather_offsets(node)
        k = 0
        while not node.product and k < len(node.edges):
            child = _only_summand(new, node.edges[k])
            if child is None:
                k += 1
            else:
                _splice(node, k, child)
    return new.trimmed()


def _gather_offsets(node):
    """Let the constant of a sum have what its edges add."""
    for edge in node.edges if not node.product else ():
        if isinstance(edge, SymbolicEdge) and edge.constants.values[D] != 0:
            constants = edge.constants
            node.add_constant(constants.values[D], node.constants.free[0] or constants.free[D], constants.exact[D])
            constants.fix(D, Exact(0))


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
    exact, exact_rest = node.edges[k].constants.exact[C], node.edges[k].constants.exact[D]
    for edge in child.edges:
        scale_edge(edge, factor, exact)
    node.edges[k : k + 1] = child.edges
    free = node.constants.free[0] or child.constants.free[0]
    child.constants.scale(0, factor, exact)
    node.add_constant(child.constants.values[0], free, child.constants.exact[0])
    node.add_constant(rest, free, exact_rest)


def scale_edge(edge, factor, exact=None):
    """Multiply an edge by a number, in place; `exact` is its exact form."""
    if isinstance(edge, SplineEdge):
        edge.coef = factor * edge.coef
        return
    for slot in (C, D):
        edge.constants.scale(slot, factor, exact)


def without_constant_edges(graph):
    """A formula in which edges that are only a number are part of the node's constant, or of another factor.

    Parameters
    ----------
    graph : FormulaGraph
        Not changed.

    Returns
    -------
    graph : FormulaGraph
        Products of one factor have become sums of one summand.
    """
    new = graph.copy()
    for node in new.nodes:
        for k in reversed(range(len(node.edges))):
            if _is_constant(node.edges[k]) and (len(node.edges) > 1 or not node.product):
                _absorb(node, node.edges.pop(k))
        if node.product and len(node.edges) == 1 and isinstance(node.edges[0], SymbolicEdge):
            _as_sum(node)
    return new


def _is_constant(edge):
    """Whether an edge does not depend on its input: a factor of the function, or of its argument, is 0."""
    if not isinstance(edge, SymbolicEdge):
        return False
    values, free = edge.constants.values, edge.constants.free
    return any(values[slot] == 0 and not free[slot] for slot in (A, C))


def _absorb(node, edge):
    """Take a constant edge into the constant of a sum, or into the first factor that is left."""
    value, free, exact = float(edge.value(np.zeros(1))[0]), edge.constants.free[[C, D]].any(), None
    if not free:
        exact = edge.constants.exact[D] if edge.constants.values[C] == 0 else Exact(round(value))
        exact = exact if exact is not None and float(exact) == value else None
    if node.product:
        scale_edge(node.edges[0], value, exact)
    elif value != 0:
        node.add_constant(value, node.constants.free[0] or free, exact)


def _as_sum(node):
    """Make a product of one factor c f + d the sum of c f and d."""
    constants = node.edges[0].constants
    node.product = False
    node.constants = Constants([constants.values[D]], [constants.free[D]])
    node.constants.exact[0] = constants.exact[D]
    constants.fix(D, Exact(0))


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
    new = flatten(shortened(graph))
    for _ in range(_PASSES):
        for n, node in enumerate(new.nodes):
            for edge in node.edges:
                if isinstance(edge, SymbolicEdge):
                    _turn_phase(edge)
                    _turn_argument(new, edge)
            if node.product:
                _turn_sums(new, node)
                _turn_factors(new, n)
                _gather_factors(new, n)
    return new


def _turn_phase(edge):
    """Multiples of pi / 2 out of sine and cosine."""
    exact = edge.constants.exact[B]
    if edge.function.quarter_turn is None or exact is None or not exact.pi or exact.q not in (1, 2):
        return
    for _ in range(exact.p * (2 // exact.q) % 4):
        name, sign = edge.function.quarter_turn
        edge.function = get_function(name)
        edge.constants.scale(C, sign)
    edge.constants.values[B], edge.constants.exact[B] = 0.0, Exact(0)


def _turn_argument(graph, edge):
    """A negative a out of the argument, by symmetry of f or into the sum below."""
    if edge.constants.values[A] >= 0:
        return
    child = graph.nodes[edge.source - graph.n_inputs] if edge.source >= graph.n_inputs else None
    if edge.function.symmetry:
        edge.constants.scale(A, -1)
        edge.constants.scale(B, -1)
        edge.constants.scale(C, edge.function.symmetry)
    elif child is not None and not child.product and len(graph.parents(edge.source)) == 1:
        edge.constants.scale(A, -1)
        child.constants.scale(0, -1)
        for below in child.edges:
            scale_edge(below, -1)


def _turn_sums(graph, product):
    """Sums that are factors and have mostly negative terms: the sign goes before them."""
    for edge in product.edges:
        if not isinstance(edge, SymbolicEdge) or edge.function is not IDENTITY or edge.source < graph.n_inputs:
            continue
        child = graph.nodes[edge.source - graph.n_inputs]
        named = all(isinstance(below, SymbolicEdge) for below in child.edges)
        if child.product or not named or len(graph.parents(edge.source)) != 1 or edge.source in graph.outputs:
            continue
        signs = [np.sign(below.constants.values[C]) for below in child.edges]
        if sum(signs) + np.sign(child.constants.values[0]) < 0:
            edge.constants.scale(C, -1)
            child.constants.scale(0, -1)
            for below in child.edges:
                scale_edge(below, -1)


def _gather_factors(graph, n):
    """Numbers before the factors of a product become one number, before the product."""
    parents = graph.parents(graph.n_inputs + n)
    if len(parents) != 1 or graph.n_inputs + n in graph.outputs:
        return
    parent = graph.nodes[parents[0][0]].edges[parents[0][1]]
    if not isinstance(parent, SymbolicEdge) or parent.function is not IDENTITY:
        return
    for edge in graph.nodes[n].edges:
        if isinstance(edge, SymbolicEdge) and edge.constants.values[D] == 0 and edge.constants.values[C] not in (0, 1):
            c = edge.constants
            parent.constants.scale(C, c.values[C], c.exact[C])
            parent.constants.free[C] |= c.free[C]
            c.fix(C, Exact(1))


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
        parent.constants.scale(C if parent.function is IDENTITY else A, -1)
