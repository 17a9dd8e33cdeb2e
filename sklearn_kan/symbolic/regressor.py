"""Formulas as regressors: from a fitted network (`symbolic_fit`), or from data alone (`SymbolicRegressor`).

A part of the rows is held out: nothing is fitted to it. On it the formula is compared with the model it
came from and with y. The formula is what `predict` evaluates; SymPy only writes it down.
"""

from numbers import Real

import numpy as np
from sklearn.base import BaseEstimator, RegressorMixin, is_classifier
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_array, check_is_fitted, column_or_1d

from ..utils.sklearn_compat import Interval, fit_context, validate_data
from .library import make_library
from .naming import convert
from .notation import import_sympy, polynomials, spline_names, to_sympy, to_text
from .pareto import choose, make_entry, pareto
from .refit import polish, refit
from .search import Search
from .simple_constants import snap
from .simplify import flatten, tidy
from .sketches import from_network, to_units

# Edges of a network whose formula may be asked for.
_MOST_EDGES = 100


class SymbolicRegressor(RegressorMixin, BaseEstimator):
    """A formula for y, found by trying small structures of splines and naming their edges.

    `symbolic_fit` returns one for a fitted network; `fit` finds a structure by itself, see
    `sklearn_kan.symbolic.search`.

    Parameters
    ----------
    library : sequence, default=None
        Functions to choose from: names, and tuples (name, numpy callable, sympy callable) of your own.
        None: all of `sklearn_kan.symbolic.library`.
    max_time : float, default=30.0
        Seconds of processor time after which `fit` takes the best formula so far. It ends earlier if one is exact.
    validation_fraction : float, default=0.2
        Part of the rows that is held out, to compare on.
    random_state : int, RandomState instance or None, default=None
        Draws the rows held out and the first splines.

    Attributes
    ----------
    expression_ : sympy.Expr or list of sympy.Expr
        The formula, one for each output if y has two dimensions. Made when asked for; needs SymPy.
    formula_ : str
        The formula in writing, constants rounded to 6 digits; outputs one on a line.
    n_splines_ : int
        Edges that no function was good enough for: they are splines in the formula. 0 if all have names.
    splines_ : dict
        Their polynomials by name, (coef, knots) for ``scipy.interpolate.PPoly``; straight lines outside.
    table_ : list of dict
        All formulas that no shorter one beats: "complexity", "rmse" (on the rows fitted to) and
        "rmse_held_out", both in units of the spread of y, "criterion", "n_splines", "formula" and
        "chosen". ``pandas.DataFrame(model.table_)`` shows it.
    rmse_to_y_ : float or None
        Root mean squared error on the rows held out, in the units of y; None if y is not known.
    rmse_to_model_ : float or None
        Root mean squared difference from the model on the rows held out; None without a model.
    model_rmse_to_y_ : float or None
        Error of the model on the same rows.
    graph_ : Expression
        The formula as it is evaluated.
    n_features_in_ : int
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Names of the inputs, if all are strings.

    See Also
    --------
    symbolic_fit : A formula for a fitted network.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_kan import SymbolicRegressor
    >>> X = np.random.RandomState(0).uniform(0.5, 2, (200, 2))
    >>> model = SymbolicRegressor(random_state=0).fit(X, 3 * X[:, 0] / X[:, 1])
    >>> model.formula_
    '3*x0/x1'
    """

    _parameter_constraints: dict = {
        "library": ["array-like", None],
        "max_time": [Interval(Real, 0, None, closed="neither")],
        "validation_fraction": [Interval(Real, 0, 1, closed="neither")],
        "random_state": ["random_state"],
    }

    def __init__(self, library=None, *, max_time=30.0, validation_fraction=0.2, random_state=None):
        self.library = library
        self.max_time = max_time
        self.validation_fraction = validation_fraction
        self.random_state = random_state

    @fit_context(prefer_skip_nested_validation=True)
    def fit(self, X, y):
        """Find a formula for y.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
        y : array-like of shape (n_samples,)

        Returns
        -------
        self : SymbolicRegressor
        """
        X, y = validate_data(self, X, y, dtype=np.float64, y_numeric=True, ensure_min_samples=10)
        rng = check_random_state(self.random_state)
        rows = _Rows(X, np.asarray(y, dtype=float)[:, None], self.validation_fraction, rng)
        library = _fitting_library(self.library)
        search = Search(*rows.fitted, library, self.max_time, rng).run()
        self._y_ndim = 1
        self._set_formulas(search.formulas, rows)
        self._compare(rows, None, y[:, None])
        return self

    def predict(self, X):
        """Evaluate the formula; NaN where it is not defined, or not real.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)

        Returns
        -------
        y : ndarray of shape (n_samples,) or (n_samples, n_outputs)
        """
        check_is_fitted(self)
        X = validate_data(self, X, dtype=np.float64, reset=False)
        y = self.graph_.evaluate(X)
        return y[:, 0] if self._y_ndim == 1 else y

    @property
    def expression_(self):
        """The formula as SymPy expressions."""
        if not hasattr(self, "graph_"):
            raise AttributeError("expression_ exists after fit.")
        try:
            return self._to_sympy()
        except ImportError as error:  # Displays of scikit-learn read all properties.
            raise AttributeError(f"expression_ is made by SymPy. {error}") from error

    @property
    def splines_(self):
        """The splines of the formula by name: (coef, knots) as scipy.interpolate.PPoly takes them."""
        if not hasattr(self, "graph_"):
            raise AttributeError("splines_ exists after fit.")
        names = spline_names(self.graph_)
        return {name: polynomials(self.graph_.nodes[n].edges[k]) for (n, k), name in names.items()}

    def latex(self):
        """The formula in LaTeX, outputs one on a line.

        Returns
        -------
        text : str

        Raises
        ------
        ImportError
            If SymPy is not installed.
        """
        check_is_fitted(self)
        expressions = self._to_sympy()
        write = import_sympy().latex
        return "\n".join(map(write, expressions if isinstance(expressions, list) else [expressions]))

    def _to_sympy(self):
        """One expression, or a list of them if y has two dimensions."""
        if "_expressions" not in self.__dict__:
            self._expressions = to_sympy(self.graph_, self._names())
        return self._expressions[0] if self._y_ndim == 1 else self._expressions

    def __getstate__(self):
        """Without what can be made again."""
        state = super().__getstate__()
        state.pop("_expressions", None)
        return state

    def _names(self):
        """Names of the inputs."""
        numbered = [f"x{i}" for i in range(self.n_features_in_)]
        return list(getattr(self, "_symbols", getattr(self, "feature_names_in_", numbered)))

    def _set_formulas(self, expressions, rows):
        """Choose among formulas of standardised y, simplify the choice, and keep the table."""
        entries = [make_entry(expression, rows.fitted, rows.held_out) for expression in expressions]
        best = choose(entries).expression
        raw = flatten(to_units(best, rows.mean, rows.scale))
        snapped = tidy(snap(raw, rows.fitted[0], rows.in_units(rows.fitted[1])))
        final = make_entry(snapped, *(((X, rows.in_units(Y)) for X, Y in (rows.fitted, rows.held_out))))
        self.graph_, self.n_splines_ = snapped, final.n_splines
        self.__dict__.pop("_expressions", None)
        units = [(entry, to_units(entry.expression, rows.mean, rows.scale)) for entry in pareto(entries)]
        shown = [(final, snapped)] + [pair for pair in units if _better_or_shorter(pair[0], final)]
        shown.sort(key=lambda pair: pair[0].complexity)
        self.table_ = [self._row(entry, expression, entry is final) for entry, expression in shown]
        self.formula_ = "\n".join(to_text(snapped, self._names()))

    def _row(self, entry, expression, chosen):
        """A line of the table."""
        return {
            "complexity": entry.complexity,
            "rmse": entry.rmse,
            "rmse_held_out": entry.rmse_held_out,
            "criterion": entry.criterion,
            "n_splines": entry.n_splines,
            "chosen": chosen,
            "formula": "\n".join(to_text(expression, self._names())),
        }

    def _compare(self, rows, model, y):
        """Set the distances on the rows held out."""
        X = rows.held_out[0]
        output = self.graph_.evaluate(X)
        known = None if y is None else y[rows.aside]
        self.rmse_to_y_ = None if y is None else _rmse(output, known)
        self.rmse_to_model_ = None if model is None else _rmse(output, model[rows.aside])
        self.model_rmse_to_y_ = None if model is None or y is None else _rmse(model[rows.aside], known)


