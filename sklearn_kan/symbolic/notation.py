r"""Formulas in writing: as text, and as SymPy expressions.

SymPy is imported only when asked for. Symbols are made from names as they are, ``Symbol(name)``; no
string is ever evaluated. A spline becomes a Piecewise of polynomials around the left ends of its cells,
straight lines outside, so that a SymPy expression is the same function as the formula everywhere.
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
    sources = [sp.Symbol(name) for name in names]
    for node in expression.nodes:
        terms = [_edge_to_sympy(sp, edge, sources[edge.source]) for edge in node.edges]
        constant = _number(sp, node.constants, 0)
        sources.append(sp.Mul(*terms) if node.product else sp.Add(constant, *terms))
    return [sources[output] for output in expression.outputs]


def _number(sp, constants, slot):
    """A constant: exact if it is known to be, or a float of 17 digits."""
    exact = constants.exact[slot]
    if exact is None:
        return sp.Float(float(constants.values[slot]), 17)
    return sp.Rational(exact.p, exact.q) * (sp.pi if exact.pi else 1)


def _edge_to_sympy(sp, edge, u):
    """An edge of a SymPy expression u."""
    if isinstance(edge, SplineEdge):
        return _spline_to_sympy(sp, edge, u)
    a, b, c, d = (_number(sp, edge.constants, slot) for slot in (A, B, C, D))
    return c * edge.function.sympy(sp, a * u + b) + d


def polynomials(edge):
    """A spline as polynomials: inner knots, and coefficients of each cell, highest power first.

    Returns
    -------
    knots : ndarray of shape (n_cells + 1,)
    coef : ndarray of shape (k + 1, n_cells)
        Powers of u less the left end of the cell.
    """
    t, k = edge.basis.t[0], edge.basis.k
    pieces = PPoly.from_spline(BSpline(t, edge.coef, k))
    return t[k : len(t) - k], pieces.c[:, k : pieces.c.shape[1] - k]


def _spline_to_sympy(sp, edge, u):
    """A Piecewise, the first and last piece being straight lines."""
    knots, coef = polynomials(edge)
    ends = BSpline(edge.basis.t[0], edge.coef, edge.basis.k)
    pieces = [(_line(sp, u, knots[0], ends), u < _float(sp, knots[0]))]
    for left, right, column in zip(knots[:-1], knots[1:], coef.T, strict=True):
        z, value = u - _float(sp, left), _float(sp, column[0])
        for coefficient in column[1:]:
            value = value * z + _float(sp, coefficient)
        pieces.append((value, u <= _float(sp, right)))
    return sp.Piecewise(*pieces, (_line(sp, u, knots[-1], ends), True))


def _line(sp, u, at, spline):
    """The tangent of a spline at a knot."""
    return _float(sp, spline(at)) + _float(sp, spline(at, nu=1)) * (u - _float(sp, at))


def _float(sp, value):
    return sp.Float(float(value), 17)


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
    sources, spline = list(names), 0
    for node in expression.nodes:
        terms = []
        for edge in node.edges:
            if isinstance(edge, SplineEdge):
                spline += 1
                terms.append(f"spline{spline}({_bare(sources[edge.source])})")
            else:
                terms.append(_edge_to_text(edge, sources[edge.source], digits))
        if node.product:
            sources.append("*".join(_wrapped(term) for term in terms))
        else:
            constant = node.constants.values[0]
            terms += [_constant(node.constants, 0, digits)] if constant != 0 or not terms else []
            sources.append(_sum(terms))
    return [_bare(sources[output]) for output in expression.outputs]


def _constant(constants, slot, digits):
    """A constant in writing."""
    exact = constants.exact[slot]
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
    return f"{factor}*{_wrapped(text)}"


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
