r"""Spline layers as matrix products, without looking anything up.

With v_c = (x - left_c) / width_c, clipped to [0, 1], the place of x in cell c - 0 left of it and 1 right of it -, and e
and f the excess left and right of the grid, 0 within, a spline that is the polynomial P_c on cell c is the sum

    s(x) = P_0(0) + sum_c (P_c(v_c) - P_c(0)) + (L(e) - L(0)) + (R(f) - R(0)) + jumps,

with L and R the polynomials outside: terms of cells right of x vanish, and those left of it add up. Splines have no
jumps, their derivatives may: where x passes left_c or an end. Hence powers of v_c, e and f, features of x
alone, times matrices of coefficients are all edges of a layer at once, and nothing cancels.

Values are laid out features first, rows last. A layer of averaged networks falls into parts that share no nodes; each
is a product of its own.
"""

from dataclasses import dataclass, field

import numpy as np
from scipy.sparse.csgraph import connected_components

from ..column_effects import ColumnEffects
from ..languages.flat import writer_of
from ..polynomials import SplinePolynomials
from .columns import effects_of_columns, known_numbers
from .graph import Graph

# Farther outside than this many cells all values are one, as in `BSplineBasis`.
_FAR = 1e30
# Jumps of less than this part of the largest coefficient are rounding.
_JUMP = 1e-9


@dataclass
class Places:
    """Where inputs lie on their grids.

    Attributes
    ----------
    graph : Graph
    x : str
        Inputs, shape (n_in, n).
    s : str
        Places in mean cells, shape (n_in, n).
    excess : str
        Outside the grid, in mean cells, bounded; 0 within.
    shrink : str or None
        What the excess was multiplied with.
    knots, rate : ndarray of shape (n_in, cells)
        Left ends of the cells in units of the inputs, so that single precision is enough for cells that are small
        beside their distance from the end of the grid; and cells per unit.
    width : ndarray of shape (n_in, cells)
        Of the cells, in mean cells.
    known : dict
        Features that are in the graph already.
    """

    graph: Graph
    x: str
    s: str
    excess: str
    shrink: str | None
    knots: np.ndarray
    rate: np.ndarray
    width: np.ndarray
    known: dict = field(default_factory=dict)

    @classmethod
    def of(cls, graph, splines, x, inputs):
        """Locate x, of shape (n_in, n), on the grids of these inputs."""
        x = _come_round(graph, splines, x, inputs)
        lo, unit = splines.lo[inputs, None], splines.rate[inputs, None]
        start, end, rate = (graph.numbers(values) for values in (lo, lo + splines.cells / unit, unit))
        s = graph.op("Mul", graph.op("Sub", x, start), rate)
        inside = graph.op("Min", graph.op("Max", x, start), end)
        excess, shrink = graph.op("Mul", graph.op("Sub", x, inside), rate), None
        excess = graph.op("Clip", excess, graph.numbers(-_FAR), graph.numbers(_FAR))
        if splines.reach is not None:
            part = graph.op("Div", graph.op("Abs", excess), graph.numbers(splines.reach))
            shrink = graph.op("Reciprocal", graph.op("Add", part, graph.numbers(1.0)))
            excess = graph.op("Mul", excess, shrink)
        shape = (len(splines.lo), splines.cells)
        left, width = (np.broadcast_to(values, shape)[inputs] for values in (splines.left, splines.width))
        return cls(graph, x, s, excess, shrink, lo + left / unit, unit / width, width)

    def power(self, feature, p):
        """The p-th power of "cells", of shape (n_in, cells, n), or of "left" or "right", of shape (n_in, 1, n)."""
        if (feature, p) not in self.known:
            if p == 1:
                value = self._cells() if feature == "cells" else self._side(feature)
            else:
                value = self.graph.op("Mul", self.power(feature, p - 1), self.power(feature, 1))
            self.known[feature, p] = value
        return self.known[feature, p]

    def _column(self, values):
        """Values of shape (n_in, n) as (n_in, 1, n)."""
        return self.graph.op("Unsqueeze", values, self.graph.integers([1]))

    def _cells(self):
        """Places within each cell, in [0, 1]."""
        graph = self.graph
        place = graph.op("Sub", self._column(self.x), graph.numbers(self.knots[:, :, None]))
        place = graph.op("Mul", place, graph.numbers(self.rate[:, :, None]))
        return graph.op("Clip", place, graph.numbers(0.0), graph.numbers(1.0))

    def _side(self, side):
        """Excess on one side of the grid, in the unit of the outermost cell."""
        least, width = ("Min", self.width[:, :1]) if side == "left" else ("Max", self.width[:, -1:])
        excess = self.graph.op(least, self.excess, self.graph.numbers(0.0))
        excess = excess if np.all(width == 1) else self.graph.op("Div", excess, self.graph.numbers(width))
        return self._column(excess)

    def step(self, feature):
        """Whether s has passed the left ends of the cells but the first, or is left or right of the grid; 0 or 1."""
        graph, side = self.graph, {"left": "Less", "right": "Greater"}
        if feature == "cells":
            passed = graph.op("GreaterOrEqual", self._column(self.x), graph.numbers(self.knots[:, 1:, None]))
        else:
            passed = graph.op(side[feature], self._column(self.excess), graph.numbers(0.0))
        return graph.op("Cast", passed, to=graph.element_type)


