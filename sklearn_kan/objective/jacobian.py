"""The Jacobian of one output after another, without the columns that are 0.

An output of the last layer depends on the edges that lead to it and on the layers below, not on the edges to other
outputs. So the outputs together cost as much as one with all parameters, and their Jacobians need not exist at once.
"""

import numpy as np


def jacobian_of_output(network, chain, output):
    """Derivative of one output with respect to the parameters that it depends on, at a block of n rows.

    Parameters
    ----------
    network : KANNetwork
    chain : list of Linearization
    output : int

    Returns
    -------
    columns : int ndarray of shape (m,)
        The parameters, as places in theta.
    J : ndarray of shape (m, n)
    """
    unit = np.zeros((1, *chain[-1].output.shape))
    unit[0, output] = 1.0
    stop, columns, parts = network.n_params, [], []
    for layer, local, (sensitivity,) in network.pulled(chain, unit):
        stop -= layer.n_params
        if layer.n_params:
            i, j = np.nonzero(layer.edges)
            edges = np.flatnonzero(sensitivity.any(axis=1)[j])
            columns.append(stop + layer.gather(layer.spread(np.arange(layer.n_params))[edges], edges))
            parts.append(layer.gather(local.design[i[edges]] * sensitivity[j[edges]][:, None], edges))
    return np.concatenate(columns[::-1]), np.concatenate(parts[::-1])
