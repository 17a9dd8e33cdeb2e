r"""Effects of a fitted model, and which rows are likely, as the data of a page.

The page holds no rows. What it knows of them, besides quantiles of each column, is how the columns hang together: with
u the place of a value among the quantiles, from 0 to 1, the scores s = sqrt(12) (u - 1/2) have mean 0 and variance 1,
and R = L L^T are their correlations. The page draws rows as L n, n normal, and a row is unlike the data if
|L^-1 s|^2 is larger than it is for nearly all of them.
"""

import numpy as np

from .model_data import few_digits

# Part of the rows that count as like the data.
_LIKE = 0.995
# Added to the variances of scores: columns may be multiples of each other.
_JITTER = 1e-2
# Numbers of all correlations at most; with more features the page draws columns one by one.
_MOST_NUMBERS = 2500
# Digits of values to look at.
_DIGITS = 4


def effects_data(effects):
    """Curves and surfaces of all outputs.

    Parameters
    ----------
    effects : Effects

    Returns
    -------
    data : dict
    """
    means = effects.decomposition.edge_means
    scale = effects.model.scale
    return {
        "mean": np.atleast_1d(effects.mean).tolist(),
        "curves": [
            _curve(curve, importance) for curve, importance in zip(effects.curves, effects.importances, strict=True)
        ],
        "surfaces": [_surface(surface) for surface in effects.surfaces],
        "rest": float(effects.rest),
        "means": None if means is None else (means * scale).tolist(),
    }


def _curve(curve, importance):
    """A curve, one list of values for each output; no values if it is 0."""
    y, sd = _by_output(curve.y, 1), None if curve.sd is None else _by_output(curve.sd, 1)
    return {
        "x": curve.x.tolist(),
        "y": few_digits(y, _DIGITS) if np.any(y) else None,
        "sd": None if sd is None else few_digits(sd, _DIGITS),
        "share": float(curve.share),
        "importance": float(importance),
        "density": few_digits(curve.density, 3),
        "middle": [float(end) for end in curve.middle],
        "discrete": curve.discrete,
        "labels": curve.labels,
        "missing": None if curve.missing is None else _missing(curve.missing),
    }


def _missing(missing):
    """What a missing value does, one value for each output."""
    sd = None if missing.sd is None else few_digits(np.atleast_1d(missing.sd), _DIGITS)
    return {"y": few_digits(np.atleast_1d(missing.y), _DIGITS), "sd": sd, "density": float(missing.density)}


def _surface(surface):
    """A surface, one table for each output."""
    return {
        "features": list(surface.features),
        "x": [surface.x1.tolist(), surface.x2.tolist()],
        "z": few_digits(_by_output(surface.z, 2), _DIGITS),
        "seen": (surface.density > 0).astype(int).tolist(),
        "share": float(surface.share),
        "discrete": list(surface.discrete),
    }


def _by_output(values, n_axes):
    """Values with the outputs first."""
    return values[None] if values.ndim == n_axes else np.moveaxis(values, -1, 0)


def likely_data(profile):
    """How the columns hang together; None if there are too many.

    Parameters
    ----------
    profile : Profile

    Returns
    -------
    data : dict or None
    """
    X, weight, quantiles = profile.rows, profile.weights, profile.quantiles[0]
    if X.shape[1] ** 2 > _MOST_NUMBERS:
        return None
    scores = np.column_stack([scores_of(x, row) for x, row in zip(X.T, quantiles, strict=True)])
    correlations = (scores.T * weight) @ scores + _JITTER * np.eye(X.shape[1])
    root = np.linalg.cholesky(correlations)
    distances = np.sum(np.linalg.solve(root, scores.T) ** 2, axis=0)
    order = np.argsort(distances)
    last = min(np.searchsorted(np.cumsum(weight[order]), _LIKE), len(order) - 1)
    return {"root": few_digits(root, _DIGITS), "limit": float(distances[order[last]])}


def scores_of(x, quantiles):
    """Scores of values of shape (n,), by the quantiles of their column; ties are in the middle, as missing ones are."""
    places = np.linspace(0, 1, len(quantiles))
    first = np.interp(x, quantiles, places)
    last = 1 - np.interp(-x, -quantiles[::-1], places)
    return np.nan_to_num(np.sqrt(12) * ((first + last) / 2 - 0.5))
