"""A fitted estimator as a page for the browser."""

from pathlib import Path

from ..inspection.distillation import distill
from ..inspection.effects import effects_of
from ..inspection.fitted_model import FittedModel
from ..inspection.wording import printable
from ..utils.threads import one_blas_thread
from .columns_data import twin_codes
from .edge_formulas import edge_formulas
from .effects_data import effects_data, likely_data
from .model_data import layer_data
from .page import page_data, render
from .posterior_factor import interval_data

# A network of more edges is shown with a small twin, one of fewer edges than this.
_LARGE = 60
# How well the twin is to agree with it, and must at least to be shown; and starts of each twin tried.
_FIDELITY = 0.95
_LEAST_FIDELITY = 0.8
_STARTS = 2


@one_blas_thread()
def export_html(est, X=None, path=None, *, feature_names=None, output_names=None, candidates=None, title=None):
    """A page to explore the model in a browser.

    The page opens on the effects of the features, see `effects`: those of most importance first, each with its curve,
    band and where the data lie, pairs as maps; sliders move the prediction, with its 95 % interval where the
    estimator has one, and the sum of contributions that it comes from. The second view is the network: a click on an
    edge (or Tab and Enter) shows its spline with the B-splines it is made of, and sliders show values flow. The page
    evaluates the splines itself, as `predict` does, extrapolation included. Categories are points, and chosen from
    lists; where values were missing in fit, "missing" is one more choice. Large networks are shown with a small
    twin, see `distill`, and whole on demand.

    Parameters
    ----------
    est : KANRegressor or KANClassifier
        Fitted.
    X : array-like of shape (n_samples, n_features), default=None
        Rows by which importances, effects and densities are measured; None: the training rows, as fit kept them. The
        page holds 33 quantiles of each column, how the columns are correlated, and no rows.
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
    model = FittedModel.of(est, X, feature_names=feature_names, output_names=output_names)
    data = page_data(model)
    data["interval"] = _interval(model)
    data["effects"], data["likely"] = effects_data(effects_of(model)), likely_data(model.profile)
    data["twin"] = _twin(est, model)
    if isinstance(candidates, str):
        numbers = model.network.spline_layers[0].basis.numbers
        drawn = [(e["layer"], e["i"], e["j"]) for e in data["diagram"]["edges"] if e["x"] is not None]
        drawn = [(layer, i, j) for layer, i, j in drawn if layer or numbers[i]]
        candidates = _formulas(candidates, model.curves, drawn)
    for (layer, i, j), formulas in (candidates or {}).items():
        data["candidates"][f"{layer}/{i}/{j}"] = [formulas] if isinstance(formulas, str) else list(formulas)
    html = render(printable(title or type(est).__name__), data)
    if path is not None:
        Path(path).write_text(html, encoding="utf-8", newline="\n")
    return html


def _formulas(candidates, curves, edges):
    """Formulas for edges, if that is what is asked for."""
    if candidates != "auto":
        raise ValueError(f"candidates must be 'auto', a dict or None; got {candidates!r}.")
    return edge_formulas(curves, edges)


def _interval(model):
    """How sure predictions are, or of losses without normal noise their means; not for more than two classes."""
    if model.posterior is None or model.link == "softmax":
        return None
    noise = None if model.noise is None else model.noise / model.scale
    return interval_data(model.posterior, noise, model.profile, layer_data)


def _twin(est, model):
    """A small network beside one too large to be read; None if it is small, or a twin itself."""
    edges, features = sum(int(mask.sum()) for mask in model.masks), model.masks[0].any(axis=1).sum()
    if edges < _LARGE or features > _LARGE // 2 or hasattr(est, "fidelity_"):
        return None
    try:
        twin = distill(est, fidelity=_FIDELITY, max_edges=_LARGE // 2, n_starts=_STARTS)
    except ValueError:  # Too few rows are known.
        return None
    if twin.fidelity_ < _LEAST_FIDELITY:
        return None
    names = {"feature_names": model.feature_names, "output_names": model.output_names}
    data = page_data(FittedModel.of(twin, **names))
    wanted = ("layers", "diagram", "colors", "candidates", "outputs", "features")
    codes = None if twin._columns is None else twin_codes(est._columns.levels, twin._columns.levels)
    return {**{name: data[name] for name in wanted}, "fidelity": twin.fidelity_, "codes": codes}
