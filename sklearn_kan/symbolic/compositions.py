r"""Functions of functions for a curve: c f(c' g(a u + b) + d') + d.

For curves that no single function fits, such as sqrt(1 - u^2) or sin(u)^2. The inner function g is laid over
the curve in some sizes and places, the outer one is then a fit to the points (g(a u + b), v); the best few
are refined with all constants free.
"""

import numpy as np

from .edge_fit import fit_edge, thinned
from .edges import SymbolicEdge
from .graph import FormulaGraph, Node
from .refit import error, refit
from .rows import Rows

# Compositions that are refined.
_REFINED = 12
# Accuracy of a curve relative to its spread: misfits below are all the same.
_TOL = 1e-3


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
            fits = fit_edge(inner.f(a * u + b), v, outer, tol)[:3] if outer else []
            pairs += [(fit.score + inner.complexity * np.log(len(u)), inner, a, b, fit) for fit in fits]
    pairs.sort(key=lambda pair: pair[0])
    points, scored = Rows(u[:, None], v[:, None]), []
    for i, (_, inner, a, b, fit) in enumerate(pairs[:_REFINED]):
        formula = refit(_formula(inner, a, b, fit), points, max_iter=30)
        misfit = error(formula, points) ** 2
        size = fit.function.complexity + inner.complexity
        scored.append((len(u) * np.log(misfit + tol**2) + size * np.log(len(u)), i, formula))
    return [formula for score, _, formula in sorted(scored, key=lambda entry: entry[:2]) if np.isfinite(score)]


def _places(inner, u, v):
    """Values of a and b to lay an inner function over a curve: at 0, and at the extremes of the curve."""
    half = np.ptp(u) / 2
    sizes, rates = inner.inner
    rates = [size / half for size in sizes] + list(rates)
    centres = [0.0] if inner.freedom == "rate" else [0.0, u[np.argmax(v)], u[np.argmin(v)]]
    return [(a, -a * centre) for a in rates for centre in centres if abs(a) * half < 30]


def _formula(inner, a, b, fit):
    """A fitted composition as a formula of one input."""
    middle = Node([SymbolicEdge(0, inner, a, b)])
    edge = SymbolicEdge(1, fit.function, fit.a, fit.b, fit.c)
    return FormulaGraph(1, [middle, Node([edge], constant=fit.d + edge.constants.values[3])], [2])
