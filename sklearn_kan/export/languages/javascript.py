"""A model in JavaScript, for browsers and Node: the evaluation of a page without the page."""

import re
from dataclasses import asdict

from ..template import asset, fill, json_in_script
from .flat import writer_of

RESERVED = frozenset(
    re.findall(
        r"\w+",
        "await break case catch class const continue debugger default delete do else enum export extends false finally "
        "for function if implements import in instanceof interface let new null package private protected public "
        "return static super switch this throw true try typeof var void while with yield eval arguments module "
        "Math Number Array Object Float64Array RangeError Infinity NaN undefined",
    )
)
# Whole numbers beyond are not all different.
_LARGEST = 2**53
# Kinds of layers that spline.js evaluates.
_KINDS = {"spline": None, "tanh": None}


def write(model, name):
    """The program.

    Parameters
    ----------
    model : ModelData
    name : str
        Of the function.

    Returns
    -------
    program : str
    """
    for layer in model.layers:
        writer_of(_KINDS, layer)
    for feature, levels in zip(model.features, model.levels, strict=True):
        if any(isinstance(level, int) and abs(level) > _LARGEST for level in levels or []):
            raise ValueError(f"Levels of {feature!r} are too large for JavaScript; turn them into texts, and fit anew.")
    data = json_in_script(asdict(model))
    parts = {"@TITLE@": model.title, "@NAME@": name, "@SPLINE@": asset("spline.js"), "@DATA@": data}
    return fill(asset("predict.js.in"), parts)
