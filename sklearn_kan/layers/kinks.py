r"""Splines of few cells as powers and kinks: values without looking for cells.

With z the place in cells from the middle of the grid, h half its length and x_+ = max(x, 0), a spline of degree k is

    s(z) = a_0 + a_1 z + ... + a_k z^k + sum_{c <= l} b_c (t_c - z)_+^k + sum_{c > l} b_c (z - t_c)_+^k

on the grid, for its inner knots t_c [1]_: the polynomial is that of one cell, and each knot on the way to another one
adds a kink. Every function is a few passes of arithmetic over a block of points, among them 2 d_+ = \|d\| + d, and
there is nothing to look up and nothing to put elsewhere; one BLAS product sums over inputs and functions. Up to about
a dozen cells this takes a fraction of the time of a design of B-splines.

B-splines are such sums. The polynomials are those of the k + 1 that are not 0 in the cell (`taylor`). The kinks follow
from divided differences of truncated powers [1]_,

    B_r(z) = (-1)^{k+1} (t_{r+k+1} - t_r) [t_r, ..., t_{r+k+1}] (z - .)_+^k
           = (-1)^{k+1} (t_{r+k+1} - t_r) sum_{j=r}^{r+k+1} (z - t_j)_+^k / prod_{m != j} (t_j - t_m),

and a kink is turned round by (z - t)_+^k = (z - t)^k + (-1)^{k+1} (t - z)_+^k. How many look left, l, is free.

B-splines are local and these functions are not: large terms cancel. The amplification

    A = max_r sum_f |M_rf| max_z |f(z)|,    B_r = sum_f M_rf f,

bounds how far: a value is exact to a few A eps of the largest coefficient. The l of least A is taken; A is 26 for
five equal cells of degree 3. And a place is exact to h eps, which is much of a narrow cell, even at an end: beside a
code of 1e9 for "missing" all data are in cells of 1e-9. Where A is too large or a cell too narrow, B-splines it is,
whose places are counted from the knot beside them.

Outside the grid the functions follow the same rules as B-splines, and so does their sum.

References
----------
.. [1] C. de Boor, "A Practical Guide to Splines", Springer, 1978, chapters VIII and IX.
"""

from functools import lru_cache

import numpy as np
from scipy.special import comb

from .taylor import taylor

# Equal cells up to which kinks are faster than B-splines, whose cells are found by rounding down.
_MOST_EQUAL = 12
# The same of few splines an input, for the first of them and for each.
_FIRST, _EACH = 3, 2
# Unequal cells up to which they are faster than B-splines, whose cells are found by a search.
_MOST_UNEQUAL = 24
# Amplification of rounding errors up to which they are as good as B-splines: 1e3 eps are 2e-13.
_MOST_AMPLIFIED = 1e3
# Part of the mean cell that each is at least: places, exact to a few eps of that, are so to 1e-11 of a cell.
_LEAST_CELL = 1e-4
# Sets of unequal knots that are remembered, the first layer of so many models, and numbers that one of them may take.
_REMEMBERED, _MOST_NUMBERS = 8, 2**20


class Kinks:
    """Powers and kinks for splines of one degree, one knot vector for each input.

    Parameters
    ----------
    t : ndarray of shape (n_in, n_cells + 2 * k + 1)
        Knots, in cells from the middle of the grid; n_in is 1 if all inputs have the same.
    k : int
    n_left : int
        Inner knots whose kinks look left.

    Attributes
    ----------
    change : ndarray of shape (n_in, n_basis, n_basis)
        The B-splines, as coefficients of 1 and of the functions.
    amplification : float
        Bound on rounding errors, see above.
    """

    def __init__(self, t, k, n_left):
        self.k, self.half, self.n_left = k, 0.5 * (t.shape[1] - 2 * k - 1), n_left
        self.knots = t[:, k + 1 : -k - 1].T[:, :, None]
        self.change = _change(t, k, n_left)
        ends = np.tile([-self.half, self.half], (len(t), 1))
        self.ends = self.functions(ends, self.knots)
        order = np.r_[1.0 : k + 1.0, np.full(len(self.knots), k)][:, None, None]
        self.end_slopes = (
            order * self.ends / np.concatenate([np.broadcast_to(ends, (k, *ends.shape)), ends - self.knots])
        )
        largest = np.concatenate([np.ones((len(t), 1)), np.abs(self.ends).max(axis=2).T], axis=1)
        self.amplification = (np.abs(self.change) * largest[:, None]).sum(axis=2).max(initial=0.0)

    def functions(self, z, knots):
        """All functions but 1: z, ..., z^k and the kinks times 2, shape (n_functions, *z.shape).

        Parameters
        ----------
        z : ndarray
            Places.
        knots : ndarray of shape (n_cells - 1, ...)
            Those of each place, broadcast against it.
        """
        out = np.empty((self.k + len(knots), *z.shape))
        powers, kinks = out[: self.k], out[self.k :]
        powers[0] = z
        for p in range(1, self.k):
            np.multiply(powers[p - 1], z, out=powers[p])
        past = np.empty(kinks.shape)
        np.subtract(knots[: self.n_left], z, out=past[: self.n_left])
        np.subtract(z, knots[self.n_left :], out=past[self.n_left :])
        np.abs(past, out=kinks)
        kinks += past
        for _ in range(1, self.k):
            kinks *= past
        return out

    def evaluator(self, coef, basis):
        """A function from x of shape (n_in, n) to the sum over inputs of the splines of a basis, shape (n_out, n).

        Parameters
        ----------
        coef : ndarray of shape (n_in, n_out, n_basis)
        basis : BSplineBasis
            Whose knots these are.
        """
        changed = self._changed(coef)
        weights = changed[:, :, 1:].transpose(1, 2, 0).reshape(coef.shape[1], -1)
        constant = changed[:, :, 0].sum(axis=0)[:, None]
        middle = (0.5 * basis.lo + 0.5 * basis.hi)[:, None]
        scale = (basis.n_cells / (basis.hi - basis.lo))[:, None]

        def evaluate(x):
            x = basis.wrapped(x)
            with np.errstate(over="ignore", invalid="ignore"):  # Far outside, and put right then.
                z = np.subtract(x, middle, order="C")
                z *= scale
                values = self.functions(z, self.knots)
            outside = np.abs(z) > self.half
            if outside.any():
                basis.refuse_outside(x)
                self._go_on(values, z, np.flatnonzero(outside), basis)
            y = weights @ values.reshape(weights.shape[1], x.shape[1])
            y += constant
            return y

        return evaluate

    def _changed(self, coef):
        """Coefficients of 1 and of the functions, given those of B-splines, shape (n_in, n_out, n_basis)."""
        if len(self.change) > 1:
            return np.matmul(coef, self.change)
        return (coef.reshape(-1, coef.shape[2]) @ self.change[0]).reshape(coef.shape)

    def _go_on(self, values, z, at, basis):
        """Put functions at points outside the grid right, by the rule of a basis; NaN is not outside."""
        i, n = np.divmod(at, z.shape[1])
        z = z[i, n]
        side, own = (z > 0).astype(np.intp), i % len(self.change)
        excess = basis.bounded(z - np.copysign(self.half, z))[0]
        if basis.extrapolation == "continue":
            values[:, i, n] = self.functions(np.copysign(self.half, z) + excess, self.knots[:, own, 0])
            return
        values[:, i, n] = self.ends[:, own, side]
        if basis.extrapolation != "constant":
            values[:, i, n] += excess * self.end_slopes[:, own, side]


