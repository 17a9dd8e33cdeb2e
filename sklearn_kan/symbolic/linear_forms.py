r"""Formulas that linear algebra finds: constants, straight lines, and power laws.

    y = d + sum_i c_i x_i                      linear in y
    y = +- e^d prod_i |x_i|^p_i                linear in log |y|, if y has one sign and each x_i has

Inputs come in one by one, each time the one that the residuals are most parallel to once the others are
projected out (orthogonal matching pursuit [1]_), and all coefficients are fitted again, until the residuals are
rounding or no input improves Schwarz's criterion. So an input that does not matter is not in the formula, and of
two equal columns there is one.

References
----------
.. [1] Y. C. Pati, R. Rezaiifar, P. S. Krishnaprasad, "Orthogonal matching pursuit: recursive function approximation
   with applications to wavelet decomposition", Asilomar Conference on Signals, Systems and Computers, 1993.
"""

import numpy as np

from .edges import C, SymbolicEdge
from .graph import FormulaGraph, Node
from .identities import POWERS
from .library import IDENTITY, get_function
from .refit import polish, refit

# Residuals below this part of the spread are rounding.
_ROUNDING = 1e-12
# Exponents this close to one that the library has are first tried there.
_NEAR_EXPONENT = 0.2


def constant_form(rows, value=0.0):
    """The formula that is one number."""
    return FormulaGraph(rows.X.shape[1], [Node([], constant=value)], [rows.X.shape[1]])


def linear_forms(rows):
    """Linear formulas of one target with more and more inputs.

    Parameters
    ----------
    rows : Rows

    Returns
    -------
    graphs : list of FormulaGraph
        The first is a constant.
    """
    graphs = [constant_form(rows, rows.mean[0])]
    columns = rows.varying
    for chosen in _pursuit(rows.X[:, columns], rows.Y[:, 0], rows.share[:, 0], rows.total_weight):
        inputs = [columns[i] for i in chosen]
        coef, constant = _least_squares(rows.X[:, inputs], rows.Y[:, 0], rows.share[:, 0])
        edges = [SymbolicEdge(i, IDENTITY, c=c) for i, c in zip(inputs, coef, strict=True)]
        graphs.append(polish(FormulaGraph(rows.X.shape[1], [Node(edges, constant=constant)], [rows.X.shape[1]]), rows))
    return graphs


def power_laws(rows, mean, scale, library):
    """Power laws of one target, fitted to its logarithm and then to itself.

    Parameters
    ----------
    rows : Rows
        With a standardised target.
    mean, scale : float
        The target is mean + scale * standardised.
    library : sequence of Function

    Returns
    -------
    graphs : list of FormulaGraph
        Of the standardised target; none if the target changes its sign.
    """
    y = mean + scale * rows.Y[:, 0]
    sign = np.sign(y[0])
    columns = [i for i in rows.varying if rows.X[:, i].min() > 0 or rows.X[:, i].max() < 0]
    if not columns or not np.all(np.sign(y) == sign) or sign == 0:
        return []
    logs, names, graphs = np.log(np.abs(rows.X[:, columns])), {function.name for function in library}, []
    for chosen in _pursuit(logs, np.log(np.abs(y)), rows.share[:, 0], rows.total_weight):
        exponents, constant = _least_squares(logs[:, chosen], np.log(np.abs(y)), rows.share[:, 0])
        inputs = [columns[i] for i in chosen]
        near = [min(POWERS, key=lambda p, e=e: abs(p - e)) for e in exponents]
        known = all(POWERS[p] in names and abs(p - e) < _NEAR_EXPONENT for p, e in zip(near, exponents, strict=True))
        if known:
            graphs.append(_product(rows, inputs, near, sign * np.exp(constant)))
        if {"exp", "log"} <= names and len(chosen) > 1:
            graphs.append(_exponential(rows, inputs, exponents, constant, sign))
    return [polish(refit(graph.in_units([-mean / scale], [1 / scale]), rows, max_iter=20), rows) for graph in graphs]


def _product(rows, inputs, exponents, factor):
    """factor times a product of powers."""
    n_inputs, edges = rows.X.shape[1], []
    for i, p in zip(inputs, exponents, strict=True):
        edges.append(SymbolicEdge(i, get_function(POWERS[p]), np.sign(rows.X[0, i])))
        edges[-1].constants = _fixed(edges[-1].constants)
    if len(edges) == 1:
        edges[0].constants.values[C], edges[0].constants.free[C], edges[0].constants.exact[C] = factor, True, None
        return FormulaGraph(n_inputs, [Node(edges)], [n_inputs])
    top = Node([SymbolicEdge(n_inputs, IDENTITY, c=factor)])
    return FormulaGraph(n_inputs, [Node(edges, product=True), top], [n_inputs + 1])


def _fixed(constants):
    """The same constants, none of them free."""
    return type(constants)(constants.values, [False] * len(constants.values))


def _exponential(rows, inputs, exponents, constant, sign):
    """sign * exp(constant + sum of logarithms)."""
    n_inputs = rows.X.shape[1]
    logs = [
        SymbolicEdge(i, get_function("log"), np.sign(rows.X[0, i]), c=p) for i, p in zip(inputs, exponents, strict=True)
    ]
    for edge in logs:
        edge.constants.free[1] = False
    top = Node([SymbolicEdge(n_inputs, get_function("exp"), c=sign * np.exp(constant))])
    top.edges[0].constants.free[0] = False
    inner = Node(logs)
    inner.constants.free[0] = False
    return FormulaGraph(n_inputs, [inner, top], [n_inputs + 1])


def _pursuit(columns, y, share, n):
    """Lists of columns, each with one more, as long as they help."""
    centred = columns - share @ columns
    rest = y - share @ y
    size = np.sqrt(share @ rest**2)
    lengths = np.sqrt(share @ centred**2)
    chosen, error = [], size
    while len(chosen) < columns.shape[1] and error > _ROUNDING * size:
        alignment = np.abs((share * rest) @ centred) / np.where(lengths > 1e-9 * lengths.max(), lengths, np.inf)
        alignment[chosen] = -1.0
        trial = [*chosen, int(np.argmax(alignment))]
        coef, constant = _least_squares(columns[:, trial], y, share)
        rest = y - constant - columns[:, trial] @ coef
        new = np.sqrt(share @ rest**2)
        if not 2 * n * np.log(max(new, _ROUNDING * size) / error) + 2 * np.log(n) < 0:
            return
        chosen, error = trial, new
        yield sorted(chosen)


def _least_squares(columns, y, share):
    """Coefficients and constant of a weighted linear fit."""
    root, centre, level = np.sqrt(share), share @ columns, share @ y
    size = np.maximum(np.abs(columns - centre).max(axis=0), 1e-300)
    design = (columns - centre) / size * root[:, None]
    coef = np.linalg.lstsq(design, (y - level) * root, rcond=1e-12)[0] / size
    return coef, level - centre @ coef
