"""A model in Python, which imports nothing but math."""

import builtins
import keyword

from ..template import asset, fill
from .flat import flat_layers

_OWN = {"math", "silu", "outside", "branch", "locate", "spline", "tanh", "inverse_link", "effects", "code"}
RESERVED = frozenset(keyword.kwlist) | set(dir(builtins)) | _OWN


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
    layers, degree = flat_layers(model.layers)
    constants = {
        "FEATURES": tuple(model.features),
        "LEVELS": tuple(None if levels is None else tuple(levels) for levels in model.levels),
        "OUTPUTS": tuple(model.outputs if model.classes is None else model.classes),
        "LINK": model.link,
        "LOCATION": tuple(model.location),
        "SCALE": tuple(model.scale),
        "SINGLE": model.single,
        "FUNCTIONS": degree + 1,
    }
    lines = [f"{key} = {value!a}" for key, value in constants.items()]
    lines += ["LAYERS = [", *(_layer(layer) for layer in layers), "]"]
    return fill(asset("predict.py.in"), {"@TITLE@": model.title, "@NAME@": name, "@DATA@": "\n".join(lines)})


def _layer(layer):
    """A layer as a dict with a line for each entry."""
    entries = [f"        {key!a}: {value!a}," for key, value in layer.items()]
    return "\n".join(["    {", *entries, "    },"])
