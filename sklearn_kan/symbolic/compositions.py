r"""Functions of functions, and products of functions, for a curve that no single function fits.

    composition     c f(c' g(a u + b) + d') + d          sqrt(1 - u^2), sin(u)^2
    product         c g(u) (f(a u + b) + d') + d         g a power or an exponential: sin(4 u) exp(-u)
    both            c u^p (composition) + d              u^3 / (exp(u) - 1)
    sum             c f(a u + b) + sum_p e_p u^p + d     u + 1 / u, sin(3 u) + u^2

The inner function g is laid over the curve in some sizes and places, the outer one is then a fit to the points
(g(a u + b), v); a product is divided by its first factor. The best few are refined with all constants free.
"""

import numpy as np

from .edge_fit import fit_edge, starts, thinned
from .edges import B, C, D, Exact, SymbolicEdge
from .graph import FormulaGraph, Node
from .identities import POWERS
from .library import IDENTITY, get_function
from .refit import error, refit
from .rows import Rows

# Rates of exponentials, times half of the range, that are tried as factors.
_RATES = (0.3, 0.6, 1.0, 1.5, 2.2, 3.0, 4.5, 7.0)
# Powers that functions of functions are multiplied by.
_OUTSIDE = (1, -1, 2, -2, 3, -3, 0.5, -0.5)
# Part of the largest argument below which a curve is not divided by a power of it.
_NEAR_ZERO = 0.02
# Functions beside each first factor that are fitted one by one, after a scan of all.
_ROUGH = 6
# Compositions that are fitted one by one, after a scan of all.
_TRIED = 40
# Compositions that are refined.
_REFINED = 12
# Accuracy of a curve relative to its spread: misfits below are all the same.
_TOL = 1e-3


def functions(u, v, library, tol=_TOL):
    """Single functions that fit a curve; parameters as those of `compositions`.

    Returns
    -------
    formulas : list of FormulaGraph
        Of one input and one node, the best first.
    """
    return [
        FormulaGraph(1, [Node([SymbolicEdge(0, fit.function, fit.a, fit.b, fit.c)], constant=fit.d)], [1])
        for fit in fit_edge(u, v, library, tol)
    ]


def products(u, v, library, tol=_TOL):
    """Products of a power or an exponential and another function, both of the same input, that fit a curve.

    Parameters as those of `compositions`.

    Returns
    -------
    formulas : list of FormulaGraph
        Of one input and two nodes, the best first.
    """
    u, v = thinned(u, v)
    if not np.ptp(v) > 0:
        return []
    scored = []
    for first in _first_factors(u, library):
        factor = first.value(u)
        for fit in fit_edge(u, v / factor, library, tol, rough=True)[:_ROUGH]:
            fit = next(iter(fit_edge(u, v / factor, [fit.function], tol)), fit)
            edge = SymbolicEdge(0, fit.function, fit.a, fit.b, fit.c, fit.d, offset=True)
            rest = v - factor * edge.value(u)
            score = len(u) * np.log(np.mean(rest**2) / np.var(v) + tol**2) + fit.function.complexity * np.log(len(u))
            scored.append((score + 2 * first.function.complexity * np.log(len(u)), len(scored), first, edge))
    scored = sorted((entry for entry in scored if np.isfinite(entry[0])), key=lambda entry: entry[:2])
    return _refined([_product(first, edge) for *_, first, edge in scored[:_REFINED]], u, v, tol)


def sums(u, v, library, tol=_TOL):
    """Sums of a function and of one or two powers of the same input; parameters as those of `compositions`.

    Returns
    -------
    formulas : list of FormulaGraph
        Of one input and one node, the best first.
    """
    u, v = thinned(u, v)
    if not np.ptp(v) > 0:
        return []
    scored = []
    for names in _summands(u, library):
        others = [get_function(name) for name in names]
        for fit in fit_edge(u, v, library, tol, rough=True, beside=others)[:_ROUGH]:
            length = sum(other.complexity + 2 for other in others) * np.log(len(u))
            scored.append((fit.score + length, len(scored), fit, others))
    return _refined([_sum(fit, others) for *_, fit, others in sorted(scored)[:_REFINED]], u, v, tol)


def _summands(u, library):
    """Names of powers that are added to a function: one, or a parabola."""
    known, names = {function.name for function in library}, []
    for p, name in POWERS.items():
        if name in known and (u.min() > 0 or (p == int(p) and p > 0)):
            names.append((name,))
    return [*names, ("x", "x^2")] if {"x", "x^2"} <= known else names


def _sum(fit, others):
    """The formula of a function and those beside it."""
    edges = [SymbolicEdge(0, fit.function, fit.a, fit.b, fit.c)]
    for other, factor in zip(others, fit.beside, strict=True):
        edges.append(_factor(other))
        edges[-1].constants.values[C], edges[-1].constants.free[C], edges[-1].constants.exact[C] = factor, True, None
    constant = fit.d + edges[0].constants.values[D]
    edges[0].constants.values[D] = 0.0
    return FormulaGraph(1, [Node(edges, constant=constant)], [1])


