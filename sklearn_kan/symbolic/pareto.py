"""The formulas that were found on the way, each with its length and its errors, and the choice among them."""

from dataclasses import dataclass

import numpy as np

from .criterion import complexity, criterion
from .graph import FormulaGraph
from .refit import error

# Formulas whose constants are made simple before one is chosen: so many, as far as simple ones may make up for the
# difference in the criterion.
_NEARLY, _DIFFERENCE = 5, 150.0


@dataclass(frozen=True)
class Entry:
    """A formula and how good it is.

    Attributes
    ----------
    graph : FormulaGraph
    complexity : int
        Number of symbols; see `criterion`.
    rmse, rmse_held_out : float
        Root mean squared error on the fitted rows and on those held out, relative to the spread of y.
    criterion : float
        What the choice goes by, from the error on all these rows; lower is better.
    """

    graph: FormulaGraph
    complexity: int
    rmse: float
    rmse_held_out: float
    criterion: float

    @property
    def n_splines(self):
        """Edges that have remained splines."""
        return len(self.graph.places())


def make_entry(graph, fitted, held_out):
    """Measure a formula.

    Parameters
    ----------
    graph : FormulaGraph
    fitted, held_out : Rows

    Returns
    -------
    entry : Entry
    """
    sizes = [error(graph, rows) for rows in (fitted, held_out)]
    both = float(np.sqrt(np.average(np.square(sizes), weights=[fitted.total_weight, held_out.total_weight])))
    score = criterion(graph, fitted, rmse=both)
    return Entry(graph.copy(), complexity(graph), *sizes, score)


def pareto(entries):
    """The entries that no shorter one beats, shortest first."""
    front, best = [], np.inf
    for entry in sorted(entries, key=lambda entry: (entry.complexity, entry.rmse_held_out, entry.criterion)):
        if entry.rmse_held_out < best:
            front.append(entry)
            best = entry.rmse_held_out
    return front


def choose(entries):
    """The entry of the lowest criterion."""
    return min(entries, key=lambda entry: entry.criterion)


def nearly_best(entries):
    """The entry of the lowest criterion, and others of named functions that simpler constants may put before it."""
    best, *others = sorted(entries, key=lambda entry: entry.criterion)
    near = [entry for entry in others if not entry.n_splines and entry.criterion < best.criterion + _DIFFERENCE]
    return [best, *near[: _NEARLY - 1]]
