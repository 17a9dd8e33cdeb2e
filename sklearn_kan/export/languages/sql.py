"""A model as a SELECT statement: each edge is a CASE over the cells of its grid.

Numbers are approximate literals, which all engines take for double precision. An additive model is one expression a
target and runs anywhere. A network has a step WITH the values of each layer; MATERIALIZED keeps engines that know the
word from writing each of them out again wherever it is used.
"""

import numpy as np

from ...layers.base_functions import BASE_FUNCTIONS
from ..column_effects import ColumnEffects
from ..model_data import unused_prefix
from ..polynomials import SplinePolynomials
from ..template import asset, fill
from .flat import writer_of

RESERVED = None  # The name is that of a table, and quoted.
# Characters of a statement: the default limit of SQLite.
_LONGEST = 1_000_000
# Exponents beyond are as good as these, and some engines refuse what overflows.
_LARGEST_EXPONENT = 700.0


def write(model, name):
    """The statement.

    Parameters
    ----------
    model : ModelData
    name : str
        Of the table; its columns are called like the features.

    Returns
    -------
    statement : str

    Raises
    ------
    ValueError
        If the statement is too long for SQL engines, or a name cannot be one in SQL.
    """
    own = unused_prefix("kan", model.features)
    table = {"@TITLE@": model.title, "@TABLE@": _identifier(name), "@OWN@": own}
    values = [f"t.{_identifier(feature)}" for feature in model.features]
    layers = [{**model.layers[0], "literals": _literals(model.levels)}, *model.layers[1:]]
    if len(layers) == 1 and model.link != "softmax":
        values = writer_of(_KINDS, layers[0])(layers[0], values)
        statement = fill(asset("predict.sql.in"), {**table, "@PREDICTIONS@": _predictions(model, values)})
    else:
        steps, values = _steps(layers, values, own)
        parts = {
            **table,
            "@STEPS@": steps,
            "@LAST@": str(len(layers)),
            "@PREDICTIONS@": _predictions(model, values),
        }
        statement = fill(asset("predict_steps.sql.in"), parts)
    if len(statement) > _LONGEST:
        raise ValueError(
            f"The statement would have {len(statement):,} characters, and SQL engines take {_LONGEST:,}. Fit a smaller "
            "model: hidden_layer_sizes=() is additive, hidden_layer_sizes=(4,) with n_init=1 a small network, and "
            "prune=0.01 removes edges. Or export another language, or ONNX."
        )
    return statement


def _steps(layers, values, own):
    """One step a layer, and the columns of the last."""
    steps = []
    for depth, layer in enumerate(layers):
        outputs = writer_of(_KINDS, layer)(layer, values)
        columns = "".join(f",\n    {output} AS {own}_h{j}" for j, output in enumerate(outputs))
        steps.append(
            f",\n{own}_{depth + 1} AS MATERIALIZED (\n  SELECT t.{own}_row{columns}\n  FROM {own}_{depth} AS t)"
        )
        values = [f"t.{own}_h{j}" for j in range(len(outputs))]
    return "".join(steps), values


def _predictions(model, values):
    """Columns of the result."""
    raw = [
        f"({value} * {_number(scale)} + {_number(location)})"
        for value, scale, location in zip(values, model.scale, model.location, strict=True)
    ]
    columns = zip(_inverse_link(model.link, raw), _names(model), strict=True)
    return "".join(f",\n  {value} AS {_identifier(name)}" for value, name in columns)


def _names(model):
    """Names of these columns."""
    if model.single:
        return ["prediction"]
    return [f"{'prediction' if model.classes is None else 'probability'}_{output}" for output in model.outputs]


def _inverse_link(link, raw):
    """Predictions from raw predictions."""
    if link == "identity":
        return raw
    if link == "log":
        return [_exp(f) for f in raw]
    if link == "logit":
        return [f"1e0 / (1e0 + {_exp(f)})" for f in (raw[0], f"(-{raw[0]})")]
    return [f"1e0 / {_sum([_exp(f'({other} - {f})') for other in raw])}" for f in raw]


