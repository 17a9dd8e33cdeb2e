r"""One damped Gauss-Newton step on a few rows, solved in the space of those rows.

For a batch with penalised mean loss F and a damping mu, the new point solves

    S theta' + J^T (r + J (theta' - c)) + mu (theta' - theta) = 0,        c = mu P^-1 theta,

with P = S + mu I, and with the residuals r and their Jacobian J, both weighted such that the loss
is |r|^2 / 2 up to second order, taken at the anchor c: there the penalty has acted already. So theta' = c + d and

    d = P^-1 J^T u,        (I + J P^-1 J^T) u = -r,

a system of one equation a row and output however many parameters there are. Nor does J have to exist:
on one layer a row of J is the Kronecker product of basis values b and sensitivities s, and P has one
block for each edge, the same for all edges that leave one node. So the layer's share in J P^-1 J^T is

    (J P^-1 J^T)_nm = sum_i (b_in^T P_i^-1 b_im) sum_j s_jn s_jm,

an entry by entry product of two small Gram matrices.
"""

import numpy as np
from scipy.linalg import cho_factor, cho_solve

from .gauss_newton import weighted_sensitivities


class DualStep:
    """Steps with one damping.

    Parameters
    ----------
    network : KANNetwork
    penalty : Penalty
        Edges that leave one node are in one group.
    damping : float
    """

    def __init__(self, network, penalty, damping):
        self.network, self.damping = network, damping
        self._roots = [_inverse_roots(S, damping) for S in penalty.by_input()]
        self._inverses = [root @ root for root in self._roots]
        self._patterns = [_patterns(layer.edges) for layer in network.spline_layers]

    def __call__(self, batch, theta):
        """Take the step.

        Parameters
        ----------
        batch : Objective
            On the rows of the batch.
        theta : ndarray of shape (n_params,)

        Returns
        -------
        theta : ndarray of shape (n_params,)
        loss : float
            F of the batch before the step, but after that of the penalty.
        """
        anchor = self.shrink(theta)
        y, chain, weight = _linearized(batch, anchor)
        f = chain[-1].output
        root, mean_weights = _curvature_root(batch.loss, y, f, weight)
        loss = float(np.sum(batch.loss.value(y, f) * weight)) + 0.5 * self.damping * float(anchor @ (theta - anchor))
        return anchor + self._move(chain, batch.loss.gradient(y, f) * weight / root, root, mean_weights), loss

    def shrink(self, theta):
        """The anchor c, to which the penalty alone moves theta."""
        parts = []
        for layer, part, inverse in zip(self._layers, self.network.split(theta), self._inverses, strict=True):
            edges = part.reshape(-1, 1, layer.n_coef) @ inverse[np.nonzero(layer.edges)[0]]
            parts.append(self.damping * edges.ravel())
        return np.concatenate(parts)

    @property
    def _layers(self):
        return self.network.spline_layers

    def _move(self, chain, residual, root, mean_weights):
        """The step d from the point at which the network was linearised, shape (n_params,)."""
        sensitivities = weighted_sensitivities(self.network, chain, root, mean_weights)
        kernel = np.eye(residual.size)
        for (_, local, weighted), roots, patterns in zip(sensitivities, self._roots, self._patterns, strict=True):
            _add_kernel(patterns, roots @ local.design, weighted, kernel)
        u = -cho_solve(cho_factor(kernel, overwrite_a=True, check_finite=False), residual.ravel(), check_finite=False)
        parts = []
        for (layer, local, weighted), inverse in zip(sensitivities, self._inverses, strict=True):
            pulled = np.einsum("ojn,on->jn", weighted, u.reshape(residual.shape))
            parts.append((layer.pull_to_coef(local, pulled) @ inverse)[layer.edges].ravel())
        return np.concatenate(parts)


def squared_length(batch, theta):
    """Sum of the squares of the entries of J on a batch: the trace of its Gauss-Newton matrix without penalty."""
    y, chain, weight = _linearized(batch, theta)
    root, mean_weights = _curvature_root(batch.loss, y, chain[-1].output, weight)
    total = 0.0
    for layer, local, weighted in weighted_sensitivities(batch.network, chain, root, mean_weights):
        by_input = np.sum(local.design**2, axis=1)
        by_output = np.sum(weighted**2, axis=0)
        total += float(np.sum(by_input * (layer.edges.astype(float) @ by_output)))
    return total


def _linearized(batch, theta):
    """Targets, linearised network and weights of all rows of a batch."""
    batch.network.theta = theta
    return next(batch.linearized([batch.data.block(slice(0, batch.n_samples))]))


def _curvature_root(loss, y, f, weight):
    """Square root of the weighted curvature, and the weights that centre derivatives if the loss is coupled."""
    curvature = loss.curvature(y, f)
    if curvature is None:
        return np.sqrt(weight), None
    largest = max(float(curvature.max()), np.finfo(float).tiny)
    return np.sqrt(weight * np.maximum(curvature, 1e-12 * largest)), curvature if loss.coupled else None


def _inverse_roots(S, damping):
    """(S_i + damping I)^(-1/2) of every input, shape kept."""
    values, vectors = np.linalg.eigh(S)
    return (vectors / np.sqrt(np.maximum(values, 0.0) + damping)[:, None, :]) @ vectors.transpose(0, 2, 1)


def _patterns(edges):
    """Pairs (inputs, outputs): inputs whose edges lead to the same outputs, and those outputs."""
    outputs, number = np.unique(edges, axis=0, return_inverse=True)
    if len(outputs) == 1 and outputs.all():
        return [(slice(None), slice(None))]
    return [(number.ravel() == n, alive) for n, alive in enumerate(outputs)]


def _add_kernel(patterns, design, weighted, kernel):
    """Add one layer's J P^-1 J^T, in place; `design` holds P^(-1/2) b, shape (in_features, n_coef, n)."""
    n_outputs, _, n = weighted.shape
    for inputs, outputs in patterns:
        rows = design[inputs].reshape(-1, n)
        columns = weighted[:, outputs].transpose(1, 0, 2).reshape(-1, n_outputs * n)
        product = (columns.T @ columns).reshape(n_outputs, n, n_outputs, n)
        product *= (rows.T @ rows)[None, :, None, :]
        kernel += product.reshape(kernel.shape)
