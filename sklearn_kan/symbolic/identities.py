r"""Identities between functions that shorten a formula.

    exp(k + sum_i p_i log u_i)   =  e^k prod_i u_i^p_i
    log(prod_i c_i exp(a_i u_i)) =  sum_i (a_i u_i + log c_i),       c_i > 0
    (prod_i c_i u_i^q_i)^p       =  prod_i c_i^p u_i^(q_i p),        p whole, or c_i > 0 and q_i no even number
    exp(a_1 u_1) exp(a_2 u_2)    =  exp(a_1 u_1 + a_2 u_2)

In the third, u + b is a power and exp(a u)^p is exp(p a u). Each but the last turns an edge f over a node into
the identity over another node, where nothing else uses the node. Constants that are joined must be fixed; what is
no power of the library stays as it is.
"""

import numpy as np

from .edges import A, B, C, D, Exact, SymbolicEdge
from .graph import Node
from .library import IDENTITY, get_function

# The powers of the library, by exponent.
POWERS = {p: f"x^{p}" for p in range(2, 6)} | {-p: f"1/x^{p}" for p in range(2, 6)}
POWERS |= {1: "x", -1: "1/x", 0.5: "sqrt", 1.5: "x^1.5", -0.5: "1/sqrt"}
_EXPONENTS = {name: p for p, name in POWERS.items()}


def shortened(graph):
    """A formula with all identities applied that can be.

    Parameters
    ----------
    graph : FormulaGraph
        Not changed.

    Returns
    -------
    graph : FormulaGraph
    """
    new = graph.copy()
    for node in reversed(new.nodes):
        for edge in node.edges:
            child = _own_child(new, edge)
            if child is not None:
                for identity in (_exp_of_logs, _log_of_exps, _power_of_powers):
                    changed = identity(edge, child)
                    if changed is not None:
                        new.nodes[edge.source - new.n_inputs] = changed
                        break
    _join_exponentials(new)
    return new


def _join_exponentials(graph):
    """Make exponentials in a product one of a sum, in place."""
    for n in reversed(range(len(graph.nodes))):
        node = graph.nodes[n]
        parts = [edge for edge in node.edges if _is_exponential(edge)]
        if not node.product or len(parts) < 2:
            continue
        inner = Node([_summand(edge) for edge in parts])
        inner.constants.fix(0, Exact(0))
        graph.insert(n, inner)
        joined = parts[0]
        for edge in parts[1:]:
            joined.constants.scale(C, edge.constants.values[C], edge.constants.exact[C])
            node.edges.remove(edge)
        joined.source = graph.n_inputs + n
        joined.constants.fix(A, Exact(1))


def _is_exponential(edge):
    """Whether an edge is c exp(a u)."""
    return isinstance(edge, SymbolicEdge) and edge.function.name == "exp" and edge.constants.values[D] == 0


def _summand(edge):
    """a u of an edge c exp(a u)."""
    summand = SymbolicEdge(edge.source, IDENTITY, c=edge.constants.values[A])
    summand.constants.exact[C] = edge.constants.exact[A]
    summand.constants.free[C] = edge.constants.free[A]
    return summand


def _own_child(graph, edge):
    """The node below an edge f(u) + d, if it is all named and nothing else uses it."""
    if not isinstance(edge, SymbolicEdge) or edge.source < graph.n_inputs:
        return None
    child = graph.nodes[edge.source - graph.n_inputs]
    alone = len(graph.parents(edge.source)) == 1 and edge.source not in graph.outputs
    named = all(isinstance(below, SymbolicEdge) for below in child.edges) and child.edges
    return child if alone and named and edge.constants.values[B] == 0 and edge.constants.values[A] == 1 else None


def _becomes_identity(edge, factor=1.0):
    """Make an edge c u + d, with c multiplied by a number."""
    edge.function = IDENTITY
    for slot, value in ((A, 1), (B, 0)):
        edge.constants.fix(slot, Exact(value))
    if factor != 1.0:
        edge.constants.scale(C, factor)


def _with_function(edge, name):
    """The edge with another function, factor 1 and no offset."""
    new = edge.copy()
    new.function = get_function(name)
    new.constants.fix(C, Exact(1))
    new.constants.fix(D, Exact(0))
    return new


def _exp_of_logs(edge, child):
    """The product that exp of a sum of logarithms is."""
    exponents = [float(below.constants.values[C]) for below in child.edges]
    if edge.function.name != "exp" or child.product or any(b.function.name != "log" for b in child.edges):
        return None
    if any(p not in POWERS for p in exponents):
        return None
    factors = [_with_function(b, POWERS[p]) for b, p in zip(child.edges, exponents, strict=True)]
    _becomes_identity(edge, np.exp(child.constants.values[0]))
    return Node(factors, product=True)


def _log_of_exps(edge, child):
    """The sum that log of a product of exponentials is."""
    factors = [below.constants for below in child.edges]
    if edge.function.name != "log" or not child.product or any(b.function.name != "exp" for b in child.edges):
        return None
    if any(f.values[D] != 0 or f.values[C] <= 0 for f in factors):
        return None
    summands = [_summand(below) for below in child.edges]
    constant = float(sum(np.log(f.values[C]) for f in factors))
    _becomes_identity(edge)
    node = Node(summands, constant=constant)
    if constant == 0.0:
        node.constants.fix(0, Exact(0))
    return node


def _power_of_powers(edge, child):
    """The product that a power of a product of powers is."""
    p = _EXPONENTS.get(edge.function.name)
    if p in (None, 1) or not child.product:
        return None
    factors = [_powered(below, p) for below in child.edges]
    if any(factor is None for factor in factors):
        return None
    _becomes_identity(edge)
    return Node(factors, product=True)


def _powered(edge, p):
    """The edge to a power, None if it is none of the library."""
    new, (_, _, c, d) = edge.copy(), edge.constants.values
    whole = p == int(p)
    if _is_exponential(edge) and (whole or c > 0):
        new.constants.scale(A, p, Exact(int(2 * p), 2))
    elif edge.function is IDENTITY and c in (1, -1) and whole:
        new.function = get_function(POWERS[p])
        new.constants.fix(B, Exact(0))
        new.constants.values[B], new.constants.exact[B], new.constants.free[B] = (
            array[D] for array in (edge.constants.values, edge.constants.exact, edge.constants.free)
        )
        new.constants.fix(D, Exact(0))
        new.constants.scale(B, c)
    else:
        q = _EXPONENTS.get(edge.function.name)
        if q is None or d != 0 or q * p not in POWERS or not (whole or (c > 0 and q % 2 != 0)):
            return None
        new.function = get_function(POWERS[q * p])
    new.constants.values[C], new.constants.exact[C] = float(c) ** p, None
    if abs(c) == 1:
        new.constants.fix(C, Exact(int(c**p)))
    return new
