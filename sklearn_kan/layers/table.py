r"""Basis functions for the columns of a table: splines of numbers, indicators of levels, one for "missing".

The functions of each input sum to 1 whatever its value is, as B-splines do, so that a constant is in every space:

    number      B_1(x), ..., B_m(x), and [x is missing] if that happened in fit; the B_r are 0 then,
    category    [x = 1], ..., [x = L], [x is another level], and [x is missing] if that happened in fit.

A coefficient of a category is the effect c_l of a level. They are effects drawn at random around a mean of their own,
normal with the precision a, and the mean is 0 with the precision b of the ridge [1]_:

    c^T (a R + b Q) c = a sum_l (c_l - mean c)^2 + b sum_l c_l^2.

How far effects lie apart is up to the evidence. A level of few rows is drawn to the mean of all; the other level, of
which there are no rows at all, is predicted to be that mean, and its variance is that of the effects.

Where a number is missing that other columns say something about (see `filling`), its splines are those at what is
expected, and [x is missing] stands beside them. Slopes are 0 there: what is filled in is taken as given.

A value that is missing only after the fit says nothing. It counts as the mean over the rows of the fit: its row in the
design is that of the means of the basis functions.

References
----------
.. [1] G. K. Robinson, "That BLUP is a good thing: the estimation of random effects", Statistical Science 6, 1991.
"""

import numpy as np

from .basis import mean_design


