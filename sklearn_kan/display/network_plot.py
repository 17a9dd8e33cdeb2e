"""Draw a diagram of a network, and grids of its curves, with matplotlib.

matplotlib is imported by the functions that need it: the package works without it.
"""

import numpy as np

from ..inspection.wording import percent, shorten
from .colors import blend

# Pixels an inch of the diagram's own lengths.
_DPI = 100.0
# Heights of fonts, in these pixels: names of features, of outputs, numbers of nodes, and the rest.
_TEXT = 12.0
_LARGE = 13.2
_NUMBER = 8.5
_SMALL = 9.5


def require_matplotlib():
    """matplotlib, or an ImportError that says how to get it."""
    try:
        import matplotlib.pyplot  # noqa: F401
    except ImportError as error:
        raise ImportError('Plots need matplotlib: pip install "sklearn_kan[plot]".') from error


def text_width(text, size):
    """Width in pixels of a text of a size in pixels."""
    from matplotlib.textpath import TextPath

    # Between two dots: a path without a letter that is drawn has no extents.
    both = [TextPath((0, 0), f".{inner}.", size=size).get_extents().width for inner in (text.replace("$", "S"), "")]
    return both[0] - both[1]


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
        self.right = 34 + max(text_width(name, _LARGE) for name in self.outputs)
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

    def _lines(self, ax):
        """Edges as bent lines."""
        from matplotlib.collections import PathCollection
        from matplotlib.path import Path

        paths, colors = [], []
        edges = self.diagram.edges[::-1]
        for edge in edges:
            paths.append(Path(edge.bends, [Path.MOVETO] + [Path.CURVE4] * (len(edge.bends) - 1)))
            color, part = self.colors[edge.layer][edge.i], 0.25 + 0.65 * edge.strength
            colors.append(
                blend(*((self.theme.line, self.theme.page, 0.5) if edge.x is None else (color, self.theme.page, part)))
            )
        widths = [edge.width * self.points for edge in edges]
        ax.add_collection(
            PathCollection(paths, facecolors="none", edgecolors=colors, linewidths=widths, capstyle="round", zorder=1)
        )

    def _cards(self, ax):
        """The curves, each on a small card."""
        from matplotlib.collections import LineCollection
        from matplotlib.patches import FancyBboxPatch

        lines, zeros, strong, faint, card = [], [], [], [], self.diagram.card
        for edge in self.diagram.edges:
            if edge.x is None:
                continue
            strength, color = edge.strength, self.colors[edge.layer][edge.i]
            corner = (edge.x - card.width / 2, edge.y - card.height / 2)
            ax.add_patch(
                FancyBboxPatch(
                    corner,
                    card.width,
                    card.height,
                    boxstyle=f"round,pad=0,rounding_size={card.corner}",
                    facecolor=blend(color, self.theme.card, 0.07),
                    edgecolor=blend(color, self.theme.page, 0.3 + 0.6 * strength),
                    linewidth=self.points,
                    zorder=2,
                )
            )
            line = _on_card(edge, self.curves[edge.layer].y[edge.i, edge.j], card)
            lines.append(line)
            strong.append(blend(color, self.theme.card, 0.6 + 0.4 * strength))
            zeros.append([(line[0, 0], edge.y), (line[-1, 0], edge.y)])
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
            self._disc(ax, node, self.theme.card if hidden else color, color)
            if hidden:
                ax.text(
                    node.x, node.y, str(node.index), color=self.theme.text, zorder=6, **self._font(_NUMBER, "center")
                )

    def _disc(self, ax, node, face, edge):
        """A disc with a rim that sets it off from the lines."""
        from matplotlib.patches import Circle

        place, rim = (node.x, node.y), {"edgecolor": edge, "linewidth": 1.6 * self.points}
        ax.add_patch(Circle(place, node.radius + 2.5, facecolor=self.theme.page, edgecolor="none", zorder=4))
        ax.add_patch(Circle(place, node.radius, facecolor=face, zorder=5, **rim))

    def _names(self, ax):
        """Names beside inputs, with their shares, and outputs; the caption below."""
        last, labels = max(layer for layer, _ in self.diagram.nodes), self.diagram.labels
        for node in self.diagram.nodes.values():
            if node.layer == 0:
                share = self.shares[node.index]
                color = self.theme.text if share >= 0.01 else self.theme.muted
                ax.text(
                    node.x + labels.feature, node.y, self.inputs[node.index], color=color, **self._font(_TEXT, "right")
                )
                ax.text(
                    node.x + labels.share, node.y, percent(share), color=self.theme.muted, **self._font(_SMALL, "right")
                )
            elif node.layer == last:
                font = self._font(_LARGE, "left") | {"fontweight": "bold"}
                ax.text(node.x + labels.output, node.y, self.outputs[node.index], color=self.theme.text, **font)
        if self.diagram.caption:
            y = self.diagram.height + 4
            ax.text(8 - self.left, y, self.diagram.caption, color=self.theme.muted, **self._font(_SMALL, "left"))

    def _font(self, size, align):
        """Text options: a size in pixels of the diagram; dollars are dollars."""
        return {"fontsize": max(size * self.points, 2), "ha": align, "va": "center_baseline", "parse_math": False}


def _on_card(edge, y, card):
    """Points of a curve within its card, shape (n, 2)."""
    middle, half = (y.max() + y.min()) / 2, (y.max() - y.min()) / 2
    level = (y - middle) / half if half > 0 else 0 * y
    x = edge.x + np.linspace(-0.5, 0.5, len(y)) * (card.width - 2 * card.x_inset)
    return np.column_stack([x, edge.y - level * (card.height / 2 - card.y_inset)])