def _come_round(graph, splines, x, inputs):
    """Inputs with those that are periodic brought into their grid."""
    if not splines.periodic[inputs].any():
        return x
    period = splines.cells / splines.rate[inputs, None]
    turns = graph.op("Mul", graph.op("Sub", x, graph.numbers(splines.lo[inputs, None])), graph.numbers(1.0 / period))
    period = np.where(splines.periodic[inputs, None], period, 0.0)
    return graph.op("Sub", x, graph.op("Mul", graph.op("Floor", turns), graph.numbers(period)))


def terms(places, pieces):
    """Features and their coefficients, whose products sum to piecewise polynomials.

    Parameters
    ----------
    places : Places
    pieces : ndarray of shape (n_in, m, cells + 2, powers)
        Polynomials on each cell, then left and right of the grid, of each input.

    Returns
    -------
    terms : list of (str, ndarray of shape (n_in, m, n_features))
        Features are of shape (n_in, n_features, n).
    start : ndarray of shape (n_in, m)
        To be added.
    """
    cells = pieces.shape[2] - 2
    parts = {"cells": pieces[:, :, :cells], "left": pieces[:, :, cells, None], "right": pieces[:, :, cells + 1, None]}
    ends = pieces[:, :, :cells].sum(axis=3)
    jumps = {
        "cells": pieces[:, :, 1:cells, 0] - ends[:, :, :-1],
        "left": pieces[:, :, cells, :1] - pieces[:, :, 0, :1],
        "right": pieces[:, :, cells + 1, :1] - ends[:, :, -1:],
    }
    found, rounding = [], _JUMP * np.abs(pieces).max(initial=0)
    for feature, part in parts.items():
        for p in range(1, part.shape[3]):
            # The first is always there: of nothing but constants the number of rows would be lost.
            if np.any(part[..., p]) or (feature, p) == ("cells", 1):
                found.append((places.power(feature, p), part[..., p]))
        if np.abs(jumps[feature]).max(initial=0) > rounding:
            found.append((places.step(feature), jumps[feature]))
    return found, pieces[:, :, 0, 0]


def _summed(places, pieces):
    """Sum over inputs, of shape (m, n)."""
    graph, (found, start) = places.graph, terms(places, pieces)
    values = [
        graph.op("MatMul", graph.numbers(_beside(coefficients)), graph.flat(feature, _beside(coefficients).shape[1]))
        for feature, coefficients in found
    ]
    return graph.sum([*values, graph.numbers(start.sum(axis=0)[:, None])])


def _beside(coefficients):
    """Matrices of all inputs side by side: (n_in, m, n_features) as (m, n_in n_features)."""
    return np.swapaxes(coefficients, 0, 1).reshape(coefficients.shape[1], -1)


def each(places, pieces):
    """The piecewise polynomials of each input, of shape (n_in, m, n)."""
    graph, (found, start) = places.graph, terms(places, pieces)
    return graph.sum([*(graph.op("MatMul", graph.numbers(c), f) for f, c in found), graph.numbers(start[:, :, None])])


