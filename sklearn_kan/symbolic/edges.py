r"""Edges of a formula: a function of the library with four constants, or a spline.

A `SymbolicEdge` is c f(a u + b) + d, a `SplineEdge` is sum_k w_k B_k(u). Both tell their value at u,
the derivative with respect to u and, row by row, those with respect to their free parameters. `Constants`
are numbers of which some are free and some fixed; fixed ones may have an exact form (p / q, or p pi / q).
"""

import copy
import math
from typing import NamedTuple

import numpy as np

from ..layers.basis import BSplineBasis
from ..layers.knots import refit_coefficients, uniform_knots
from .library import IDENTITY, get_function, named

A, B, C, D = range(4)


class Exact(NamedTuple):
    """The number p / q, times pi if `pi`."""

    p: int
    q: int = 1
    pi: bool = False

    def times(self, other):
        """The exact product with another exact number, None if there is none: pi squared is not of this kind."""
        if self.pi and other.pi:
            return None
        p, q = self.p * other.p, self.q * other.q
        common = math.gcd(p, q)
        return Exact(p // common, q // common, (self.pi or other.pi) and p != 0)

    def plus(self, other):
        """The exact sum with another exact number, None if there is none: 1 + pi is not of this kind."""
        if self.p and other.p and self.pi != other.pi:
            return None
        p, q = self.p * other.q + other.p * self.q, self.q * other.q
        common = math.gcd(p, q)
        return Exact(p // common, q // common, (self.pi or other.pi) and p != 0)

    def __float__(self):
        return self.p / self.q * (np.pi if self.pi else 1.0)

    def __str__(self):
        top = ("pi" if self.p == 1 else "-pi" if self.p == -1 else f"{self.p}*pi") if self.pi else str(self.p)
        return top if self.q == 1 else f"{top}/{self.q}"


class Constants:
    """Some numbers, free or fixed.

    Parameters
    ----------
    values : sequence of float
    free : sequence of bool
        Fixed values that are whole numbers are exact.

    Attributes
    ----------
    values, free : ndarray
    exact : list of Exact or None
    """

    def __init__(self, values, free):
        self.values, self.free = np.array(values, dtype=float), np.array(free, dtype=bool)
        whole = ~self.free & (self.values == np.round(self.values)) & (np.abs(self.values) < 1e9)
        self.exact = [Exact(int(v)) if known else None for v, known in zip(self.values, whole, strict=True)]

    def copy(self):
        """A copy that shares nothing that changes."""
        new = copy.copy(self)
        new.values, new.free, new.exact = self.values.copy(), self.free.copy(), list(self.exact)
        return new

    def fix(self, slot, exact):
        """Fix a number at an exact form."""
        self.values[slot], self.free[slot], self.exact[slot] = float(exact), False, exact

    def scale(self, slot, factor, exact=None):
        """Multiply a number; it stays exact if it is, and the factor too (1 and -1 are)."""
        exact = Exact(int(factor)) if exact is None and abs(factor) == 1 else exact
        old, self.exact[slot] = self.exact[slot], None
        self.values[slot] *= factor
        if old is not None and (old.p == 0 or exact is not None):
            self.exact[slot] = old if old.p == 0 else old.times(exact)
        if self.exact[slot] is not None:
            self.values[slot] = float(self.exact[slot])

    @property
    def theta(self):
        """The free numbers."""
        return self.values[self.free]

    @theta.setter
    def theta(self, values):
        self.values[self.free] = values


class SymbolicEdge:
    """c f(a u + b) + d.

    Parameters
    ----------
    source : int
        Where u comes from; see `FormulaGraph`.
    function : Function
    a, b, c, d : float
    offset : bool, default=False
        Whether d is free: edges into a sum leave it to the constant of that sum.
    """

    def __init__(self, source, function, a=1.0, b=0.0, c=1.0, d=0.0, offset=False):
        self.source, self.function = source, function
        a, b, c, d = _canonical(function, a, b, c, d)
        freedom = function.freedom
        free = [freedom in ("rate", "both"), freedom in ("shift", "both"), True, offset]
        self.constants = Constants([a, b, c, d], free)

    def copy(self):
        """A copy that shares nothing that changes."""
        new = copy.copy(self)
        new.constants = self.constants.copy()
        return new

    def __getstate__(self):
        """Functions of the library by name: files without code can hold it."""
        return {**self.__dict__, "function": named(self.function)}

    def __setstate__(self, state):
        function = state["function"]
        self.__dict__.update(state, function=get_function(function) if isinstance(function, str) else function)

    @property
    def theta(self):
        """The free constants."""
        return self.constants.theta

    @theta.setter
    def theta(self, values):
        self.constants.theta = values

    @property
    def n_params(self):
        """Free constants."""
        return int(self.constants.free.sum())

    def value(self, u, design=None, strict=False):
        """The edge at u; NaN throughout if `strict` and an argument is outside the domain."""
        a, b, c, d = self.constants.values
        t = a * u + b
        if strict and not self.function.allows(t):
            return np.full_like(u, np.nan)
        return c * self.function.f(t) + d

    def of_scaled(self, size):
        """The edge that is at size * u what this one is at u."""
        new, (a, b, c, d) = self.copy(), self.constants.values
        values = _canonical(self.function, a / size, b, c, d)
        values = values if values[D] == d else (a / size, b, c, d)
        for slot, (value, old) in enumerate(zip(values, self.constants.values, strict=True)):
            if value != old:
                new.constants.values[slot], new.constants.exact[slot] = value, None
        return new

    def linearize(self, u, design=None):
        """Value, derivative with respect to u, and those with respect to the free constants (n_params, n)."""
        a, b, c, d = self.constants.values
        t = a * u + b
        f, slope = self.function.f(t), c * self.function.slope(t)
        rows = (slope * u, slope, f, np.ones_like(u))
        partials = [row for row, free in zip(rows, self.constants.free, strict=True) if free]
        return c * f + d, a * slope, partials


def _canonical(function, a, b, c, d):
    """The same edge with a and b where `freedom` lets them be; see `library`."""
    if function.freedom == "none":
        return (1.0, 0.0, c * a, d + c * b) if function is IDENTITY else (1.0, 0.0, c, d)
    if function.freedom == "rate":
        return a, 0.0, c * np.exp(np.clip(b, -600, 600)), d
    if function.freedom == "shift" and function.scaled and abs(a) != 1.0 and a != 0.0:
        size = np.float64(abs(a))
        with np.errstate(over="ignore", under="ignore"):
            factor, offset = function.scaled(size)
        if 0 < factor < np.inf or size == 1.0:  # Else the number would be beyond what there are floats for.
            return a / size, b / size, c * factor, d + c * offset
    return a, b, c, d


class SplineEdge:
    """A spline with linear extrapolation.

    Parameters
    ----------
    source : int
    basis : BSplineBasis
        With one input.
    coef : ndarray of shape (n_basis,)
    """

    def __init__(self, source, basis, coef):
        self.source, self.basis, self.coef = source, basis, np.array(coef, dtype=float)

    @classmethod
    def line(cls, source, lo, hi, n_cells, degree, offset=0.0, slope=1.0):
        """A straight line over [lo, hi] mapped to [-1, 1], as a spline."""
        t = uniform_knots(np.array([lo]), np.array([hi]), n_cells, degree)
        basis = BSplineBasis(t, degree)
        return cls(source, basis, offset + slope * basis.greville()[0])

    def copy(self):
        """A copy that shares nothing that changes."""
        return SplineEdge(self.source, self.basis, self.coef)

    @property
    def theta(self):
        """The coefficients."""
        return self.coef

    @theta.setter
    def theta(self, values):
        self.coef = np.array(values)

    @property
    def n_params(self):
        """Coefficients."""
        return len(self.coef)

    def design(self, u):
        """Basis functions at u, shape (n_basis, n)."""
        return self.basis.design(u[None])[0]

    def value(self, u, design=None, strict=False):
        """The spline at u."""
        return self.coef @ (self.design(u) if design is None else design)

    def linearize(self, u, design=None):
        """Value, derivative with respect to u (None where the design is given), and the design."""
        if design is not None:
            return self.coef @ design, None, design
        values, slopes = self.basis.design(u[None], slopes=True)
        return self.coef @ values[0], self.coef @ slopes[0], values[0]

    def of_scaled(self, size):
        """The edge that is at size * u what this one is at u."""
        return SplineEdge(self.source, BSplineBasis(self.basis.t * size, self.basis.k, "linear"), self.coef)

    def moved(self, lo, hi, n_cells=None):
        """The closest spline on equal cells over [lo, hi]."""
        n_cells = self.basis.n_cells if n_cells is None else n_cells
        t = uniform_knots(np.array([lo]), np.array([hi]), n_cells, self.basis.k)
        basis = BSplineBasis(t, self.basis.k)
        return SplineEdge(self.source, basis, refit_coefficients(lambda u: self.value(u[0])[None, None], basis)[0, 0])
