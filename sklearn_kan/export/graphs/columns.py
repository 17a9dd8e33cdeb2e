r"""Categories and missing values as operators.

A category is a row of codes, see `utils.kinds`. Its effects on all outputs are one row of a table for each code, with
one more for other levels and one for a missing value; the tables of all categories stand below each other, so that one
Gather looks all of them up. A number that is missing is put at the left end of its grid, and what it is instead is
added where it is missing.
"""

from dataclasses import replace

import numpy as np
from onnx import TensorProto

from ...layers.base_functions import BASE_FUNCTIONS
from ..model_data import has_texts
from .graph import ML_DOMAIN


def known_numbers(graph, columns, splines, x):
    """x with what is missing or a category put on the grid; itself if there is nothing of the kind.

    Parameters
    ----------
    graph : Graph
    columns : ColumnEffects
    splines : SplinePolynomials
    x : str
        Of shape (n_in, n).

    Returns
    -------
    x : str
    """
    if columns.missing is None:
        return x
    hidden = graph.op("IsNaN", x)
    if columns.categories.any():
        hidden = graph.op("Or", hidden, graph.constant(columns.categories[:, None]))
    return graph.op("Where", hidden, graph.numbers(splines.lo[:, None]), x)


def effects_of_columns(graph, columns, splines, x):
    """What categories and missing values add to the outputs, a list of values of shape (n_out, n).

    Parameters as for `known_numbers`.
    """
    found = []
    if columns.missing is not None and not columns.categories.all():
        gone = graph.op("Cast", graph.op("IsNaN", x), to=graph.element_type)
        found.append(graph.op("MatMul", graph.numbers(_jumps(columns, splines).T), gone))
    if columns.categories.any():
        rows = graph.op("Gather", graph.numbers(_table(columns)), _table_rows(graph, columns, x), axis=0)
        total = graph.op("ReduceSum", rows, graph.integers([0]), keepdims=0)
        found.append(graph.op("Transpose", total, perm=[1, 0]))
    return found


def _jumps(columns, splines):
    """What a missing number is beyond the value at the left end of its grid, shape (n_in, n_out); 0 for categories."""
    at_end = splines.pieces()[:, :, 0, 0]
    if splines.base is not None:
        at_end = at_end + splines.base * BASE_FUNCTIONS["silu"].value(-1.0)
    return np.where(columns.categories[:, None], 0.0, columns.missing - at_end)


def _table(columns):
    """Effects of all categories below each other, each followed by that of a missing value."""
    return np.concatenate([np.vstack([effects, columns.missing[i]]) for i, effects in columns.levels.items()])


def _table_rows(graph, columns, x):
    """The row of that table for each category and row of x, shape (n_categories, n)."""
    at = np.flatnonzero(columns.categories)
    codes, others = graph.rows(x, at.tolist(), len(columns.n_levels)), columns.n_levels[at, None]
    starts = np.cumsum([0, *(others[:-1, 0] + 2)])[:, None]
    place = level_places(graph, codes, others)
    place = graph.op("Where", graph.op("IsNaN", codes), graph.numbers(others + 1), place)
    return graph.op("Cast", graph.op("Add", place, graph.numbers(starts)), to=TensorProto.INT64)


def level_places(graph, codes, others):
    """Codes, with `others` for what is no code of a level or missing: both of shape (n_categories, ...)."""
    known = graph.op("GreaterOrEqual", codes, graph.numbers(0.0))
    known = graph.op("And", known, graph.op("Less", codes, graph.numbers(others)))
    return graph.op("Where", known, codes, graph.numbers(others))


def coded_rows(graph, inputs, data):
    """Inputs beside each other, with texts replaced by codes.

    Parameters
    ----------
    graph : Graph
    inputs : list of (str, int, bool)
        Name of each input of shape (n, width), its width, and whether it holds texts.
    data : ModelData

    Returns
    -------
    rows : str
        Of shape (n, n_features).
    data : ModelData
        With the levels of those categories only that are not coded yet.
    """
    parts, levels, start = [], list(data.levels), 0
    for name, width, is_text in inputs:
        own = range(start, start + width)
        start += width
        if is_text:
            parts += [_texts_coded(graph, name, i - own[0], data.features[i], levels[i]) for i in own]
        else:
            parts.append(graph.op("Cast", name, to=graph.element_type))
        for i in own:
            levels[i] = None if is_text or has_texts(levels[i]) else levels[i]
    rows = parts[0] if len(parts) == 1 else graph.op("Concat", *parts, axis=1)
    return rows, replace(data, levels=levels)


def _texts_coded(graph, name, place, feature, levels):
    """Codes of one column of texts: -1 for what is no level, NaN for an empty text that is none."""
    if levels is None:
        raise ValueError(f"The feature {feature!r} was numbers in fit, and its input is to be of texts.")
    codes = {str(level): float(code) for code, level in enumerate(levels) if level is not None}
    if len(codes) < sum(level is not None for level in levels):
        raise ValueError(
            f"The category {feature!r} has levels that are one in writing; turn them into texts, fit anew."
        )
    codes = {"": np.nan, **codes}
    column = _slice(graph, name, place, axis=1)
    found = graph.op(
        "LabelEncoder",
        column,
        domain=ML_DOMAIN,
        keys_strings=list(codes),
        values_floats=list(codes.values()),
        default_float=-1.0,
    )
    return graph.op("Cast", found, to=graph.element_type)


def _slice(graph, values, place, axis):
    """One row or column, with its axis."""
    ends = (graph.integers([end]) for end in (place, place + 1, axis))
    return graph.op("Slice", values, *ends)


def codes_of_numbers(graph, x, levels):
    """Features with the values of categories whose levels are numbers replaced by their codes.

    Parameters
    ----------
    graph : Graph
    x : str
        Of shape (n_features, n).
    levels : list of (list or None)
        Levels of the categories that are replaced.

    Returns
    -------
    x : str
    """
    if all(known is None for known in levels):
        return x
    rows = [_slice(graph, x, i, axis=0) for i in range(len(levels))]
    coded = [row if known is None else _code(graph, row, known) for row, known in zip(rows, levels, strict=True)]
    return graph.op("Concat", *coded, axis=0)


def _code(graph, row, levels):
    """Codes of a row of values, of shape (1, n): -1 for what is no level, NaN for what is missing."""
    codes = [code for code, level in enumerate(levels) if level is not None]
    values = np.array([levels[code] for code in codes], dtype=graph.dtype)
    if len(np.unique(values)) < len(values):
        raise ValueError(f"Some levels of a category are one as {graph.dtype}: export float64.")
    same = graph.op("Cast", graph.op("Equal", graph.numbers(values[:, None]), row), to=graph.element_type)
    code = graph.op("MatMul", graph.numbers(np.add(codes, 1.0)[None]), same)
    return graph.op("Where", graph.op("IsNaN", row), row, graph.op("Sub", code, graph.numbers(1.0)))
