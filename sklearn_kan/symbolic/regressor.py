"""A formula as a regressor: found from data alone, or made of formulas by `symbolic_fit`.

A part of the rows is held out: nothing is fitted to it. On it the formula is compared with the model it
came from and with y. The formula is what `predict` evaluates; SymPy only writes it down.
"""

import copy
import warnings
from numbers import Integral, Real

import numpy as np
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted

from ..estimators.checks import check_weights
from ..utils.sklearn_compat import DocumentedOnSite, Interval, fit_context, validate_data
from .clock import Clock
from .library import automatic_library
from .notation import polynomials, spline_names, to_latex, to_sympy, to_text
from .pareto import choose, make_entry, nearly_best, pareto
from .progress import Progress
from .rows import SplitRows
from .search import Search
from .simple_constants import snap
from .simplify import flatten, tidy
from .stability import constants_of, shares_of_wins


class SymbolicRegressor(RegressorMixin, DocumentedOnSite, BaseEstimator):
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
    verbose : bool or int, default=False
        Whether to print each formula that is better than all before it.

    Attributes
    ----------
    expression_ : sympy.Expr or list of sympy.Expr
        The formula, one for each output if y has two dimensions. Made when asked for; needs SymPy.
    formula_ : str
        The formula in writing, constants rounded to 6 digits; outputs one on a line. Names that are no identifiers,
        or that formulas use themselves (pi, sin), stand in backticks.
    n_splines_ : int
        Edges that no function was good enough for: they are splines in the formula. 0 if all have names.
    splines_ : dict
        Their polynomials by name, (coef, knots) for ``scipy.interpolate.PPoly``; straight lines outside.
    table_ : list of dict
        All formulas that no shorter one beats: "complexity", "rmse" (on the rows fitted to) and
        "rmse_held_out", both in units of the spread of y, "criterion", "n_splines", "stability", "formula" and
        "chosen". ``pandas.DataFrame(model.table_)`` shows it, `select` takes another row.
    stability_ : float
        In what part of 200 bootstrap samples of the rows this formula would be chosen among those of the table; the
        column "stability" has it for all.
    constants_ : list of dict
        The constants that have been fitted, in the order in which the graph has them: "value" and "standard_error".
    rmse_to_y_ : float or None
        Root mean squared error on the rows held out, in the units of y; None if y is not known.
    rmse_to_model_ : float or None
        Root mean squared difference from the model on the rows held out; None without a model.
    model_rmse_to_y_ : float or None
        Error of the model on the same rows.
    graph_ : FormulaGraph
        The formula as it is evaluated.
    n_features_in_ : int
    feature_names_in_ : ndarray of shape (n_features,)
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
        "verbose": ["verbose"],
    }

    def __init__(self, library=None, *, max_time=30.0, validation_fraction=0.2, random_state=None, verbose=False):
        self.library = library
        self.max_time = max_time
        self.validation_fraction = validation_fraction
        self.random_state = random_state
        self.verbose = verbose

    @fit_context(prefer_skip_nested_validation=True)
    def fit(self, X, y, sample_weight=None):
        """Find a formula for y. Ctrl-C ends the search, and the best formula so far is kept.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
        y : array-like of shape (n_samples,)
        sample_weight : array-like of shape (n_samples,), default=None
            A row of weight k counts as k rows, one of weight 0 not at all.

        Returns
        -------
        self : SymbolicRegressor

        Raises
        ------
        ValueError
            If there are fewer than two rows, two columns have the same name, or weights are negative.
        """
        X, y = validate_data(self, X, y, dtype=np.float64, y_numeric=True, ensure_min_samples=2)
        check_names(getattr(self, "feature_names_in_", range(X.shape[1])), X.shape[1])
        weight = check_weights(sample_weight, X)
        rng = check_random_state(self.random_state)
        rows = SplitRows(X, np.asarray(y, dtype=float)[:, None], self.validation_fraction, rng, weight)
        library = automatic_library(self.library)
        self._symbols, clock = None, Clock(self.max_time)
        with np.errstate(all="ignore"):
            search = Search(rows.fitted, library, clock, rng, rows.mean[0], rows.scale[0])
            search.report = Progress(self.verbose, clock, self._names(), rows)
            interrupted = search.run_until_interrupted()
            self._describe(search.formulas, rows)
        if interrupted:
            warn_of_interruption()
        return self

    @classmethod
    def _from_formulas(cls, graphs, rows, model, *, y_known, feature_names, symbols, y_ndim, **params):
        """A fitted regressor with the best of some formulas of a model.

        Parameters
        ----------
        graphs : list of FormulaGraph
            Of the standardised targets of `rows`.
        rows : SplitRows
        model : callable
            Predictions of the model for rows of shape (n_samples, n_inputs), as (n_samples, n_outputs).
        y_known : bool
            Whether targets are data, and not predictions of the model.
        feature_names, symbols : sequence of str or None
            Names that tables must have, and names in formulas.
        y_ndim : int
            Dimensions of predictions.
        params : dict
            Of the constructor.

        Returns
        -------
        model : SymbolicRegressor
        """
        self = cls(**params)
        self.n_features_in_ = rows.fitted.X.shape[1]
        if feature_names is not None:
            self.feature_names_in_ = feature_names
        return self._describe(graphs, rows, model, y_known, symbols, y_ndim)

    def _describe(self, graphs, rows, model=None, y_known=True, symbols=None, y_ndim=1):
        """Choose among formulas and set all attributes of a fitted model, but for the names of the inputs."""
        self._y_ndim, self._symbols = y_ndim, symbols
        self._set_formulas(graphs, rows, model, y_known)
        return self

    def predict(self, X, row=None):
        """Evaluate the formula; NaN where it is not defined, or not real.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
        row : int, default=None
            Row of ``table_`` whose formula is meant; None: the one that is chosen.

        Returns
        -------
        y : ndarray of shape (n_samples,) or (n_samples, n_outputs)
        """
        check_is_fitted(self)
        graph = self.graph_ if row is None else self._choices[self._checked_row(row)]["graph_"]
        X = validate_data(self, X, dtype=np.float64, reset=False)
        y = graph.evaluate(X)
        return y[:, 0] if self._y_ndim == 1 else y

    def select(self, row):
        """The same with another formula of the table.

        Parameters
        ----------
        row : int
            Row of ``table_``, from 0; negative ones count from its end.

        Returns
        -------
        model : SymbolicRegressor
            A copy: all that is said of its formula is about that row.

        Raises
        ------
        ValueError
            If there is no such row.
        """
        check_is_fitted(self)
        new = copy.copy(self)
        new._choose(self._checked_row(row))
        return new

    def _checked_row(self, row):
        """The number of a row of the table."""
        n_rows = len(self.table_)
        if not isinstance(row, Integral) or not -n_rows <= row < n_rows:
            raise ValueError(f"row must be a whole number below {n_rows}, the rows of table_; got {row!r}.")
        return int(row) % n_rows

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
        expressions = expressions if isinstance(expressions, list) else [expressions]
        return "\n".join(to_latex(expression, self._names()) for expression in expressions)

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
        return list(getattr(self, "feature_names_in_", numbered) if self._symbols is None else self._symbols)

    def _set_formulas(self, graphs, rows, model, y_known):
        """Choose among formulas of standardised y, simplify the choice, and keep the table."""
        entries = [make_entry(graph, rows.fitted, rows.held_out) for graph in graphs]
        final = choose([_in_simple_numbers(entry, rows) for entry in nearly_best(entries)])
        snapped = final.graph
        others = [entry for entry in pareto(entries) if _better_or_shorter(entry, final)]
        units = [(entry, flatten(entry.graph.in_units(rows.mean, rows.scale))) for entry in others]
        shown = [(entry, graph.rescaled(rows.x_size, rows.y_size)) for entry, graph in units]
        shown = sorted([(final, tidy(snapped.rescaled(rows.x_size, rows.y_size))), *shown], key=_length)
        graphs, criteria = [graph for _, graph in shown], [entry.criterion for entry, _ in shown]
        stability = shares_of_wins(graphs, criteria, rows.own, rows.fitted.total_weight * len(rows.mean))
        self._choices = [self._choice(graph, rows, model, y_known) for graph in graphs]
        self.model_rmse_to_y_ = _model_rmse(rows, model) if y_known and model is not None else None
        self.table_ = [self._row(entry, s, c) for (entry, _), s, c in zip(shown, stability, self._choices, strict=True)]
        self._choose([entry for entry, _ in shown].index(final))

    def _choice(self, graph, rows, model, y_known):
        """What a formula sets if it is chosen: it, its constants, and its distances on the rows held out."""
        held_out = rows.own_held_out
        output, predicted = graph.evaluate(held_out.X), None if model is None else model(held_out.X)
        return {
            "graph_": graph,
            "n_splines_": len(graph.places()),
            "formula_": "\n".join(to_text(graph, self._names())),
            "constants_": constants_of(graph, rows.own_fitted),
            "rmse_to_y_": _rmse(output, held_out.Y, held_out) if y_known else None,
            "rmse_to_model_": None if model is None else _rmse(output, predicted, held_out),
        }

    def _row(self, entry, stability, choice):
        """A line of the table."""
        return {
            "complexity": entry.complexity,
            "rmse": entry.rmse,
            "rmse_held_out": entry.rmse_held_out,
            "criterion": entry.criterion,
            "n_splines": entry.n_splines,
            "stability": float(stability),
            "chosen": False,
            "formula": choice["formula_"],
        }

    def _choose(self, row):
        """Be the formula of a row of the table."""
        self.__dict__.update(self._choices[row])
        self.table_ = [{**entry, "chosen": number == row} for number, entry in enumerate(self.table_)]
        self.stability_ = self.table_[row]["stability"]
        self.__dict__.pop("_expressions", None)


