r"""Grids that follow the data.

A hidden value h may be rescaled freely: with h = r z + c, the layer below is divided by r and shifted
by -c / r (B-splines sum to 1, so a constant is in every spline space), and the layer above becomes
phi(r z + c). So instead of moving a hidden grid to the data, the data are moved to the grid [-1, 1]:
the layer below changes exactly, the layer above is refitted by least squares on its own, known cells.
As every hidden grid is [-1, 1], penalties mean the same on every layer and nothing can drift.
"""

import copy

import numpy as np

from ..layers.knots import BY_DATA, refit_coefficients, uniform_knots
from ..utils.data import row_slices
from ..utils.kinds import column_ranges
from ..utils.sampling import sampled_rows
from ..utils.weighted import weights_of_sum_one

# Free part of a hidden grid at both ends, as part of the range of the data.
MARGIN = 0.05
# Excess, in grid widths, beyond which a hidden value counts no further.
MAX_EXCESS = 0.25
# The same of a feature: near the data straight lines stay straight, and however far away a row is, it counts as once
# the range away. (Shifted splits of six tables: without a bound the RMSE is 4 to 9 % larger; see the guide.)
INPUT_EXCESS = 1.0
# How often hidden grids follow the data at most, and the part to which data must fill a grid to leave it alone.
REGRIDS, REGRID_TOL = 6, 0.02
# Rows that tell the quantiles of hidden values.
_ENOUGH_ROWS = 10_000


def replace_basis(layer, basis, stretch=1.0, shift=0.0):
    """Put a layer on another basis: each spline becomes the closest one to phi(stretch z + shift).

    The weights of a residual branch are kept, and what that branch changes by goes to the splines. Those that must rise
    or fall do.

    Parameters
    ----------
    layer : SplineLayer
        Changed in place.
    basis : BSplineBasis
    stretch, shift : ndarray of shape (in_features,) or float
    """
    stretch, shift = (np.broadcast_to(v, layer.in_features)[:, None] for v in (stretch, shift))
    old, n_old = copy.copy(layer), layer.n_basis
    residual = old.coef[:, :, n_old:]
    layer.basis = basis

    def remainder(z):
        """Old functions less the residual branch on the new grid."""
        values = old.functions(stretch * z + shift)
        if residual.shape[2]:
            values -= residual * layer.design(z)[:, None, -1]
        return values

    weights = basis.carried(refit_coefficients(remainder, basis.splines), old.basis, old.weights)
    layer.coef = np.concatenate([weights, residual], axis=2) * layer.edges[:, :, None]
    layer.obey_signs()


def hidden_ranges(network, X):
    """Smallest and largest input of every layer, and output of the last, on the rows of X.

    Returns
    -------
    ranges : list of (lo, hi), one more than layers, each of shape (width,)
    """
    ranges = None
    for rows in row_slices(len(X), network.block_rows()):
        values = network.hidden_values(X[rows].T)
        block = [(v.min(axis=1), v.max(axis=1)) for v in values]
        if ranges is not None:
            pairs = zip(ranges, block, strict=True)
            block = [(np.minimum(a[0], b[0]), np.maximum(a[1], b[1])) for a, b in pairs]
        ranges = block
    return ranges


