"""Draw the effects of a model with matplotlib: curves of features, maps of pairs, and the sum of one prediction."""

import numpy as np

from ..inspection.wording import number, percent, scale_name, shorten
from ..network.hats import Hats
from .colors import blend, diverging

# Panels in a row at most; size of each, and room on the left, below, above and between them, in inches.
_COLUMNS = 4
_WIDTH = 2.35
_HEIGHT = 1.85
_LEFT = 0.75
_BOTTOM = 0.62
_TOP = 0.34
_GAP = 0.42
# Part of a panel's height for the density of the data.
_STRIP = 0.14
# Beyond the curves a panel shows bands up to this part of their span.
_BAND_ROOM = 0.25
# Features and pairs below this share are not drawn.
_LEAST_SHARE = 0.005
# Points along each side of a map.
_MAP_POINTS = 60
# A feature of up to so many values has a tick at each.
_MOST_TICKS = 6
# Letters of what a level is called at its tick.
_TICK_LETTERS = 6
# Room on either side of the cross for missing values, as a part of the width of a panel.
_MISSING_ROOM = 0.06
# Levels of colour of a map on each side of 0.
_LEVELS = 7


class EffectsDrawing:
    """Curves and maps on a new figure.

    Parameters
    ----------
    effects : Effects
        Of one output.
    colors : list of str
        Of the features.
    theme : Theme
    """

    def __init__(self, effects, colors, theme):
        self.effects, self.colors, self.theme = effects, colors, theme

    def draw(self, max_curves, max_maps):
        """Draw the most important; returns the figure and its axes."""
        curves, maps = self._chosen(max_curves, max_maps)
        figure, panels, places, colorbar = _figure(len(curves), len(maps))
        limits = self._limits(curves)
        for n, (ax, curve) in enumerate(zip(panels, curves, strict=True)):
            self.curve(ax, curve, limits)
            if n % _COLUMNS:
                ax.tick_params(labelleft=False)
        self._words(figure, panels, curves, maps)
        most = max([np.abs(surface.z[surface.density > 0]).max() for surface in maps], default=0.0) or 1.0
        for ax, surface in zip(places, maps, strict=True):
            image = self.map(ax, surface, most)
        if maps:
            self._colorbar(figure, colorbar, image)
        return figure, np.array([*panels, *places])

    def draw_first(self, ax):
        """Draw the most important curve on axes."""
        curves, _ = self._chosen(1, 0)
        for curve in curves:
            self.curve(ax, curve, self._limits(curves))
            ax.set_ylabel(self._label(), fontsize=8.5, color=self.theme.text, parse_math=False)
        return np.array([ax])

    def _label(self):
        """What the vertical axis is."""
        return scale_name(self.effects.link, shorten(self.effects.output_names[0]))

    def _chosen(self, max_curves, max_maps):
        """Curves and surfaces worth a panel, the most important first."""
        importances = self.effects.importances
        order = [i for i in np.argsort(-importances, kind="stable") if importances[i] >= _LEAST_SHARE]
        maps = [surface for surface in self.effects.surfaces if surface.share >= _LEAST_SHARE]
        return [self.effects.curves[i] for i in order[:max_curves]], maps[:max_maps]

    def _limits(self, curves):
        """Lowest and highest value of all panels, with room for the density; bands of a few rows do not count."""
        ys, bands = [], []
        for curve in curves:
            y, sd, seen = curve.y, curve.sd, _seen(curve)
            ys += [y[seen].min(), y[seen].max()]
            bands += [] if sd is None else [(y - 2 * sd)[seen].min(), (y + 2 * sd)[seen].max()]
        lo, hi = min(ys, default=-1.0), max(ys, default=1.0)
        room = (hi - lo) or 1.0
        lo, hi = max(min([lo, *bands]), lo - _BAND_ROOM * room), min(max([hi, *bands]), hi + _BAND_ROOM * room)
        room = (hi - lo) or 1.0
        return lo - 0.06 * room - _STRIP / (1 - _STRIP) * 1.1 * room, hi + 0.06 * room

    def curve(self, ax, curve, limits):
        """One curve with its band, or points with bars, over the density of the data."""
        theme, color = self.theme, self.colors[curve.feature]
        y, sd = curve.y, curve.sd
        ax.axhline(0, color=blend(theme.line, theme.page, 0.8), linewidth=0.7, zorder=1)
        span = _span(curve)
        if curve.discrete:
            ax.errorbar(
                curve.x,
                y,
                None if sd is None else 2 * sd,
                color=color,
                ecolor=blend(color, theme.page, 0.6),
                fmt="o",
                markersize=5,
                elinewidth=2.5,
                zorder=3,
            )
            if len(curve.x) <= _MOST_TICKS:
                named = curve.labels or [number(value) for value in curve.x]
                ax.set_xticks(curve.x, [shorten(name, _TICK_LETTERS) for name in named])
            elif curve.labels:
                ax.set_xticks([])
        else:
            if sd is not None:
                ax.fill_between(curve.x, y - 2 * sd, y + 2 * sd, color=blend(color, theme.page, 0.22), linewidth=0)
            ax.plot(curve.x, y, color=color, linewidth=2, zorder=3, solid_capstyle="round")
        self._density(ax, curve, span, limits)
        if curve.missing is not None:
            span = self._missing(ax, curve, span)
        ax.set(xlim=span, ylim=limits)
        share = percent(self.effects.importances[curve.feature])
        _title(ax, f"{shorten(curve.name, 22)}   {share}", theme)
        _frame(ax, theme)

    def _missing(self, ax, curve, span):
        """What a missing value does, as a cross on the right; returns where the panel ends then."""
        right, missing = span[1] + _MISSING_ROOM * (span[1] - span[0]), curve.missing
        sd = None if missing.sd is None else 2 * missing.sd
        ax.errorbar([right], [missing.y], sd, color=self.colors[curve.feature], fmt="x", markersize=5, zorder=3)
        return span[0], right + _MISSING_ROOM * (span[1] - span[0])

    def _density(self, ax, curve, span, limits):
        """Where the data lie, along the lower edge."""
        height, faint = _STRIP * (limits[1] - limits[0]), blend(self.theme.muted, self.theme.page, 0.35)
        if curve.discrete:
            width = 0.5 * (np.diff(curve.x).min() if len(curve.x) > 1 else 1.0)
            tall = height * curve.density / curve.density.max()
            ax.bar(curve.x, tall, width, limits[0], color=faint, zorder=0)
            return
        width = np.gradient(curve.x)
        level = curve.density / np.where(width > 0, width, np.inf)
        level = level / level[_seen(curve)].max()
        ax.fill_between(curve.x, limits[0], limits[0] + height * level, color=faint, linewidth=0, zorder=0)

    def map(self, ax, surface, most):
        """One surface: contours, or cells if a feature has few values; bare where there are no rows."""
        z, masked, x1, x2 = _dense(surface)
        options = {"cmap": diverging(self.theme), "vmin": -most, "vmax": most}
        values = np.ma.masked_where(masked, z).T
        if any(surface.discrete):
            image = ax.pcolormesh(x1, x2, values, shading="nearest", rasterized=True, **options)
        else:
            levels = np.linspace(-most, most, 2 * _LEVELS)
            image = ax.contourf(x1, x2, values, levels, **options)
            ink = blend(self.theme.text, self.theme.page, 0.4)
            ax.contour(x1, x2, values, levels[1::2], colors=ink, linewidths=0.4)
        for limits, i, discrete in zip((ax.set_xlim, ax.set_ylim), surface.features, surface.discrete, strict=True):
            if not discrete:
                limits(self.effects.curves[i].middle)
        first, second = (shorten(name, 20) for name in surface.names)
        ax.set_xlabel(first, fontsize=8, color=self.theme.muted, parse_math=False)
        ax.set_ylabel(second, fontsize=8, color=self.theme.muted, parse_math=False)
        for axis, x, discrete in ((ax.xaxis, x1, surface.discrete[0]), (ax.yaxis, x2, surface.discrete[1])):
            if discrete and len(x) <= _MOST_TICKS:
                axis.set_ticks(x, [number(value) for value in x])
        _title(ax, f"{shorten(first, 12)} × {shorten(second, 12)}   {percent(surface.share)}", self.theme)
        _frame(ax, self.theme)
        ax.set_facecolor(blend(self.theme.line, self.theme.page, 0.5))
        return image

    def _colorbar(self, figure, place, image):
        """The scale that all maps share."""
        bar = figure.colorbar(image, cax=place)
        bar.outline.set_visible(False)
        bar.ax.tick_params(labelsize=7.5, colors=self.theme.muted, length=2.5)
        bar.locator = _locator(5)
        bar.update_ticks()

    def _words(self, figure, panels, curves, maps):
        """What the vertical axis is, and what is not drawn."""
        effects, theme = self.effects, self.theme
        width, height = figure.get_size_inches()
        if not curves:
            figure.text(0.5, 0.5, "No effects: this model is a constant.", ha="center", color=theme.muted, fontsize=9)
            return
        figure.text(
            0.16 / width, 1 - (_TOP + _HEIGHT / 2) / height, self._label(), rotation=90, va="center", fontsize=8.5,
            color=theme.text, parse_math=False,
        )  # fmt: skip
        pairs = sum(surface.share for surface in effects.surfaces)
        alone = sum(curve.share for curve in effects.curves)
        parts = [
            f"Shares of the variance: curves {percent(alone)}, pairs {percent(pairs)}, rest {percent(effects.rest)}"
        ]
        hidden = len(effects.curves) - len(curves)
        if hidden:
            parts.append(f"{hidden} feature{'s' if hidden > 1 else ''} of less effect not shown")
        figure.text(0.16 / width, 0.1 / height, "; ".join(parts) + ".", fontsize=7.5, color=theme.muted)


