"""A fitted network as the data of a page: all that `assets/explorer.js` needs to draw and to evaluate it."""

import json
from importlib.resources import files

from ..display.colors import DARK, LIGHT, node_colors
from ..display.layout import lay_out
from ..inspection.wording import shorten

# Every so many points of a curve its band is written down.
_BAND_STEP = 4


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
        "@JS@": asset("spline.js") + asset("explorer.js"),
        "@DATA@": json_in_script(data),
    }
    page = asset("explorer.html")
    pieces = [page]
    for mark, text in parts.items():
        # Split, not replace one after another: a name may look like a mark.
        pieces = [piece for old in pieces for piece in _put(old, mark, text)]
    return "".join(piece if isinstance(piece, str) else piece[0] for piece in pieces)


def _variables():
    """The colours as variables of the page's style, light ones and dark ones."""
    return f":root {{ {LIGHT.css()} }}\n@media (prefers-color-scheme: dark) {{ :root {{ {DARK.css()} }} }}\n"


def _put(piece, mark, text):
    """`piece` cut at its marks, with the text between, in a tuple that says that it is done."""
    if not isinstance(piece, str):
        return [piece]
    cut = [part for between in piece.split(mark) for part in (between, (text,))]
    return cut[:-1]


def asset(name):
    """Text of a file of the folder `assets`."""
    return files(__package__).joinpath("assets", name).read_text(encoding="utf-8")


def escape(text):
    """Text that is only text in HTML."""
    for letter, entity in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ('"', "&quot;"), ("'", "&#39;")):
        text = text.replace(letter, entity)
    return text


def json_in_script(value):
    """JSON that cannot end the script element that it stands in."""
    text = json.dumps(value, allow_nan=False, separators=(",", ":"))
    return text.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e")


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
    diagram = lay_out(model.masks, shares.edges, shares.nodes)
    places = iter([[_digits(row) for row in part] for part in shares.quantiles])
    return {
        "facts": "; ".join(model.facts).replace("->", "→"),
        "layers": [
            {**layer, "quantiles": next(places)} if layer["type"] == "spline" else layer
            for layer in layer_data(model.network)
        ],
        "features": [
            {"name": name, "short": shorten(name), "share": float(share), "median": float(row[len(row) // 2])}
            for name, share, row in zip(model.feature_names, shares.nodes[0], shares.quantiles[0], strict=True)
        ],
        "outputs": [
            {"name": name, "short": shorten(name), "mean": float(m), "scale": float(s)}
            for name, m, s in zip(model.output_names, model.location, model.scale, strict=True)
        ],
        "link": model.link,
        "diagram": {
            "nodes": [node._asdict() for node in diagram.nodes.values()],
            "edges": [_edge(edge, model.curves) for edge in diagram.edges],
            "width": diagram.width,
            "height": diagram.height,
            "caption": diagram.caption,
            "card": diagram.card._asdict(),
            "labels": diagram.labels._asdict(),
        },
        "colors": _colors(shares),
        "candidates": {},
        "interval": None,
    }


def layer_data(network):
    """All layers, in full precision: the page's predictions are the network's."""
    return [layer.as_data() for layer in network.layers]


def _edge(edge, curves):
    """An edge of the diagram, with the standard deviation along its curve if it has a band."""
    sd = curves[edge.layer].sd
    band = None if sd is None else _digits(sd[edge.i, edge.j, ::_BAND_STEP])
    bends = [[round(v, 1) for v in place] for place in edge.bends]
    return {**edge._asdict(), "bends": bends, "sd": band}


def _colors(profile):
    """Colours [light, dark] of each node."""
    light, dark = (node_colors(profile.edges, profile.nodes, theme) for theme in (LIGHT, DARK))
    pairs = (zip(*columns, strict=True) for columns in zip(light, dark, strict=True))
    return [[list(pair) for pair in column] for column in pairs]


def _digits(values, digits=6):
    """Numbers to look at: a few digits are enough."""
    return [float(f"{value:.{digits}g}") for value in values]
