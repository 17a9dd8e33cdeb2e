"""Draw one prediction as a sum: from the mean, feature by feature, to what is predicted."""

import numpy as np

from ..inspection.wording import number, scale_name, shorten
from .colors import blend

# Width, height of a bar with the room around it, and room for names, above and below, in inches.
_WIDTH = 6.4
_PITCH = 0.3
_LEFT = 2.3
_RIGHT = 0.75
_TOP = 0.35
_BOTTOM = 0.62
# Part of the span that is free on either side.
_FREE = 0.26


def steps(explanation, row, output, most):
    """What is added, the largest first.

    Parameters
    ----------
    explanation : Explanation
    row, output : int
    most : int
        Features with a step of their own.

    Returns
    -------
    names : list of str
    values : ndarray of shape (n_steps,)
        They sum to the raw prediction less the baseline.
    """
    values = explanation.values[row].reshape(len(explanation.feature_names), -1)[:, output]
    remainder = float(np.ravel(explanation.remainder[row])[output])
    order = np.argsort(-np.abs(values), kind="stable")
    most = most + 1 if len(order) == most + 1 else most  # One alone has a name of its own.
    names = [f"{shorten(explanation.feature_names[i], 20)} = {number(explanation.X[row, i])}" for i in order[:most]]
    added = values[order[:most]].tolist()
    if len(order) > most:
        names.append(f"{len(order) - most} other features")
        added.append(float(values[order[most:]].sum()))
    if explanation.kind != "additive":
        names.append("more than two together")
        added.append(remainder)
    return names, np.array(added)


def draw_waterfall(explanation, row, output, most, theme, ax=None):
    """Bars from the mean to the prediction.

    Parameters
    ----------
    explanation : Explanation
    row, output, most : int
    theme : Theme
    ax : matplotlib Axes, default=None

    Returns
    -------
    figure : matplotlib Figure
    ax : matplotlib Axes
    """
    names, added = steps(explanation, row, output, most)
    baseline = float(np.ravel(explanation.baseline)[output])
    ends = baseline + np.cumsum(added)
    starts = np.append(baseline, ends[:-1])
    indent = 0.0 if ax is not None else (0.2 - _LEFT) / (_WIDTH - _LEFT - _RIGHT)
    figure, ax = _axes(len(names)) if ax is None else (ax.figure, ax)
    lo, hi = min(baseline, ends.min(initial=baseline)), max(baseline, ends.max(initial=baseline))
    span = (hi - lo) or 1.0
    for place, (start, end) in enumerate(zip(starts, ends, strict=True)):
        _step(ax, place, start, end, span, theme)
    total = float(ends[-1]) if len(ends) else baseline
    ax.plot([baseline] * 2, [-0.7, len(names) - 0.5], color=theme.muted, linewidth=0.7, linestyle=(0, (2, 3)), zorder=0)
    ax.set(xlim=(lo - _FREE * span, hi + _FREE * span), ylim=(len(names) - 0.4, -0.7))
    ax.set_yticks(range(len(names)), names, fontsize=9, color=theme.text, parse_math=False)
    _words(ax, explanation, output, baseline, total, theme, indent)
    return figure, ax


def _step(ax, place, start, end, span, theme):
    """One bar, its value beside it, and a line to the next."""
    color = theme.features[1] if end >= start else theme.features[0]
    ax.barh(place, end - start, 0.62, start, color=color, zorder=2)
    ax.plot([end, end], [place + 0.31, place + 0.69], color=theme.line, linewidth=0.8, zorder=1)
    right, digits = end >= start, 2 - int(np.floor(np.log10(span)))  # Of no more meaning beside the whole.
    text = f"{'+' if right else '−'}{number(round(abs(end - start), digits), 3)}"
    x, side = end + (0.012 if right else -0.012) * span, "left" if right else "right"
    ax.text(x, place, text, ha=side, va="center", fontsize=8.5, color=theme.text)


def _words(ax, explanation, output, baseline, total, theme, indent):
    """Title, axis and frame."""
    name = shorten(explanation.output_names[output])
    what = scale_name(explanation.link, name).removeprefix("change of ")
    text = f"{what}: {number(total)}" + _prediction(explanation.link, total, name)
    ax.set_title(text, fontsize=10, loc="left", x=indent, color=theme.text, parse_math=False)
    ax.set_xlabel(f"from the mean, {number(baseline)}, to this row", fontsize=8.5, color=theme.muted)
    ax.tick_params(axis="x", labelsize=8, colors=theme.muted, length=2.5)
    ax.tick_params(axis="y", length=0)
    ax.set_facecolor("none")
    for side, spine in ax.spines.items():
        spine.set_visible(side == "bottom")
        spine.set_color(blend(theme.line, theme.page, 1.0))


def _prediction(link, raw, name):
    """What a raw prediction stands for, of links of one output."""
    if link == "log":
        return f", so {name}: {number(np.exp(np.clip(raw, -700, 700)))}"
    if link == "logit":
        return f", a probability of {100 / (1 + np.exp(-np.clip(raw, -700, 700))):.1f} %"
    return ""


def _axes(n):
    """A figure for n bars."""
    import matplotlib.pyplot as plt

    height = _TOP + _PITCH * max(n, 1) + _BOTTOM
    figure = plt.figure(figsize=(_WIDTH, height))
    box = (_LEFT / _WIDTH, _BOTTOM / height, 1 - (_LEFT + _RIGHT) / _WIDTH, _PITCH * max(n, 1) / height)
    return figure, figure.add_axes(box)
