r"""Formulas in writing: as text, as SymPy expressions, and in LaTeX.

SymPy is imported only when asked for. Symbols are made from names as they are, ``Symbol(name)``; no
string is ever evaluated. A spline becomes a function called spline1, spline2, ... that SymPy can evaluate;
its polynomials are those of `polynomials`.
"""

import re
from functools import reduce
from operator import add, mul

import numpy as np
from scipy.interpolate import BSpline, PPoly

from . import writing
from .edges import A, B, C, D, SplineEdge, SymbolicEdge
from .library import make_library


def import_sympy():
    """The module sympy, or an ImportError that says how to get it."""
    try:
        import sympy
    except ImportError as error:
        raise ImportError('SymPy is needed for this: pip install "sklearn_kan[symbolic]".') from error
    return sympy


def to_sympy(graph, names):
    """SymPy expressions of all outputs.

    Parameters
    ----------
    graph : FormulaGraph
    names : sequence of str
        Of the inputs.

    Returns
    -------
    expressions : list of sympy.Expr
    """
    sp = import_sympy()
    sources, names = [sp.Symbol(name) for name in names], spline_names(graph)
    for n, node in enumerate(graph.nodes):
        terms = [_edge_to_sympy(sp, edge, sources[edge.source], names.get((n, k))) for k, edge in enumerate(node.edges)]
        constant = _number(sp, node.constants, 0)
        sources.append(sp.Mul(*terms) if node.product else sp.Add(constant, *terms))
    return [sources[output] for output in graph.outputs]


def to_latex(expression, names):
    """A SymPy expression in LaTeX.

    Parameters
    ----------
    expression : sympy.Expr
    names : sequence of str
        Of the inputs. Identifiers are written as SymPy writes them (alpha becomes a Greek letter), unless two of them
        would look the same, or like pi or e; all others as text with what LaTeX would read as a command escaped.

    Returns
    -------
    text : str
    """
    sp = import_sympy()
    usual = {name: sp.latex(sp.Symbol(name)) for name in names if re.fullmatch(r"[A-Za-z]\w*", name, re.ASCII)}
    looks = [*usual.values(), *_CONSTANTS]
    symbols = {sp.Symbol(name): _latex_text(name) for name in names if looks.count(usual.get(name)) != 1}
    return sp.latex(expression, symbol_names=symbols)


# What formulas call numbers.
_CONSTANTS = (r"\pi", "e")
# What LaTeX reads as a command, and how it is written in text.
_LATEX = {char: "\\" + char for char in "{}$&#_%"} | {
    "\\": r"\textbackslash{}",
    "^": r"\textasciicircum{}",
    "~": r"\textasciitilde{}",
}


def _latex_text(name):
    """A name as text in formulas."""
    return r"\text{" + "".join(_LATEX.get(char, char if char.isprintable() else " ") for char in name) + "}"


def _number(sp, constants, slot):
    """A constant: exact if it is known to be, or a float of 17 digits."""
    exact = constants.exact[slot]
    if exact is None:
        return sp.Float(float(constants.values[slot]), 17)
    return sp.Rational(exact.p, exact.q) * (sp.pi if exact.pi else 1)


def _edge_to_sympy(sp, edge, u, name):
    """An edge at a SymPy expression u."""
    if isinstance(edge, SplineEdge):
        return _spline_function(sp, name, edge)(u)
    a, b, c, d = (_number(sp, edge.constants, slot) for slot in (A, B, C, D))
    return c * edge.function.sympy(sp, a * u + b) + d


def spline_names(graph):
    """Names of the splines of a formula, by (node, edge): spline1, spline2, ... in the order of nodes."""
    return {place: f"spline{number}" for number, place in enumerate(graph.places(), start=1)}


def polynomials(edge):
    """A spline as polynomials, for ``scipy.interpolate.PPoly(coef, knots)``; straight lines go on outside.

    Returns
    -------
    coef : ndarray of shape (k + 1, n_cells)
        Of the powers of u less the left end of the cell, highest first.
    knots : ndarray of shape (n_cells + 1,)
    """
    t, k = edge.basis.t[0], edge.basis.k
    pieces = PPoly.from_spline(BSpline(t, edge.coef, k))
    return pieces.c[:, k : pieces.c.shape[1] - k], t[k : len(t) - k]


def _spline_function(sp, name, edge):
    """A spline as a SymPy function that SymPy can evaluate."""
    from sympy.utilities.lambdify import implemented_function

    def evaluate(u):
        values = edge.value(np.asarray(u, dtype=float).reshape(-1))
        return values.reshape(np.shape(u)) if np.ndim(u) else float(values[0])

    return implemented_function(name, evaluate)


def to_text(graph, names, digits=6):
    """The outputs in writing, without SymPy.

    Parameters
    ----------
    graph : FormulaGraph
    names : sequence of str
        Any strings, all different; those that are no identifiers, or that formulas use, stand in backticks.
    digits : int, default=6
        Of constants that have no exact form.

    Returns
    -------
    texts : list of str
        See `writing` for the grammar.
    """
    taken, splines = reserved_words(graph), spline_names(graph)
    sources = [writing.name(name, taken) for name in names]
    for n, node in enumerate(graph.nodes):
        terms = [
            _edge_to_text(edge, sources[edge.source], splines.get((n, k)), digits) for k, edge in enumerate(node.edges)
        ]
        if node.product:
            sources.append(reduce(mul, terms, writing.ONE))
        else:
            sources.append(reduce(add, terms, writing.Text()) + _constant(node.constants, 0, digits))
    return [str(sources[output]) for output in graph.outputs]


def reserved_words(graph):
    """Identifiers that stand for something else than a name of an input."""
    used = {edge.function for node in graph.nodes for edge in node.edges if isinstance(edge, SymbolicEdge)}
    return frozenset({"pi"}).union(*(function.words for function in {*make_library(), *used}))


def _constant(constants, slot, digits):
    """A constant in writing."""
    exact = constants.exact[slot]
    return writing.number(float(constants.values[slot]) if exact is None else exact, digits)


def _edge_to_text(edge, u, spline, digits):
    """c f(a u + b) + d, leaving out what does nothing."""
    if isinstance(edge, SplineEdge):
        return writing.call(spline, u)
    a, b, c, d = (_constant(edge.constants, slot, digits) for slot in (A, B, C, D))
    return c * edge.function.write(a * u + b) + d