def _tanh(layer, values):
    """The hyperbolic tangent of each value."""
    return [f"(1e0 - 2e0 / (1e0 + {_exp(f'(2e0 * {value})')}))" for value in values]


def _spline(layer, values):
    """Sums of splines."""
    splines, columns = SplinePolynomials.of(layer), ColumnEffects.of(layer)
    pieces, values = splines.pieces(), _come_round(splines, values)
    sums = []
    for j in range(layer["outputs"]):
        inputs = np.flatnonzero(splines.edges[:, j])
        terms = []
        for i in inputs:
            if columns.categories[i]:
                terms.append(_known(columns, i, j, values[i], _level(columns, i, j, values[i], layer["literals"][i])))
                continue
            edge = _edge(splines, i, values[i], pieces[i, j])
            if splines.base is not None:
                edge = f"({edge} + {_base(splines, i, j, values[i])})"
            terms.append(_known(columns, i, j, values[i], edge))
        sums.append(_sum(terms) if terms else "0e0")
    numbers = np.flatnonzero(~columns.categories)
    return [_refused(splines, values, total, numbers) for total in sums] if splines.refuses else sums


def _literals(levels):
    """Levels of each category as literals, None for one that nothing is equal to; or None."""
    return [None if known is None else [_literal(level) for level in known] for known in levels]


def _literal(level):
    """A level as a literal."""
    if level is None or isinstance(level, bool):
        return {None: None, True: "TRUE", False: "FALSE"}[level]
    if isinstance(level, str):
        _check_text(level)
        return "'" + level.replace("'", "''") + "'"
    return str(level) if isinstance(level, int) else _number(level)


def _known(columns, i, j, x, effect):
    """An effect of x, or that of a missing value; without one NULL stays NULL."""
    if columns.missing is None:
        return effect
    return f"CASE WHEN {x} IS NULL THEN {_number(columns.missing[i, j])} ELSE {effect} END"


def _level(columns, i, j, x, literals):
    """The effect of the level that x is."""
    pairs = zip(literals, columns.levels[i][:, j], strict=False)
    cases = [f"WHEN {literal} THEN {_number(effect)}" for literal, effect in pairs if literal is not None]
    other = _number(columns.levels[i][-1, j])
    return f"CASE {x} {' '.join(cases)} ELSE {other} END" if cases else other


def _come_round(splines, values):
    """Texts of inputs with periodic ones brought into their grid."""
    period = splines.cells / splines.rate
    return [
        f"({x} - {_number(period[i])} * FLOOR({_place(x, splines.lo[i], 1 / period[i])}))" if splines.periodic[i] else x
        for i, x in enumerate(values)
    ]


def _edge(splines, i, x, polynomials):
    """A spline of x: the polynomial of the cell where it is, or of the side of the grid. NULL stays NULL."""
    left = splines.left[i if len(splines.left) > 1 else 0]
    width = splines.width[i if len(splines.width) > 1 else 0]
    rate, starts = splines.rate[i], splines.lo[i] + left / splines.rate[i]
    end = splines.lo[i] + splines.cells / rate
    inside = [_polynomial(p, _place(x, s, rate / w)) for p, s, w in zip(polynomials, starts, width, strict=False)]
    outside = [
        _polynomial(np.trim_zeros(p, "b"), _excess(x, s, rate, splines.reach, w))
        for p, s, w in zip(polynomials[splines.cells :], (starts[0], end), (width[0], width[-1]), strict=True)
    ]
    cases = [f"WHEN {x} < {_number(starts[0])} THEN {outside[0]}", f"WHEN {x} > {_number(end)} THEN {outside[1]}"]
    cases += [f"WHEN {x} < {_number(s)} THEN {p}" for s, p in zip(starts[1:], inside[:-1], strict=True)]
    return f"CASE {' '.join(cases)} ELSE {inside[-1]} END"