class _Rows:
    """Rows to fit to and rows held out, targets standardised by the former."""

    def __init__(self, X, Y, fraction, random_state):
        aside = np.zeros(len(X), dtype=bool)
        count = min(max(round(fraction * len(X)), 1), len(X) - 2)
        aside[random_state.permutation(len(X))[:count]] = True
        self.aside = aside
        spread = Y[~aside].std(axis=0)
        self.mean, self.scale = Y[~aside].mean(axis=0), np.where(spread > 0, spread, 1.0)
        Z = (Y - self.mean) / self.scale
        self.fitted, self.held_out = (X[~aside], Z[~aside]), (X[aside], Z[aside])

    def in_units(self, Y):
        """Standardised targets in the units of y."""
        return self.mean + self.scale * Y


def _better_or_shorter(entry, final):
    """Whether an entry belongs beside the chosen one."""
    return entry.complexity < final.complexity or entry.rmse_held_out < 0.99 * final.rmse_held_out


def _rmse(a, b):
    """Root mean squared difference."""
    return float(np.sqrt(np.mean((a - b) ** 2)))


def _fitting_library(library):
    """The library without what an edge is never to become by itself: nothing, a step, a residual branch."""
    functions = make_library(library)
    return functions if library is not None else tuple(f for f in functions if f.name not in ("0", "sgn", "silu"))


