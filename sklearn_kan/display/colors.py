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
    """Colours, as #rrggbb: the page itself, a card on it, text, muted text, lines, what is chosen, ten features."""

    page: str
    card: str
    text: str
    muted: str
    line: str
    accent: str
    features: tuple

    def css(self):
        """The colours as variables of CSS: of the features those below and above 0 only."""
        colors = {**self._asdict(), "cold": self.features[0], "hot": self.features[1]}
        del colors["features"]
        return " ".join(f"--{name}: {color};" for name, color in colors.items())


LIGHT = Theme(
    page="#f5f7fb",
    card="#ffffff",
    text="#1d2433",
    muted="#5a6478",
    line="#cdd4e0",
    accent="#2456d6",
    features=(
        "#2563eb",
        "#e8590c",
        "#0e9f6e",
        "#c026d3",
        "#ca8a04",
        "#0891b2",
        "#dc2626",
        "#7c3aed",
        "#5f8f0a",
        "#b45374",
    ),
)
DARK = Theme(
    page="#0b0f19",
    card="#141b29",
    text="#e8ecf4",
    muted="#a4afc2",
    line="#36425a",
    accent="#7fb0ff",
    features=(
        "#6ea8fe",
        "#ff9f5a",
        "#3ddc97",
        "#e879f9",
        "#facc15",
        "#38d3ee",
        "#fb7185",
        "#a78bfa",
        "#a3d14b",
        "#f0a6c0",
    ),
)


def theme_of(background):
    """The theme for a figure with a background (r, g, b) in [0, 1], which its cards take too."""
    page = "#" + "".join(f"{round(255 * float(part)):02x}" for part in background[:3])
    return (DARK if is_dark(background) else LIGHT)._replace(page=page, card=page)


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


def diverging(theme):
    """A map of colours for values from below to above 0, which is the page's own colour."""
    from matplotlib.colors import LinearSegmentedColormap

    return LinearSegmentedColormap.from_list("effects", [theme.features[0], theme.card, theme.features[1]])


def is_dark(color):
    """Whether a colour (r, g, b in [0, 1]) asks for light text on it."""
    return float(np.dot(color[:3], (0.299, 0.587, 0.114))) < 0.5


def _rgb(color):
    """The three intensities in [0, 1] of a colour #rrggbb."""
    return np.array([int(color[start : start + 2], 16) for start in (1, 3, 5)]) / 255
