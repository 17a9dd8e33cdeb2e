r"""How sure the choice among formulas is, and how sure their constants are.

Rows are drawn anew as in the bootstrap [1]_: row i counts Poisson(w_i) times, w_i its weight. The errors of all
formulas on them, their constants being as they are, and their lengths make the same criterion again, and one is best.

Standard errors of constants are those of nonlinear least squares, from J^T J at the fitted rows and a variance of
RSS / (n - p).

References
----------
.. [1] B. Efron, R. J. Tibshirani, "An Introduction to the Bootstrap", Chapman & Hall, 1993.
"""

import numpy as np

from .criterion import FLOOR
from .simple_constants import slots, uncertainty

# Draws of all rows: shares are known to 0.04 and better.
_DRAWS = 200


def shares_of_wins(graphs, criteria, rows, n_fitted):
    """How often each formula is best.

    Parameters
    ----------
    graphs : list of FormulaGraph
    criteria : list of float
        Their criterion, from the error on all rows.
    rows : Rows
        All rows, with the targets that the formulas are for.
    n_fitted : float
        Number of observations in the criterion.

    Returns
    -------
    shares : ndarray of shape (n_graphs,)
        Of sum 1.
    """
    weight = np.ones(len(rows.X)) if rows.sample_weight is None else rows.sample_weight
    squares = np.stack([_squares(graph, rows) for graph in graphs], axis=1)

    def misfit(share):
        return 2 * n_fitted * np.log(np.maximum(np.sqrt(share @ squares), FLOOR))

    # What the criterion adds to the error does not depend on the rows.
    length = np.asarray(criteria) - misfit(weight / weight.sum())
    draws = np.random.RandomState(0).poisson(weight, (_DRAWS, len(weight)))
    scores = misfit(draws / np.maximum(draws.sum(axis=1, keepdims=True), 1)) + np.nan_to_num(length, nan=np.inf)
    return np.bincount(np.argmin(scores, axis=1), minlength=len(graphs)) / _DRAWS


def _squares(graph, rows):
    """Squared errors relative to the spread, mean over outputs; of rows without a value they are huge."""
    with np.errstate(all="ignore"):
        rest = (graph.evaluate(rows.X) - rows.Y) / rows.spread
        return np.nan_to_num(np.mean(rest**2, axis=1), nan=1e9, posinf=1e9)


def constants_of(graph, rows):
    """The fitted constants of a formula, without the coefficients of splines.

    Parameters
    ----------
    graph : FormulaGraph
    rows : Rows
        That it was fitted to.

    Returns
    -------
    constants : list of dict
        "value" and "standard_error".
    """
    errors, _ = uncertainty(graph, rows)
    n = rows.total_weight * rows.Y.shape[1]
    errors = errors * np.sqrt(n / max(n - graph.n_params, 1.0))
    found = zip(slots(graph), graph.theta, errors, strict=True)
    return [{"value": float(v), "standard_error": float(e)} for place, v, e in found if place is not None]
