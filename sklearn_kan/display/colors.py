"""Colours of diagrams, for light and dark pages.

Each of the ten most important features has a colour, the rest and those that hardly
matter are grey. A hidden node has the mixture of the
colours that lead to it, weighted by importance, so that one can see with the eye what it depends on.
"""

from typing import NamedTuple

import numpy as np

# Features below this share of the importance stay grey.
_LEAST_SHARE = 0.005


class Theme(NamedTuple):
    """Colours of a page, as #rrggbb: the page itself, a card on it, text, muted text, lines, and ten features."""

    page: str
    card: str
    text: str
    muted: str
    line: str
    features: tuple


LIGHT = Theme(
    "#ffffff",
    "#ffffff",
    "#1d2433",
    "#667085",
    "#aab2c0",
    ("#2563eb", "#e8590c", "#0e9f6e", "#c026d3", "#ca8a04", "#0891b2", "#dc2626", "#7c3aed", "#5f8f0a", "#b45374"),
)
DARK = Theme(
    "#0f1420",
    "#161d2c",
    "#e8ecf4",
    "#9aa5b8",
    "#5b667a",
    ("#6ea8fe", "#ff9f5a", "#3ddc97", "#e879f9", "#facc15", "#38d3ee", "#fb7185", "#a78bfa", "#a3d14b", "#f0a6c0"),
)


def node_colors(edge_importances, node_importances, theme):
    """Colour of every node.

    Parameters
    ----------
    edge_importances : list of ndarray of shape (n_in, n_out)
    node_importances : list of ndarray of shape (n_in,)
    theme : Theme

    Returns
    -------
    colors : list of list of str
        One list for each column of nodes, the outputs last.
    """
    grey = _rgb(theme.muted)
    first = np.tile(grey, (len(node_importances[0]), 1))
    matter = node_importances[0] >= _LEAST_SHARE * node_importances[0].sum()
    ranked = np.argsort(-node_importances[0], kind="stable")[: min(len(theme.features), matter.sum())]
    # In the order of the table, so that neighbours differ.
    for color, index in zip(theme.features, np.sort(ranked), strict=False):
        first[index] = _rgb(color)
    columns = [first]
    for importance in edge_importances:
        weight = importance + 1e-12 * importance.max() + 1e-300
        weight = weight / weight.sum(axis=0)
        # Squares of the intensities are about proportional to light.
        columns.append(np.sqrt(weight.T @ columns[-1] ** 2))
    return [["#" + "".join(f"{round(255 * float(v)):02x}" for v in color) for color in column] for column in columns]


def blend(color, background, part):
    """`color` laid over `background`, covering this part of it."""
    mixed = part * _rgb(color) + (1 - part) * _rgb(background)
    return "#" + "".join(f"{round(255 * float(v)):02x}" for v in mixed)


def is_dark(color):
    """Whether a colour (r, g, b in [0, 1]) asks for light text on it."""
    return float(np.dot(color[:3], (0.299, 0.587, 0.114))) < 0.5


def _rgb(color):
    """The three intensities in [0, 1] of a colour #rrggbb."""
    return np.array([int(color[start : start + 2], 16) for start in (1, 3, 5)]) / 255
