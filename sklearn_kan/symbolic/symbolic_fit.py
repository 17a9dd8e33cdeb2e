"""A formula for a fitted model.

The edges of a small network are named one after the other, and the whole is fitted again. A larger one, or an average
of several, shares its function among edges in arbitrary ways: then the structure is searched for on its predictions.
"""

import warnings
from numbers import Real

import numpy as np
from sklearn.base import is_classifier
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_array, column_or_1d

from ..estimators.checks import check_weights
from ..inspection.fitted_model import check_kan, checked_rows, location_and_scale
from ..utils.tables import in_columns
from .clock import Clock
from .from_network import from_network
from .graph import side_by_side
from .library import automatic_library
from .linear_forms import constant_form
from .naming import convert
from .predictions import MOST_SPLINES, Task, formulas_of_predictions
from .progress import Progress
from .refit import error, polish, refit
from .regressor import SymbolicRegressor, check_names, warn_of_interruption
from .rows import SplitRows

# Edges that are named one after the other; of more some say what others take back.
_MOST_EDGES = 12
# Part of the variance that a formula may lose against the model before it is said.
_BEHIND = 0.02


def symbolic_fit(
    est,
    X,
    y=None,
    *,
    sample_weight=None,
    library=None,
    feature_names=None,
    max_time=30.0,
    validation_fraction=0.2,
    random_state=0,
    verbose=False,
):
    """A formula for a fitted model.

    Each edge of a small network becomes c f(a u + b) + d with f from a library, where the data agree; the
    rest stay splines, and `n_splines_` counts them. For a larger network, or an average of several as a default fit
    makes it, structures are tried on the model's predictions, as `SymbolicRegressor` does on data. The whole formula is
    fitted to y by Levenberg-Marquardt, and constants become simple numbers where that costs nothing.

    Parameters
    ----------
    est : KANRegressor or KANClassifier
        Fitted.
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
    max_time : float, default=30.0
        Seconds of processor time after which the best formula so far is taken.
    validation_fraction : float, default=0.2
        Part of the rows that is held out, to compare on.
    random_state : int, RandomState instance or None, default=0
        Draws the rows held out, and the first splines of a search.
    verbose : bool or int, default=False
        Whether to print each formula that is better than all before it; where the edges of a small network of one
        output are named, the formula after each of them.

    Returns
    -------
    formula : SymbolicRegressor
        Fitted. Its ``table_`` has all formulas that no shorter one beats.

    Warns
    -----
    UserWarning
        If no formula is nearly as good as the model on the rows held out, or if Ctrl-C has ended the search: then the
        best formula so far is kept.

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
    if not isinstance(max_time, Real) or not max_time > 0:
        raise ValueError(f"max_time must be a positive number of seconds; got {max_time!r}.")
    _refuse_tables(est)
    checked = _complete(est, checked_rows(est, X))
    clock, model = Clock(max_time), _RawModel(est)
    known = _known_targets(est, X, y, model(checked))
    weight, rng = check_weights(sample_weight, checked), check_random_state(random_state)
    rows = SplitRows(checked, model(checked) if known is None else known, validation_fraction, rng, weight)
    names = feature_names if feature_names is not None else getattr(est, "feature_names_in_", None)
    symbols = None if names is None else check_names(names, checked.shape[1])
    shown = [f"x{i}" for i in range(checked.shape[1])] if symbols is None else symbols
    with np.errstate(all="ignore"):
        task = Task(rows, known is not None, automatic_library(library), clock, rng)
        found, interrupted = _formulas(model, task, lambda output: Progress(verbose, clock, shown, rows, output))
    formula = SymbolicRegressor._from_formulas(
        found,
        rows,
        model,
        y_known=known is not None,
        feature_names=getattr(est, "feature_names_in_", None),
        symbols=symbols,
        y_ndim=getattr(est, "_y_ndim", 1) if len(model.mean) == 1 else 2,
        library=library,
        max_time=max_time,
        validation_fraction=validation_fraction,
        random_state=random_state,
        verbose=verbose,
    )
    if interrupted:
        warn_of_interruption()
    _warn_if_behind(formula, rows, model)
    return formula


class _RawModel:
    """Raw predictions of an estimator, in the units of y or of the link."""

    def __init__(self, est):
        self.network, self.posterior = est.network_, getattr(est, "posterior_", None)
        self.sigma = getattr(est, "sigma_", None) if self.posterior is not None else None
        self.mean, self.scale = location_and_scale(est)

    def __call__(self, X):
        return self.mean + self.scale * self.network.forward(X)

    @property
    def n_edges(self):
        """Edges of the network."""
        return sum(int(layer.edges.sum()) for layer in self.network.spline_layers)

    def uncertainty(self, X):
        """Standard deviation of a prediction, over rows and for each output; 0 where it is not known."""
        if self.posterior is None:
            return np.zeros(len(self.mean))
        return self.scale * np.sqrt(self.posterior.variance(X).reshape(len(X), -1).mean(axis=0))

    def expected_error(self, X, to_targets):
        """Root mean square of the error on new rows like these, over all outputs; 0 where it is not known."""
        noise = np.ravel(self.sigma) if to_targets and self.sigma is not None else np.zeros(1)
        return float(np.sqrt(np.mean(self.uncertainty(X) ** 2) + np.mean(noise**2)))


def _formulas(model, task, reporter):
    """Formulas of the standardised targets of the task, and whether Ctrl-C has ended the search for them."""
    rows, found = task.rows, [_constant(task.rows)]
    if not np.any(rows.fitted.Y):
        return found, False
    if model.n_edges <= _MOST_EDGES:
        report = reporter(0) if len(rows.mean) == 1 else None
        found += _named(_standardised(model, rows), rows, task.library, task.clock, report)
        if len(found[-1].places()) <= MOST_SPLINES * len(found[-1].outputs):
            return found, False
    X = rows.fitted.X * rows.x_size
    units = rows.scale * rows.y_size
    predicted = (model(X) - rows.mean * rows.y_size) / units
    searched, interrupted = formulas_of_predictions(task, predicted, model.uncertainty(X) / units, reporter)
    return found + searched, interrupted


def _constant(rows):
    """The formula that all standardised targets of `rows` are their means."""
    return side_by_side([constant_form(rows.fitted) for _ in rows.mean])


def _standardised(model, rows):
    """The formula that a network is, of the columns and targets that `rows` holds."""
    graph = from_network(model.network, np.asarray(model.mean, dtype=float), np.asarray(model.scale, dtype=float))
    graph = graph.rescaled(1 / rows.x_size, 1 / rows.y_size)
    return graph.in_units(-rows.mean / rows.scale, 1 / rows.scale)


def _named(network, rows, library, clock, report):
    """The formula that is the network, and all on the way to the one with names; `report` sees those of one output."""
    found = [network]

    def note(graph):
        found.append(graph)
        if report is not None:
            report(-len(found), error(graph, rows.fitted), graph)  # Each counts as better: it has one more name.

    last = convert(network, rows.fitted, library, note=note, stop=lambda: clock.spent > 1.0)
    note(polish(refit(last, rows.fitted, max_iter=100), rows.fitted))
    return found


def _warn_if_behind(formula, rows, model):
    """Say that a formula is far behind its model."""
    held_out, known = rows.raw_held_out, formula.rmse_to_y_ is not None
    spread = float(np.sqrt(held_out.mean_square((held_out.Y - held_out.mean) * rows.y_size)))
    theirs, ours = formula.model_rmse_to_y_ if known else 0.0, formula.rmse_to_y_ if known else formula.rmse_to_model_
    theirs = max(theirs, model.expected_error(held_out.X * rows.x_size, known))
    if spread > 0 and not ours**2 - theirs**2 < _BEHIND * spread**2:
        warnings.warn(
            f"No short formula says all that the model says: on the rows held out its error is {ours:.3g}, that of the "
            f"model {theirs:.3g}, and {'targets' if known else 'predictions'} have a spread of {spread:.3g}. "
            "table_ has what longer formulas gain.",
            stacklevel=3,
        )


def _refuse_tables(est):
    """ValueError if the model has features that no formula has, with their names."""
    kinds = getattr(est.network_.spline_layers[0].basis, "kinds", None)
    if kinds is not None:
        names = _names_of(est, kinds.categories | kinds.missing)
        raise ValueError(
            f"A formula is of numbers, and the model has categories or missing values{in_columns(names)}. Fit it to "
            "numbers, e.g. after OneHotEncoder and SimpleImputer, and ask for the formula of that; or ask for "
            "effects(model), which has a table of levels and what a missing value does."
        )


def _complete(est, X):
    """Rows, or a ValueError if values are missing, with their columns."""
    missing = np.isnan(X).any(axis=0)
    if missing.any():
        raise ValueError(
            f"X has missing values{in_columns(_names_of(est, missing))}, and a formula is of numbers: leave their rows "
            "out, or impute them."
        )
    return X


def _names_of(est, chosen):
    """Names of some features, or their numbers."""
    names = getattr(est, "feature_names_in_", np.arange(len(chosen)))
    return list(names[chosen])


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