def symbolic_fit(est, X, y=None, *, library=None, feature_names=None, validation_fraction=0.2, random_state=0):
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
    check_is_fitted(est)
    checked = validate_data(est, X, dtype=np.float64, reset=False)
    _check_small(est.network_)
    model = est.network_.forward(checked)
    mean, scale = _units(est, model.shape[1])
    model = mean + scale * model
    known = _known_targets(est, X, y, model)
    rows = _Rows(checked, model if known is None else known, validation_fraction, check_random_state(random_state))
    result = SymbolicRegressor(library, validation_fraction=validation_fraction, random_state=random_state)
    result.n_features_in_ = checked.shape[1]
    names = feature_names if feature_names is not None else getattr(est, "feature_names_in_", None)
    if names is not None:
        result._symbols = _check_names(names, checked.shape[1])
    if hasattr(est, "feature_names_in_"):
        result.feature_names_in_ = est.feature_names_in_
    result._y_ndim = getattr(est, "_y_ndim", 1) if model.shape[1] == 1 else 2
    network = from_network(est.network_, (mean - rows.mean) / rows.scale, scale / rows.scale)
    found = [network]
    found.append(convert(network, *rows.fitted, _fitting_library(library), note=found.append))
    polish(refit(found[-1], *rows.fitted, max_iter=100), *rows.fitted)
    result._set_formulas(found, rows)
    result._compare(rows, model, known)
    return result


def _check_small(network):
    """Refuse a network of so many edges that a search would take hours and name none of them."""
    n_edges = sum(int(layer.edges.sum()) for layer in network.spline_layers)
    if n_edges > _MOST_EDGES:
        raise ValueError(
            f"The network has {n_edges} edges, and formulas come from those of at most {_MOST_EDGES}. Fit a small one, "
            "as in KANRegressor(hidden_layer_sizes=(2,), n_init=1), remove edges with prune=, or take "
            "SymbolicRegressor().fit(X, y), which needs no network."
        )


def _units(est, n_outputs):
    """Mean and scale that turn the output of the network into raw predictions."""
    mean, scale = getattr(est, "y_mean_", 0.0), getattr(est, "y_scale_", 1.0)
    return np.broadcast_to(mean, n_outputs).astype(float), np.broadcast_to(scale, n_outputs).astype(float)


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


def _check_names(names, n_features):
    """Names as strings, one for each feature and all different."""
    names = [str(name) for name in names]
    if len(names) != n_features or len(set(names)) != n_features:
        raise ValueError(f"feature_names must be {n_features} different names; got {names}.")
    return names
