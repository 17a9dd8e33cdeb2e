r"""The Gauss-Newton matrix: the sum over rows of J^T J, in two ways.

A network of one output has a Jacobian of as many numbers as parameters a row: it is formed block by block
(`OneOutputSum`). For several outputs no Jacobian is formed (`SeveralOutputsSum`): the
derivative of output k with respect to coefficient c of the edge from i to j of a layer is s_kj B_ic, the
sensitivity of the output to node j times a basis function. So the block of the nodes j and j', of the same
or of two layers, is

    sum_n sum_k s_kj B_ic s_kj' B_'i'c' = sum_n m_n B_ic B'_i'c',    m = sum_k s_kj s_kj',

one product of two designs whatever the number of outputs: K outputs cost as much as one, and K times less
than the sum over their Jacobians.

Derivatives are weighted by the root of the curvature of the loss. Those of a coupled loss are also centred: their
mean over outputs, under `mean_weights`, is taken off first (see `losses`).
"""

import numpy as np


def gauss_newton_sum(network):
    """What sums gradients and J^T J over blocks of rows, in the way that suits the network."""
    return OneOutputSum(network) if network.n_outputs == 1 else SeveralOutputsSum(network)


def weighted_sensitivities(network, chain, root, mean_weights=None):
    """Layers with parameters, first to last: layer, linearisation and sensitivities (n_outputs, out_features, n).

    Parameters
    ----------
    network : KANNetwork
    chain : list of Linearization
    root : ndarray of shape (n_outputs, n)
        Factors of the derivatives of each output.
    mean_weights : ndarray of shape (n_outputs, n), default=None
        Weights of the mean over outputs that is taken off the derivatives first.
    """
    unit = np.repeat(np.eye(len(root))[:, :, None], root.shape[1], axis=2)
    if mean_weights is not None:
        unit -= mean_weights
    parts = network.pulled(chain, unit * root[:, None])
    return [(layer, local, s) for layer, local, s in parts if layer.has_edges][::-1]


class OneOutputSum:
    """Gradient and J^T J of a network of one output.

    Parameters
    ----------
    network : KANNetwork

    Attributes
    ----------
    gradient : ndarray of shape (n_params,)
    """

    def __init__(self, network):
        self.network, n_params = network, network.n_params
        self.gradient, self._matrix = np.zeros(n_params), np.zeros((n_params, n_params))
        self._jacobian = np.empty((1, n_params, 0))

    def add(self, chain, slope, root, mean_weights=None):
        """Add a block of rows.

        Parameters
        ----------
        chain : list of Linearization
        slope, root : ndarray of shape (1, n)
            Weighted derivative of the loss, and factor of J.
        mean_weights : None
            There are no other outputs to take a mean over.
        """
        if self._jacobian.shape[2] != slope.shape[1]:
            self._jacobian = np.empty((*self._jacobian.shape[:2], slope.shape[1]))
        self.network.fill_jacobian(chain, self._jacobian)
        rows = self._jacobian[0]
        self.gradient += rows @ slope[0]
        rows *= root[0]
        self._matrix += rows @ rows.T

    def matrix(self):
        """The sum of J^T J, shape (n_params, n_params)."""
        return self._matrix


class SeveralOutputsSum:
    """Gradient and J^T J of a network of several outputs; attributes as `OneOutputSum`.

    Parameters
    ----------
    network : KANNetwork
    """

    def __init__(self, network):
        self.network, layers = network, network.spline_layers
        self.gradient = np.zeros(network.n_params)
        sizes = [layer.out_features * layer.in_features * layer.n_coef for layer in layers]
        self._starts = dict(zip(map(id, layers), np.cumsum([0, *sizes]), strict=False))
        # In the order layer, node, input, coefficient; blocks above the diagonal only.
        self._blocks = np.zeros((sum(sizes), sum(sizes)))

    def add(self, chain, slope, root, mean_weights=None):
        """Add a block of rows.

        Parameters
        ----------
        chain : list of Linearization
        slope, root : ndarray of shape (n_outputs, n)
            Weighted derivatives of the loss, and factors of the rows of J.
        mean_weights : ndarray of shape (n_outputs, n), default=None
        """
        self.gradient += self.network.backward(chain, slope)
        parts = weighted_sensitivities(self.network, chain, root, mean_weights)
        nodes = [(layer, local.design.reshape(-1, root.shape[1]), s) for layer, local, s in parts]
        for number, (layer, design, sensitivity) in enumerate(nodes):
            for other in nodes[number:]:
                for j in range(layer.out_features):
                    first = j if other[0] is layer else 0
                    # Of the last layer each output has its own node.
                    outputs = np.flatnonzero(sensitivity[:, j].any(axis=1))
                    products = np.einsum("kn,kjn->jn", sensitivity[outputs, j], other[2][outputs, first:])
                    alive = np.flatnonzero(products.any(axis=1))
                    if len(alive):
                        self._add_products(layer, j, design, other[0], first, other[1], products[: alive[-1] + 1])

    def _add_products(self, layer, j, design, other, first, other_design, products):
        """Add the blocks of node j of a layer and the nodes of another from `first` on."""
        weighted = products[:, None] * other_design
        row = self._starts[id(layer)] + j * len(design)
        column = self._starts[id(other)] + first * len(other_design)
        columns = slice(column, column + len(products) * len(other_design))
        self._blocks[row : row + len(design), columns] += design @ weighted.reshape(-1, design.shape[1]).T

    def matrix(self):
        """The sum of J^T J, shape (n_params, n_params), in the order of theta."""
        place = np.concatenate([self._places(layer) for layer in self.network.spline_layers])
        rank = self._ranks()[place]
        blocks = self._blocks[np.ix_(place, place)]
        # A block below the diagonal in this order is that above, transposed.
        blocks = np.where(rank[:, None] <= rank, blocks, blocks.T)
        # Blocks of a node with itself are symmetric but for rounding: from one triangle they are so exactly.
        upper = np.triu(blocks)
        return upper + np.triu(upper, 1).T

    def _places(self, layer):
        """Where the coefficients of each edge, in the order of theta, are among the blocks."""
        i, j = np.nonzero(layer.edges)
        start = self._starts[id(layer)] + (j * layer.in_features + i) * layer.n_coef
        return layer.gather(start[:, None] + np.arange(layer.n_coef))

    def _ranks(self):
        """Number of the node that each row of the blocks belongs to."""
        nodes = [(layer.out_features, layer.in_features * layer.n_coef) for layer in self.network.spline_layers]
        sizes = np.concatenate([np.full(count, size) for count, size in nodes])
        return np.repeat(np.arange(len(sizes)), sizes)
