"""Layers as flat arrays of numbers: what the templates of Python and C evaluate.

All layers are written with the same degree, the highest, so that loops over powers have a fixed length: functions and
powers that are added to the others are 0.
"""

import numpy as np

from ..column_effects import ColumnEffects
from ..polynomials import SplinePolynomials


def flat_layers(layers):
    """Layers as dicts of numbers and flat lists, one after another.

    Parameters
    ----------
    layers : list of dict
        Of `Layer.as_data`.

    Returns
    -------
    flat : list of dict
        With "kind", "inputs" and "outputs"; of splines also what the templates say.
    degree : int
        Of all of them.

    Raises
    ------
    ValueError
        If there is no way to write a kind of layer down.
    """
    degree = max((layer["degree"] for layer in layers if "degree" in layer), default=1)
    flat, width = [], next(len(layer["lo"]) for layer in layers if layer["type"] == "spline")
    for layer in layers:
        flat.append({"kind": layer["type"], "inputs": width, **writer_of(_KINDS, layer)(layer, width, degree)})
        width = flat[-1]["outputs"]
    return flat, degree


def writer_of(kinds, layer):
    """The function for a kind of layer."""
    if layer["type"] not in kinds:
        raise ValueError(f"Layers of the kind {layer['type']!r} cannot be exported; only {sorted(kinds)} can.")
    return kinds[layer["type"]]


def _tanh(layer, width, degree):
    return {"outputs": width}


def _spline(layer, width, degree):
    """A spline layer with its edges one after another: those of input i are first[i] to first[i + 1]."""
    splines, columns = SplinePolynomials.of(layer), ColumnEffects.of(layer)
    missing = degree - splines.degree
    alive = np.pad(splines.alive, [(0, 0), (0, 0), (0, missing), (0, missing)])
    to = np.nonzero(splines.edges)[1]
    return {
        "outputs": layer["outputs"],
        "cells": splines.cells,
        "lo": splines.lo.tolist(),
        "rate": splines.rate.tolist(),
        "refuses": splines.refuses,
        "slack": splines.slack.tolist() if splines.refuses else [],
        "bends": splines.extrapolation == "continue",
        "rises": splines.extrapolation != "constant",
        "reach": splines.reach or 0.0,
        "shared": layer["knots"] is None,
        "left": splines.left.ravel().tolist(),
        "width": splines.width.ravel().tolist(),
        "alive": alive.transpose(0, 1, 3, 2).ravel().tolist(),
        "first": [0, *np.cumsum(splines.edges.sum(axis=1)).tolist()],
        "to": to.tolist(),
        "periodic": splines.periodic.astype(int).tolist() if splines.periodic.any() else [],
        "functions": splines.coef.shape[2] + missing,
        "coef": np.pad(splines.coef[splines.edges], [(0, 0), (0, missing)]).ravel().tolist(),
        **_columns(columns, splines.edges),
        "base": [] if splines.base is None else splines.base[splines.edges].tolist(),
    }


def _columns(columns, edges):
    """Effects of levels, other levels and missing values, the edges of an input beside each other, from `start` on.

    They are in rows: of a category one a level, one of other levels and one of missing values, of a number the last.
    """
    if columns.missing is None:
        return {"n_levels": [], "start": [], "effects": []}
    effects = []
    for i, alive in enumerate(edges):
        table = np.vstack([*columns.levels.get(i, []), columns.missing[i]])
        effects += table[:, alive].ravel().tolist()
    n_rows = np.where(columns.categories, columns.n_levels + 2, 1)
    start = np.cumsum([0, *(n_rows * edges.sum(axis=1))])[:-1]
    # C has no arrays of nothing.
    return {"n_levels": columns.n_levels.tolist(), "start": start.tolist(), "effects": [*effects, 0.0]}


_KINDS = {"spline": _spline, "tanh": _tanh}