def kinks_of(k, n_cells, n_out, cells=None):
    """Powers and kinks for splines of a degree.

    Parameters
    ----------
    k, n_cells, n_out : int
        Degree, cells, and splines of each input.
    cells : ndarray of shape (n_in, n_cells + 2 * k + 1), default=None
        Knots of each input, in cells from the left end of the grid; None: they are equal cells.

    Returns
    -------
    kinks : Kinks or None
        None where B-splines are faster or more exact.
    """
    if cells is None:
        return _equal(k, n_cells) if n_cells <= min(_MOST_EQUAL, _FIRST + _EACH * n_out) else None
    if n_cells > _MOST_UNEQUAL or len(cells) * (n_cells + k) ** 2 > _MOST_NUMBERS:
        return None
    return _unequal(k, n_cells, cells.tobytes())


@lru_cache
def _equal(k, n_cells):
    """`kinks_of` equal cells."""
    return _best(np.arange(-k, n_cells + k + 1.0)[None], k, n_cells)


@lru_cache(maxsize=_REMEMBERED)
def _unequal(k, n_cells, cells):
    """`kinks_of` knots in cells from the left end of the grid, given as bytes."""
    return _best(np.frombuffer(cells).reshape(-1, n_cells + 2 * k + 1), k, n_cells)


def _best(cells, k, n_cells):
    """Those of least amplification, None if it is too large."""
    inner = cells[:, k : k + n_cells + 1]
    if np.diff(inner, axis=1).min(initial=1.0) < _LEAST_CELL:
        return None
    with np.errstate(all="ignore"):  # Cells that differ by any factor: not finite, and refused.
        every = (Kinks(cells - 0.5 * n_cells, k, n_left) for n_left in range(n_cells))
        best = min(every, key=lambda kinks: np.nan_to_num(kinks.amplification, nan=np.inf))
    return best if best.amplification <= _MOST_AMPLIFIED else None


def _change(t, k, n_left):
    """B-splines as coefficients of 1, powers and kinks times 2; see `Kinks.change`."""
    n_in, n_knots = t.shape
    n_basis = n_knots - k - 1
    windows = np.lib.stride_tricks.sliding_window_view(t, k + 2, axis=1)
    apart = windows[..., :, None] - windows[..., None, :]
    apart[..., np.arange(k + 2), np.arange(k + 2)] = 1.0
    weight = (-1.0) ** (k + 1) * (windows[..., -1:] - windows[..., :1]) / apart.prod(axis=3)
    truncated = np.zeros((n_in, n_basis, n_knots))
    for j in range(k + 2):
        truncated[:, np.arange(n_basis), np.arange(n_basis) + j] = weight[..., j]
    change = np.zeros((n_in, n_basis, n_basis))
    change[:, n_left : n_left + k + 1, : k + 1] = _polynomials(t, k, n_left)
    change[:, :, k + 1 :] = 0.5 * truncated[:, :, k + 1 : -k - 1]
    change[:, :, k + 1 : k + 1 + n_left] *= (-1.0) ** (k + 1)
    return change


def _polynomials(t, k, cell):
    """The k + 1 B-splines alive in a cell as coefficients of 1, z, ..., z^k, shape (n_in, k + 1, k + 1)."""
    start, width = t[:, k + cell, None, None], t[:, k + cell + 1, None, None] - t[:, k + cell, None, None]
    q, p = np.arange(k + 1)[:, None], np.arange(k + 1)
    shift = np.where(p <= q, comb(q, p) * (-start) ** np.maximum(q - p, 0) / width**q, 0.0)
    return taylor(t, k)[:, :, :, cell].transpose(2, 0, 1) @ shift
