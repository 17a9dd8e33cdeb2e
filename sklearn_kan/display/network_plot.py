"""Draw a diagram of a network, and grids of its curves, with matplotlib.

matplotlib is imported by the functions that need it: the package works without it.
"""

from itertools import pairwise

import numpy as np

from .colors import DARK, LIGHT, blend, is_dark
from .layout import CURVE_HEIGHT, CURVE_WIDTH

# Pixels an inch of the diagram's own lengths; fonts are given in these pixels too.
_DPI = 100.0
_TEXT, _SMALL = 12.0, 9.5


def require_matplotlib():
    """matplotlib, or an ImportError that says how to get it."""
    try:
        import matplotlib.pyplot  # noqa: F401
    except ImportError as error:
        raise ImportError('Plots need matplotlib: pip install "sklearn_kan[plot]".') from error


def theme_of(background):
    """The theme for a background, given as any matplotlib colour."""
    from matplotlib.colors import to_hex, to_rgb

    theme = DARK if is_dark(to_rgb(background)) else LIGHT
    page = to_hex(background)
    return theme._replace(page=page, card=page)


def text_width(text, size):
    """Width in pixels of a text of a size in pixels."""
    from matplotlib.textpath import TextPath

    return TextPath((0, 0), text.replace("$", "S"), size=size).get_extents().width


def shorten(text, most=24):
    """`text` on one line, with dots in its middle if it is long."""
    text = " ".join(text.split())
    return text if len(text) <= most else f"{text[: most - 9]}…{text[-8:]}"


def percent(share):
    """A share of 1 as text."""
    return f"{100 * share:.0f} %" if share >= 0.01 else "< 1 %" if share > 0 else "0 %"


