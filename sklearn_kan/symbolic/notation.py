r"""Formulas in writing: as text, and as SymPy expressions.

SymPy is imported only when asked for. Symbols are made from names as they are, ``Symbol(name)``; no
string is ever evaluated. A spline becomes a function called spline1, spline2, ... that SymPy can evaluate;
its polynomials are those of `polynomials`.
"""

import numpy as np
from scipy.interpolate import BSpline, PPoly

from .edges import A, B, C, D, SplineEdge


def import_sympy():
    """The module sympy, or an ImportError that says how to get it."""
    try:
        import sympy
    except ImportError as error:
        raise ImportError('SymPy is needed for this: pip install "sklearn_kan[symbolic]".') from error
    return sympy


def to_sympy(expression, names):
    """SymPy expressions of all outputs.

    Parameters
    ----------
    expression : Expression
    names : sequence of str
        Of the inputs.

    Returns
    -------
    expressions : list of sympy.Expr
    """
    sp = import_sympy()
    sources, names = [sp.Symbol(name) for name in names], spline_names(expression)
    for n, node in enumerate(expression.nodes):
        terms = [_edge_to_sympy(sp, edge, sources[edge.source], names.get((n, k))) for k, edge in enumerate(node.edges)]
        constant = _number(sp, node.constants, 0)
        sources.append(sp.Mul(*terms) if node.product else sp.Add(constant, *terms))
    return [sources[output] for output in expression.outputs]


def _number(sp, constants, slot):
    """A constant: exact if it is known to be, or a float of 17 digits."""
    exact = constants.exact[slot]
    if exact is None:
        return sp.Float(float(constants.values[slot]), 17)
    return sp.Rational(exact.p, exact.q) * (sp.pi if exact.pi else 1)


def _edge_to_sympy(sp, edge, u, name):
    """An edge of a SymPy expression u."""
    if isinstance(edge, SplineEdge):
        return _spline_function(sp, name, edge)(u)
    a, b, c, d = (_number(sp, edge.constants, slot) for slot in (A, B, C, D))
    return c * edge.function.sympy(sp, a * u + b) + d


def spline_names(expression):
    """Names of the splines of a formula, by (node, edge): spline1, spline2, ... in the order of nodes."""
    return {place: f"spline{number}" for number, place in enumerate(expression.places(), start=1)}


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


def to_text(expression, names, digits=6):
    """The outputs in writing, without SymPy.

    Parameters
    ----------
    expression : Expression
    names : sequence of str
    digits : int, default=6
        Of constants that have no exact form.

    Returns
    -------
    texts : list of str
    """
    sources, splines = list(names), spline_names(expression)
    for n, node in enumerate(expression.nodes):
        terms = []
        for k, edge in enumerate(node.edges):
            if isinstance(edge, SplineEdge):
                terms.append(f"{splines[n, k]}({_bare(sources[edge.source])})")
            else:
                terms.append(_edge_to_text(edge, sources[edge.source], digits))
        if node.product:
            sources.append("*".join(map(_wrapped, terms)).replace("*1/", "/"))
        else:
            constant = node.constants.values[0]
            terms += [_constant(node.constants, 0, digits)] if constant != 0 or not terms else []
            sources.append(_sum(terms))
    return [_bare(sources[output]) for output in expression.outputs]


def _constant(constants, slot, digits):
    """A constant in writing."""
    exact = constants.exact[slot]
    if constants.values[slot] == 0:
        return "0"
    return f"{constants.values[slot]:.{digits}g}" if exact is None else str(exact)


def _edge_to_text(edge, u, digits):
    """c f(a u + b) + d, leaving out what does nothing."""
    a, b, c, d = (_constant(edge.constants, slot, digits) for slot in (A, B, C, D))
    text = _bare(edge.function.write(_sum([_times(a, u), b])))
    return _sum([_times(c, text), d])


def _times(factor, text):
    """factor * text."""
    if factor == "0" or text == "0":
        return "0"
    if factor in ("1", "-1"):
        return text if factor == "1" else "-" + _wrapped(text)
    return f"{factor}{text[1:]}" if text.startswith("1/") else f"{factor}*{_wrapped(text)}"


def _sum(terms):
    """Terms joined by + or -."""
    terms = [term for term in terms if term != "0"]
    text = terms[0] if terms else "0"
    for term in terms[1:]:
        text += f" - {term[1:]}" if term.startswith("-") else f" + {term}"
    return text


def _depths(text):
    """Depth of brackets after each character."""
    return np.cumsum([(char == "(") - (char == ")") for char in text])


def _wrapped(text):
    """In brackets if it is a sum."""
    depths = _depths(text)
    signs = [i for i, char in enumerate(text) if char in "+-" and depths[i] == 0]
    return f"({text})" if any(i == 0 or text[i - 1] == " " for i in signs) else text


def _bare(text):
    """Without brackets around all of it."""
    while text.startswith("(") and text.endswith(")") and np.all(_depths(text)[:-1] > 0):
        text = text[1:-1]
    return text
