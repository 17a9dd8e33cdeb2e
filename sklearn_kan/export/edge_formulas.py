"""Formulas that come close to the curves of a network, each on its own, to be shown beside them."""

from dataclasses import replace

import numpy as np

from ..symbolic.edge_fit import fit_edge
from ..symbolic.library import IDENTITY, make_library
from ..symbolic.writing import name, number

# Formulas of an edge, the part of its variance they may miss, and how large their terms may be beside it: two huge
# terms that cancel say nothing.
_MOST, _MISFIT, _LARGEST = 3, 0.02, 30.0


def edge_formulas(curves, edges):
    """Formulas c f(a u + b) + d for some edges, the best first.

    Parameters
    ----------
    curves : list of LayerCurves
    edges : iterable of (layer, i, j)

    Returns
    -------
    formulas : dict of (layer, i, j) to list of str
        With u for the input of the edge, in the units of the curve; without edges that no function comes close to.
    """
    library, formulas = make_library(), {}
    for layer, i, j in edges:
        u, v = curves[layer].x[i], curves[layer].y[i, j]
        size = _LARGEST * (v.max() - v.min())
        fits = [fit for fit in fit_edge(u, v, library) if fit.misfit < _MISFIT and abs(fit.c) < size]
        if fits:
            formulas[layer, i, j] = [_text(_unscaled(fit, u, v)) for fit in fits[:_MOST]]
    return formulas


def _unscaled(fit, u, v):
    """The same with a = 1 if c and d can make up for it, as they can for powers and logarithms."""
    if fit.function is IDENTITY:
        return replace(fit, a=1.0, b=0.0, c=fit.c * fit.a, d=fit.d + fit.c * fit.b)
    argument = u + fit.b / fit.a
    if not fit.function.allows(argument):
        return fit
    design = np.column_stack([fit.function.f(argument), np.ones_like(u)])
    (c, d), *_ = np.linalg.lstsq(design, v)
    misfit = np.sum((design @ (c, d) - v) ** 2) / np.sum((v - v.mean()) ** 2)
    same = misfit <= 1.01 * fit.misfit + 1e-14
    return replace(fit, a=1.0, b=fit.b / fit.a, c=float(c), d=float(d)) if same else fit


def _text(fit):
    """A formula and how much it misses, with three digits."""
    a, c = number(fit.a, 3), number(fit.c, 3)
    text = c * fit.function.write(a * name("u") + _offset(fit.b)) + _offset(fit.d)
    right = f"R² = {1 - fit.misfit:.4f}" if fit.misfit > 5e-5 else f"1 - R² = {fit.misfit:.0e}"
    return f"{text}   ({right})"


def _offset(constant):
    """A constant, nothing if it is small."""
    return number(0.0 if abs(constant) < 5e-4 else constant, 3)
