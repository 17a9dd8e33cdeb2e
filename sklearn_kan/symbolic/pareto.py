"""The formulas that were found on the way, each with its length and its errors, and the choice among them."""

from dataclasses import dataclass

import numpy as np

from .criterion import complexity, criterion
from .graph import Expression
from .refit import error


@dataclass(frozen=True)
class Entry:
    """A formula and how good it is.

    Attributes
    ----------
    expression : Expression
    complexity : int
        Number of symbols; see `criterion`.
    rmse, rmse_held_out : float
        Root mean squared error on the fitted rows and on those held out, relative to the spread of y.
    criterion : float
        What the choice goes by, from the error on all these rows; lower is better.
    """

    expression: Expression
    complexity: int
    rmse: float
    rmse_held_out: float
    criterion: float

    @property
    def n_splines(self):
        """Edges that have remained splines."""
        return len(self.expression.places())


def make_entry(expression, fitted, held_out):
    """Measure a formula.

    Parameters
    ----------
    expression : Expression
    fitted, held_out : (X, Y)

    Returns
    -------
    entry : Entry
    """
    sizes = [error(expression, *rows) for rows in (fitted, held_out)]
    n = [len(rows[0]) for rows in (fitted, held_out)]
    both = float(np.sqrt((n[0] * sizes[0] ** 2 + n[1] * sizes[1] ** 2) / (n[0] + n[1])))
    score = criterion(expression, *fitted, rmse=both)
    return Entry(expression.copy(), complexity(expression), *sizes, score)


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
