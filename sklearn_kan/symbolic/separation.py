r"""Functions that fall into parts of different inputs, sums or products of them, found by mixed differences.

Between a row x and another row x' take inputs i and j from x', each alone or both, and all others from x:

    D_ij = f_ij + f - f_i - f_j                          0 if i and j are in different summands of f
    R_ij = (f_ij - c) (f - c) - (f_i - c) (f_j - c)      0 if they are in different factors of f - c

These are d2f / dx_i dx_j and that of log|f - c| integrated over the step, so that they hold at any distance, where
differences are far larger than the error of a network that f is asked from. R is N - c D with N = f_ij f - f_i f_j: c
is a least-squares fit, and the same for all pairs that it is true of. Inputs that are joined by a pair that differs
from 0 are in one part, as in AI Feynman [1]_.

Parts are asked for with all other inputs as in some rows of the table: of a sum the mean, of a product the mean
weighted by the other factor there.

References
----------
.. [1] S.-M. Udrescu, M. Tegmark, "AI Feynman: a physics-inspired method for symbolic regression",
   Science Advances 6, 2020.
"""

from itertools import combinations
from typing import NamedTuple

import numpy as np
from scipy.sparse.csgraph import connected_components

from .edges import C, Exact, SymbolicEdge
from .graph import FormulaGraph, Node, side_by_side
from .library import IDENTITY

# Rows that differences are taken at, and rows that the other inputs are taken from.
_ROWS, _OTHERS = 200, 8
# Differences up to so many times what the error of the function explains are 0.
_ZERO = 4.0
# Constants that are tried: 0, and so many others.
_CONSTANTS = 2
# Inputs from which on a function of single inputs is split: of fewer a sketch is fitted at once.
_SINGLE = 4


class Split(NamedTuple):
    """A function that is a sum of parts, or a constant and a product of them.

    Attributes
    ----------
    product : bool
    constant : float
        What is added to a product.
    parts : tuple of tuples of int
        Inputs of each part.
    """

    product: bool
    constant: float
    parts: tuple

    def targets(self, value, X, part, random_state):
        """What a part is on rows, to a constant or a factor, and how far this is off.

        Parameters
        ----------
        value : callable
            The function, of rows.
        X : ndarray of shape (n_samples, n_inputs)
        part : tuple of int
        random_state : RandomState
            Draws the rows that the other inputs are taken from.

        Returns
        -------
        targets : ndarray of shape (n_samples,)
        error : float
            By how much targets for other inputs differ, root mean square.
        """
        others = X[random_state.permutation(len(X))[:_OTHERS]]
        values = np.stack([value(_with(other, X, part)) for other in others]) - self.constant
        # The other factor is known by a row of the part where it is large.
        weights = values[:, np.argmax(np.abs(values).sum(axis=0))] if self.product else np.ones(len(others))
        targets = weights @ values / np.abs(weights).sum()
        if self.product:
            rest = values - np.outer(values @ targets, targets) / (targets @ targets)
        else:
            rest = values - targets - (values - targets).mean(axis=1, keepdims=True)
        return targets, _rms(rest)

    def joined(self, graphs):
        """One formula of those of all parts, which are fitted up to a constant or a factor."""
        graph = side_by_side(graphs)
        edges = [SymbolicEdge(output, IDENTITY) for output in graph.outputs]
        for edge in edges:
            edge.constants.fix(C, Exact(1))
        nodes = [*graph.nodes, Node(edges, product=self.product)]
        if self.product:
            nodes.append(Node([SymbolicEdge(graph.n_inputs + len(nodes) - 1, IDENTITY)], constant=self.constant))
        return FormulaGraph(graph.n_inputs, nodes, [graph.n_inputs + len(nodes) - 1])


def splits(value, error, X, inputs, random_state):
    """The ways in which a function falls into parts.

    Parameters
    ----------
    value : callable
        The function, of rows.
    error : float
        Of its values.
    X : ndarray of shape (n_samples, n_inputs)
    inputs : list of int
        Those that vary.
    random_state : RandomState
        Draws the pairs of rows.

    Returns
    -------
    found : list of Split
        Those with most parts first.
    """
    place = random_state.permutation(len(X))
    some, other = X[place[:_ROWS]], X[np.roll(place, 1)[:_ROWS]]
    corners = _Corners(value, some, other, inputs)
    found = [Split(False, 0.0, corners.parts(corners.sums(error)))]
    found += [Split(True, c, corners.parts(corners.products(c, error))) for c in corners.constants(error)]
    return sorted((split for split in found if _is_worth(split, len(inputs))), key=lambda split: -len(split.parts))


def _is_worth(split, n_inputs):
    """Whether there are several parts, and not only single inputs of few."""
    return 1 < len(split.parts) < n_inputs or (len(split.parts) == n_inputs >= _SINGLE)


def _with(row, X, part):
    """Rows that are alike but for some inputs."""
    new = np.tile(row, (len(X), 1))
    new[:, part] = X[:, part]
    return new


class _Corners:
    """Values of a function at two rows, and with one or two inputs exchanged."""

    def __init__(self, value, X, other, inputs):
        self.inputs, self.pairs = inputs, list(combinations(range(len(inputs)), 2))

        def exchanged(*places):
            new = X.copy()
            new[:, [inputs[i] for i in places]] = other[:, [inputs[i] for i in places]]
            return value(new)

        self.f = value(X)
        self.single = [exchanged(i) for i in range(len(inputs))]
        self.both = [exchanged(i, j) for i, j in self.pairs]

    def _four(self, c=0.0):
        """For each pair the four values, less a constant."""
        for (i, j), both in zip(self.pairs, self.both, strict=True):
            yield both - c, self.f - c, self.single[i] - c, self.single[j] - c

    def sums(self, error):
        """Whether the inputs of each pair belong together in a sum."""
        return [_rms(both + f - a - b) > 2 * _ZERO * error for both, f, a, b in self._four()]

    def products(self, c, error):
        """Whether the inputs of each pair belong together in a product that c is added to."""
        return [_rms(x * f - a * b) > _ZERO * error * 2 * _rms(np.stack([x, f, a, b])) for x, f, a, b in self._four(c)]

    def constants(self, error):
        """What may be added to a product, 0 first."""
        found = [0.0]
        for both, f, a, b in self._four():
            D, N = both + f - a - b, both * f - a * b
            if _rms(D) > 3 * 2 * _ZERO * error and len(found) <= _CONSTANTS:
                c = float(N @ D / (D @ D))
                noise = 2 * error * _rms(np.stack([both, f, a, b]) - c)
                if _rms(N - c * D) < _ZERO * noise and all(abs(c - old) > _ZERO * noise / _rms(D) for old in found):
                    found.append(c)
        return found

    def parts(self, together):
        """Inputs of each part, given which pairs belong together."""
        links = np.zeros((len(self.inputs), len(self.inputs)), dtype=int)
        for (i, j), linked in zip(self.pairs, together, strict=True):
            links[i, j] = linked
        n_parts, label = connected_components(links, directed=False)
        return tuple(tuple(self.inputs[i] for i in np.flatnonzero(label == part)) for part in range(n_parts))


def _rms(values):
    """Root mean square."""
    return float(np.sqrt(np.mean(values**2)))
