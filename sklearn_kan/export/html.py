"""Export a fitted estimator to look at it elsewhere: a page for the browser, a summary for the terminal."""

from pathlib import Path

import numpy as np

from ..display.curves_plot import most_important
from ..display.kan_display import all_curves
from ..display.network_plot import percent
from ..inspection.inspection import feature_names as names_of_features
from ..inspection.inspection import location_and_scale, profile_of
from ..inspection.inspection import output_names as names_of_outputs
from ..utils.threads import one_blas_thread
from .edge_formulas import edge_formulas
from .page import layer_data, page_data, render
from .posterior_factor import interval_data

_SPARKS = "▁▂▃▄▅▆▇█"


@one_blas_thread()
def export_html(est, X=None, path=None, *, feature_names=None, output_names=None, candidates=None, title=None):
    """A page to explore the model in a browser.

    The page draws the network; a click on an edge (or Tab and Enter) shows its spline with the B-splines it is
    made of, quantiles of the data and the band of two posterior standard deviations; sliders for the inputs show
    values flow to the prediction, with its 95 % interval where the estimator has one. It evaluates the splines
    itself, as `predict` does, extrapolation included.

    Parameters
    ----------
    est : KANRegressor or KANClassifier
        Fitted.
    X : array-like of shape (n_samples, n_features), default=None
        Rows by which importances and densities are measured; None: the training rows, as fit kept them. The page
        holds 33 quantiles of each column and no rows.
    path : str or path-like, default=None
        File to write, in UTF-8.
    feature_names, output_names : sequence of str, default=None
        None: column names of the data frame of fit, classes, or x0, x1, ... and y.
    candidates : "auto" or dict of (layer, i, j) to str or sequence of str, default=None
        Formulas to show beside an edge. "auto" fits the functions of the library of `symbolic_fit` to each edge that
        has a curve in the diagram, which takes a few tenths of a second an edge.
    title : str, default=None
        None: the name of the estimator's class.

    Returns
    -------
    html : str
        The page: one file that loads nothing from elsewhere.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_kan import KANRegressor, export_html
    >>> X = np.random.RandomState(0).uniform(-1, 1, (200, 2))
    >>> model = KANRegressor((), random_state=0).fit(X, X[:, 0] + X[:, 1] ** 2)
    >>> page = export_html(model, feature_names=["speed", "height"])
    >>> "speed" in page
    True
    """
    profile = profile_of(est, X).shares()
    features, outputs = names_of_features(est, feature_names), names_of_outputs(est, output_names)
    curves = all_curves(est, profile)
    data = page_data(est.network_, profile, curves, features, outputs, *location_and_scale(est), _link(est))
    data["facts"] = "; ".join(_facts(est)).replace("->", "→")
    data["interval"] = _interval(est, profile)
    if isinstance(candidates, str):
        drawn = [(e["layer"], e["i"], e["j"]) for e in data["diagram"]["edges"] if e["x"] is not None]
        candidates = _formulas(candidates, curves, drawn)
    for (layer, i, j), formulas in (candidates or {}).items():
        data["candidates"][f"{layer}/{i}/{j}"] = [formulas] if isinstance(formulas, str) else list(formulas)
    html = render(title or type(est).__name__, data)
    if path is not None:
        Path(path).write_text(html, encoding="utf-8", newline="\n")
    return html


def export_text(est, X=None, *, feature_names=None, output_names=None, max_edges=12):
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
    profile = profile_of(est, X).shares()
    features, outputs = names_of_features(est, feature_names), names_of_outputs(est, output_names)
    parts = ["\n".join([type(est).__name__, *_facts(est)]), _text_of_features(features, profile.nodes[0])]
    hidden = [[f"node {j}" for j in range(layer.out_features)] for layer in est.network_.spline_layers[:-1]]
    parts.append(_text_of_edges(est, profile, [features, *hidden, outputs], max_edges))
    return "\n\n".join(parts)


def _facts(est):
    """What there is to say about the fit, in short lines."""
    network = est.network_
    sizes = [network.spline_layers[0].in_features, *(layer.out_features for layer in network.spline_layers)]
    edges = sum(int(layer.edges.sum()) for layer in network.spline_layers)
    shape = " -> ".join(str(size) for size in sizes)
    solver = f"solver {est.solver_}, {est.n_iter_} iterations"
    facts = [f"{shape}; {edges} edges, {network.n_params} parameters; {solver}"]
    if getattr(est, "posterior_", None) is not None:
        facts.append(f"{est.effective_dof_:.1f} effective parameters")
        if est.sigma_ is not None:
            facts[-1] += ", noise " + ", ".join(f"{sigma:.4g}" for sigma in np.ravel(est.sigma_))
    return facts


def _formulas(candidates, curves, edges):
    """Formulas for edges, if that is what is asked for."""
    if candidates != "auto":
        raise ValueError(f"candidates must be 'auto', a dict or None; got {candidates!r}.")
    return edge_formulas(curves, edges)


def _interval(est, profile):
    """How sure predictions are, for models with a posterior and normal noise."""
    posterior, sigma = getattr(est, "posterior_", None), getattr(est, "sigma_", None)
    if posterior is None or sigma is None or _link(est) != "identity":
        return None
    return interval_data(posterior, np.ravel(sigma) / location_and_scale(est)[1], profile.quantiles[0], layer_data)


def _link(est):
    """Name of the function from raw predictions to predictions."""
    if hasattr(est, "classes_"):
        return "logit" if est.network_.n_outputs == 1 else "softmax"
    return "log" if getattr(est, "loss", None) in ("poisson", "gamma") else "identity"


def _text_of_features(names, shares):
    """Features with bars, the most important first; those below 0.5 % are counted."""
    order = [i for i in np.argsort(-shares, kind="stable") if shares[i] >= 0.005]
    width = max([len(names[i]) for i in order], default=0)
    lines = ["Importance of features"]
    for i in order:
        bar = "█" * round(20 * shares[i] / shares.max())
        lines.append(f"  {names[i]:{width}}  {percent(shares[i]):>5}  {bar}".rstrip())
    if len(order) < len(names):
        lines.append(f"  {len(names) - len(order)} more below 0.5 %")
    return "\n".join(lines)


def _text_of_edges(est, profile, names, most):
    """The most important edges, each with its curve and range."""
    masks = [layer.edges for layer in est.network_.spline_layers]
    edges, curves = most_important(masks, profile.edges, most), all_curves(est, profile)
    labels = [f"{names[d][i]} -> {names[d + 1][j]}" for d, i, j in edges]
    width = max([len(label) for label in labels], default=0)
    total = sum(int(mask.sum()) for mask in masks)
    title = "edges, and their share of the importance of their layer"
    lines = [title.capitalize() if len(edges) == total else f"The {len(edges)} most important of {total} {title}"]
    for label, (d, i, j) in zip(labels, edges, strict=True):
        y = curves[d].y[i, j]
        share = percent(profile.edges[d][i, j])
        lines.append(f"  {label:{width}}  {share:>5}  {_spark(y)}  from {y.min():.3g} to {y.max():.3g}")
    return "\n".join(lines)


def _spark(y, n=24):
    """A curve as a row of blocks."""
    y = y[np.linspace(0, len(y) - 1, n).round().astype(int)]
    span = y.max() - y.min()
    level = (y - y.min()) / span if span > 0 else np.full(n, 0.5)
    return "".join(_SPARKS[min(int(v * len(_SPARKS)), len(_SPARKS) - 1)] for v in level)
