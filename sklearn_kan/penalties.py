r"""The penalty on the splines of a network, one quadratic form theta^T S theta.

S is block-diagonal, one block an edge: the roughness of the spline plus a small ridge. The ridge
holds what roughness does not see (constants and slopes) and what no data reach; both are scaled so
that they approximate integrals over the grid mapped to [-1, 1],

    c^T S_i c  ~  int phi''(z)^2 dz + RIDGE int phi(z)^2 dz,

and therefore mean the same on every grid size.
"""

import numpy as np

RIDGE = 1e-2


class Penalty:
    """Roughness and ridge of all edges.

    Parameters
    ----------
    network : KANNetwork
    """

    def __init__(self, network):
        self._layers = network.spline_layers
        self._blocks = [_edge_blocks(layer) for layer in self._layers]

    def apply(self, theta):
        """S theta, shape (n_params,)."""
        parts, start = [], 0
        for layer, blocks in zip(self._layers, self._blocks, strict=True):
            part = theta[start : start + layer.n_params].reshape(-1, layer.n_coef)
            rows = np.nonzero(layer.edges)[0]
            parts.append(np.matmul(blocks[rows], part[:, :, None]).ravel())
            start += layer.n_params
        return np.concatenate(parts)

    def matrix(self):
        """S, shape (n_params, n_params)."""
        size = sum(layer.n_params for layer in self._layers)
        S, start = np.zeros((size, size)), 0
        for layer, blocks in zip(self._layers, self._blocks, strict=True):
            for i in np.nonzero(layer.edges)[0]:
                stop = start + layer.n_coef
                S[start:stop, start:stop] = blocks[i]
                start = stop
        return S


def _edge_blocks(layer):
    """S of an edge that leaves each input, shape (in_features, n_coef, n_coef)."""
    n = layer.n_basis
    blocks = np.zeros((layer.in_features, layer.n_coef, layer.n_coef))
    blocks[:, :n, :n] = layer.basis.roughness()
    return blocks + RIDGE * (2.0 / layer.grid_size) * np.eye(layer.n_coef)
