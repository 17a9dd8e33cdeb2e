r"""Spline layers as polynomials: what programs without a B-spline recursion evaluate.

In the unit of mean cells an input is at s = (x - lo) rate, the grid being [0, cells]. Within cell c it is at
u = (s - left_c) / width_c, and the k + 1 functions B_c, ..., B_{c+k} that are not zero there are polynomials of u.
Outside the grid so they are, of the excess u in the unit of the outermost cell: linear, constant or those of that cell,
as the rule for extrapolation says. Hence two more "cells", left and right of the grid, and no rule is needed any more.
"""

from dataclasses import dataclass

import numpy as np

from ..layers.basis import BSplineBasis


@dataclass(frozen=True)
class SplinePolynomials:
    """A spline layer in this form; made by `SplinePolynomials.of`.

    Attributes
    ----------
    lo, rate : ndarray of shape (n_in,)
        Left end of the grid, in units of the input, and cells per unit.
    cells : int
        Cells of the grid.
    degree : int
    left, width : ndarray of shape (n_in, cells) or (1, cells)
        In mean cells; one row if the knots of all inputs are equally spaced.
    alive : ndarray of shape (n_in or 1, cells + 2, degree + 1, degree + 1)
        Functions alive, powers of u last; the cells, then left and right of the grid.
    first : ndarray of shape (cells + 2,)
        Number of the first function alive.
    coef : ndarray of shape (n_in, n_out, cells + degree)
        0 for categories, whose effects are in `ColumnEffects`.
    base : ndarray of shape (n_in, n_out) or None
        Weights of silu(2 s / cells - 1), which outside the grid follows the rule.
    edges : bool ndarray of shape (n_in, n_out)
    reach : float or None
        An excess e counts as e / (1 + |e| / reach), in mean cells; None: as it is.
    slack : ndarray of shape (n_in,)
        Excess in mean cells that is rounding, where values outside the grid are an error.
    extrapolation : {"linear", "constant", "continue", "error"}
        The rule; by "error" `alive` is linear outside, for rounding.
    periodic : bool ndarray of shape (n_in,)
        Inputs that are brought into their grid first: a place s in cells becomes s - cells floor(s / cells).
    """

    lo: np.ndarray
    rate: np.ndarray
    cells: int
    degree: int
    left: np.ndarray
    width: np.ndarray
    alive: np.ndarray
    first: np.ndarray
    coef: np.ndarray
    base: np.ndarray | None
    edges: np.ndarray
    reach: float | None
    slack: np.ndarray
    extrapolation: str
    periodic: np.ndarray

    @property
    def refuses(self):
        """Whether values outside the grid are an error."""
        return self.extrapolation == "error"

    @classmethod
    def of(cls, layer):
        """Take it from the data of a spline layer, a dict of `SplineLayer.as_data`."""
        cells, k = layer["cells"], layer["degree"]
        uniform = [np.arange(-k, cells + k + 1.0)]
        knots = np.array(uniform if layer["knots"] is None else layer["knots"])
        inner = knots[:, k : k + cells + 1]
        first = np.array([*range(cells), 0, cells - 1])
        lo, hi = np.array(layer["lo"]), np.array(layer["hi"])
        edges = np.array([[row is not None for row in rows] for rows in layer["coef"]], dtype=bool)
        coef, numbers = np.zeros((*edges.shape, cells + k)), ~np.array(layer["levels"] or [False] * len(lo), dtype=bool)
        base = np.zeros(edges.shape) if layer["silu"] else None
        for i, j in np.argwhere(edges & numbers[:, None]):
            coef[i, j] = layer["coef"][i][j][: cells + k]
            if layer["silu"]:
                base[i, j] = layer["coef"][i][j][-1]
        return cls(
            lo=lo,
            rate=cells / (hi - lo),
            cells=cells,
            degree=k,
            left=inner[:, :-1],
            width=np.diff(inner, axis=1),
            alive=_alive(BSplineBasis(knots, k, layer["extrapolation"]), first),
            first=first,
            coef=coef,
            base=base,
            edges=edges,
            reach=None if layer["reach"] is None else layer["reach"] * cells,
            slack=np.array(layer["slack"]) * cells / (hi - lo),
            extrapolation=layer["extrapolation"],
            periodic=np.array(layer["periodic"] or [False] * len(lo), dtype=bool),
        )

    def pieces(self, coef=None):
        """Splines as one polynomial of u a cell, shape (n_in, n_out, cells + 2, degree + 1), powers last.

        Parameters
        ----------
        coef : ndarray of shape (n_in, n_out, cells + degree), default=None
            None: those of the edges.
        """
        coef = self.coef if coef is None else coef
        windows = coef[:, :, self.first[:, None] + np.arange(self.degree + 1)]
        return np.einsum("ijcr,icrp->ijcp", windows, np.broadcast_to(self.alive, (len(self.lo), *self.alive.shape[1:])))


def _alive(basis, first):
    """Polynomials of the functions alive in each cell, and left and right of the grid."""
    n, k = len(basis.t), basis.k
    unit = np.broadcast_to(np.eye(basis.n_basis), (n, basis.n_basis, basis.n_basis))
    pieces = basis.pieces(unit).reshape(k + 1, basis.n_basis, n, len(first))
    alive = pieces[:, first[:, None] + np.arange(k + 1), :, np.arange(len(first))[:, None]]
    return np.ascontiguousarray(alive.transpose(3, 0, 1, 2))  # Indices that are arrays have become the first axes.
