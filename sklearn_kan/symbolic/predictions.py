r"""Formulas for what a model predicts, whatever it is made of: their structure is found on predictions.

Predictions of a model have no noise, and targets have no error of a model. So where the model is as accurate as if
there were no noise the search is for the targets themselves. Elsewhere it is for the predictions p, and goes no
further than the model knows what it says: formulas within its own standard deviation of p are all the same. Their
structures are kept, their constants are fitted to the targets again, and the targets choose among them.

Several outputs are searched for one after the other. Their formulas are put together from short to long: of all
outputs the one that gains most for its symbols gets its next longer formula.
"""

from typing import NamedTuple

import numpy as np

from .clock import Clock
from .graph import side_by_side
from .pareto import make_entry, pareto
from .refit import polish, refit
from .rows import SplitRows
from .search import EXACT, Search

# A model with an error to y below this part of the spread has found no noise in it.
_NO_NOISE = 1e-3
# The model's own error may be so many times what it believes, and says how far to go up to this part of the spread:
# of a model that knows less the formulas are all tried, and targets choose.
_BELIEF, _LARGEST_ERROR = 1.5, 0.03
# Splines that a formula of one output may have: with more it is not one that can be read.
MOST_SPLINES = 2


class Task(NamedTuple):
    """What formulas are wanted for, and what there is to find them with.

    Attributes
    ----------
    rows : SplitRows
        With the targets.
    known : bool
        Whether targets are data, and not predictions.
    library : sequence of Function
    clock : Clock
    random_state : RandomState
    """

    rows: SplitRows
    known: bool
    library: list
    clock: Clock
    random_state: np.random.RandomState


def formulas_of_predictions(task, predicted, uncertainty, reporter):
    """Formulas of all outputs, none of which has more than a few splines.

    Parameters
    ----------
    task : Task
    predicted : ndarray of shape (n_samples, n_outputs)
        Predictions for the rows that are fitted to, in the units of their standardised targets.
    uncertainty : ndarray of shape (n_outputs,)
        Standard deviation of predictions from what they estimate, in the same units; 0 where it is not known.
    reporter : callable
        Returns the `report` of the search for an output.

    Returns
    -------
    graphs : list of FormulaGraph
        Of standardised targets, from short to long.
    interrupted : bool
        Whether Ctrl-C has ended the search.
    """
    n_outputs, fronts, interrupted, rows = predicted.shape[1], [], False, task.rows
    for output in range(n_outputs):
        clock = task.clock.part(1 / (n_outputs - output))
        single = _Single(task, output, predicted[:, [output]], float(uncertainty[output]))
        graphs, ended = single.run(clock, reporter(output))
        interrupted |= ended
        if ended:
            task.clock.stop()
        aside = rows.held_out.with_targets(rows.held_out.Y[:, [output]])
        fronts.append(pareto([make_entry(graph, single.targets, aside) for graph in graphs]))
    return together(fronts), interrupted


class _Single:
    """The search for one output; see `formulas_of_predictions`."""

    def __init__(self, task, output, predicted, uncertainty):
        fitted = task.rows.fitted
        self.task, self.units = task, (float(task.rows.mean[output]), float(task.rows.scale[output]))
        self.targets, self.predictions = fitted.with_targets(fitted.Y[:, [output]]), fitted.with_targets(predicted)
        noise = np.sqrt(self.targets.mean_square(predicted - self.targets.Y))
        self.of_targets = task.known and noise < _NO_NOISE
        self.tolerance = EXACT if self.of_targets else float(np.clip(_BELIEF * uncertainty, EXACT, _LARGEST_ERROR))

    def run(self, clock, report):
        """Formulas of the targets, and whether Ctrl-C has ended the search."""
        rows = self.targets if self.of_targets else self.predictions
        state, library = self.task.random_state, self.task.library
        search = Search(rows, library, clock, state, *self.units, tolerance=self.tolerance)
        search.report = report
        interrupted = search.run_until_interrupted()
        graphs = [graph for graph in search.formulas if len(graph.places()) <= MOST_SPLINES]
        if not self.of_targets:
            graphs = [self._fitted(graph) for graph in self._best(graphs, rows)]
        return graphs, interrupted

    def _best(self, graphs, rows):
        """Those that no shorter one beats on the predictions."""
        return [entry.graph for entry in pareto([make_entry(graph, rows, rows) for graph in graphs])]

    def _fitted(self, graph):
        """The formula with its constants fitted to the targets."""
        refit(graph, self.targets)
        return graph if graph.places() else polish(graph, self.targets)


def together(fronts):
    """Formulas of all outputs from those of each.

    Parameters
    ----------
    fronts : list of list of Entry
        Of each output, from short to long.

    Returns
    -------
    graphs : list of FormulaGraph
    """
    places = [0] * len(fronts)
    graphs = [side_by_side([front[0].graph for front in fronts])]
    while any(place + 1 < len(front) for place, front in zip(places, fronts, strict=True)):
        places[_most_gain(fronts, places)] += 1
        graphs.append(side_by_side([front[place].graph for place, front in zip(places, fronts, strict=True)]))
    return graphs


def _most_gain(fronts, places):
    """The output whose next formula gains most for its symbols."""
    gains = []
    for front, place in zip(fronts, places, strict=True):
        here, after = front[place], front[min(place + 1, len(front) - 1)]
        gain = (here.rmse_held_out**2 - after.rmse_held_out**2) / max(after.complexity - here.complexity, 1)
        gains.append(gain if after is not here else -1.0)
    return int(np.argmax(gains))
