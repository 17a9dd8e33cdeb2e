r"""How sure a fit is: the Laplace approximation of the posterior of its parameters.

For a network of parameters theta with posterior covariance C, to first order in theta

    var f(x) = J(x) C J(x)^T,    J = df/dtheta.

Averaged networks also differ among themselves: the variance of their mixture is the mean of their
variances plus the variance of their means [1]_.

References
----------
.. [1] B. Lakshminarayanan, A. Pritzel and C. Blundell, "Simple and scalable predictive uncertainty
   estimation using deep ensembles", NeurIPS 2017.
"""

import numpy as np

from ..objective.jacobian import jacobian_of_output
from ..utils.data import row_slices
from ..utils.threads import one_blas_thread
from .packed import packed, packed_bytes, unpacked

# Bytes of the part of a covariance that is multiplied with a block of rows.
_BLOCK_BYTES = 2**22


class Posterior:
    """Posterior of the parameters of a network that is the mean of `members`.

    Parameters
    ----------
    members : list of KANNetwork
    covariances : list of ndarray of shape (n_params, n_params)
        One for each member.
    weights : ndarray of shape (n_members,)
        Of sum 1.
    sources : list of Source, default=None
        What the covariances can be computed from again.

    Notes
    -----
    A pickle holds the sources, with the rows of the table, if they are smaller than the covariances, and these in
    single precision otherwise.
    """

    def __init__(self, members, covariances, weights, sources=None):
        self.members, self.covariances, self.weights = list(members), list(covariances), weights
        self.sources = None if sources is None or None in sources else list(sources)

    def __getstate__(self):
        """What a pickle holds."""
        state = dict(self.__dict__)
        if self.sources is not None and _row_bytes(self.sources[0].data) < packed_bytes(self.covariances):
            state["covariances"] = None
        else:
            state["covariances"], state["sources"] = [packed(C) for C in self.covariances], None
        return state

    def __setstate__(self, state):
        """Sets: all attributes."""
        self.__dict__.update(state)
        with one_blas_thread():
            if self.covariances is None:
                self.covariances = [source.covariance() for source in self.sources]
            else:
                self.covariances = [unpacked(*parts) for parts in self.covariances]

    @one_blas_thread()
    def variance(self, X):
        """Posterior variance of the raw prediction, without noise.

        Parameters
        ----------
        X : ndarray of shape (n_samples, n_features)

        Returns
        -------
        variance : ndarray of shape (n_samples, n_outputs)
        """
        variances = [variance(*member, X) for member in zip(self.members, self.covariances, strict=True)]
        if len(self.members) == 1:
            return variances[0]
        return mixture_variance(variances, [member.forward(X) for member in self.members], self.weights)

    def edge_covariance(self, layer, i, j):
        """Posterior covariance of the coefficients of one edge of the mean network.

        Parameters
        ----------
        layer : int
            Number of the spline layer.
        i, j : int
            Input and output of the edge.

        Returns
        -------
        covariance : ndarray of shape (n_coef, n_coef)
            0 where there is no edge. In units of the node that the edge leads to.
        """
        n_layers = len(self.members[0].spline_layers)
        first, last = layer == 0, layer == n_layers - 1
        total = 0.0
        for member, covariance, weight in zip(self.members, self.covariances, self.weights, strict=True):
            part = member.spline_layers[layer]
            if 0 <= i < part.in_features and 0 <= j < part.out_features:
                total = total + _edge_block(member, covariance, layer, i, j) * (weight if last else 1) ** 2
            i, j = i - (0 if first else part.in_features), j - (0 if last else part.out_features)
        return total


def mixture_variance(variances, outputs, weights):
    """Mean of variances plus variance of means, over the first axis."""
    mean = np.average(outputs, axis=0, weights=weights)
    return np.average(variances + (outputs - mean) ** 2, axis=0, weights=weights)


def variance(network, covariance, X):
    """J C J^T of each output at each row.

    Parameters
    ----------
    network : KANNetwork
    covariance : ndarray of shape (n_params, n_params)
    X : ndarray of shape (n_samples, n_features)

    Returns
    -------
    variance : ndarray of shape (n_samples, n_outputs)
    """
    step = max(32, _BLOCK_BYTES // (8 * max(1, len(covariance))))
    values = np.empty((len(X), network.n_outputs))
    for rows in row_slices(len(X), step):
        chain = network.linearize(np.ascontiguousarray(X[rows].T))
        for output in range(network.n_outputs):
            columns, J = jacobian_of_output(network, chain, output)
            part = covariance if len(columns) == len(covariance) else covariance[np.ix_(columns, columns)]
            values[rows, output] = np.einsum("pn,pn->n", J, part @ J)
    return np.maximum(values, 0.0)


def _row_bytes(data):
    """Size of the rows of a table, TrainingData."""
    return sum(0 if values is None else values.nbytes for values in (data.X, data.Y, data.sample_weight))


def _edge_block(network, covariance, number, i, j):
    """The part of a covariance that belongs to one edge; 0 where there is none."""
    layer = network.spline_layers[number]
    block = np.zeros((layer.n_coef, layer.n_coef))
    if layer.edges[i, j]:
        before = sum(other.n_params for other in network.spline_layers[:number])
        edge, own = np.count_nonzero(layer.edges.ravel()[: i * layer.out_features + j]), layer.own(i)
        own = np.arange(layer.n_coef)[own]
        place = before + layer.spread(np.arange(layer.n_params))[edge, own]
        block[np.ix_(own, own)] = covariance[np.ix_(place, place)]
    return block
