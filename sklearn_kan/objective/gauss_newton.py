r"""The Gauss-Newton matrix of a network with several outputs, without its Jacobian.

The derivative of output k with respect to coefficient c of the edge from i to j of a layer is s_kj B_ic, the
sensitivity of the output to node j times a basis function. So the block of the nodes j and j', of the same
or of two layers, is

    sum_n sum_k s_kj B_ic s_kj' B'_i'c' = sum_n m_n B_ic B'_i'c',    m = sum_k s_kj s_kj',

one product of two designs whatever the number of outputs: K outputs cost as much as one, and K times less
than the sum over their Jacobians.
"""

import numpy as np


class GaussNewtonSum:
    """Sum over rows of J^T J, for derivatives J that are weighted and centred.

    Parameters
    ----------
    network : KANNetwork
    """

    def __init__(self, network):
        self.network, layers = network, network.spline_layers
        sizes = [layer.out_features * layer.in_features * layer.n_coef for layer in layers]
        self._starts = dict(zip(map(id, layers), np.cumsum([0, *sizes]), strict=False))
        # In the order layer, node, input, coefficient; blocks above the diagonal only.
        self._blocks = np.zeros((sum(sizes), sum(sizes)))

    def add(self, chain, root, centre=None):
        """Add a block of rows.

        Parameters
        ----------
        chain : list of Linearization
        root : ndarray of shape (n_outputs, n)
            Square roots of the weights of the derivatives of each output.
        centre : ndarray of shape (n_outputs, n), default=None
            Weights of the mean over outputs that is taken off the derivatives first.
        """
        nodes = list(self._sensitivities(chain, root, centre))
        for number, (layer, design, sensitivity) in enumerate(nodes):
            for other in nodes[number:]:
                for j in range(layer.out_features):
                    first = j if other[0] is layer else 0
                    products = np.einsum("kn,kjn->jn", sensitivity[:, j], other[2][:, first:])
                    if products.any():
                        self._add_products(layer, j, design, other[0], first, other[1], products)

    def _sensitivities(self, chain, root, centre):
        """Layers from the first on, with their designs and the weighted sensitivities (n_outputs, n_nodes, n)."""
        unit = np.repeat(np.eye(len(root))[:, :, None], root.shape[1], axis=2)
        if centre is not None:
            unit -= centre
        layers = list(self.network.pulled(chain, unit * root[:, None]))
        for layer, local, sensitivity in reversed(layers):
            if id(layer) in self._starts:
                yield layer, local.design.reshape(-1, root.shape[1]), sensitivity

    def _add_products(self, layer, j, design, other, first, other_design, products):
        """Add the blocks of node j of a layer and the nodes of another from `first` on."""
        weighted = products[:, None] * other_design
        row = self._starts[id(layer)] + j * len(design)
        column = self._starts[id(other)] + first * len(other_design)
        columns = slice(column, column + len(products) * len(other_design))
        self._blocks[row : row + len(design), columns] += design @ weighted.reshape(-1, design.shape[1]).T

    def whole(self):
        """The sum, shape (n_params, n_params), in the order of theta."""
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
        return (start[:, None] + np.arange(layer.n_coef)).ravel()

    def _ranks(self):
        """Number of the node that each row of the blocks belongs to."""
        nodes = [(layer.out_features, layer.in_features * layer.n_coef) for layer in self.network.spline_layers]
        sizes = np.concatenate([np.full(count, size) for count, size in nodes])
        return np.repeat(np.arange(len(sizes)), sizes)
