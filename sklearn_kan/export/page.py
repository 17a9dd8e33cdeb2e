"""A fitted network as the data of a page: all that `assets/explorer.js` needs to draw and to evaluate it."""

from ..display.colors import DARK, LIGHT, node_colors
from ..display.layout import lay_out
from ..inspection.wording import shorten
from .columns_data import columns_data
from .model_data import few_digits, layer_data
from .template import asset, fill, json_in_script

# Every so many points of a curve its band is written down.
_BAND_STEP = 4
# Parts of the page's program, in their order.
_SCRIPTS = ("spline.js", "posterior.js", "page.js", "network.js", "effects.js", "inputs.js")


def render(title, data):
    """The page as one self-contained text.

    Parameters
    ----------
    title : str
    data : dict
        Of `page_data`.

    Returns
    -------
    html : str
    """
    parts = {
        "@TITLE@": escape(title),
        "@CSS@": _variables() + asset("explorer.css"),
        "@JS@": "".join(asset(name) for name in _SCRIPTS),
        "@DATA@": json_in_script(data),
    }
    return fill(asset("explorer.html"), parts)


def _variables():
    """The colours as variables of the page's style, light ones and dark ones."""
    return f":root {{ {LIGHT.css()} }}\n@media (prefers-color-scheme: dark) {{ :root {{ {DARK.css()} }} }}\n"


def escape(text):
    """Text that is only text in HTML."""
    for letter, entity in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ('"', "&quot;"), ("'", "&#39;")):
        text = text.replace(letter, entity)
    return text


def page_data(model):
    """A network, its diagram and its colours, made of numbers, texts, lists and dicts.

    Parameters
    ----------
    model : FittedModel

    Returns
    -------
    data : dict
    """
    shares = model.shares
    numbers = model.network.spline_layers[0].basis.numbers
    diagram = lay_out(model.masks, shares.edges, shares.nodes)
    return {
        "facts": "; ".join(model.facts).replace("->", "→"),
        "layers": _layers(model),
        "features": [
            {"name": name, "short": shorten(name), "share": float(share), **column}
            for name, share, column in zip(model.feature_names, shares.nodes[0], columns_data(model), strict=True)
        ],
        "outputs": [
            {"name": name, "short": shorten(name), "mean": float(m), "scale": float(s)}
            for name, m, s in zip(model.output_names, model.location, model.scale, strict=True)
        ],
        "link": model.link,
        "other": model.other_class,
        "edges": sum(int(mask.sum()) for mask in model.masks),
        "diagram": {
            "nodes": [node._asdict() for node in diagram.nodes.values()],
            "edges": [_edge(edge, model.curves, numbers) for edge in diagram.edges],
            "width": diagram.width,
            "height": diagram.height,
            "caption": diagram.caption,
            "card": diagram.card._asdict(),
            "labels": diagram.labels._asdict(),
        },
        "colors": _colors(shares),
        "candidates": {},
        "interval": None,
        "effects": None,
        "likely": None,
        "twin": None,
    }


def _layers(model):
    """All layers, those with edges with what the page shows of their inputs: quantiles, and where curves are drawn."""
    curves, quantiles = iter(model.curves), iter(model.shares.quantiles)
    layers = layer_data(model.network)
    for layer, each in zip(layers, model.network.layers, strict=True):
        if each.has_edges:
            layer["quantiles"] = [few_digits(row) for row in next(quantiles)]
            layer["span"] = [few_digits(row) for row in next(curves).x[:, [0, -1]]]
    return layers


def _edge(edge, curves, numbers):
    """An edge of the diagram, with the standard deviation along its curve if it has one in the diagram."""
    sd = curves[edge.layer].sd
    # The faint edges of large networks are too many for bands; levels have no curve.
    bare = sd is None or edge.x is None or not (edge.layer or numbers[edge.i])
    band = None if bare else few_digits(sd[edge.i, edge.j, ::_BAND_STEP], 3)
    digits = 1 if edge.x is not None else 0
    bends = [[round(v, digits) for v in place] for place in edge.bends]
    importance, strength, width = few_digits([edge.importance, edge.strength, edge.width], 4)
    look = {"importance": importance, "strength": strength, "width": width}
    return {**edge._asdict(), **look, "bends": bends, "sd": band}


def _colors(profile):
    """Colours [light, dark] of each node."""
    light, dark = (node_colors(profile.edges, profile.nodes, theme) for theme in (LIGHT, DARK))
    pairs = (zip(*columns, strict=True) for columns in zip(light, dark, strict=True))
    return [[list(pair) for pair in column] for column in pairs]