def regrid(network, X, sample_weight, knots="uniform", tol=0.0):
    """Move all hidden values onto their grids; the network's function is kept.

    Parameters
    ----------
    network : KANNetwork
        Stack of SplineLayers; changed in place.
    X : ndarray of shape (n_samples, n_features)
    sample_weight : ndarray of shape (n_samples,) or None
    knots : {"uniform", "quantile", "mixed"}, default="uniform"
        Only "quantile" places hidden knots by the data: otherwise they stay where they are on [-1, 1].
    tol : float, default=0.0
        Layers whose data already fill their grids to within this part are left alone.

    Returns
    -------
    drift : float
        Largest relative change of a hidden range.
    """
    drift, ranges = 0.0, hidden_ranges(network, X)
    if knots == "quantile" and len(X) > _ENOUGH_ROWS:
        X, sample_weight = X[sampled_rows(X, sample_weight, _ENOUGH_ROWS)], None
    for depth in range(1, len(network.layers)):
        shift, stretch = map_to_grid(*ranges[depth])
        change = float(np.max(np.maximum(np.abs(shift), np.abs(stretch - 1)), initial=0.0))
        drift = max(drift, change)
        if change <= tol:
            continue
        below, layer = network.layers[depth - 1], network.layers[depth]
        basis = layer.basis
        if knots == "quantile":
            hidden = (_values_at(network, depth, X) - shift[:, None]) / stretch[:, None]
            basis = _data_basis(hidden, sample_weight, _unit_basis(basis), knots)
        replace_basis(layer, basis, stretch, shift)
        rescale_output(below, stretch, shift)
    return drift


def map_to_grid(lo, hi):
    """Shift c and stretch r such that (h - c) / r fills [-1, 1] up to the margins, for h in [lo, hi]."""
    stretch = (hi - lo) / 2 * (1 + 2 * MARGIN)
    alive = stretch > 1e-9 * np.maximum(np.abs(lo), np.abs(hi))
    alive &= stretch > np.finfo(float).tiny
    return np.where(alive, (lo + hi) / 2, 0.0), np.where(alive, stretch, 1.0)


def _values_at(network, depth, X):
    """Input of one layer on all rows, shape (n_in, n_samples)."""
    slices = row_slices(len(X), network.block_rows())
    return np.concatenate([network.hidden_values(X[rows].T)[depth] for rows in slices], axis=1)


def _unit_basis(basis):
    """`basis` on equal cells over [-1, 1]."""
    one = np.ones(len(basis.t))
    return basis.on(uniform_knots(-one, one, basis.n_cells, basis.k))


def _data_basis(values, sample_weight, basis, knots):
    """`basis` with its inner knots where the values are; inputs that are constant or outside keep theirs."""
    weight = weights_of_sum_one(sample_weight, values.shape[1])
    lo, hi = column_ranges(values.T)
    alive = hi - lo > 1e-9 * (basis.hi - basis.lo)
    alive &= np.any((values >= basis.lo[:, None]) & (values <= basis.hi[:, None]), axis=1)
    if basis.periodic is not None:
        alive &= ~basis.periodic
    t = basis.t.copy()
    if alive.any():
        place = BY_DATA[knots]
        t[alive] = place(values[alive], weight, basis.lo[alive], basis.hi[alive], basis.n_cells, basis.k)
    return basis.on(t)


def rescale_output(layer, stretch, shift):
    """Divide the outputs of a layer by `stretch` after taking away `shift`, exactly."""
    fan_in = np.maximum(layer.edges.sum(axis=0), 1)
    layer.weights = layer.weights - (shift / fan_in)[:, None] * layer.edges[:, :, None] * layer.constants()[:, None]
    layer.coef = layer.coef / stretch[:, None]


def refine(network, grid_sizes, X, sample_weight, knots="uniform"):
    """Put every spline layer on a new number of cells over the same ranges; splines are carried over.

    Parameters
    ----------
    network : KANNetwork
        Changed in place.
    grid_sizes : sequence of int
        One for each spline layer.
    X, sample_weight, knots : as in `regrid`
    """
    remaining = iter(grid_sizes)
    for depth, layer in enumerate(network.layers):
        if not layer.has_edges:
            continue
        grid_size = next(remaining)
        if grid_size == layer.grid_size:
            continue
        old = layer.basis
        new = old.on(uniform_knots(old.lo, old.hi, grid_size, old.k))
        if knots == "quantile" or (knots == "mixed" and depth == 0):
            new = _data_basis(_values_at(network, depth, X), sample_weight, new, knots)
        if depth == 0:
            new = new.averaged(X, weights_of_sum_one(sample_weight, len(X)))
        replace_basis(layer, new)
    return network
