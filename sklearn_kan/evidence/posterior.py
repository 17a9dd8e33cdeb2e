r"""How sure a fit is: the Laplace approximation of the posterior of its parameters.

For a network of parameters theta with posterior covariance C, to first order in theta

    var f(x) = J(x) C J(x)^T,    J = df/dtheta.

Averaged networks also differ among themselves: the variance of their mixture is the mean of their
variances plus the variance of their means [1]_.

Of a nonlinear network this is too sure of itself, as splines elsewhere adapt to the rows too, and the mixture of
many is not sure enough. How much so is seen from leaving out one row at a time, to first order in closed form:
with the leverage h = b J C J^T (b the precision of the noise) an error r becomes r / (1 - h) and a variance v
becomes v / (1 - h). These errors are still somewhat too small, so that standard deviations go three quarters of the
way to agree with them (see `calibration`).

References
----------
.. [1] B. Lakshminarayanan, A. Pritzel and C. Blundell, "Simple and scalable predictive uncertainty
   estimation using deep ensembles", NeurIPS 2017.
"""

import numpy as np

from ..utils.threads import one_blas_thread

# Rows that tell how large leave-one-out errors are, and the largest leverage that is believed.
_ENOUGH_ROWS, _MOST_LEVERAGE = 2000, 0.95
# How far standard deviations go to agree with them, and the largest factor.
_WAY, _MOST_CHANGE = 0.75, 2.0


class Posterior:
    """Posterior of the parameters of a network that is the mean of `members`.

    Parameters
    ----------
    members : list of KANNetwork
    covariances : list of ndarray of shape (n_params, n_params)
        One for each member.
    weights : ndarray of shape (n_members,)
        Of sum 1.
    """

    def __init__(self, members, covariances, weights):
        self.members, self.covariances, self.weights = list(members), list(covariances), weights

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
        variances = [_variance(*member, X) for member in zip(self.members, self.covariances, strict=True)]
        if len(self.members) == 1:
            return variances[0]
        return _mixture_variance(variances, [member.forward(X) for member in self.members], self.weights)

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


def calibration(members, covariances, weights, precision, data):
    """Factor by which standard deviations go most of the way, in logarithms, to agree with leave-one-out errors.

    Parameters
    ----------
    members : list of KANNetwork
    covariances : list of ndarray of shape (n_params, n_params)
    weights : ndarray of shape (n_members,)
    precision : ndarray of shape (n_outputs,)
        Of the noise.
    data : TrainingData
        Rows that the networks were fitted to; of very many some that are evenly spread.

    Returns
    -------
    factor : float
    """
    every = slice(None, None, max(1, len(data.X) // _ENOUGH_ROWS))
    X, Y, row_weight = data.X[every], data.Y[every], None if data.sample_weight is None else data.sample_weight[every]
    errors, variances, outputs = [], [], []
    for network, covariance in zip(members, covariances, strict=True):
        variance, output = _variance(network, covariance, X), network.forward(X)
        kept = 1 - np.minimum(variance * precision, _MOST_LEVERAGE)
        errors.append((Y - output) / kept)
        variances.append(variance / kept)
        outputs.append(output)
    expected = _mixture_variance(variances, outputs, weights) + 1 / precision
    squares = np.average(errors, axis=0, weights=weights) ** 2 / expected
    agreeing = np.sqrt(np.mean(np.average(squares, axis=0, weights=row_weight)))
    return float(np.clip(agreeing**_WAY, 1 / _MOST_CHANGE, _MOST_CHANGE))


def _mixture_variance(variances, outputs, weights):
    """Mean of variances plus variance of means, over the first axis."""
    mean = np.average(outputs, axis=0, weights=weights)
    return np.average(variances + (outputs - mean) ** 2, axis=0, weights=weights)


def _variance(network, covariance, X):
    """J C J^T of each output at each row, shape (n_samples, n_outputs), over blocks of rows."""
    step = max(32, int(2**22 // (8 * max(1, len(covariance)) * network.n_outputs)))
    variance = np.empty((len(X), network.n_outputs))
    for start in range(0, len(X), step):
        x = np.ascontiguousarray(X[start : start + step].T)
        J = np.empty((network.n_outputs, len(covariance), x.shape[1]))
        network.fill_jacobian(network.linearize(x), J)
        for output, rows in enumerate(J):
            variance[start : start + step, output] = np.einsum("pn,pn->n", rows, covariance @ rows)
    return np.maximum(variance, 0.0)


def _edge_block(network, covariance, number, i, j):
    """The part of a covariance that belongs to one edge; 0 where there is none."""
    layer = network.spline_layers[number]
    if not layer.edges[i, j]:
        return np.zeros((layer.n_coef, layer.n_coef))
    before = sum(other.n_params for other in network.spline_layers[:number])
    start = before + int(np.count_nonzero(layer.edges.ravel()[: i * layer.out_features + j])) * layer.n_coef
    return covariance[start : start + layer.n_coef, start : start + layer.n_coef]