class TableBasis:
    """Bases of numbers and categories beside each other; what is not said here is as in `BSplineBasis`.

    Parameters
    ----------
    splines : BSplineBasis
        With a row for each input; those of categories do nothing.
    kinds : Kinds
    filling : Filling or None
        What is filled in where numbers are missing.

    Attributes
    ----------
    n_basis : int
        Functions of each input at most.
    used : bool ndarray of shape (n_in, n_basis)
        Which of them an input has.
    absent : ndarray of shape (n_in, n_basis)
        The functions at a missing value.
    """

    def __init__(self, splines, kinds, filling=None):
        self.splines, self.kinds, self.filling = splines, kinds, filling
        self.t, self.k, self.n_cells, self.lo, self.hi = splines.t, splines.k, splines.n_cells, splines.lo, splines.hi
        self.uniform, self.extrapolation, self.max_excess = splines.uniform, splines.extrapolation, splines.max_excess
        self._category = kinds.categories
        sizes = kinds.n_functions(splines.n_basis)
        self.n_basis = int(max(sizes.max(initial=1), 1 if self._category.all() else splines.n_basis))
        self.used = np.arange(self.n_basis) < sizes[:, None]
        if splines.used is not None:
            self.used[~self._category, : splines.n_basis] &= splines.used[~self._category]
        self.absent = np.zeros(self.used.shape)
        self.absent[np.arange(len(sizes)), sizes - 1] = 1.0  # "missing", or of a category the other level

    def on(self, t):
        """A basis for the same kinds on other knots; it does not know the means of its functions."""
        return TableBasis(self.splines.on(t), self.kinds, self.filling)

    def averaged(self, X, weight):
        """The same basis, to which a value that is missing only later is the mean over rows; see `BSplineBasis`."""
        new, silent = TableBasis(self.splines, self.kinds, self.filling), ~self.kinds.missing
        new.absent[silent] = mean_design(self, X, weight)[silent]
        return new

    def design(self, x, slopes=False):
        """Values, and on request derivatives, of all basis functions; parameters as those of `BSplineBasis.design`."""
        parts = self.splines.design(self._on_grid(self._filled(x)), slopes)
        designs = [self._padded(part) for part in (parts if slopes else (parts,))]
        for i in np.flatnonzero(self._category):
            designs[0][i, self._places(i, x[i]), np.arange(x.shape[1])] = 1.0
        i, n = np.nonzero(np.isnan(x))
        designs[0][i, :, n] = self.absent[i] + designs[0][i, :, n] * self._is_filled[i, None]
        for slope in designs[1:]:
            slope[i, :, n] = 0.0
        return tuple(designs) if slopes else designs[0]

    def evaluator(self, coef):
        """A function from x to the sum over the inputs of given functions; see `BSplineBasis.evaluator`."""
        numbers, n_splines = coef * ~self._category[:, None, None], self.splines.n_basis
        if n_splines > self.n_basis:
            numbers = np.zeros((*coef.shape[:2], n_splines))
        numbers = np.ascontiguousarray(numbers[:, :, :n_splines])
        of_numbers, instead = self.splines.evaluator(numbers), self._instead(coef, numbers)

        def evaluate(x):
            y = of_numbers(self._on_grid(self._filled(x)))
            for i in np.flatnonzero(self._category):
                y += coef[i][:, self._places(i, x[i])]
            for i in np.flatnonzero(np.isnan(x).any(axis=1)):
                y[:, np.isnan(x[i])] += instead[i][:, None]
            return y

        return evaluate

    def _instead(self, coef, numbers):
        """What a missing value adds to what counts in its place otherwise, shape (n_in, n_out)."""
        there = np.matmul(numbers, self.splines.design(self.lo[:, None]))[:, :, 0]
        for i in np.flatnonzero(self._category):
            there[i] = coef[i, :, self.kinds.levels[i]]
        there[self._is_filled] = 0.0
        return np.einsum("ijk,ik->ij", coef, self.absent) - there

    @property
    def periodic(self):
        """Inputs that come round, a bool ndarray of shape (n_in,), or None."""
        return self.splines.periodic

    def repeated(self, coef):
        """Coefficients with those of periodic splines repeated at the end; see `BSplineBasis.repeated`."""
        if self.periodic is None:
            return coef
        coef, m = coef.copy(), self.splines.n_basis
        coef[self.numbers, :, :m] = self.splines.repeated(coef[:, :, :m])[self.numbers]
        return coef

    def carried(self, splines, old, weights):
        """Coefficients on this basis: given ones of splines, and those of levels and "missing" from another basis.

        Parameters
        ----------
        splines : ndarray of shape (n_in, n_out, n_splines)
        old : TableBasis
            Of the same kinds.
        weights : ndarray of shape (n_in, n_out, n_basis)
            On `old`.
        """
        carried = self._padded(splines.transpose(0, 2, 1)).transpose(0, 2, 1)
        for i in range(len(self.kinds.levels)):
            if self._category[i]:
                carried[i][:, self.used[i]] = weights[i][:, old.used[i]]
            elif self.kinds.missing[i]:
                carried[i][:, self.absent[i] == 1] = weights[i][:, old.absent[i] == 1]
        return carried

    def ridge(self):
        """Factor on the sum of squared coefficients; for splines as in `BSplineBasis`, for levels 1."""
        return np.where(self._category, 1.0, self.splines.ridge())

    def roughness(self):
        """Roughness of splines, and scatter of levels about their mean, shape (n_in, n_basis, n_basis)."""
        R = self._padded(self._padded(self.splines.roughness()).transpose(0, 2, 1))
        for i in np.flatnonzero(self._category):
            own = np.flatnonzero(self.used[i])
            R[np.ix_([i], own, own)] = np.eye(len(own)) - 1.0 / len(own)
        return R

    @property
    def numbers(self):
        """Inputs that are numbers, a bool ndarray of shape (n_in,)."""
        return ~self._category

    def smooth(self, x):
        """Where x, of shape (n_in, n), is a number that is known: a bool ndarray of that shape."""
        return ~(self._category[:, None] | np.isnan(x))

    def normalized(self, x):
        """x with the grid mapped to [-1, 1], shape kept."""
        return self.splines.normalized(x)

    def place(self, x):
        """Where numbers are on their grid; see `BSplineBasis.place`."""
        return self.splines.place(self._on_grid(x))

    def slack(self):
        """How far outside its grid a number may be by rounding; see `BSplineBasis.slack`."""
        return self.splines.slack()

    def excesses(self, x):
        """How far numbers are outside their grid; see `BSplineBasis.excesses`."""
        return self.splines.excesses(self._on_grid(x))

    def knots_in_cells(self):
        """Knots of each input in the unit of mean cells."""
        return self.splines.knots_in_cells()

    def greville(self):
        """Greville abscissae of the splines on [-1, 1], shape (n_in, n_splines)."""
        return self.splines.greville()

    @property
    def _is_filled(self):
        """Inputs that are filled in where they are missing, a bool ndarray of shape (n_in,)."""
        return np.zeros(len(self.used), dtype=bool) if self.filling is None else self.filling.filled

    def _filled(self, x):
        """x with what is filled in."""
        return x if self.filling is None else self.filling.at(x)

    def _on_grid(self, x):
        """x with what is no number put on the grid."""
        return np.where(self.smooth(x), x, self.lo[:, None])

    def _places(self, i, x):
        """Number of the function of a category that is 1 at each of its codes; if missing that of the other level."""
        n_levels = self.kinds.levels[i]
        return np.where((x >= 0) & (x < n_levels), x, n_levels).astype(np.intp)

    def _padded(self, values):
        """Values of shape (n_in, n_splines, n) of splines, of all functions: (n_in, n_basis, n), 0 for others."""
        m = min(self.n_basis, values.shape[1])
        padded = np.zeros((values.shape[0], self.n_basis, values.shape[2]))
        padded[:, :m] = values[:, :m]
        padded[self._category] = 0.0
        return padded
