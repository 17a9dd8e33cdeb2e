r"""One damped Gauss-Newton step on a few rows, solved in the space of those rows.

For a batch with penalised mean loss F and a damping mu, the new point solves

    S theta' + J^T (r + J (theta' - c)) + mu (theta' - theta) = 0,        c = mu P^-1 theta,

with P = S + mu I, and with the residuals r and their Jacobian J, both weighted such that the loss
is |r|^2 / 2 up to second order, taken at c: there the penalty has acted already. So theta' = c + d and

    d = P^-1 J^T u,        (I + J P^-1 J^T) u = -r,

a system of one equation a row and output however many parameters there are. Nor does J have to exist:
on one layer a row of J is the Kronecker product of basis values b and sensitivities s, and P has one
block for each edge, the same for all edges that leave one node. So the layer's share in J P^-1 J^T is

    (J P^-1 J^T)_nm = sum_i (b_in^T P_i^-1 b_im) sum_j s_jn s_jm,

an entry by entry product of two small Gram matrices.
"""

import numpy as np
from scipy.linalg import cho_factor, cho_solve


class ProximalStep:
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

    def shrink(self, theta):
        """The point c to which the penalty alone moves theta."""
        parts = []
        for layer, part, inverse in zip(self._layers, self.network.split(theta), self._inverses, strict=True):
            edges = part.reshape(-1, 1, layer.n_coef) @ inverse[np.nonzero(layer.edges)[0]]
            parts.append(self.damping * edges.ravel())
        return np.concatenate(parts)

    @property
    def _layers(self):
        return self.network.spline_layers

    def move(self, chain, residual, root, centre=None):
        """The step d from the point at which the network was linearised.

        Parameters
        ----------
        chain : list of Linearization
        residual : ndarray of shape (n_outputs, n)
            r.
        root : ndarray of shape (n_outputs, n)
            Square root of the weighted curvature of each row and output.
        centre : ndarray of shape (n_outputs, n), default=None
            Weights of the mean over outputs that is taken from their derivatives.

        Returns
        -------
        d : ndarray of shape (n_params,)
        """
        sensitivities = weighted_sensitivities(self.network, chain, root, centre)
        kernel = np.eye(residual.size)
        for (_, local, weighted), roots, patterns in zip(sensitivities, self._roots, self._patterns, strict=True):
            _add_kernel(patterns, roots @ local.design, weighted, kernel)
        u = -cho_solve(cho_factor(kernel, overwrite_a=True, check_finite=False), residual.ravel(), check_finite=False)
        parts = []
        for (layer, local, weighted), inverse in zip(sensitivities, self._inverses, strict=True):
            pulled = np.einsum("ojn,on->jn", weighted, u.reshape(residual.shape))
            parts.append((layer.pull_to_coef(local, pulled) @ inverse)[layer.edges].ravel())
        return np.concatenate(parts)


def weighted_sensitivities(network, chain, root, centre=None):
    """Spline layers from first to last: layer, linearisation and sensitivities (n_outputs, out_features, n)."""
    n_outputs, n = root.shape
    unit = np.repeat(np.eye(n_outputs)[:, :, None], n, axis=2)
    if centre is not None:
        unit -= centre[None]
    parts = network.pulled(chain, unit * root[:, None])
    return [(layer, local, s) for layer, local, s in parts if layer.n_params][::-1]


def squared_length(sensitivities):
    """Sum of the squares of the entries of J: the trace of the Gauss-Newton matrix."""
    total = 0.0
    for layer, local, weighted in sensitivities:
        by_input = np.sum(local.design**2, axis=1)
        by_output = np.sum(weighted**2, axis=0)
        total += float(np.sum(by_input * (layer.edges.astype(float) @ by_output)))
    return total


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
