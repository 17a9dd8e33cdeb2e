"""A formula for a fitted network: its edges are named one after the other, and the whole is fitted again."""

import numpy as np
from sklearn.base import is_classifier
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_array, column_or_1d

from ..estimators.checks import check_weights
from ..inspection.fitted_model import check_kan, checked_rows, location_and_scale
from .from_network import from_network
from .library import automatic_library
from .naming import convert
from .refit import polish, refit
from .regressor import SymbolicRegressor, check_names
from .rows import SplitRows

# Edges of a network whose formula may be asked for.
_MOST_EDGES = 100


def symbolic_fit(
    est, X, y=None, *, sample_weight=None, library=None, feature_names=None, validation_fraction=0.2, random_state=0
):
    """A formula for a fitted network.

    Each edge of the network becomes c f(a u + b) + d with f from a library, where the data agree; the
    rest stay splines, and `n_splines_` counts them. The whole formula is fitted by Levenberg-Marquardt,
    and constants become simple numbers where that costs nothing.

    Parameters
    ----------
    est : KANRegressor or KANClassifier
        Fitted. Small networks with few edges give formulas; see ``hidden_layer_sizes`` and ``prune``.
    X : array-like of shape (n_samples, n_features)
    y : array-like of shape (n_samples,) or (n_samples, n_outputs), default=None
        What to fit the formula to; None: the predictions of `est`. For classifiers and for models whose
        prediction is not the output of the network itself the formula is for the network's output, and
        y is not used.
    sample_weight : array-like of shape (n_samples,), default=None
        Weights of the rows: those of fit, if there were any. A row of weight 0 does not count.
    library : sequence, default=None
        Names of functions, and tuples (name, numpy callable, sympy callable) or (..., options). None: all
        of `sklearn_kan.symbolic.library`.
    feature_names : sequence of str, default=None
        Names of the inputs; None: those seen by `est`, or x0, x1, ...
    validation_fraction : float, default=0.2
        Part of the rows that is held out, to compare on.
    random_state : int, RandomState instance or None, default=0
        Draws the rows held out.

    Returns
    -------
    formula : SymbolicRegressor
        Fitted.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_kan import KANRegressor, symbolic_fit
    >>> X = np.random.RandomState(0).uniform(-1, 1, (300, 2))
    >>> y = np.exp(np.sin(np.pi * X[:, 0]) + X[:, 1] ** 2)
    >>> est = KANRegressor(hidden_layer_sizes=(1,), degree=5, alpha=1e-9, random_state=0).fit(X, y)
    >>> formula = symbolic_fit(est, X, y)
    >>> formula.n_splines_
    0
    >>> formula.formula_
    'exp(sin(pi*x0) + x1^2)'
    """
    check_kan(est)
    checked = checked_rows(est, X)
    _check_small(est.network_)
    mean, scale = location_and_scale(est)

    def model(X):
        return mean + scale * est.network_.forward(X)

    known = _known_targets(est, X, y, model(checked))
    weight, rng = check_weights(sample_weight, checked), check_random_state(random_state)
    rows = SplitRows(checked, model(checked) if known is None else known, validation_fraction, rng, weight)
    names = feature_names if feature_names is not None else getattr(est, "feature_names_in_", None)
    symbols = None if names is None else check_names(names, checked.shape[1])
    with np.errstate(all="ignore"):
        found = _formulas(_standardised(est.network_, rows, mean, scale), rows, automatic_library(library))
    return SymbolicRegressor._from_formulas(
        found,
        rows,
        model,
        y_known=known is not None,
        feature_names=getattr(est, "feature_names_in_", None),
        symbols=symbols,
        y_ndim=getattr(est, "_y_ndim", 1) if len(mean) == 1 else 2,
        library=library,
        validation_fraction=validation_fraction,
        random_state=random_state,
    )


def _standardised(network, rows, mean, scale):
    """The formula that a network is, of the columns and targets that `rows` holds."""
    graph = from_network(network, np.asarray(mean, dtype=float), np.asarray(scale, dtype=float))
    graph = graph.rescaled(1 / rows.x_size, 1 / rows.y_size)
    return graph.in_units(-rows.mean / rows.scale, 1 / rows.scale)


def _formulas(network, rows, library):
    """The formula that is the network, and all on the way to the one with names."""
    found = [network]
    found.append(convert(network, rows.fitted, library, note=found.append))
    polish(refit(found[-1], rows.fitted, max_iter=100), rows.fitted)
    return found


def _check_small(network):
    """Refuse a network of so many edges that a search would take hours and name none of them."""
    n_edges = sum(int(layer.edges.sum()) for layer in network.spline_layers)
    if n_edges > _MOST_EDGES:
        raise ValueError(
            f"The network has {n_edges} edges, and formulas come from those of at most {_MOST_EDGES}. Fit a small one, "
            "as in KANRegressor(hidden_layer_sizes=(2,), n_init=1), remove edges with prune=, or take "
            "SymbolicRegressor().fit(X, y), which needs no network."
        )


def _known_targets(est, X, y, raw):
    """Targets in the units of the raw prediction, or None where there are none."""
    if y is None or is_classifier(est):
        return None
    predicted = np.asarray(est.predict(X), dtype=float).reshape(len(raw), -1)
    if predicted.shape != raw.shape or not np.allclose(predicted, raw, rtol=1e-9, atol=1e-9):
        return None
    y = check_array(y, ensure_2d=False, dtype=np.float64)
    y = y if y.ndim == 2 else column_or_1d(y)[:, None]
    if y.shape != raw.shape:
        raise ValueError(f"y must have shape {raw.shape} or one column for one output; got {y.shape}.")
    return y
