"""The functions on the edges as points to draw: curve, band of its uncertainty, and where the data lie."""

from typing import NamedTuple

import numpy as np

# Points of a curve.
_POINTS = 81
# Beyond the middle 94 % of the data a curve goes on for up to this part of their spread: an outlier may be far away.
_BEYOND = 0.5


class LayerCurves(NamedTuple):
    """All edges of a spline layer, where the data are.

    Attributes
    ----------
    x : ndarray of shape (n_in, n_points)
        In the units of each input.
    y : ndarray of shape (n_in, n_out, n_points)
        0 where there is no edge. In the units of the targets for the last layer, less the mean over the data if
        the model is additive; in those of the node otherwise.
    sd : ndarray of shape (n_in, n_out, n_points) or None
        Posterior standard deviation of each curve less its mean over the data, if the estimator has a posterior:
        what one edge gains by a constant another may lose.
    quantiles : ndarray of shape (n_in, 33) or None
        Quantiles of the inputs over the data.
    """

    x: np.ndarray
    y: np.ndarray
    sd: np.ndarray | None
    quantiles: np.ndarray | None


def layer_curves(network, number, scale=1.0, means=None, posterior=None, quantiles=None):
    """Curves of one spline layer.

    Parameters
    ----------
    network : KANNetwork
    number : int
        Of the spline layer, from 0.
    scale : float or ndarray of shape (n_out,), default=1.0
        What a unit of the layer's output is in the units wanted.
    means : ndarray of shape (n_in, n_out), default=None
        Subtracted from the curves, before scaling.
    posterior : object with edge_covariance(layer, i, j), default=None
    quantiles : ndarray of shape (n_in, n_quantiles), default=None

    Returns
    -------
    curves : LayerCurves
    """
    layer = network.spline_layers[number]
    lo, hi = legible_range(layer.basis.lo, layer.basis.hi, quantiles)
    place = np.linspace(0.0, 1.0, _POINTS)
    x = lo[:, None] * (1 - place) + hi[:, None] * place
    whole = ~layer.basis.numbers[:, None]  # Levels have whole numbers, and nothing is between them.
    design = layer.design(np.where(whole, np.round(x), x))
    scale = np.broadcast_to(scale, layer.out_features)[:, None]
    y = np.matmul(layer.coef, design)
    y = (y if means is None else (y - means[:, :, None]) * layer.edges[:, :, None]) * scale
    sd = None
    if posterior is not None:
        sd = np.zeros_like(y)
        typical = x if quantiles is None else quantiles
        design = design - layer.design(np.where(whole, np.round(typical), typical)).mean(axis=2, keepdims=True)
        for i, j in np.argwhere(layer.edges):
            covariance = posterior.edge_covariance(number, int(i), int(j))
            sd[i, j] = _deviation(design[i], covariance) * scale[j]
    return LayerCurves(x, y, sd, quantiles)


def legible_range(lo, hi, quantiles):
    """Where to draw curves: grids from lo to hi, arrays of shape (n_in,), less what a few far rows make of them.

    Parameters
    ----------
    lo, hi : ndarray of shape (n_in,)
    quantiles : ndarray of shape (n_in, 33) or None
        Of the inputs, at equal steps of probability.

    Returns
    -------
    lo, hi : ndarray of shape (n_in,)
    """
    if quantiles is None:
        return lo, hi
    inner = quantiles[:, [1, -2]]
    room = _BEYOND * (inner[:, 1] - inner[:, 0])
    near = np.maximum(lo, inner[:, 0] - room), np.minimum(hi, inner[:, 1] + room)
    return tuple(np.where(near[1] > near[0], each, all_of_it) for each, all_of_it in zip(near, (lo, hi), strict=True))


def most_important(masks, importances, most):
    """Edges (layer, i, j) to show: the most important of all layers, in the order of layers and importance."""
    edges = [(d, int(i), int(j)) for d, mask in enumerate(masks) for i, j in np.argwhere(mask)]
    edges.sort(key=lambda edge: -importances[edge[0]][edge[1:]])
    return sorted(edges[:most], key=lambda edge: (edge[0], -importances[edge[0]][edge[1:]]))


def _deviation(design, covariance):
    """Standard deviation of a spline with a design of shape (n_coef, n) and coefficients of this covariance."""
    variance = np.einsum("kn,kl,ln->n", design, covariance, design)
    return np.sqrt(np.maximum(variance, 0.0))
