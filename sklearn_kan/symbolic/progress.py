"""What is printed while formulas are searched for."""

from .criterion import complexity
from .notation import to_text
from .simplify import flatten


class Progress:
    """Prints each formula that is better than all before it.

    Parameters
    ----------
    verbose : bool or int
        Nothing is printed if it is 0.
    clock : Clock
    names : sequence of str
        Of the inputs.
    rows : SplitRows
    output : int, default=0
        Which target of `rows` it is for.
    """

    def __init__(self, verbose, clock, names, rows, output=0):
        self.verbose, self.clock, self.names = verbose, clock, names
        self.units = rows.mean[[output]], rows.scale[[output]]
        self.sizes = rows.x_size, rows.y_size[[output]]
        self.best = float("inf")

    def __call__(self, score, rmse, graph):
        """See a formula of standardised targets, with its criterion and its error relative to the spread."""
        if not self.verbose or not score < self.best:
            return
        self.best = score
        (text,) = to_text(flatten(graph.in_units(*self.units)).rescaled(*self.sizes), self.names)
        print(f"{self.clock.seconds * self.clock.spent:6.1f} s, {complexity(graph)} symbols, error {rmse:.1e}: {text}")
