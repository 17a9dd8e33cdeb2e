"""Products within products joined, and powers of one input made one: x^2 (x y) / y is x^3."""

from .edges import A, B, C, D, SymbolicEdge
from .identities import POWERS
from .library import IDENTITY, get_function

_EXPONENTS = {name: p for p, name in POWERS.items()}


def with_joined_products(graph):
    """A formula in which no factor of a product is only a product, and no input has two powers in one.

    Parameters
    ----------
    graph : FormulaGraph
        Not changed. Sums of one summand that are factors are left out too.

    Returns
    -------
    graph : FormulaGraph
    """
    new = graph.copy()
    for node in new.nodes:
        if node.product:
            _take_in(new, node)
            _join_powers(node)
    return new.trimmed()


def _take_in(graph, node):
    """Replace factors that are only products, or sums of one summand, by what these are made of."""
    k = 0
    while k < len(node.edges):
        factors = _factors(graph, node.edges[k])
        if factors is None:
            k += 1
            continue
        whole = node.edges[k].constants
        factors[0].constants.scale(C, whole.values[C], whole.exact[C])
        factors[0].constants.scale(D, whole.values[C], whole.exact[C])
        factors[0].constants.free[C] |= whole.free[C]
        node.edges[k : k + 1] = factors


def _factors(graph, edge):
    """The edges of a node that an edge is only a multiple of, if nothing else uses the node and they can be factors."""
    if not _is_plain(edge, IDENTITY.name) or edge.source < graph.n_inputs:
        return None
    child = graph.nodes[edge.source - graph.n_inputs]
    alone = len(graph.parents(edge.source)) == 1 and edge.source not in graph.outputs
    single = len(child.edges) == 1 and child.constants.values[0] == 0 and not child.constants.free[0]
    named = child.edges and all(isinstance(below, SymbolicEdge) for below in child.edges)
    return [below.copy() for below in child.edges] if alone and named and (child.product or single) else None


def _is_plain(edge, *names):
    """Whether an edge is a multiple of one of some functions of its source itself."""
    if not isinstance(edge, SymbolicEdge) or edge.function.name not in names:
        return False
    values, free = edge.constants.values, edge.constants.free
    return values[A] == 1 and values[B] == values[D] == 0 and not free[[A, B, D]].any()


def _join_powers(node):
    """Make one of all powers of a source."""
    first, k = {}, 0
    while k < len(node.edges):
        edge = node.edges[k]
        other = first.setdefault(edge.source, edge) if _is_plain(edge, *_EXPONENTS) else edge
        if other is edge:
            k += 1
            continue
        p = _EXPONENTS[other.function.name] + _EXPONENTS[edge.function.name]
        if p not in POWERS and not (p == 0 and len(node.edges) > 2):
            k += 1
            continue
        node.edges.pop(k)
        other.constants.scale(C, edge.constants.values[C], edge.constants.exact[C])
        other.constants.free[C] |= edge.constants.free[C]
        if p == 0:
            k = _leave_out(node, other, k)
            first.pop(edge.source)
        else:
            other.function = get_function(POWERS[p])


def _leave_out(node, edge, k):
    """Take a factor that is only a number out of a product; returns the place after it, as it moves."""
    place = next(i for i, other in enumerate(node.edges) if other is edge)
    node.edges.pop(place)
    rest = node.edges[0].constants
    for slot in (C, D):
        rest.scale(slot, edge.constants.values[C], edge.constants.exact[C])
    rest.free[C] |= edge.constants.free[C]
    return k - (place < k)
