"""Layers as flat arrays of numbers: what the templates of Python and C evaluate.

All layers are written with the same degree, the highest, so that loops over powers have a fixed length: functions and
powers that are added to the others are 0.
"""

import numpy as np

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
    splines = SplinePolynomials.of(layer)
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
        "base": [] if splines.base is None else splines.base[splines.edges].tolist(),
    }


_KINDS = {"spline": _spline, "tanh": _tanh}