def branch(places, splines, slopes=False):
    """The residual branch, silu on the grid mapped to [-1, 1], outside it by the rule of the splines.

    Parameters
    ----------
    places : Places
    splines : SplinePolynomials
    slopes : bool, default=False

    Returns
    -------
    value : str
        Of shape (n_in, n).
    slope : str
        Its derivative by the place on [-1, 1], but for the bound on the excess; only if `slopes`.
    """
    graph, unit, rule = places.graph, places.graph.numbers(2.0 / splines.cells), splines.extrapolation
    inside = graph.op("Clip", places.s, graph.numbers(0.0), graph.numbers(splines.cells))
    z, excess = graph.op("Mul", inside, unit), graph.op("Mul", places.excess, unit)
    z = graph.op("Sub", graph.op("Add", z, excess) if rule == "continue" else z, graph.numbers(1.0))
    gate = graph.op("Sigmoid", z)
    value, slope = graph.op("Mul", z, gate), _silu_slope(graph, z, gate)
    if rule == "constant":
        within = graph.op("Equal", places.excess, graph.numbers(0.0))
        slope = graph.op("Mul", slope, graph.op("Cast", within, to=graph.element_type))
    elif rule != "continue":
        value = graph.op("Add", value, graph.op("Mul", excess, slope))
    return (value, slope) if slopes else value


def _silu_slope(graph, z, gate):
    """gate (1 + z (1 - gate)), the derivative of z times gate = 1 / (1 + exp(-z))."""
    one = graph.numbers(1.0)
    return graph.op("Mul", gate, graph.op("Add", one, graph.op("Mul", z, graph.op("Sub", one, gate))))


def _spline(graph, layer, x):
    """A spline layer at x of shape (n_in, n), part by part."""
    splines, columns = SplinePolynomials.of(layer), ColumnEffects.of(layer)
    n_in, n_out = splines.edges.shape
    known = known_numbers(graph, columns, splines, x)
    pieces, outputs, order = splines.pieces(), [], []
    for inputs, targets in _parts(splines.edges & ~columns.categories[:, None]):
        outputs.append(_part(graph, splines, pieces, graph.rows(known, inputs, n_in), np.ix_(inputs, targets)))
        order += targets
    y = outputs[0] if len(outputs) == 1 else graph.op("Concat", *outputs, axis=0)
    y = graph.rows(y, np.argsort(order).tolist(), n_out)
    y = graph.sum([y, *effects_of_columns(graph, columns, splines, x)])
    return graph.op("Add", y, _refused(graph, splines, known)) if splines.refuses else y


def _part(graph, splines, pieces, x, block):
    """Sums of splines of some inputs, x, for some outputs, which are given as an index of edges."""
    places = Places.of(graph, splines, x, np.ravel(block[0]))
    y = _summed(places, pieces[block])
    if splines.base is None:
        return y
    return graph.op("Add", y, graph.op("MatMul", graph.numbers(splines.base[block].T), branch(places, splines)))


def _parts(edges):
    """Lists of inputs and outputs that edges join; outputs without edges go with the first."""
    n_in, n_out = edges.shape
    graph = np.zeros((n_in + n_out, n_in + n_out), dtype=bool)
    graph[:n_in, n_in:] = edges
    labels = connected_components(graph, directed=False)[1]
    parts = [
        (np.flatnonzero(labels[:n_in] == label).tolist(), np.flatnonzero(labels[n_in:] == label).tolist())
        for label in dict.fromkeys(labels[:n_in][edges.any(axis=1)].tolist())
    ]
    parts = parts or [([0], [])]
    parts[0][1].extend(np.flatnonzero(~edges.any(axis=0)).tolist())
    return parts


def _refused(graph, splines, x):
    """NaN for rows with a value outside its grid, else 0; shape (1, n)."""
    places = Places.of(graph, splines, x, np.arange(len(splines.lo)))
    slack = graph.numbers(splines.slack[:, None])
    outside = graph.op("Cast", graph.op("Greater", graph.op("Abs", places.excess), slack), to=graph.element_type)
    inside = graph.op("Less", graph.op("ReduceSum", outside, graph.integers([0]), keepdims=1), graph.numbers(0.5))
    return graph.op("Where", inside, graph.numbers(0.0), graph.numbers(np.nan))


def _tanh(graph, layer, x):
    return graph.op("Tanh", x)


_KINDS = {"spline": _spline, "tanh": _tanh}


def network_values(graph, layers, x):
    """Output of a network, of shape (n_outputs, n).

    Parameters
    ----------
    graph : Graph
    layers : list of dict
        Of `Layer.as_data`.
    x : str
        Of shape (n_features, n).

    Returns
    -------
    y : str
    """
    for layer in layers:
        x = writer_of(_KINDS, layer)(graph, layer, x)
    return x
