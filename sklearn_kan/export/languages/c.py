"""A model in C99, which allocates nothing and needs nothing but the mathematical library."""

import re

from ..template import asset, fill
from .flat import flat_layers

RESERVED = frozenset(
    re.findall(
        r"\w+",
        "auto break case char const continue default do double else enum extern float for goto if inline int long "
        "register restrict return short signed sizeof static struct switch typedef union unsigned void volatile while "
        "main exp tanh fabs floor strcmp",
    )
)
_INTEGERS = ("first", "to", "periodic", "n_levels", "start")
_NUMBERS = ("lo", "rate", "slack", "left", "width", "alive", "coef", "base", "effects")
# Entries of struct layer that are single numbers, in order, and what they are where a layer has no such thing.
_SINGLE = {
    "inputs": 0,
    "outputs": 0,
    "cells": 0,
    "functions": 0,
    "shared": 0,
    "refuses": 0,
    "bends": 0,
    "rises": 0,
    "reach": 0.0,
}
# Numbers on a line.
_A_LINE = 8


def write(model, name):
    """The program.

    Parameters
    ----------
    model : ModelData
    name : str
        Of the function; what it needs begins with it.

    Returns
    -------
    program : str
    """
    layers, degree = flat_layers(model.layers)
    parts = {
        "@TITLE@": model.title,
        "@NAME@": name,
        "@FEATURES@": ", ".join(map(_string, model.features)),
        "@LEVELS@": _levels(name, model) if any(model.levels) else "",
        "@OUTPUTS@": ", ".join(map(_string, model.outputs)),
        "@LOCATION@": _numbers(model.location),
        "@SCALE@": _numbers(model.scale),
        "@LINK@": model.link,
        "@N_FEATURES@": str(len(model.features)),
        "@N_OUTPUTS@": str(len(model.outputs)),
        "@N_RAW@": str(len(model.location)),
        "@N_LAYERS@": str(len(layers)),
        "@WIDEST@": str(max(max(layer["inputs"], layer["outputs"]) for layer in layers)),
        "@FUNCTIONS@": str(degree + 1),
        "@ARRAYS@": "\n".join(_arrays(name, number, layer) for number, layer in enumerate(layers)),
        "@LAYERS@": ",\n".join(_struct(name, number, layer) for number, layer in enumerate(layers)),
    }
    return fill(asset("predict.c.in"), parts)


def _levels(name, model):
    """The names of all levels, and how many there are of each feature."""
    lists = [levels or [] for levels in model.levels]
    arrays = [
        f"static const char *const {name}_level_names_{i}[] = {{{_lines([_level(level) for level in levels])}}};\n"
        for i, levels in enumerate(lists)
        if levels
    ]
    names = ", ".join(f"{name}_level_names_{i}" if levels else "0" for i, levels in enumerate(lists))
    parts = {"@NAME@": name, "@N_FEATURES@": str(len(lists)), "@ARRAYS@": "".join(arrays), "@NAMES@": names}
    return fill(asset("levels.c.in"), {**parts, "@NUMBERS@": ", ".join(str(len(levels)) for levels in lists)})


def _level(level):
    """The name of a level; of one that nothing is equal to a null pointer."""
    return "0" if level is None else _string(level if isinstance(level, str) else str(level))


def _arrays(name, number, layer):
    """The arrays of a layer, those that have entries."""
    lines = []
    for key in (*_INTEGERS, *_NUMBERS):
        if layer.get(key):
            kind, entries = ("int", _integers) if key in _INTEGERS else ("double", _numbers)
            lines.append(f"static const {kind} {name}_{key}_{number}[] = {{{entries(layer[key])}}};")
    return "\n".join(lines)


def _struct(name, number, layer):
    """A layer: its kind, its single numbers, its arrays."""
    single = [repr(type(none)(layer.get(key, none))) for key, none in _SINGLE.items()]
    arrays = [f"{name}_{key}_{number}" if layer.get(key) else "0" for key in (*_INTEGERS, *_NUMBERS)]
    return f"    {{{name}_{layer['kind']}, {', '.join(single)},\n        {', '.join(arrays)}}}"


def _numbers(values):
    return _lines([repr(float(value)) for value in values])


def _integers(values):
    return _lines([str(value) for value in values])


def _lines(texts):
    """Texts with commas between, so many on a line."""
    return ",\n    ".join(", ".join(texts[start : start + _A_LINE]) for start in range(0, len(texts), _A_LINE))


def _string(text):
    """A string literal of printable ASCII; all else, and what may be more than itself, as octal bytes of UTF-8."""
    plain = set(range(32, 127)) - set(b'"\\?')
    return '"' + "".join(chr(b) if b in plain else f"\\{b:03o}" for b in text.encode("utf-8", "surrogatepass")) + '"'
