r"""The location of the targets is known no better than from the same rows.

A network is fitted to targets less their location, a constant that the rows have told (a mean, a logit of a share).
Its posterior knows how far its own functions are in doubt, given that constant. With the constant c as one more
parameter, of any value beforehand, the information of the rows on both is

    [ m    u^T  ]        m = k sum_n w_n l''_n,      u = k sum_n w_n l''_n J_n,
    [ u    C^-1 ]

and integrating c out adds to the variance J C J^T of a prediction

    (1 - J C u)^2 / s,      s = m - u^T C u:

1 / m = sigma^2 / N where the network has nothing to say, next to nothing where it can move by a constant as it likes
and is in doubt about that already. B-splines sum to 1, so that 1 = J e with the e that adds a constant to the last
layer, and this is J C' J^T with

    C' = C + (e - C u) (e - C u)^T / s.

For several outputs e, u and the root of 1 / s are matrices with a column for each.
"""

import numpy as np

from ..objective.objective import bounded

# Least part of m that s is taken for: less is rounding.
_LEAST = 1e-10


def with_offset(evidence, objective, theta, n_observed):
    """The evidence with a posterior that knows the location of the targets to be an estimate.

    Parameters
    ----------
    evidence : Evidence
        Of the objective at theta.
    objective : Objective
    theta : ndarray of shape (n_params,)
    n_observed : float

    Returns
    -------
    evidence : Evidence
        The same if outputs have no location of their own, as those of softmax, or no edges.
    """
    network, loss = objective.network, objective.loss
    if loss.coupled or not network.spline_layers[-1].edges.any(axis=0).all():
        return evidence
    k = float(np.mean(bounded(evidence.precision))) * n_observed * network.n_outputs
    m, u = (k * value for value in _information(objective.informed(), theta))
    Cu = evidence.root.T @ (evidence.root @ u)
    values, vectors = np.linalg.eigh((np.diag(m) - u.T @ Cu) / np.sqrt(m) / np.sqrt(m)[:, None])
    inverse_root = vectors / np.sqrt(np.maximum(values, _LEAST)) / np.sqrt(m)[:, None]
    return evidence._replace(root=np.vstack([evidence.root, ((_constants(network) - Cu) @ inverse_root).T]))


def _information(objective, theta):
    """m and u over k."""
    network = objective.network
    network.theta = theta

    def sums(blocks):
        m, u = np.zeros(network.n_outputs), np.zeros((len(theta), network.n_outputs))
        for block in blocks:
            chain = network.linearize(block.x)
            curvature = objective.curvature(block.y, chain[-1].output)
            weight = objective.weight(block) * (1.0 if curvature is None else curvature)
            m += weight.sum(axis=1)
            for output, own in enumerate(np.eye(network.n_outputs)):
                u[:, output] += network.backward(chain, own[:, None] * weight)
        return m, u

    return objective.data.sum_over_blocks(sums, network.block_rows(), 8 * len(theta) * network.n_outputs)


def _constants(network):
    """Directions in which each output changes by 1 wherever it is, shape (n_params, n_outputs)."""
    layer = network.spline_layers[-1]
    directions = np.zeros((network.n_outputs, *layer.coef.shape))
    for output, edges in enumerate(layer.edges.T):
        directions[output, edges, output, : layer.n_basis] = layer.constants()[edges] / edges.sum()
    own = np.array([layer.gather(direction[layer.edges]) for direction in directions])
    return np.vstack([np.zeros((network.n_params - own.shape[1], network.n_outputs)), own.T])
