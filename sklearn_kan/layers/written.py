r"""Spline layers written down: what pages, programs and ONNX files are made from.

An edge has a list of coefficients in the order

    number      its B-splines, what a missing value is if there is such a function, the residual branch if there is one,
    category    its levels, the other level, what a missing value is if there is such a function.

Of periodic splines those that are one are written as often as ordinary ones would be. Lists of edges from one input are
of the same length, those from different inputs need not be.
"""

import numpy as np

from .table import TableBasis


def spline_data(layer):
    """A spline layer as numbers, strings and lists.

    Parameters
    ----------
    layer : SplineLayer

    Returns
    -------
    data : dict
        Knots are in cells, and None if they are equally spaced. "coef" has None where there is no edge; "coefs" is how
        many an edge from a number has, but for what a missing value is. "levels" counts those of each input, 0 for
        numbers; None if there are only numbers. "absent" has the basis functions of each input at a missing value; None
        if that gives no number.
    """
    basis, places = layer.basis, written_places(layer)
    if isinstance(basis, TableBasis) and basis.filling is not None:
        raise ValueError(
            "The model fills in missing values from other features, which is not written down yet: fit it with "
            "fill_missing=False, and export that."
        )
    coef = _repeated(layer, layer.coef)
    return {
        "type": layer.kind,
        "degree": basis.k,
        "cells": basis.n_cells,
        "coefs": basis.splines.n_basis + (layer.base_function is not None),
        "outputs": layer.out_features,
        "lo": basis.lo.tolist(),
        "hi": basis.hi.tolist(),
        "knots": None if basis.uniform else basis.knots_in_cells().tolist(),
        "extrapolation": basis.extrapolation,
        "slack": basis.slack().tolist(),
        "reach": float(basis.max_excess) if np.isfinite(basis.max_excess) else None,
        "periodic": None if basis.periodic is None else basis.periodic.tolist(),
        "silu": layer.base_function is not None,
        "levels": None if basis.numbers.all() else basis.kinds.levels.tolist(),
        "absent": None if basis.absent is None else _absent(layer, places),
        "coef": [
            [row[own].tolist() if alive else None for row, alive in zip(rows, mask, strict=True)]
            for rows, mask, own in zip(coef, layer.edges, places, strict=True)
        ],
    }


def written_places(layer):
    """Places in `coef` of the coefficients that are written, an int ndarray for each input."""
    basis, branch = layer.basis, [layer.n_basis] if layer.base_function is not None else []
    table = isinstance(basis, TableBasis)
    sizes = basis.kinds.n_functions(basis.splines.n_basis) if table else np.full(len(basis.t), basis.n_basis)
    return [
        np.array([*range(size), *branch]) if number else np.arange(size)
        for size, number in zip(sizes, basis.numbers, strict=True)
    ]


def parameter_numbers(layer):
    """Number of the parameter that each coefficient is that is written, edge by edge: several may be one.

    Parameters
    ----------
    layer : SplineLayer

    Returns
    -------
    numbers : int ndarray of shape (n_coefficients,)
    """
    numbers = np.zeros(layer.coef.shape, dtype=int)
    numbers[layer.edges] = layer.spread(np.arange(layer.n_params))
    numbers, places = _repeated(layer, numbers), written_places(layer)
    return np.concatenate([np.zeros(0, dtype=int), *(numbers[i, j, places[i]] for i, j in np.argwhere(layer.edges))])


def _repeated(layer, values):
    """Values for coefficients with those of periodic splines repeated."""
    values = values.copy()
    values[:, :, : layer.n_basis] = layer.basis.repeated(values[:, :, : layer.n_basis])
    return values


def _absent(layer, places):
    """The functions of each input at a missing value, in the order in which they are written; no residual branch."""
    rows = np.pad(layer.basis.absent, [(0, 0), (0, layer.n_coef - layer.n_basis)])
    return [row[own].tolist() for row, own in zip(rows, places, strict=True)]
