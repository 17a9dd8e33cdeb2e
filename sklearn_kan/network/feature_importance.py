r"""How much features matter: shares of the variance of the prediction over rows that exist.

The decomposition f = m + sum_i f_i + sum_ij f_ij + r (see `decomposition`) has shares s_i, s_ij of its parts (see
`shares`), which sum to 1 - s_r. The importance of a feature is

    I_i = s_i + sum_j s_ij / 2 + s_r e_i / sum_k e_k,        e_i = max (T_i - s_i - sum_j s_ij, 0),

with T_i what the prediction changes by when feature i shows the value of another row (see `importance`), for
independent features the total Sobol index. So e_i is what i has to do with the rest: what three features or more have
together, which no curve and no surface can say. Importances are never negative and sum to 1, or are all 0 if the
prediction is constant. For independent features, and where no more than two act together, they are the Shapley
effects [1]_. Only the rest, mostly some percent, asks about rows that do not exist.

References
----------
.. [1] A. B. Owen, "Sobol' indices and Shapley value", SIAM/ASA Journal on Uncertainty Quantification 2, 2014.
"""

import numpy as np

from .decomposition import decompose
from .shares import explained_shares

# Surfaces at most; pairs below 0.1 % of the variance have none.
MOST_PAIRS = 10


def feature_importances(network, profile):
    """Importances of the features over the rows that a profile has kept.

    Parameters
    ----------
    network : KANNetwork
    profile : Profile

    Returns
    -------
    importances : ndarray of shape (n_features,)
        Of sum 1, or 0.
    """
    outputs, swapped = list(range(network.n_outputs)), profile.nodes[0]
    parts = decompose(network, profile.rows, profile.weights, swapped, MOST_PAIRS, outputs)
    shares, rest = part_shares(parts, network, profile.rows, profile.weights)
    halves, alone = by_feature(parts, shares, 0.5), by_feature(parts, shares, 1.0)
    beyond = np.maximum(swapped - alone, 0.0)
    beyond = beyond if beyond.any() else swapped
    importances = halves + rest * beyond / (beyond.sum() or 1.0)
    return importances / (importances.sum() or 1.0)


def part_shares(parts, network, X, weight):
    """Share of each curve and then each surface of a decomposition in the variance of all outputs, and of the rest."""
    curves, target = parts.curve_values(network, X).transpose(1, 0, 2), parts.output_of(network, X) - parts.mean
    values = np.concatenate([curves, *(surface.at(X)[None] for surface in parts.surfaces)])
    return explained_shares(values, target, weight)


def by_feature(parts, shares, of_surfaces):
    """Shares of curves, and of a part of each surface, summed for each feature."""
    n_features = len(parts.curves)
    sums = np.array(shares[:n_features], dtype=float)
    for surface, share in zip(parts.surfaces, shares[n_features:], strict=True):
        sums[list(surface.features)] += of_surfaces * share
    return sums
