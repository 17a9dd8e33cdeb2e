"""How sure the curves of a decomposition are: the posterior of the parameters, carried through the least squares."""

import numpy as np

from ..utils.threads import one_blas_thread

# Rows of derivatives at once.
_BLOCK = 256


@one_blas_thread()
def curve_deviations(decomposition, network, posterior, X, weight):
    """Posterior standard deviation of each curve at its nodes.

    Parameters
    ----------
    decomposition : Decomposition
    network : KANNetwork
    posterior : Posterior
    X : ndarray of shape (n_samples, n_features)
        The rows of the decomposition.
    weight : ndarray of shape (n_samples,)

    Returns
    -------
    deviations : list of ndarray of shape (n_nodes, n_outputs)
        In units of the network's output; 0 for features without a curve.
    """
    variances = [np.zeros_like(curve.values) for curve in decomposition.curves]
    if decomposition.edge_means is not None:
        _exact(variances, decomposition, network.layers[0], posterior, X, weight)
    elif decomposition.smoother is not None:
        _projected(variances, decomposition, posterior, X)
    return [np.sqrt(np.maximum(variance, 0.0)) for variance in variances]


def _exact(variances, decomposition, layer, posterior, X, weight):
    """Of the edges of an additive network, each less its mean over the rows."""
    means = layer.design(X.T) @ weight
    for i, place in np.argwhere(layer.edges[:, decomposition.outputs]):
        j = decomposition.outputs[place]
        (hats,) = decomposition.curves[i].hats
        at = np.zeros((layer.in_features, hats.size))
        at[:] = X.T[:, :1]  # Any place will do for the other features.
        at[i] = hats.places
        at[:, np.isnan(hats.places)] = np.nan  # A missing value may be filled in from others: none is known.
        design = layer.design(at)[i] - means[i][:, None]
        variances[i][:, place] = _quadratic(design.T, posterior.edge_covariance(0, int(i), int(j)))


def _projected(variances, decomposition, posterior, X):
    """Of the networks that are averaged: the mean of their variances plus the variance of their curves."""
    smoother, curves = decomposition.smoother, decomposition.curves
    for member, covariance, share in zip(posterior.members, posterior.covariances, posterior.weights, strict=True):
        output, jacobian = _projections(smoother, member, X, decomposition.outputs)
        for part in _only_curves(smoother.parts(output)):
            (i,) = part.features
            variances[i] += share * (part.values - curves[i].values) ** 2
        for j, derivatives in enumerate(jacobian):
            for part in _only_curves(smoother.parts(derivatives)):
                variances[part.features[0]][:, j] += share * _quadratic(part.values, covariance)


def _only_curves(parts):
    """Those of one feature."""
    return [part for part in parts if len(part.features) == 1]


def _projections(smoother, member, X, outputs):
    """Coefficients of the output of a network, (n_coef, n_outputs), and of its derivatives by theta for each output."""
    output, jacobian = 0.0, 0.0
    for start in range(0, len(X), _BLOCK):
        rows = slice(start, start + _BLOCK)
        weighted = smoother.weighted[rows].T
        output = output + weighted @ member.forward(X[rows])[:, outputs]
        jacobian = jacobian + np.tensordot(weighted, member.jacobian(X[rows])[:, outputs], 1).transpose(1, 0, 2)
    return smoother.solve(output), [smoother.solve(part) for part in jacobian]


def _quadratic(rows, covariance):
    """Diagonal of rows covariance rows^T."""
    return np.einsum("np,np->n", rows @ covariance, rows)
