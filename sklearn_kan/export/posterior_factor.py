r"""How sure a prediction is, in a form small enough for a page.

The posterior variance of a prediction is J(x) C J(x)^T with C of the size n_params^2, megabytes for a network of a
thousand parameters. On the range of the data most of it is in few directions: with J the derivatives at n points,
stacked, and U S U^T the eigenvectors and largest eigenvalues of J C J^T, the factor

    F = C J^T U S^{-1/2}

has |F^T j|^2 = j^T C j for every j among the points, up to the eigenvalues left out, and less elsewhere (the Nyström
approximation [1]_). The rows of J are scaled to j^T C j = 1 beforehand, so that what is left out is a part of each
variance, not of the largest: some of the points lie outside the range of the data, where variances are large. What
is left out, R = C - F F^T, comes back as a times its diagonal, with the a that fits j^T R j best at other points. Of
many networks that are averaged a few have a factor, and stand for the variance of the others too.

F is written in one byte a number, from -127 to 127 in units of the largest of its row: parameters are of unlike sizes,
and rounding errors of a row are independent of each other. In a page of 8 features and 5 networks (584 and 1160
parameters, rank 154 and 77) quantiles of the ratio of standard deviations to exact ones move by 0.01 and less by that,
and are 0.15 and 0.5 off by what F leaves out.

References
----------
.. [1] C. K. I. Williams and M. Seeger, "Using the Nyström method to speed up kernel machines", NeurIPS 2000.
"""

import base64

import numpy as np

from .model_data import parameter_places

# Points on which the factors are exact: rows, combinations of values of the columns, and points outside.
_POINTS = (300, 150, 150)
# How far outside: distances from the median are multiplied by up to this.
_STRETCH = 2.0
# Part of the variance that may be left out.
_LEFT_OUT = 1e-4
# Networks with a factor, those of most weight: a few good factors say more than many poor ones.
_MOST_FACTORS = 4
# Points on which the variance of these is compared with that of all.
_CHECKED = 200
# Digits of coefficients.
_DIGITS = 6
# Bytes of all factors at most, one a number; base64 makes a third more of them.
_BYTES = 90_000
# The largest number of a byte with sign.
_LARGEST = 127


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


def spread_points(rows, quantiles, numbers):
    """Points where a page may be asked: rows, combinations of values, and some of both beyond the range of the data.

    Parameters
    ----------
    rows : ndarray of shape (n_rows, n_features)
    quantiles : ndarray of shape (n_features, n_quantiles)
    numbers : (int, int, int)
        How many of each kind.

    Returns
    -------
    X : ndarray of shape (sum of numbers, n_features)
    """
    rng, (n_rows, n_free, n_outside) = np.random.RandomState(0), numbers

    def drawn(n):
        return rows[rng.randint(len(rows), size=n)]

    def combined(n):
        places = rng.randint(quantiles.shape[1], size=(len(quantiles), n))
        return np.take_along_axis(quantiles, places, axis=1).T

    median = quantiles[:, quantiles.shape[1] // 2]
    stretch = rng.uniform(1.0, _STRETCH, (n_outside, len(quantiles)))
    beyond = np.vstack([drawn(n_outside // 2), combined(n_outside - n_outside // 2)])
    return rng.permutation(np.vstack([drawn(n_rows), combined(n_free), median + stretch * (beyond - median)]))


def interval_data(posterior, noise, profile, describe):
    """What a page needs to say how sure a prediction is.

    Parameters
    ----------
    posterior : Posterior
        The mean of networks `members` with `covariances`.
    noise : ndarray of shape (n_outputs,) or None
        Standard deviation of the noise in units of the network's output; None if it is not normal.
    profile : Profile
        Rows, and quantiles of the features.
    describe : callable
        Layers of a network as data.

    Returns
    -------
    data : dict
    """
    members, covariances, weights = posterior.members, posterior.covariances, posterior.weights
    numbers = [max(n // members[0].n_outputs, 25) for n in _POINTS]
    if members[0].spline_layers[0].basis.extrapolation == "error":
        numbers[2] = 0
    X = spread_points(profile.rows, profile.quantiles[0], numbers)
    chosen = np.argsort(-weights, kind="stable")[:_MOST_FACTORS]
    most = max(_BYTES // max(sum(members[m].n_params for m in chosen), 1), 8)
    factors = {m: low_rank_factor(members[m], covariances[m], X, most) for m in chosen}
    share = _shares(members, covariances, weights, factors, X)
    parts = []
    for m, (member, weight) in enumerate(zip(members, weights, strict=True)):
        part = {"layers": _rounded(describe(member)), "weight": float(weight), "rank": 0, "share": 0.0}
        if m in factors:
            factor, rest = (values[parameter_places(member)] for values in factors[m])
            part |= {"factor": _packed_rows(factor), "rest": _packed(rest), "rank": factor.shape[1], "share": share[m]}
        parts.append(part)
    return {"members": parts, "noise": None if noise is None else [float(v) for v in noise]}


def _shares(members, covariances, weights, factors, X):
    """How much each factor counts, such that together they have the variance of all networks in the median."""
    X = X[:_CHECKED]
    jacobians = [member.jacobian(X).reshape(len(X) * member.n_outputs, -1) for member in members]
    exact = sum(
        weight * np.einsum("np,np->n", J @ covariance, J)
        for J, covariance, weight in zip(jacobians, covariances, weights, strict=True)
    )
    found = sum(
        weights[m] * (np.sum((jacobians[m] @ factor) ** 2, axis=1) + jacobians[m] ** 2 @ rest)
        for m, (factor, rest) in factors.items()
    )
    ratio = float(np.median(exact / np.maximum(found, 1e-300)))
    return {m: ratio * float(weights[m]) for m in factors}


def _packed_rows(values):
    """Rows of numbers in one byte each, and the unit of each row."""
    units = np.abs(values).max(axis=1, initial=0.0)
    whole = np.rint(values / np.where(units > 0, units, 1.0)[:, None] * _LARGEST).astype(np.int8)
    return {"text": base64.b64encode(whole.tobytes()).decode("ascii"), "units": _packed(units)}


def _packed(values):
    """Numbers in two bytes each, and their unit: what the page unpacks."""
    unit = float(np.abs(values).max(initial=0.0)) or 1.0
    return {"text": base64.b64encode((values / unit).astype("<f2").tobytes()).decode("ascii"), "unit": unit}


def _rounded(value):
    """The same with numbers of few digits: a variance needs no more."""
    if isinstance(value, list):
        return [_rounded(part) for part in value]
    if isinstance(value, dict):
        return {name: _rounded(part) for name, part in value.items()}
    return float(f"{value:.{_DIGITS}g}") if isinstance(value, float) else value