def _first_factors(u, library):
    """Powers, and exponentials of some rates, that a curve may be divided by."""
    known, half, edges = {function.name for function in library}, np.ptp(u) / 2, []
    for p, name in POWERS.items():
        if name in known and (u.min() > 0 or (p == int(p) and p > 0 and np.all(u != 0))):
            edges.append(_factor(get_function(name)))
    if "exp" in known:
        edges += [_factor(get_function("exp"), sign * size / half) for size in _RATES for sign in (1, -1)]
    return edges


def _factor(function, a=1.0):
    """f(a u) with factor 1 and without offset."""
    edge = SymbolicEdge(0, function, a)
    for slot, value in ((B, 0), (C, 1)):
        edge.constants.fix(slot, Exact(value))
    return edge


def _product(first, edge):
    """The formula of two factors of one input."""
    middle = Node([first.copy(), edge], product=True)
    return FormulaGraph(1, [middle, Node([SymbolicEdge(1, IDENTITY)])], [2])


def compositions(u, v, library, tol=_TOL):
    """Functions of functions that fit a curve.

    Parameters
    ----------
    u, v : ndarray of shape (n,)
    library : sequence of Function
        What inner and outer functions are taken from.
    tol : float
        As in `fit_edge`.

    Returns
    -------
    formulas : list of FormulaGraph
        Of one input and two nodes, the best first.
    """
    u, v = thinned(u, v)
    if not np.ptp(v) > 0:
        return []
    outer = [function for function in library if function.outer]
    pairs = []
    for inner in (function for function in library if function.inner):
        for a, b in _places(inner, u, v):
            fits = fit_edge(inner.f(a * u + b), v, outer, tol, rough=True) if outer else []
            pairs += [(fit.score + inner.complexity * np.log(len(u)), inner, a, b, fit.function) for fit in fits]
    finer = []
    for _, inner, a, b, function in sorted(pairs, key=lambda pair: pair[0])[:_TRIED]:
        for fit in fit_edge(inner.f(a * u + b), v, [function], tol):
            finer.append((fit.score + inner.complexity * np.log(len(u)), inner, a, b, fit))
    finer.sort(key=lambda pair: pair[0])
    return _refined([_formula(inner, a, b, fit) for _, inner, a, b, fit in finer[:_REFINED]], u, v, tol)


def powers_of_compositions(u, v, library, tol=_TOL):
    """Products of a power and a function of a function, of one input; parameters as those of `compositions`."""
    u, v = thinned(u, v)
    names, formulas = {function.name for function in library}, []
    for p in _OUTSIDE if np.ptp(v) > 0 else ():
        if POWERS[p] in names and (u.min() > 0 or (p == int(p) and p > 0)):
            first, far = _factor(get_function(POWERS[p])), np.abs(u) > _NEAR_ZERO * np.abs(u).max()
            rest = v[far] / first.value(u[far])
            formulas += [_times(first, formula) for formula in compositions(u[far], rest, library, tol)[:3]]
    return _refined(formulas, u, v, tol)


def _times(first, formula):
    """The product of an edge and a formula of one input."""
    whole = SymbolicEdge(formula.outputs[0], IDENTITY)
    whole.constants.fix(C, Exact(1))
    product = Node([first.copy(), whole], product=True)
    nodes = [*formula.nodes, product, Node([SymbolicEdge(1 + len(formula.nodes), IDENTITY)])]
    nodes[-1].edges[0].constants.fix(C, Exact(1))
    return FormulaGraph(1, nodes, [len(nodes)])


def _refined(formulas, u, v, tol):
    """Formulas with all constants fitted, the best first."""
    points, scored = Rows(u[:, None], v[:, None]), []
    for i, formula in enumerate(formulas):
        refit(formula, points, max_iter=30)
        size = sum(edge.function.complexity for node in formula.nodes for edge in node.edges)
        scored.append((len(u) * np.log(error(formula, points) ** 2 + tol**2) + size * np.log(len(u)), i, formula))
    return [formula for score, _, formula in sorted(scored, key=lambda entry: entry[:2]) if np.isfinite(score)]


def _places(inner, u, v):
    """Values of a and b to lay an inner function over a curve: at 0, and at the extremes of the curve."""
    half = np.ptp(u) / 2
    if inner.freedom == "shift" and np.isfinite(inner.domain[0]):
        middle = (u.min() + u.max()) / 2
        places = [(a / half, b - a * middle / half) for a, b in zip(*starts(inner), strict=True)]
        return places[::2] + ([(1.0, 0.0)] if u.min() > 0 else [])
    sizes, rates = inner.inner
    rates = [size / half for size in sizes] + list(rates)
    centres = [0.0] if inner.freedom == "rate" else [0.0, u[np.argmax(v)], u[np.argmin(v)]]
    return [(a, -a * centre) for a in rates for centre in centres if abs(a) * half < 30]


def _formula(inner, a, b, fit):
    """A fitted composition as a formula of one input."""
    middle = Node([SymbolicEdge(0, inner, a, b)])
    edge = SymbolicEdge(1, fit.function, fit.a, fit.b, fit.c)
    return FormulaGraph(1, [middle, Node([edge], constant=fit.d + edge.constants.values[3])], [2])
