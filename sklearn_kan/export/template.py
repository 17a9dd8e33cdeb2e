"""Texts with marks to be replaced: pages and programs."""

import json
from importlib.resources import files


def asset(name):
    """Text of a file of the folder `assets`."""
    return files(__package__).joinpath("assets", name).read_text(encoding="utf-8")


def fill(text, parts):
    """A text with its marks replaced; what replaces one may look like another.

    Parameters
    ----------
    text : str
    parts : dict of str to str
        What stands for each mark.

    Returns
    -------
    text : str
    """
    pieces = [text]
    for mark, part in parts.items():
        # Split, not replace one after another: a name may look like a mark.
        pieces = [piece for old in pieces for piece in _put(old, mark, part)]
    return "".join(piece if isinstance(piece, str) else piece[0] for piece in pieces)


def _put(piece, mark, text):
    """`piece` cut at its marks, with the text between, in a tuple that says that it is done."""
    if not isinstance(piece, str):
        return [piece]
    cut = [part for between in piece.split(mark) for part in (between, (text,))]
    return cut[:-1]


def json_in_script(value):
    """JSON that cannot end the script element that it stands in."""
    text = json.dumps(value, allow_nan=False, separators=(",", ":"))
    return text.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e")
