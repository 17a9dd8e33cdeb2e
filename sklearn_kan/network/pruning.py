"""Edges that do little are removed, and what they did on average goes to those that stay."""

import numpy as np

from ..utils.data import row_slices
from ..utils.weighted import weights_of_sum_one
from .grids import rescale_output


def edge_variances(network, X, sample_weight):
    """Mean and variance of every edge's function over the data.

    Returns
    -------
    moments : list of (mean, variance), one for each spline layer, each of shape (n_in, n_out)
    """
    weight = weights_of_sum_one(sample_weight, len(X))
    blocks, moments = row_slices(len(X), network.block_rows()), []
    for depth, layer in enumerate(network.layers):
        if not layer.has_edges:
            continue
        mean, square, origin = np.zeros(layer.edges.shape), np.zeros(layer.edges.shape), None
        for rows in blocks:
            values = layer.functions(network.hidden_values(X[rows].T)[depth])
            # Moments about a value of the function itself: a large constant costs no digits.
            origin = values[:, :, :1].copy() if origin is None else origin
            values -= origin
            mean += values @ weight[rows]
            square += values**2 @ weight[rows]
        moments.append((mean + origin[:, :, 0], np.maximum(square - mean**2, 0.0)))
    return moments


def prune_edges(network, X, sample_weight, threshold):
    """Remove edges whose share of their node's variance is below a threshold.

    The mean of a removed edge goes to the others of its node. Each node keeps its largest edge, so
    that no output with signal is cut off; nodes that no longer lead anywhere lose their inputs.

    Parameters
    ----------
    network : KANNetwork
        Changed in place.
    X : ndarray of shape (n_samples, n_features)
    sample_weight : ndarray of shape (n_samples,) or None
    threshold : float

    Returns
    -------
    removed : int
        Edges removed.
    """
    moments = edge_variances(network, X, sample_weight)
    keep = []
    for _, variance in moments:
        floor = np.maximum(threshold, np.finfo(float).eps) * variance.sum(axis=0)
        keep.append((variance >= floor) & (variance > 0))
    return _keep_edges(network, keep, moments)


def remove_edges(network, X, sample_weight, keep):
    """Remove edges, as `prune_edges` does, where masks of shape (n_in, n_out), one a layer, are False."""
    return _keep_edges(network, keep, edge_variances(network, X, sample_weight))


def _keep_edges(network, keep, moments):
    """Keep the edges of some masks and the largest of each node; give the means of the others to those."""
    removed, layers = 0, network.spline_layers
    for layer, mask, (mean, variance) in zip(layers, keep, moments, strict=True):
        mask = mask.copy()
        mask[np.argmax(np.where(layer.edges, variance, -1.0), axis=0), np.arange(layer.out_features)] = True
        mask &= layer.edges
        lost = (mean * (layer.edges & ~mask)).sum(axis=0)
        removed += int(layer.edges.sum() - mask.sum())
        layer.keep_edges(mask)
        rescale_output(layer, np.ones(layer.out_features), -lost)
    for below, layer in zip(layers[-2::-1], layers[:0:-1], strict=True):
        dead = ~layer.edges.any(axis=1)
        removed += int(below.edges[:, dead].sum())
        below.keep_edges(~dead)
    return removed
