"""Draw the curves of a network as a grid of panels, with matplotlib."""

import numpy as np

from ..inspection.wording import percent, shorten
from .colors import blend

# Panels in a row at most, and size of each in inches.
_COLUMNS = 4
_WIDTH = 2.5
_HEIGHT = 2.0


def draw_curves(edges, curves, importances, colors, names, theme, ax=None):
    """A panel for each edge: curve, band of two standard deviations, and quantiles of the data as a rug.

    Panels of one layer share their vertical axis, so that heights can be compared.

    Parameters
    ----------
    edges : list of (layer, i, j)
    curves : list of LayerCurves
    importances : list of ndarray of shape (n_in, n_out)
    colors : list of list of str
        Of the nodes, column by column.
    names : list of list of str
        Of the nodes, column by column.
    theme : Theme
    ax : matplotlib Axes, default=None
        For a single edge.

    Returns
    -------
    figure : matplotlib Figure
    axes : ndarray of matplotlib Axes
    """
    if ax is None:
        figure, axes = _panels(max(len(edges), 1))
    else:
        figure, axes = ax.figure, np.array([ax])
    if not edges:
        _say(axes[0], "No curves: this model is a constant.", theme)
        return figure, axes
    limits = {layer: _limits([edge for edge in edges if edge[0] == layer], curves[layer]) for layer, _, _ in edges}
    for panel, (layer, i, j) in zip(axes, edges, strict=True):
        _panel(panel, curves[layer], i, j, colors[layer][i], limits[layer], theme)
        share = importances[layer][i, j]
        panel.set_title(
            f"{shorten(names[layer][i], 20)} → {shorten(names[layer + 1][j], 14)}   {percent(share)}",
            fontsize=9,
            color=theme.text,
            loc="left",
            parse_math=False,
        )
    return figure, axes


def _say(ax, text, theme):
    """Words where there is nothing to draw."""
    ax.axis("off")
    ax.text(0.5, 0.5, text, color=theme.muted, ha="center", va="center", fontsize=9, transform=ax.transAxes, wrap=True)


def _panels(n):
    """A figure with n axes in rows of a few."""
    import matplotlib.pyplot as plt

    columns = min(n, _COLUMNS)
    rows = -(-n // columns)
    width, height = _WIDTH * columns, _HEIGHT * rows
    figure, axes = plt.subplots(rows, columns, figsize=(width, height), squeeze=False)
    # Room in inches, as many panels would take seconds under a layout engine.
    figure.subplots_adjust(0.5 / width, 0.35 / height, 1 - 0.12 / width, 1 - 0.3 / height, 0.28, 0.42)
    for spare in axes.flat[n:]:
        spare.remove()
    return figure, axes.flat[:n]


def _limits(edges, curves):
    """Lowest and highest value over the panels of a layer, with room for a rug."""
    band = 0 if curves.sd is None else 2 * np.stack([curves.sd[i, j] for _, i, j in edges])
    y = np.stack([curves.y[i, j] for _, i, j in edges])
    lo, hi = (y - band).min(), (y + band).max()
    room = (hi - lo) or 1.0
    return lo - 0.16 * room, hi + 0.06 * room


def _panel(ax, curves, i, j, color, limits, theme):
    """One curve."""
    x, y = curves.x[i], curves.y[i, j]
    ax.axhline(0, color=blend(theme.line, theme.page, 0.6), linewidth=0.7, zorder=1)
    if curves.sd is not None:
        sd = curves.sd[i, j]
        ax.fill_between(x, y - 2 * sd, y + 2 * sd, color=blend(color, theme.page, 0.22), linewidth=0, zorder=2)
    ax.plot(x, y, color=color, linewidth=2, zorder=3, solid_capstyle="round")
    if curves.quantiles is not None:
        height = 0.07 * (limits[1] - limits[0])
        ax.vlines(
            curves.quantiles[i], limits[0], limits[0] + height, color=blend(color, theme.page, 0.65), linewidth=0.8
        )
    ax.set(xlim=(x[0], x[-1]), ylim=limits)
    ax.tick_params(labelsize=7.5, colors=theme.muted, length=2.5)
    ax.locator_params(nbins=4)
    for side, spine in ax.spines.items():
        spine.set_visible(side in ("left", "bottom"))
        spine.set_color(theme.line)
