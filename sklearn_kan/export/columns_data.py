"""Columns of a table as a page needs them: levels by name, and what is chosen where nothing else is."""

import numpy as np

from ..inspection.wording import OTHER_LEVEL


def columns_data(model):
    """What each feature is.

    Parameters
    ----------
    model : FittedModel

    Returns
    -------
    columns : list of dict
        "levels": names of levels in the order of their codes and of other levels last, None for numbers; "missing":
        whether values were missing in fit; "median": of a category the level of most rows.
    """
    rows, weight, quantiles = model.profile.rows, model.profile.weights, model.profile.quantiles[0]
    kinds = getattr(model.network.spline_layers[0].basis, "kinds", None)
    missing = np.zeros(len(quantiles), dtype=bool) if kinds is None else kinds.missing
    levels = model.levels or [None] * len(quantiles)
    return [
        {
            "levels": None if names is None else [*names, OTHER_LEVEL],
            "missing": bool(gone),
            "median": float(row[len(row) // 2]) if names is None else _most_frequent(x, weight),
        }
        for names, gone, row, x in zip(levels, missing, quantiles, rows.T, strict=True)
    ]


def _most_frequent(codes, weight):
    """The code of most weight; 0 if all are missing."""
    known = ~np.isnan(codes)
    found, which = np.unique(codes[known], return_inverse=True)
    return float(found[np.argmax(np.bincount(which, weight[known]))]) if len(found) else 0.0


def twin_codes(levels, others):
    """Codes that levels of a model have in its twin.

    Parameters
    ----------
    levels, others : tuple of (tuple or None)
        Of the columns of the model and of the twin.

    Returns
    -------
    codes : list of (list of int or None)
        For each category the code of each level and, last, of other levels.
    """
    found = []
    for mine, theirs in zip(levels, others, strict=True):
        known = {level: code for code, level in enumerate(theirs or [])}
        found.append(None if mine is None else [known.get(level, -1) for level in (*mine, None)])
    return found
