r"""How good is a formula? Its error, and how long it is.

With n rows, k free parameters and an error e relative to the spread of y the criterion is

    n log(max(e, floor)^2) + (k + complexity) log n,

Schwarz's information criterion in which every symbol counts as a parameter too. Errors below the floor are
all the same: rounding for formulas, and for formulas that still hold splines what splines can reach.
Lower is better.

The complexity of a formula counts its functions (by `Function.complexity`), inputs, constants other
than 0, 1 and -1, and signs of addition and multiplication; a spline counts its coefficients.
"""

import numpy as np

from .edges import A, B, C, D, SplineEdge
from .refit import error

FLOOR = 1e-9


def criterion(graph, X, Y, floor=FLOOR, rmse=None):
    """The criterion of a formula on rows X, Y; inf where it is not defined."""
    rmse = error(graph, X, Y) if rmse is None else rmse
    if not np.isfinite(rmse):
        return np.inf
    n = Y.size
    return float(2 * n * np.log(max(rmse, floor)) + (graph.n_params + complexity(graph)) * np.log(n))


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