def _in_simple_numbers(entry, rows):
    """A formula in the units of targets, with constants as simple as the data allow."""
    raw = flatten(entry.graph.in_units(rows.mean, rows.scale))
    return make_entry(tidy(snap(raw, rows.raw)), rows.raw, rows.raw_held_out)


def _length(shown):
    """What the table is sorted by."""
    return shown[0].complexity


def _model_rmse(rows, model):
    """Error of a model on the rows held out."""
    held_out = rows.own_held_out
    return _rmse(model(held_out.X), held_out.Y, held_out)


def _better_or_shorter(entry, final):
    """Whether an entry belongs beside the chosen one."""
    return entry.complexity < final.complexity or entry.rmse_held_out < 0.99 * final.rmse_held_out


def _rmse(a, b, rows):
    """Root mean squared difference of values on rows, without squares that overflow."""
    size = max(float(np.abs(b).max()), 1e-300)
    return size * float(np.sqrt(rows.mean_square((a - b) / size)))


def check_names(names, n_features):
    """Names as strings, one for each feature and all different: two columns of one name would be one symbol."""
    names = [str(name) for name in names]
    if len(names) != n_features or len(set(names)) != n_features:
        raise ValueError(f"A formula needs {n_features} different names for its features; got {names}.")
    return names


def warn_of_interruption():
    """Say that Ctrl-C has ended a search."""
    warnings.warn("The search was interrupted; the best formula so far is kept.", stacklevel=3)
