r"""How sure a prediction is, in a form small enough for a page.

The posterior variance of a prediction is J(x) C J(x)^T with C of the size n_params^2, megabytes for a network of a
thousand parameters. On the range of the data most of it is in few directions: with J the derivatives at n points,
stacked, and U S U^T the eigenvectors and largest eigenvalues of J C J^T, the factor

    F = C J^T U S^{-1/2}

has |F^T j|^2 = j^T C j for every j among the points, up to the eigenvalues left out, and less elsewhere (the Nyström
approximation [1]_). The rows of J are scaled to j^T C j = 1 beforehand, so that what is left out is a part of each
variance, not of the largest: some of the points lie outside the range of the data, where variances are large. What
is left out, R = C - F F^T, comes back as a times its diagonal, with the a that fits j^T R j best at other points.

References
----------
.. [1] C. K. I. Williams and M. Seeger, "Using the Nyström method to speed up kernel machines", NeurIPS 2000.
"""

import base64

import numpy as np

# Points within the range of the data on which the factors are exact, and points outside.
_POINTS = 400
_OUTSIDE = 200
# How far outside: distances from the median are multiplied by up to this.
_STRETCH = 2.0
# Part of the variance that may be left out.
_LEFT_OUT = 1e-4
# Bytes of all factors at most, two a number.
_BYTES = 300_000


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
    rest : ndarray of shape (n_params,)
        The variance of a derivative j is about |factor^T j|^2 + sum of rest j^2.
    """
    J = network.jacobian(X).reshape(-1, len(covariance))
    product = J @ covariance
    variance = np.einsum("np,np->n", product, J)
    scale = 1 / np.sqrt(np.maximum(variance, 1e-12 * variance.max(initial=0.0) + 1e-300))[:, None]
    J, product = J * scale, product * scale
    fitted = np.arange(len(X)) % 3 > 0  # The other points tell what is missed between them.
    fitted = np.repeat(fitted, network.n_outputs)
    values, vectors = np.linalg.eigh(product[fitted] @ J[fitted].T)
    values, vectors = np.maximum(values[::-1], 0.0), vectors[:, ::-1]
    enough = np.searchsorted(np.cumsum(values), (1 - _LEFT_OUT) * values.sum()) + 1
    rank = int(min(enough, most, np.count_nonzero(values > 1e-12 * values[0])))
    factor = product[fitted].T @ vectors[:, :rank] / np.sqrt(values[:rank])
    rest = np.maximum(np.diag(covariance) - np.sum(factor**2, axis=1), 0.0)
    others = J[~fitted]
    missed = np.minimum(variance * scale[:, 0] ** 2, 1.0)[~fitted] - np.sum((others @ factor) ** 2, axis=1)
    spread = others**2 @ rest
    return factor, rest * max(missed @ spread / max(spread @ spread, 1e-300), 0.0)


def spread_points(quantiles, n_inside, n_outside):
    """Combinations of values of the features, and further ones beyond the range of some of them.

    Parameters
    ----------
    quantiles : ndarray of shape (n_features, n_quantiles)
    n_inside, n_outside : int

    Returns
    -------
    X : ndarray of shape (n_inside + n_outside, n_features)
    """
    rng, n = np.random.RandomState(0), n_inside + n_outside
    place = rng.randint(quantiles.shape[1], size=(len(quantiles), n))
    X = np.take_along_axis(quantiles, place, axis=1).T
    median = quantiles[:, quantiles.shape[1] // 2]
    stretch = rng.uniform(1.0, _STRETCH, (n_outside, len(quantiles)))
    X[n_inside:] = median + stretch * (X[n_inside:] - median)
    return X


def interval_data(posterior, noise, quantiles, describe):
    """What a page needs to say how sure a prediction is.

    Parameters
    ----------
    posterior : Posterior
        The mean of networks `members` with `covariances`.
    noise : ndarray of shape (n_outputs,) or None
        Standard deviation of the noise in units of the network's output; None if it is not normal.
    quantiles : ndarray of shape (n_features, n_quantiles)
        Of the features.
    describe : callable
        Layers of a network as data.

    Returns
    -------
    data : dict
    """
    members = posterior.members
    X = spread_points(quantiles, *(max(n // members[0].n_outputs, 25) for n in (_POINTS, _OUTSIDE)))
    most = max(_BYTES // (2 * max(sum(member.n_params for member in members), 1)), 8)
    parts = []
    for member, covariance, weight in zip(members, posterior.covariances, posterior.weights, strict=True):
        factor, rest = low_rank_factor(member, covariance, X, most)
        numbers = {"factor": _packed(factor), "rest": _packed(rest), "rank": factor.shape[1], "weight": float(weight)}
        parts.append({"layers": describe(member), **numbers})
    return {"members": parts, "noise": None if noise is None else [float(v) for v in noise]}


def _packed(values):
    """Numbers in two bytes each, and their unit: what the page unpacks."""
    unit = float(np.abs(values).max(initial=0.0)) or 1.0
    return {"text": base64.b64encode((values / unit).astype("<f2").tobytes()).decode("ascii"), "unit": unit}
