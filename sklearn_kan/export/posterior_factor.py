r"""How sure a prediction is, in a form small enough for a page.

The posterior variance of a prediction is J(x) C J(x)^T with C of the size n_params^2, megabytes for a network of a
thousand parameters. On the range of the data most of it is in few directions: with J the derivatives at n points,
stacked, and U S U^T the eigenvectors and largest eigenvalues of J C J^T, the factor

    F = C J^T U S^{-1/2}

has |F^T j|^2 = j^T C j for every j among the points, up to the eigenvalues left out, and less elsewhere (the Nyström
approximation [1]_).

References
----------
.. [1] C. K. I. Williams and M. Seeger, "Using the Nyström method to speed up kernel machines", NeurIPS 2000.
"""

import base64

import numpy as np

# Points, part of the variance that may be left out, and bytes of all factors at most.
_POINTS, _LEFT_OUT, _BYTES = 300, 1e-4, 300_000


def low_rank_factor(network, covariance, X, most):
    """The factor F, of shape (n_params, rank), with at most so many columns.

    Parameters
    ----------
    network : KANNetwork
    covariance : ndarray of shape (n_params, n_params)
    X : ndarray of shape (n_samples, n_features)
    most : int

    Returns
    -------
    factor : ndarray of shape (n_params, rank)
    """
    J = network.jacobian(X).reshape(-1, len(covariance))
    product = J @ covariance
    values, vectors = np.linalg.eigh(product @ J.T)
    values, vectors = np.maximum(values[::-1], 0.0), vectors[:, ::-1]
    enough = np.searchsorted(np.cumsum(values), (1 - _LEFT_OUT) * values.sum()) + 1
    rank = int(min(enough, most, np.count_nonzero(values > 1e-12 * values[0])))
    return product.T @ vectors[:, :rank] / np.sqrt(values[:rank])


def interval_data(posterior, noise, quantiles, describe):
    """What a page needs to say how sure a prediction is.

    Parameters
    ----------
    posterior : Posterior
        The mean of networks `members` with `covariances`.
    noise : ndarray of shape (n_outputs,)
        Standard deviation of the noise in units of the network's output.
    quantiles : ndarray of shape (n_features, n_quantiles)
        Of the features; the factors are exact on a sample of combinations of them.
    describe : callable
        Layers of a network as data.

    Returns
    -------
    data : dict
    """
    members, rng = posterior.members, np.random.RandomState(0)
    n = max(_POINTS // members[0].n_outputs, 50)
    X = np.take_along_axis(quantiles, rng.randint(quantiles.shape[1], size=(len(quantiles), n)), axis=1).T
    most = max(_BYTES // (4 * max(sum(member.n_params for member in members), 1)), 8)
    parts = []
    for member, covariance, weight in zip(members, posterior.covariances, posterior.weights, strict=True):
        factor = low_rank_factor(member, covariance, X, most).astype("<f4")
        text = base64.b64encode(factor.tobytes()).decode("ascii")
        parts.append({"layers": describe(member), "factor": text, "rank": factor.shape[1], "weight": float(weight)})
    return {"members": parts, "noise": [float(v) for v in noise]}
