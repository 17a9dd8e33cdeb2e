r"""What other columns lead one to expect where a value is missing.

Numbers are taken as if they were jointly normal, with means and covariances S of the rows of the fit, each from the
rows that know both columns. Given the known values z_o of a row, in standard deviations from their means, those that
are missing are expected to be [1]_

    z_m = S_mo S_oo^-1 z_o.

A column is filled in if others say enough about it: if the part of its variance that they explain, R^2, is more than
`_LEAST_EXPLAINED` above what that would be of columns that say nothing. What lies outside a grid counts as at its end,
as one value that is far from all others would decide on S. S is drawn to the unit matrix and its eigenvalues are kept
from 0: pairs of columns are from different rows, and columns may say the same.

References
----------
.. [1] R. J. A. Little and D. B. Rubin, "Statistical Analysis with Missing Data", 3rd edition, Wiley 2019, chapter 11.
"""

import numpy as np

# Part of a column's variance that others must explain.
_LEAST_EXPLAINED = 0.1
# Part of S that is the unit matrix, and the least eigenvalue of S.
_SHRUNK = 0.01
_LEAST_EIGENVALUE = 0.01


class Filling:
    """Columns that are filled in where they are missing.

    Parameters
    ----------
    lo, hi : ndarray of shape (n_in,)
        Ends of the grids.
    location, scale : ndarray of shape (n_in,)
        Mean and standard deviation of each column.
    S : ndarray of shape (n_in, n_in)
        Correlations, those of columns that are left out 0.
    filled : bool ndarray of shape (n_in,)
        Columns that are filled in.
    """

    def __init__(self, lo, hi, location, scale, S, filled):
        self.lo, self.hi, self.location, self.scale, self.S, self.filled = lo, hi, location, scale, S, filled

    @classmethod
    def of(cls, basis, X, weight, n_observed, numbers, wanted):
        """The filling that some rows ask for, or None.

        Parameters
        ----------
        basis : BSplineBasis
            Whose grids say what is far out.
        X : ndarray of shape (n_samples, n_in)
        weight : ndarray of shape (n_samples,)
            Of sum 1.
        n_observed : float
            Observations that the rows are.
        numbers : bool ndarray of shape (n_in,)
            Columns that may say something about others.
        wanted : bool ndarray of shape (n_in,)
            Those of them that are filled in if others say enough.
        """
        known = ~np.isnan(X) & numbers
        if not (wanted & numbers).any():
            return None
        x, mass = np.where(known, np.clip(X, basis.lo, basis.hi), 0.0), np.maximum(weight @ known, 1e-300)
        location = weight @ x / mass
        x = np.where(known, x - location, 0.0)
        scale = np.sqrt(weight @ x**2 / mass)
        z = x / np.where(scale > 0, scale, 1.0)
        S = _correlations(z, known, weight)
        explained = 1 - 1 / np.diag(np.linalg.inv(S))
        filled = wanted & numbers & (explained > _LEAST_EXPLAINED + numbers.sum() / n_observed)
        return cls(basis.lo, basis.hi, location, scale, S, filled) if filled.any() else None

    def at(self, x):
        """Values x of shape (n_in, n) with what is expected instead of NaN, in columns that are filled in."""
        missing = np.isnan(x)
        rows = np.flatnonzero(missing[self.filled].any(axis=0))
        if not len(rows):
            return x
        x, (patterns, which) = x.copy(), np.unique(missing[:, rows], axis=1, return_inverse=True)
        for number, gone in enumerate(patterns.T):
            at = rows[which.ravel() == number]
            m = np.flatnonzero(gone & self.filled)
            x[np.ix_(m, at)] = self._expected(x[:, at], m, np.flatnonzero(~gone & (self.scale > 0)))
        return x

    def _expected(self, x, m, o):
        """What the rows m of x are expected to be, given the rows o."""
        lo, hi, location, scale = (values[:, None] for values in (self.lo, self.hi, self.location, self.scale))
        z = (np.clip(x[o], lo[o], hi[o]) - location[o]) / scale[o]
        expected = self.S[np.ix_(m, o)] @ np.linalg.solve(self.S[np.ix_(o, o)], z)
        return np.clip(location[m] + scale[m] * expected, lo[m], hi[m])


def _correlations(z, known, weight):
    """Correlations of columns of mean 0 and variance 1 where they are known, positive definite."""
    together = (known.T * weight) @ known
    S = (z.T * weight) @ z / np.maximum(together, 1e-300)
    S = (1 - _SHRUNK) * S
    S[np.diag_indices_from(S)] = 1.0
    values, vectors = np.linalg.eigh(S)
    return (vectors * np.maximum(values, _LEAST_EIGENVALUE)) @ vectors.T
