r"""Functions of two inputs that are simple once a known function is undone: sqrt(p(u) + q(u) r(v)) is so by its square.

On a grid of values u_i and v_j a function p(u) + q(u) r(v) is a matrix of rank two, whatever p, q and r are, and most
functions of it are of full rank: the cosine law sqrt(1 + u^2 - 2 u cos v) is, and its square is not. So the third
singular value tells, before anything is fitted. A sketch of the whole has three splines in a chain then; of the square
it has sums and products of functions of single inputs only.
"""

from typing import NamedTuple

import numpy as np

from .edges import Constants, SymbolicEdge
from .graph import Node
from .library import get_function

# Values of each input on the grid.
_GRID = 16
# The third singular value of noise is up to so many times that of its standard deviation, ...
_NOISE = 12.0
# ... and undoing a function makes it smaller by this factor, relative to the first.
_SMALLER = 0.2


class Transformation(NamedTuple):
    """What is done to targets, and the name of the function that undoes it."""

    power: int
    undone_by: str

    def targets(self, y):
        """Targets of the problem that is left."""
        return y**self.power

    def lift(self, graph):
        """The formula of the targets themselves."""
        new = graph.copy()
        edge = SymbolicEdge(new.outputs[0], get_function(self.undone_by))
        edge.constants = Constants(edge.constants.values, [False] * 4)
        new.nodes.append(Node([edge]))
        new.nodes[-1].constants.free[0] = False
        new.outputs = (new.n_inputs + len(new.nodes) - 1,)
        return new


TRANSFORMATIONS = (Transformation(2, "sqrt"), Transformation(-1, "1/x"), Transformation(-2, "1/sqrt"))


def transformations(value, error, X, inputs, library):
    """Transformations after which a positive function of two inputs has rank two.

    Parameters
    ----------
    value, error, X : as for `separation.splits`
    inputs : tuple of int
        The two that vary.
    library : sequence of Function

    Returns
    -------
    found : list of Transformation
        The clearest first.
    """
    f = value(_grid(X, inputs)).reshape(_GRID, _GRID)
    if not np.all(f > 4 * error):
        return []
    names, (largest, third), scored = {function.name for function in library}, _singular_values(f), []
    plain = third / largest
    for transformation in TRANSFORMATIONS:
        after = transformation.targets(f)
        noise = error * np.sqrt(np.mean((transformation.power * after / f) ** 2))
        largest, third = _singular_values(after)
        if transformation.undone_by in names and third < _NOISE * noise and third / largest < _SMALLER * plain:
            scored.append((third / largest, transformation))
    return [transformation for _, transformation in sorted(scored)]


def _singular_values(values):
    """The first and the third."""
    return np.linalg.svd(values, compute_uv=False)[[0, 2]]


def _grid(X, inputs):
    """Rows with all pairs of values of two inputs, evenly over the middle of their ranges."""
    rows = np.tile(X[0], (_GRID**2, 1))
    sides = [np.linspace(*np.quantile(X[:, i], [0.05, 0.95]), _GRID) for i in inputs]
    for i, column in zip(inputs, np.meshgrid(*sides, indexing="ij"), strict=True):
        rows[:, i] = column.ravel()
    return rows
