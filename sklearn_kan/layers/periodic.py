r"""Splines of features that come round: hours of a day, months, angles.

On n equal cells of one period P, with knots that go on for ever, a spline is periodic if its coefficients are,
c_{r+n} = c_r. So it has n coefficients, with the functions

    P_r(x) = sum_m B_{r + m n}(x'),    x' = lo + (x - lo) mod P,    r = 0, ..., n - 1,

which sum to 1, and values and derivatives up to the degree less one join at every multiple of the period. Its roughness
is that of second differences all the way round.

Where the cells begin must not depend on where somebody has put the origin: hours from midnight and hours from noon are
the same. So a knot or the middle of a cell lies at a direction that turns with the data [1]_: that of the sum of
w exp(2 pi i x / P), or, where the data lie evenly all round, of w (y - mean y) exp(2 pi i x / P) for the first target
of which this has one. Where there is none either, it is the origin.

References
----------
.. [1] K. V. Mardia and P. E. Jupp, "Directional Statistics", Wiley, 2000.
"""

import numpy as np

from .basis import BSplineBasis
from .knots import uniform_knots

# Length of the mean direction, relative to that of all in one direction, below which there is none.
_LEAST_LENGTH = 1e-6


class PeriodicBasis(BSplineBasis):
    """B-spline bases some of which are periodic.

    Parameters
    ----------
    t : ndarray of shape (n_in, n_cells + 2 * k + 1)
        Knots; those of periodic inputs equally spaced, with a grid of one period.
    k : int
    periodic : bool ndarray of shape (n_in,)
        Which inputs are.
    extrapolation, max_excess : as for BSplineBasis
        For inputs that are not periodic.
    """

    def __init__(self, t, k, periodic, extrapolation="linear", max_excess=np.inf):
        super().__init__(t, k, extrapolation, max_excess)
        self.periodic = periodic
        self.used = ~periodic[:, None] | (np.arange(self.n_basis) < self.n_cells)

    def on(self, t):
        """A basis with the same inputs periodic; their cells are equal ones of the same grid, whatever `t` says."""
        even = uniform_knots(self.lo, self.hi, t.shape[1] - 2 * self.k - 1, self.k)
        t = np.where(self.periodic[:, None], even, t)
        return PeriodicBasis(t, self.k, self.periodic, self.extrapolation, self.max_excess)

    def locate(self, x):
        """Cell, place in it and excess outside the grid, where periodic inputs never are; see `BSplineBasis`."""
        return super().locate(self.wrapped(x))

    def excesses(self, x):
        """How far x is outside the grid, 0 for periodic inputs; see `BSplineBasis`."""
        return super().excesses(self.wrapped(x))

    def wrapped(self, x):
        """x with periodic inputs, and only these, brought into their grid."""
        x = np.array(x, dtype=float)
        lo, hi = self.lo[self.periodic, None], self.hi[self.periodic, None]
        with np.errstate(invalid="ignore"):
            x[self.periodic] = np.clip(lo + np.mod(x[self.periodic] - lo, hi - lo), lo, hi)
        return x

    def design(self, x, slopes=False):
        """Values, and on request derivatives, of all basis functions; 0 of those that periodic inputs do not have."""
        designs = super().design(x, slopes)
        for design in designs if slopes else (designs,):
            for extra in range(self.n_cells, self.n_basis):
                design[self.periodic, extra % self.n_cells] += design[self.periodic, extra]
            design[self.periodic, self.n_cells :] = 0.0
        return designs

    def repeated(self, coef):
        """Coefficients of shape (n_in, n_out, n_basis) of ordinary splines on the grid that are the same there."""
        coef, n = coef.copy(), self.n_cells
        coef[self.periodic, :, n:] = coef[self.periodic][:, :, np.arange(n, self.n_basis) % n]
        return coef

    def roughness(self):
        """Second-difference penalty of each input, those of periodic ones round the period."""
        R, n = super().roughness(), self.n_cells
        second = np.roll(np.eye(n), 1, axis=1) - 2 * np.eye(n) + np.roll(np.eye(n), -1, axis=1)
        R[self.periodic] = 0.0
        R[self.periodic, :n, :n] = second.T @ second * (n / 2) ** 3
        return R


def period_start(x, period, weight, Y):
    """Where the grid of a periodic feature begins; it turns with the data.

    Parameters
    ----------
    x : ndarray of shape (n,)
    period : float
    weight : ndarray of shape (n,)
        Of sum 1.
    Y : ndarray of shape (n, n_outputs)

    Returns
    -------
    lo : float
        Half a period before the mean direction, so that this is in the middle.
    """
    turn = np.exp(2j * np.pi * np.mod(x / period, 1.0))
    centred = Y - weight @ Y
    scale = np.maximum(np.sqrt(weight @ centred**2), np.finfo(float).tiny)
    for sum_ in (weight @ turn, *(turn @ (weight[:, None] * centred / scale))):
        if np.abs(sum_) > _LEAST_LENGTH:
            return period * (np.angle(sum_) / (2 * np.pi) - 0.5)
    return 0.0