def _figure(n_curves, n_maps):
    """A figure with rows of panels, rows of maps below, and a place for the scale of colours."""
    import matplotlib.pyplot as plt

    columns = max(min(max(n_curves, n_maps), _COLUMNS), 1)
    rows = [-(-n // _COLUMNS) for n in (n_curves, n_maps)]
    # A map needs a label below and the scale of colours beside it.
    heights = [_HEIGHT + _GAP] * rows[0] + [_HEIGHT + _GAP + 0.2] * rows[1]
    width = _LEFT + columns * (_WIDTH + 0.25) + (0.35 if n_maps else 0.0)
    height = _TOP + sum(heights) - (_GAP if heights else 0) + _BOTTOM + (0.0 if heights else _HEIGHT)
    figure = plt.figure(figsize=(width, height))

    def place(n, row, wide):
        left = _LEFT + (n % _COLUMNS) * (_WIDTH + 0.25)
        top = _TOP + sum(heights[:row])
        inset = 0.4 if wide else 0.0
        box = (left + inset, height - top - _HEIGHT, _WIDTH - inset, _HEIGHT)
        return figure.add_axes([box[0] / width, box[1] / height, box[2] / width, box[3] / height])

    panels = [place(n, n // _COLUMNS, False) for n in range(n_curves)]
    maps = [place(n, rows[0] + n // _COLUMNS, n % _COLUMNS > 0) for n in range(n_maps)]
    bar = None
    if n_maps:
        box = maps[min(n_maps, _COLUMNS) - 1].get_position()
        bar = figure.add_axes([box.x1 + 0.1 / width, box.y0, 0.09 / width, box.height])
    return figure, panels, maps, bar


def _seen(curve):
    """Points within the middle of the data, at least two."""
    seen = (curve.x >= curve.middle[0]) & (curve.x <= curve.middle[1])
    return seen if seen.sum() > 1 or curve.discrete else np.ones(len(curve.x), bool)


def _span(curve):
    """Where a panel begins and ends."""
    if not curve.discrete:
        return curve.middle
    room = 0.5 * (np.diff(curve.x).min() if len(curve.x) > 1 else 1.0)
    return curve.x[0] - room, curve.x[-1] + room


def _dense(surface):
    """A surface on a fine grid, and where there are no rows; as it is for features of few values."""
    axes, weights = [], []
    for x, discrete in ((surface.x1, surface.discrete[0]), (surface.x2, surface.discrete[1])):
        fine = x if discrete else np.linspace(x[0], x[-1], _MAP_POINTS)
        axes.append(fine)
        weights.append(Hats(x, discrete).design(fine))
    z = weights[0] @ surface.z @ weights[1].T
    rows = weights[0] @ (surface.density > 0) @ weights[1].T
    return z, rows < 0.5, *axes


def _title(ax, text, theme):
    """What a panel shows."""
    ax.set_title(text, fontsize=9, color=theme.text, loc="left", pad=4, parse_math=False)


def _frame(ax, theme):
    """Two spines, few and small ticks."""
    ax.tick_params(labelsize=7.5, colors=theme.muted, length=2.5)
    ax.set_facecolor("none")
    for side, spine in ax.spines.items():
        spine.set_visible(side in ("left", "bottom"))
        spine.set_color(theme.line)
    for axis in (ax.xaxis, ax.yaxis):
        if isinstance(axis.get_major_locator(), _auto()):
            axis.set_major_locator(_locator(4))


def _auto():
    """The class of locators that nobody has chosen."""
    from matplotlib.ticker import AutoLocator

    return AutoLocator


def _locator(most):
    """At most so many round places for ticks."""
    from matplotlib.ticker import MaxNLocator

    return MaxNLocator(most)
