r"""How good is a formula? Its error, and how long it is.

With rows of weights that sum to n, k free parameters and an error e relative to the spread of y the criterion is

    n log(max(e, floor)^2) + (k + complexity) log n,

Schwarz's information criterion in which every symbol counts as a parameter too. Errors below the floor are
all the same: rounding for formulas, and for formulas that still hold splines what splines can reach.
Lower is better.

A formula that ends near the data, as arcsin(0.2 x - 1.2) may, counts as longer: of two that fit the same, the one
that goes on is wanted.

The complexity of a formula counts its functions (by `Function.complexity`), inputs, constants other
than 0, 1 and -1, and signs of addition and multiplication; a spline counts its coefficients.
"""

import numpy as np

from .edges import A, B, C, D, SplineEdge
from .refit import error

FLOOR = 1e-9
# Symbols that a formula counts more for each of the wider ranges in which it does not exist everywhere.
_ENDS = 3


def criterion(graph, rows, floor=FLOOR, rmse=None):
    """The criterion of a formula; inf where it is not defined.

    A floor of 0 stands for the usual one.
    """
    rmse = error(graph, rows) if rmse is None else rmse
    if not np.isfinite(rmse):
        return np.inf
    n = rows.total_weight * rows.Y.shape[1]
    symbols = graph.n_params + complexity(graph) + _ENDS * undefined_around(graph, rows)
    return float(2 * n * np.log(max(rmse, floor or FLOOR)) + symbols * np.log(n))


def undefined_around(graph, rows):
    """In how many of the wider ranges of `Rows.around` the formula does not exist somewhere."""
    return sum(not np.all(np.isfinite(graph.forward(X, strict=True))) for X in rows.around if graph.ends)


def complexity(graph):
    """The number of symbols of a formula."""
    return sum(_node_complexity(graph, node) for node in graph.nodes)


def _node_complexity(graph, node):
    """Edges, what joins them, and the constant."""
    count = max(len(node.edges) - 1, 0) + _counts(node.constants.values[0], 0.0)
    for edge in node.edges:
        count += edge.source < graph.n_inputs
        if isinstance(edge, SplineEdge):
            count += edge.n_params
            continue
        a, b, c, d = edge.constants.values[[A, B, C, D]]
        count += edge.function.complexity + _counts(a, 1.0) + _counts(b, 0.0) + _counts(c, 1.0) + _counts(d, 0.0)
    return int(count)


def _counts(value, neutral):
    """2 for a constant with its operation, 0 for one that is not written."""
    return 0 if value in (neutral, -neutral) else 2
