"""A fitted estimator as a summary for the terminal."""

import sys

import numpy as np

from ..inspection.curves import most_important
from ..inspection.fitted_model import FittedModel
from ..inspection.wording import percent

# Heights of a curve, and the same where letters are few.
_BLOCKS = "▁▂▃▄▅▆▇█"
_PLAIN_BLOCKS = "_.:-=+*#"


def export_text(est, X=None, *, feature_names=None, output_names=None, max_edges=12, encoding=None):
    """A summary of the model for a terminal.

    Parameters
    ----------
    est : KANRegressor or KANClassifier
        Fitted.
    X : array-like of shape (n_samples, n_features), default=None
        Rows by which importances are measured; None: the training rows, as fit kept them.
    feature_names, output_names : sequence of str, default=None
        None: column names of the data frame of fit, classes, or x0, x1, ... and y.
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
    Importance of features
      speed    79 %  ████████████████████
      height   21 %  █████
    <BLANKLINE>
    Edges, and their share of the importance of their layer
      speed -> y    79 %  ▁▁▁▂▂▂▃▃▃▄▄▄▅▅▅▆▆▆▇▇▇███  from -0.98 to 1.02
      height -> y   21 %  █▇▆▅▄▃▃▂▂▁▁▁▁▁▁▂▂▃▃▄▅▆▇█  from -0.33 to 0.67
    """
    model = FittedModel.of(est, X, feature_names=feature_names, output_names=output_names)
    head = "\n".join([type(est).__name__, *model.facts])
    text = "\n\n".join([head, _features(model), _edges(model, max_edges)])
    return _writable(text, encoding or getattr(sys.stdout, "encoding", None) or "utf-8")


def _features(model):
    """Features with bars, the most important first; those below 0.5 % are counted."""
    names, shares = model.feature_names, model.shares.nodes[0]
    order = [i for i in np.argsort(-shares, kind="stable") if shares[i] >= 0.005]
    width = max([len(names[i]) for i in order], default=0)
    lines = ["Importance of features"] if order else ["No feature matters: the prediction is a constant."]
    for i in order:
        bar = "█" * round(20 * shares[i] / shares.max())
        lines.append(f"  {names[i]:{width}}  {percent(shares[i]):>5}  {bar}".rstrip())
    if order and len(order) < len(names):
        lines.append(f"  {len(names) - len(order)} more below 0.5 %")
    return "\n".join(lines)


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
        y = model.curves[d].y[i, j]
        share = percent(model.shares.edges[d][i, j])
        lines.append(f"  {label:{width}}  {share:>5}  {_spark(y)}  from {y.min():.3g} to {y.max():.3g}")
    return "\n".join(lines)


def _spark(y, n=24):
    """A curve as a row of blocks."""
    y = y[np.linspace(0, len(y) - 1, n).round().astype(int)]
    span = y.max() - y.min()
    level = (y - y.min()) / span if span > 0 else np.full(n, 0.5)
    return "".join(_BLOCKS[min(int(v * len(_BLOCKS)), len(_BLOCKS) - 1)] for v in level)
