r"""The layer of a Kolmogorov-Arnold network: a spline on each edge.

It is y_j = sum_i phi_ij(x_i) with phi_ij(x) = sum_k w_ijk B_k(x). Its derivatives are

    dL/dw_ijk = dL/dy_j B_k(x_i),        dL/dx_i = sum_j dL/dy_j sum_k w_ijk B'_k(x_i).
"""

import numpy as np
from scipy.interpolate import BSpline

from .base import Layer, Linearization
from .base_functions import BASE_FUNCTIONS, outside
from .basis import BSplineBasis
from .knots import uniform_knots
from .monotone import nearest_in_order
from .written import spline_data


class SplineLayer(Layer):
    """A Kolmogorov-Arnold layer: one B-spline on each edge.

    Parameters
    ----------
    in_features, out_features : int
        Width of input and output.
    degree : int, default=3
        Degree of the splines, 1 to 5.
    grid_size : int, default=5
        Knot intervals within the grid.
    grid_range : (float, float), default=(-1, 1)
        The grid when `knots` is None.
    knots : ndarray of shape (in_features, grid_size + 2 * degree + 1), default=None
        Knots of each input, strictly increasing, `degree` of them on each side outside the grid.
    extrapolation : {"linear", "constant", "continue", "error"}, default="linear"
        Rule outside the grid.
    max_excess : float, default=inf
        Bound on how far outside the grid an input may count, in grid widths.
    base_function : {None, "silu"}, default=None
        Residual branch u_ij b(z) beside each spline, with z the input on a grid mapped to [-1, 1] and b one of
        `BASE_FUNCTIONS` [1]_; outside the grid it follows the rule of the splines.

    Attributes
    ----------
    coef : ndarray of shape (in_features, out_features, n_coef)
        Spline weights, and the residual weight last if there is one. Initially 0. Where inputs have bases of different
        sizes, see `used`, it is padded with 0.
    edges : ndarray of bool, shape (in_features, out_features)
        Edges that exist; all others are 0 and no parameters. Changed by `keep_edges`.
    signs : int ndarray of shape (in_features, out_features)
        Edges that must not fall, 1, or not rise, -1, see `monotone`; 0 at first: they may do both.

    References
    ----------
    .. [1] Z. Liu et al., "KAN: Kolmogorov-Arnold Networks", ICLR 2025.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_kan.layers import SplineLayer
    >>> layer = SplineLayer(2, 1)
    >>> layer.weights = np.ones((2, 1, 8))  # B-splines sum to 1: each edge is the constant 1
    >>> layer.forward(np.array([[0.0, 0.5]])).round(12)
    array([[2.]])
    """

    kind = "spline"
    has_edges = True

    def __init__(
        self,
        in_features,
        out_features,
        *,
        degree=3,
        grid_size=5,
        grid_range=(-1.0, 1.0),
        knots=None,
        extrapolation="linear",
        max_excess=np.inf,
        base_function=None,
    ):
        if knots is None:
            if grid_size < 1:
                raise ValueError(f"grid_size must be at least 1; got {grid_size!r}.")
            lo, hi = np.full(in_features, grid_range[0]), np.full(in_features, grid_range[1])
            knots = uniform_knots(lo, hi, grid_size, degree)
        if base_function is not None and base_function not in BASE_FUNCTIONS:
            raise ValueError(f"base_function must be None or one of {[*BASE_FUNCTIONS]}; got {base_function!r}.")
        basis = BSplineBasis(knots, degree, extrapolation, max_excess)
        if len(basis.t) != in_features:
            raise ValueError(f"knots must have one row an input: {in_features}; got {len(basis.t)}.")
        self._build(basis, out_features, base_function)

    @classmethod
    def on(cls, basis, out_features, base_function=None):
        """A layer on a basis of any kind; `base_function` as for the constructor."""
        layer = cls.__new__(cls)
        layer._build(basis, out_features, base_function)
        return layer

    def _build(self, basis, out_features, base_function):
        """Set all attributes; all functions are 0."""
        self.basis, self.base_function = basis, base_function
        self.in_features, self.out_features = len(basis.t), int(out_features)
        self.coef = np.zeros((self.in_features, self.out_features, self.n_coef))
        self.edges = np.ones((self.in_features, self.out_features), dtype=bool)
        self.signs = np.zeros((self.in_features, self.out_features), dtype=np.int8)

    def __repr__(self):
        shape = f"{self.in_features} -> {self.out_features}, {int(self.edges.sum())} edges, {self.n_params} parameters"
        return f"SplineLayer({shape}, degree {self.degree}, grid size {self.grid_size})"

    @property
    def degree(self):
        """Degree of the splines."""
        return self.basis.k

    @property
    def grid_size(self):
        """Knot intervals within the grid."""
        return self.basis.n_cells

    @property
    def n_basis(self):
        """B-splines an edge, grid_size + degree."""
        return self.basis.n_basis

    @property
    def n_splines(self):
        """Those that are B-splines, for inputs that are numbers: the first of them, in order."""
        return min(self.basis.splines.n_basis, self.n_basis)

    @property
    def n_coef(self):
        """Parameters an edge: B-splines and the residual branch."""
        return self.basis.n_basis + (self.base_function is not None)

    @property
    def used(self):
        """Which coefficients the edges from each input have, bool of shape (in_features, n_coef); None: all."""
        used = self.basis.used
        if used is None or self.base_function is None:
            return used
        return np.column_stack([used, self.basis.numbers])

    @property
    def n_params(self):
        """Parameters of the layer: the coefficients in use of the edges that exist."""
        used = self.used
        if used is None:
            return int(self.edges.sum()) * self.n_coef
        return int(self.edges.sum(axis=1) @ used.sum(axis=1))

    @property
    def weights(self):
        """Spline weights w_ijk, a view of shape (in_features, out_features, n_basis)."""
        return self.coef[:, :, : self.n_basis]

    @weights.setter
    def weights(self, values):
        self.coef[:, :, : self.n_basis] = values

    @property
    def theta(self):
        """Parameters as a flat vector, edge by edge."""
        return self.gather(self.coef[self.edges])

    @theta.setter
    def theta(self, values):
        self.coef[self.edges] = self.spread(values)

    def own(self, i):
        """Index of the coefficients that edges from input i have: numbers, or a slice if these are all."""
        used = self.used
        return slice(None) if used is None else np.flatnonzero(used[i])

    def gather(self, values, edges=slice(None)):
        """What belongs to parameters, in their order, of values for all coefficients of edges.

        Parameters
        ----------
        values : ndarray of shape (n_edges, n_coef, ...)
        edges : index, default=slice(None)
            Which of the edges that exist these are.

        Returns
        -------
        flat : ndarray of shape (n_params of these edges, ...)
        """
        used = self.used
        if used is None:
            return values.reshape(-1, *values.shape[2:])
        return values[used[np.nonzero(self.edges)[0][edges]]]

    def spread(self, values):
        """Values of all parameters, shape (n_params,), by edge: (n_edges, n_coef), 0 for coefficients without use."""
        used = self.used
        if used is None:
            return np.reshape(values, (int(self.edges.sum()), self.n_coef))
        mask = used[np.nonzero(self.edges)[0]]
        spread = np.zeros(mask.shape, dtype=np.asarray(values).dtype)
        spread[mask] = values
        return spread

    def constants(self):
        """Coefficients of the function 1 for each input, shape (in_features, n_basis): B-splines sum to 1."""
        used = self.basis.used
        return np.ones((self.in_features, self.n_basis)) if used is None else used.astype(float)

    def keep_edges(self, mask):
        """Remove the edges where a mask of shape (in_features, out_features) is False."""
        self.edges = self.edges & mask
        self.coef = self.coef * self.edges[:, :, None]

    def obey_signs(self):
        """Move coefficients to the nearest ones in the order that `signs` ask for."""
        if self.signs.any():
            splines = self.coef[:, :, : self.n_splines]
            flat = nearest_in_order(splines.reshape(-1, self.n_splines), self.signs.ravel())
            splines[:] = flat.reshape(splines.shape)

    def edge(self, i, j):
        """The spline from input i to output j.

        Parameters
        ----------
        i, j : int

        Returns
        -------
        spline : scipy.interpolate.BSpline
            In the units of input i; without the residual branch, if there is one.
        """
        if not self.basis.numbers[i]:
            raise ValueError(f"Input {i} is a category: its edges are no splines; coef[{i}, {j}] has the levels.")
        rule = "periodic" if self.basis.periodic is not None and self.basis.periodic[i] else True
        coef = self.basis.repeated(self.weights)[i, j, : self.basis.splines.n_basis]
        return BSpline(self.basis.t[i], coef.copy(), self.basis.k, rule)

    def evaluator(self):
        """A function from x of shape (in_features, n) to the output of shape (out_features, n).

        It is valid until the parameters change, and does once what does not depend on x.
        """
        splines = self.basis.evaluator(self.weights)
        if self.base_function is None:
            return lambda x: self._where_missing(x, splines(x))
        residual = np.ascontiguousarray(self.coef[:, :, -1].T)
        return lambda x: self._where_missing(x, splines(x) + residual @ self._residual(x)[0])

    def _where_missing(self, x, y):
        """Output y, as it is at missing values where it is NaN, if the basis knows what they count as."""
        if self.basis.absent is not None and np.isnan(y).any():
            missing = np.isnan(y).any(axis=0)
            y[:, missing] = self.combine(self.design(x[:, missing]))
        return y

    def backward(self, X, dY):
        """Gradients of a loss L, given those with respect to the output.

        Parameters
        ----------
        X : ndarray of shape (n_samples, in_features)
        dY : ndarray of shape (n_samples, out_features)
            dL/dy.

        Returns
        -------
        dcoef : ndarray of shape (in_features, out_features, n_coef)
            dL/dw, summed over the samples.
        dX : ndarray of shape (n_samples, in_features)
            dL/dx.
        """
        local = self.linearize(X.T)
        return self.pull_to_coef(local, dY.T), self.pull_to_input(local, dY.T[None])[0].T

    def design(self, x, slopes=False):
        """Basis functions and residual branch at x of shape (in_features, n).

        Returns
        -------
        values : ndarray of shape (in_features, n_coef, n)
        derivatives : ndarray of shape (in_features, n_coef, n)
            Only if `slopes`.
        """
        splines = self.basis.design(x, slopes)
        if self.base_function is None:
            return splines
        value, slope = self._residual(x)
        if not slopes:
            return np.concatenate([splines, value[:, None]], axis=1)
        pairs = zip(splines, (value[:, None], slope[:, None]), strict=True)
        return tuple(np.concatenate(pair, axis=1) for pair in pairs)

    def _residual(self, x):
        """The base function at x of shape (in_features, n), and its derivative; 0 where x is no number."""
        function, smooth = BASE_FUNCTIONS[self.base_function], self.basis.smooth(x)
        value, slope = outside(function, *self.basis.place(x), extrapolation=self.basis.extrapolation)
        value[~smooth] = 0.0
        return value, slope * (2.0 / (self.basis.hi - self.basis.lo)[:, None] * smooth)

    def combine(self, design):
        """Output of shape (out_features, n) from a design of shape (in_features, n_coef, n)."""
        flat = self.coef.transpose(1, 0, 2).reshape(self.out_features, -1)
        return flat @ design.reshape(flat.shape[1], design.shape[2])

    def linearize(self, x, slopes=True, design=None):
        """Output and derivatives at a block x of shape (in_features, n).

        Parameters
        ----------
        x : ndarray of shape (in_features, n)
        slopes : bool, default=True
            Whether derivatives with respect to x are wanted.
        design : ndarray of shape (in_features, n_coef, n), default=None
            The design at x if it is known.

        Returns
        -------
        local : Linearization
        """
        if not slopes:
            design = self.design(x) if design is None else design
            return Linearization(self.combine(design), design, None)
        design, derivatives = self.design(x, slopes=True)
        return Linearization(self.combine(design), design, np.matmul(self.coef, derivatives))

    def functions(self, x):
        """All edges at x of shape (in_features, n): values of shape (in_features, out_features, n)."""
        return np.matmul(self.coef, self.design(x))

    def pull_to_input(self, local, sensitivity):
        """Sensitivities (n_outputs, out_features, n) of the output, pulled back to the input."""
        return np.einsum("ijn,ojn->oin", local.slopes, sensitivity)

    def push(self, local, tangent, direction):
        """Change of the output, (out_features, n), for one of the input, or None for 0, and one of theta."""
        coef = np.zeros(self.coef.shape)
        coef[self.edges] = self.spread(direction)
        design = local.design.reshape(-1, local.design.shape[2])
        change = coef.transpose(1, 0, 2).reshape(self.out_features, -1) @ design
        return change if tangent is None else change + np.einsum("ijn,in->jn", local.slopes, tangent)

    def pull_to_coef(self, local, sensitivity):
        """Gradient (in_features, out_features, n_coef) from dL/dy of shape (out_features, n)."""
        n = local.design.shape[2]
        flat = local.design.reshape(self.in_features * self.n_coef, n) @ sensitivity.T
        gradient = flat.reshape(self.in_features, self.n_coef, self.out_features).transpose(0, 2, 1)
        return gradient * self.edges[:, :, None]

    def pull_to_theta(self, local, sensitivity):
        """Gradient (n_params,) from dL/dy of shape (out_features, n)."""
        return self.gather(self.pull_to_coef(local, sensitivity)[self.edges])

    def fill_jacobian(self, local, sensitivity, out):
        """Write dy/dtheta, shape (n_params, n), given dy/d(output) of shape (out_features, n).

        It is the row-wise Kronecker product of the basis values and the sensitivities.
        """
        stop = 0
        for i, alive in enumerate(self.edges):
            n_edges, design = int(alive.sum()), local.design[i, self.own(i)]
            start, stop = stop, stop + n_edges * len(design)
            edges = out[start:stop].reshape(n_edges, *design.shape)
            np.multiply(design, sensitivity[alive][:, None, :], out=edges)

    def as_data(self):
        """The layer as numbers, strings and lists; see `written`."""
        return spline_data(self)