def _place(x, start, rate):
    """A place within a cell."""
    return f"({x} - {_number(start)}) * {_number(rate)}"


def _excess(x, end, rate, reach, width):
    """How far outside the grid x is, in cells of a width, bounded if there is a bound."""
    if reach is None:
        return _place(x, end, rate / width)
    excess = _place(x, end, rate)
    return f"{excess} / (1e0 + ABS({excess}) / {_number(reach)}) / {_number(width)}"


def _polynomial(coefficients, u):
    """A polynomial by Horner's rule, coefficients of lower powers first."""
    if not len(coefficients):
        return "0e0"
    text = _number(coefficients[-1])
    for coefficient in coefficients[-2::-1]:
        text = f"({text} * ({u}) + {_number(coefficient)})"
    return text


def _base(splines, i, j, x):
    """The residual branch of an edge: a weight times silu on the grid mapped to [-1, 1], outside by the rule."""
    rate, width = splines.rate[i], splines.cells / 2
    z = f"({_place(x, splines.lo[i], rate / width)} - 1e0)"
    ends = {-1.0: splines.lo[i], 1.0: splines.lo[i] + splines.cells / rate}
    low, high = (_beyond(splines, z_end, _excess(x, end, rate, splines.reach, width)) for z_end, end in ends.items())
    cases = f"WHEN {x} < {_number(ends[-1.0])} THEN {low} WHEN {x} > {_number(ends[1.0])} THEN {high} ELSE {_silu(z)}"
    return f"{_number(splines.base[i, j])} * CASE {cases} END"


def _beyond(splines, end, excess):
    """silu beyond an end of [-1, 1], by the rule for extrapolation."""
    if splines.extrapolation == "continue":
        return _silu(f"({_number(end)} + {excess})")
    silu = BASE_FUNCTIONS["silu"]
    rises = splines.extrapolation != "constant"
    return _polynomial([silu.value(end), silu.derivative(end)] if rises else [silu.value(end)], excess)


def _silu(z):
    """z / (1 + exp(-z)) of a text in parentheses."""
    return f"{z} / (1e0 + {_exp(f'(-{z})')})"


_KINDS = {"spline": _spline, "tanh": _tanh}


def _refused(splines, values, total, numbers):
    """NULL where a value is outside the grid."""
    slack, rate = splines.slack, splines.rate
    ends = zip(splines.lo - slack / rate, splines.lo + (splines.cells + slack) / rate, strict=True)
    outside = [f"{x} < {_number(a)} OR {x} > {_number(b)}" for x, (a, b) in zip(values, ends, strict=True)]
    outside = [outside[i] for i in numbers] or ["1 = 0"]
    return f"CASE WHEN {' OR '.join(outside)} THEN NULL ELSE {total} END"


def _exp(f):
    """exp of a text in parentheses, bounded."""
    most, least = _number(_LARGEST_EXPONENT), _number(-_LARGEST_EXPONENT)
    return f"EXP(CASE WHEN {f} > {most} THEN {most} WHEN {f} < {least} THEN {least} ELSE {f} END)"


def _sum(terms):
    """A sum in parentheses, halved again and again: parsers bound the depth of expressions."""
    if len(terms) == 1:
        return terms[0]
    half = len(terms) // 2
    return f"({_sum(terms[:half])} + {_sum(terms[half:])})"


def _number(value):
    """An approximate literal; negative ones in parentheses, as two signs begin a comment."""
    text = repr(float(value))
    text = text if "e" in text else f"{text}e0"
    return f"({text})" if text.startswith("-") else text


def _check_text(text):
    """Raise if SQL cannot have a text."""
    if "\0" in text or any(0xD800 <= ord(letter) < 0xE000 for letter in text):
        raise ValueError(
            f"SQL has no text {text!r}: give feature_names, output_names or name without such characters; levels of "
            "categories need a new fit."
        )


def _identifier(name):
    """A quoted name."""
    _check_text(name)
    return '"' + name.replace('"', '""') + '"'