class NetworkDrawing:
    """A diagram on matplotlib axes.

    Parameters
    ----------
    diagram : Diagram
    curves : list of LayerCurves
    colors : list of list of str
        Of the nodes, column by column.
    inputs, outputs : list of str
        Names.
    shares : ndarray of shape (n_features,)
        Importances of the features, summing to 1.
    theme : Theme
    """

    def __init__(self, diagram, curves, colors, inputs, outputs, shares, theme):
        self.diagram, self.curves, self.colors, self.theme = diagram, curves, colors, theme
        self.inputs, self.outputs = [shorten(name) for name in inputs], [shorten(name) for name in outputs]
        self.shares = shares
        shown = [node.index for node in diagram.nodes.values() if node.layer == 0]
        self.left = 70 + max(text_width(self.inputs[i], _TEXT) for i in shown)
        self.right = 34 + max(text_width(name, 1.1 * _TEXT) for name in self.outputs)
        self.bottom = 24 if diagram.caption else 6
        caption = text_width(diagram.caption, _SMALL) if diagram.caption else 0
        self.right = max(self.right, caption + 16 - self.left - diagram.width)

    @property
    def size(self):
        """Width and height of a fitting figure, in inches."""
        width = self.left + self.diagram.width + self.right
        return width / _DPI, (self.diagram.height + self.bottom) / _DPI

    def draw(self, ax):
        """Draw on axes, which are emptied of ticks and frame."""
        ax.set(xlim=(-self.left, self.diagram.width + self.right), ylim=(self.diagram.height + self.bottom, 0))
        ax.set_aspect("equal")
        ax.axis("off")
        # How much smaller than intended the axes are; fonts and lines follow.
        box = ax.get_window_extent()
        width, height = (side * _DPI for side in self.size)
        dpi = ax.figure.dpi
        self.shrink = min(box.width / dpi * _DPI / width, box.height / dpi * _DPI / height, 1.0)
        self.points = 72 / _DPI * self.shrink
        self._lines(ax)
        self._cards(ax)
        self._nodes(ax)
        self._names(ax)

    def _strength(self, edge):
        """How much of the eye an edge gets, from 0 to 1, which is the most important of its layer."""
        most = max(other.importance for other in self.diagram.edges if other.layer == edge.layer)
        return np.sqrt(edge.importance / most) if most > 0 else 0.0

    def _lines(self, ax):
        """Edges as bent lines, the faint ones straight from node to node."""
        from matplotlib.collections import PathCollection
        from matplotlib.path import Path

        paths, colors, widths = [], [], []
        for edge in reversed(self.diagram.edges):
            start, end = self.diagram.nodes[edge.layer, edge.i], self.diagram.nodes[edge.layer + 1, edge.j]
            strength, color = self._strength(edge), self.colors[edge.layer][edge.i]
            if edge.x is None:
                stops = [(start.x, start.y), (end.x, end.y)]
                color, width = blend(self.theme.line, self.theme.page, 0.28), 0.6
            else:
                half = CURVE_WIDTH / 2
                stops = [(start.x, start.y), (edge.x - half, edge.y), (edge.x + half, edge.y), (end.x, end.y)]
                color, width = blend(color, self.theme.page, 0.25 + 0.65 * strength), 0.8 + 4.2 * strength
            paths.append(Path(*_bent(stops, Path)))
            colors.append(color)
            widths.append(width * self.points)
        ax.add_collection(
            PathCollection(paths, facecolors="none", edgecolors=colors, linewidths=widths, capstyle="round", zorder=1)
        )

    def _cards(self, ax):
        """The curves, each on a small card."""
        from matplotlib.collections import LineCollection
        from matplotlib.patches import FancyBboxPatch

        lines, zeros, strong, faint = [], [], [], []
        for edge in self.diagram.edges:
            if edge.x is None:
                continue
            strength, color = self._strength(edge), self.colors[edge.layer][edge.i]
            corner = (edge.x - CURVE_WIDTH / 2, edge.y - CURVE_HEIGHT / 2)
            ax.add_patch(
                FancyBboxPatch(
                    corner,
                    CURVE_WIDTH,
                    CURVE_HEIGHT,
                    boxstyle="round,pad=0,rounding_size=6",
                    facecolor=blend(color, self.theme.card, 0.07),
                    edgecolor=blend(color, self.theme.page, 0.3 + 0.6 * strength),
                    linewidth=self.points,
                    zorder=2,
                )
            )
            lines.append(_on_card(edge, self.curves[edge.layer].y[edge.i, edge.j]))
            strong.append(blend(color, self.theme.card, 0.6 + 0.4 * strength))
            zeros.append([(corner[0] + 5, edge.y), (corner[0] + CURVE_WIDTH - 5, edge.y)])
            faint.append(blend(color, self.theme.card, 0.18))
        ax.add_collection(LineCollection(zeros, colors=faint, linewidths=0.7 * self.points, zorder=3))
        ax.add_collection(
            LineCollection(lines, colors=strong, linewidths=1.9 * self.points, capstyle="round", zorder=4)
        )

    def _nodes(self, ax):
        """Nodes as discs: inputs sized by importance, hidden ones with their number."""
        last = max(layer for layer, _ in self.diagram.nodes)
        for node in self.diagram.nodes.values():
            color, hidden = self.colors[node.layer][node.index], 0 < node.layer < last
            color = self.theme.text if node.layer == last else color
            radius = 10.0 if hidden else 9.0 if node.layer else 4.0 + 7.0 * np.sqrt(self._share(node))
            face = self.theme.card if hidden else color
            self._disc(ax, node, radius, face, color)
            if hidden:
                ax.text(node.x, node.y, str(node.index), color=self.theme.text, zorder=6, **self._font(8.5, "center"))

    def _share(self, node):
        """Importance of a feature relative to the largest."""
        most = self.shares.max()
        return self.shares[node.index] / most if most > 0 else 0.0

    def _disc(self, ax, node, radius, face, edge):
        """A disc with a rim that sets it off from the lines."""
        from matplotlib.patches import Circle

        rim = {"edgecolor": edge, "linewidth": 1.6 * self.points}
        ax.add_patch(Circle((node.x, node.y), radius + 2.5, facecolor=self.theme.page, edgecolor="none", zorder=4))
        ax.add_patch(Circle((node.x, node.y), radius, facecolor=face, zorder=5, **rim))

    def _names(self, ax):
        """Names beside inputs, with their shares, and outputs; the caption below."""
        last = max(layer for layer, _ in self.diagram.nodes)
        for node in self.diagram.nodes.values():
            if node.layer == 0:
                share = self.shares[node.index]
                color = self.theme.text if share >= 0.01 else self.theme.muted
                ax.text(node.x - 56, node.y, self.inputs[node.index], color=color, **self._font(_TEXT, "right"))
                ax.text(node.x - 19, node.y, percent(share), color=self.theme.muted, **self._font(_SMALL, "right"))
            elif node.layer == last:
                font = self._font(1.1 * _TEXT, "left") | {"fontweight": "bold"}
                ax.text(node.x + 19, node.y, self.outputs[node.index], color=self.theme.text, **font)
        if self.diagram.caption:
            y = self.diagram.height + 4
            ax.text(8 - self.left, y, self.diagram.caption, color=self.theme.muted, **self._font(_SMALL, "left"))

    def _font(self, size, align):
        """Text options: a size in pixels of the diagram; dollars are dollars."""
        return {"fontsize": max(size * self.points, 2), "ha": align, "va": "center_baseline", "parse_math": False}


def _bent(stops, Path):
    """A smooth path through stops, level at each of them: vertices and codes."""
    vertices, codes = [stops[0]], [Path.MOVETO]
    for (x1, y1), (x2, y2) in pairwise(stops):
        middle = (x1 + x2) / 2
        vertices += [(middle, y1), (middle, y2), (x2, y2)]
        codes += [Path.CURVE4] * 3
    return vertices, codes


def _on_card(edge, y):
    """Points of a curve within its card."""
    middle, half = (y.max() + y.min()) / 2, (y.max() - y.min()) / 2
    level = (y - middle) / half if half > 0 else 0 * y
    x = edge.x + np.linspace(-0.5, 0.5, len(y)) * (CURVE_WIDTH - 12)
    return np.column_stack([x, edge.y - level * (CURVE_HEIGHT / 2 - 5.5)])
