"""A fitted estimator as a summary for the terminal."""

import sys

import numpy as np

from ..inspection.curves import most_important
from ..inspection.effects import effects_of
from ..inspection.fitted_model import FittedModel
from ..inspection.wording import percent, scale_name, shorten

# Heights of a curve, and the same where letters are few.
_BLOCKS = "▁▂▃▄▅▆▇█"
_PLAIN_BLOCKS = "_.:-=+*#"
# Blocks of a curve.
_POINTS = 24
# Effects below this share are counted, not listed.
_LEAST_SHARE = 0.005


def export_text(est, X=None, *, feature_names=None, output_names=None, output=None, max_edges=12, encoding=None):
    """A summary of the model for a terminal.

    Parameters
    ----------
    est : KANRegressor or KANClassifier
        Fitted.
    X : array-like of shape (n_samples, n_features), default=None
        Rows by which effects and importances are measured; None: the training rows, as fit kept them.
    feature_names, output_names : sequence of str, default=None
        None: column names of the data frame of fit, classes, or x0, x1, ... and y.
    output : str or int, default=None
        The output or class whose effects are listed, by name or number; None: the first.
    max_edges : int, default=12
        Edges to list, the most important.
    encoding : str, default=None
        Where the text is to be written: letters that the encoding has not are replaced. None: that of
        ``sys.stdout``, so that the text can always be printed.

    Returns
    -------
    text : str

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_kan import KANRegressor, export_text
    >>> X = np.random.RandomState(0).uniform(-1, 1, (500, 2))
    >>> model = KANRegressor((), alpha=1e-6, random_state=0).fit(X, X[:, 0] + X[:, 1] ** 2)
    >>> print(export_text(model, feature_names=["speed", "height"]))  # doctest: +SKIP
    KANRegressor
    2 -> 1; 2 edges, 16 parameters; solver lm, 3 iterations
    <BLANKLINE>
    Effects: change of y, and shares of its variance
      speed    79 %  ▁▁▁▂▂▂▂▃▃▃▄▄▄▅▅▅▆▆▆▇▇▇▇█  from -0.963 to 0.989
      height   21 %  ▆▅▅▅▄▄▃▃▃▃▃▃▃▃▃▃▃▃▄▄▅▅▅▆  from -0.326 to 0.627
      what more than two do together: 0 %
    <BLANKLINE>
    Edges, and their share of the importance of their layer
      speed -> y    79 %  ▁▁▁▂▂▂▃▃▃▄▄▄▅▅▅▆▆▆▇▇▇███  from -0.98 to 1.02
      height -> y   21 %  █▇▆▅▄▃▃▂▂▁▁▁▁▁▁▂▂▃▃▄▅▆▇█  from -0.33 to 0.67
    """
    model = FittedModel.of(est, X, feature_names=feature_names, output_names=output_names)
    head = "\n".join([type(est).__name__, *model.facts])
    effects = effects_of(model, output=0 if output is None else output)
    text = "\n\n".join([head, _effects(effects), _edges(model, max_edges)])
    return _writable(text, encoding or getattr(sys.stdout, "encoding", None) or "utf-8")


def _effects(effects):
    """Features with their curves on one scale and pairs, the most important first; what is below 0.5 % is counted."""
    order = [i for i in np.argsort(-effects.importances, kind="stable") if effects.importances[i] >= _LEAST_SHARE]
    if not order:
        return "No feature matters: the prediction is a constant."
    pairs = [surface for surface in effects.surfaces if surface.share >= _LEAST_SHARE]
    labels = [effects.feature_names[i] for i in order] + [" x ".join(surface.names) for surface in pairs]
    width, curves = max(map(len, labels)), {i: _sampled(effects.curves[i]) for i in order}
    lowest, highest = min(y.min() for y in curves.values()), max(y.max() for y in curves.values())
    lines = [f"Effects: {scale_name(effects.link, effects.output_names[0])}, and shares of its variance"]
    for label, i in zip(labels, order, strict=False):
        y, share = curves[i], percent(effects.importances[i])
        lines.append(f"  {label:{width}}  {share:>5}  {_spark(y, lowest, highest)}  {_range(effects.curves[i], y)}")
    for label, surface in zip(labels[len(order) :], pairs, strict=True):
        lines.append(f"  {label:{width}}  {percent(surface.share):>5}  together")
    hidden = len(effects.curves) - len(order)
    below = f"{hidden} more below 0.5 %; " if hidden else ""
    lines.append(f"  {below}what more than two do together: {percent(effects.rest)}")
    return "\n".join(lines)


def _range(curve, y):
    """From where to where an effect goes, by which levels of a category, and what a missing value does."""
    ends = [
        f"{y[n]:.3g}" + (f" ({shorten(curve.labels[n])})" if curve.labels else "") for n in (y.argmin(), y.argmax())
    ]
    return f"from {ends[0]} to {ends[1]}" + ("" if curve.missing is None else f"; missing {curve.missing.y:.3g}")


def _sampled(curve):
    """Values of an effect at even steps over the middle of the data, or at all values of the feature."""
    return curve.y if curve.discrete else np.interp(np.linspace(*curve.middle, _POINTS), curve.x, curve.y)


def _writable(text, encoding):
    """The text in letters that an encoding has: plain blocks, and escapes for what is left."""
    try:
        return text.encode(encoding).decode(encoding)
    except LookupError:
        return _writable(text, "ascii")
    except UnicodeEncodeError:
        plain = text.translate(str.maketrans(_BLOCKS, _PLAIN_BLOCKS))
        return plain.encode(encoding, "backslashreplace").decode(encoding)


def _edges(model, most):
    """The most important edges, each with its curve and range."""
    edges, names = most_important(model.masks, model.shares.edges, most), model.node_names
    labels = [f"{names[d][i]} -> {names[d + 1][j]}" for d, i, j in edges]
    width = max([len(label) for label in labels], default=0)
    total = sum(int(mask.sum()) for mask in model.masks)
    title = "edges, and their share of the importance of their layer"
    lines = [title.capitalize() if len(edges) == total else f"The {len(edges)} most important of {total} {title}"]
    for label, (d, i, j) in zip(labels, edges, strict=True):
        y = _edge_points(model, d, i, j)
        share = percent(model.shares.edges[d][i, j])
        lines.append(
            f"  {label:{width}}  {share:>5}  {_spark(y, y.min(), y.max())}  from {y.min():.3g} to {y.max():.3g}"
        )
    return "\n".join(lines)


def _edge_points(model, d, i, j):
    """Values of an edge at even steps, or of a category one for each level."""
    x, y = model.curves[d].x[i], model.curves[d].y[i, j]
    if d == 0 and model.levels[i] is not None:
        return y[np.unique(np.round(x), return_index=True)[1]]
    return y[np.linspace(0, len(y) - 1, _POINTS).round().astype(int)]


def _spark(y, lowest, highest):
    """A curve as a row of blocks, on a scale from the lowest to the highest."""
    span = highest - lowest
    level = (y - lowest) / span if span > 0 else np.full(len(y), 0.5)
    return "".join(_BLOCKS[min(int(v * len(_BLOCKS)), len(_BLOCKS) - 1)] for v in level)
