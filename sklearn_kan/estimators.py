"""The estimators: parameters, tags, targets, and the order in which things happen.

``fit`` travels: validate -> weights -> scale y -> train -> attributes.
``predict`` travels: validate -> network -> unscale; it writes nothing.
"""

import copy
import warnings
from functools import partial
from numbers import Integral, Real

import numpy as np
from sklearn.base import BaseEstimator, MultiOutputMixin, RegressorMixin
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils import check_random_state
from sklearn.utils.metaestimators import available_if
from sklearn.utils.validation import check_is_fitted

from .data import TrainingData
from .holdout import split_rows
from .progress import report, task_listener
from .solvers import STOCHASTIC, check_options, choose_solver, make_solver
from .threads import limited_threads
from .training import Monitor, Plan, initialise, train, train_epoch
from .validation import (
    CallbackSupportMixin,
    Interval,
    StrOptions,
    _fit_context,
    check_finite,
    check_layer_sizes,
    check_same_structure,
    check_schedule,
    check_targets,
    check_validation_rows,
    check_weights,
    unchanged_on_error,
    validate_data,
)


def _is_stochastic(estimator):
    """partial_fit exists for solvers that learn from batches."""
    if estimator.solver not in STOCHASTIC:
        raise AttributeError(f"partial_fit needs solver='adam' or 'sgd'; got solver={estimator.solver!r}.")
    return True


class KANRegressor(CallbackSupportMixin, RegressorMixin, MultiOutputMixin, BaseEstimator):
    """Kolmogorov-Arnold network for regression.

    A network of univariate splines: each layer is y_j = sum_i phi_ij(x_i) with a B-spline phi_ij on
    every edge [1]_. It is trained as the small nonlinear least-squares problem that it is, by
    Levenberg-Marquardt where its size allows.

    Parameters
    ----------
    hidden_layer_sizes : int or sequence of int, default=(4,)
        Nodes of each hidden layer; () is an additive model.
    grid_size : int or sequence of int, default=5
        Knot intervals of each spline, for all layers or one for each.
    degree : int, default=3
        Degree of the splines, 1 to 5.
    knots : {"uniform", "quantile"}, default="uniform"
        Equal intervals, or intervals of equal weight of data (tied quantiles are merged).
    extrapolation : {"linear", "constant", "continue", "error"}, default="linear"
        Rule outside the training range, as in SplineTransformer. Hidden values may leave their
        grids only by a bounded amount, so that errors cannot multiply from layer to layer.
    squash : {None, "tanh"}, default=None
        None: hidden grids follow the data. "tanh": the original formulation, weights N(0, 0.1) and a
        Tanh layer that keeps hidden values on fixed grids [-1, 1].
    base_function : {None, "silu"}, default=None
        Residual branch beside each spline, as in the original paper.
    loss : {"squared_error"}, default="squared_error"
        Half the squared error, for y standardised to mean 0 and variance 1.
    solver : {"auto", "lm", "lbfgs", "adam", "sgd"}, default="auto"
        "auto" takes Levenberg-Marquardt up to 3,000 parameters; above, Adam from 20,000 rows on and
        L-BFGS for fewer. `solver_` says which.
    alpha : float, default=1e-3
        Strength of the penalty on roughness, beside the mean loss: it means the same for every
        number of rows and every unit of y.
    prune : float, default=None
        Edges whose share of their node's variance is below it are removed, the rest is refitted.
    grid_schedule : sequence of int, default=None
        Increasing grid sizes, each started from the splines of the last; replaces `grid_size`.
    n_init : int, default=1
        Random starts; the one of lowest objective (or best validation score) is kept.
    max_iter : int, default=500
        Iterations (epochs for "adam" and "sgd") on each grid size.
    tol : float, default=1e-3
        Relative fall of the objective, or rise of the validation score, that counts as progress.
    n_iter_no_change : int, default=10
        Iterations without progress after which the fit stops.
    early_stopping : bool, default=False
        Stop by the R^2 on validation rows and keep the best network.
    validation_fraction : float, default=0.1
        Part of the weight that is set aside for validation if no `X_val` is given. Equal rows stay
        together, so that weights and repeated rows remain the same thing.
    batch_size : int or "auto", default="auto"
        Rows of a mini-batch; "auto" is min(200, n_samples). Only for "adam" and "sgd".
    learning_rate_init : float, default=None
        Step size; None is 0.01 for "adam" and 0.1 for "sgd". Only for "adam" and "sgd".
    shuffle : bool, default=True
        Whether to permute the rows before each epoch. False only for "adam" and "sgd".
    warm_start : bool, default=False
        Start from the network of the last fit, its grids and its scale of y included; ValueError if the
        parameters ask for a network of another structure.
    random_state : int, RandomState instance or None, default=None
        Draws the first splines and the mini-batches.
    verbose : bool or int, default=False
        Print a line for each iteration.

    Attributes
    ----------
    network_ : KANNetwork
        The fitted network: raw X to standardised y.
    y_mean_, y_scale_ : ndarray of shape (n_outputs,)
        What standardised y, in the units of y.
    solver_ : str
        The solver that was used.
    n_iter_ : int
        Iterations, over all stages.
    loss_ : float
        Penalised training loss at the end.
    loss_curve_ : list of float
        The loss after each iteration.
    validation_scores_ : list of float or None
        R^2 on the validation rows after each iteration.
    best_validation_score_ : float or None
        The largest of them, after pruning if there was any: the score of the network that is kept.
    n_layers_ : int
        Layers, counting input and output.
    n_outputs_ : int
        Targets.
    n_features_in_ : int
        Features seen in fit.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Their names, if all are strings.

    See Also
    --------
    sklearn.neural_network.MLPRegressor : Network with fixed activations.
    sklearn.preprocessing.SplineTransformer : One layer of B-splines as features.

    References
    ----------
    .. [1] Z. Liu et al., "KAN: Kolmogorov-Arnold Networks", ICLR 2025.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_kan import KANRegressor
    >>> rng = np.random.RandomState(0)
    >>> X = rng.uniform(-1, 1, (300, 2))
    >>> y = np.exp(np.sin(np.pi * X[:, 0]) + X[:, 1] ** 2)
    >>> model = KANRegressor(random_state=0).fit(X[:200], y[:200])
    >>> bool(model.score(X[200:], y[200:]) > 0.99)
    True
    """

    _parameter_constraints: dict = {
        "hidden_layer_sizes": ["array-like", Interval(Integral, 1, None, closed="left")],
        "grid_size": ["array-like", Interval(Integral, 1, None, closed="left")],
        "degree": [Interval(Integral, 1, 5, closed="both")],
        "knots": [StrOptions({"uniform", "quantile"})],
        "extrapolation": [StrOptions({"linear", "constant", "continue", "error"})],
        "squash": [StrOptions({"tanh"}), None],
        "base_function": [StrOptions({"silu"}), None],
        "loss": [StrOptions({"squared_error"})],
        "solver": [StrOptions({"auto", "lm", "lbfgs", "adam", "sgd"})],
        "alpha": [Interval(Real, 0, None, closed="left")],
        "prune": [Interval(Real, 0, 1, closed="left"), None],
        "grid_schedule": ["array-like", None],
        "n_init": [Interval(Integral, 1, None, closed="left")],
        "max_iter": [Interval(Integral, 1, None, closed="left")],
        "tol": [Interval(Real, 0, None, closed="left")],
        "n_iter_no_change": [Interval(Integral, 1, None, closed="left")],
        "early_stopping": ["boolean"],
        "validation_fraction": [Interval(Real, 0, 1, closed="neither")],
        "batch_size": [StrOptions({"auto"}), Interval(Integral, 1, None, closed="left")],
        "learning_rate_init": [Interval(Real, 0, None, closed="neither"), None],
        "shuffle": ["boolean"],
        "warm_start": ["boolean"],
        "random_state": ["random_state"],
        "verbose": ["verbose"],
    }

    def __init__(
        self,
        hidden_layer_sizes=(4,),
        *,
        grid_size=5,
        degree=3,
        knots="uniform",
        extrapolation="linear",
        squash=None,
        base_function=None,
        loss="squared_error",
        solver="auto",
        alpha=1e-3,
        prune=None,
        grid_schedule=None,
        n_init=1,
        max_iter=500,
        tol=1e-3,
        n_iter_no_change=10,
        early_stopping=False,
        validation_fraction=0.1,
        batch_size="auto",
        learning_rate_init=None,
        shuffle=True,
        warm_start=False,
        random_state=None,
        verbose=False,
    ):
        self.hidden_layer_sizes = hidden_layer_sizes
        self.grid_size = grid_size
        self.degree = degree
        self.knots = knots
        self.extrapolation = extrapolation
        self.squash = squash
        self.base_function = base_function
        self.loss = loss
        self.solver = solver
        self.alpha = alpha
        self.prune = prune
        self.grid_schedule = grid_schedule
        self.n_init = n_init
        self.max_iter = max_iter
        self.tol = tol
        self.n_iter_no_change = n_iter_no_change
        self.early_stopping = early_stopping
        self.validation_fraction = validation_fraction
        self.batch_size = batch_size
        self.learning_rate_init = learning_rate_init
        self.shuffle = shuffle
        self.warm_start = warm_start
        self.random_state = random_state
        self.verbose = verbose

    @_fit_context(prefer_skip_nested_validation=True)
    def fit(self, X, y, sample_weight=None, *, X_val=None, y_val=None, sample_weight_val=None):
        """Fit the network.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
        y : array-like of shape (n_samples,) or (n_samples, n_outputs)
        sample_weight : array-like of shape (n_samples,), default=None
            Only ratios matter; an integer weight is the same as repeating the row.
        X_val, y_val, sample_weight_val : arrays as X, y and sample_weight, default=None
            Rows for early stopping; only with ``early_stopping=True``.

        Returns
        -------
        self : KANRegressor

        Raises
        ------
        ValueError
            If parameters or data do not fit; nothing has been changed then.
        """
        warm = self.warm_start and hasattr(self, "network_")
        with unchanged_on_error(self):
            rows = self._validated(X, y, sample_weight, reset=not warm)
            plan, solver, n_params = self._plan(rows, warm)
            validation = check_validation_rows(self, X_val, y_val, sample_weight_val, rows.Y.shape[1])
            rows = rows.weighted_only(at_least=2)
            scale = (self.y_mean_, self.y_scale_) if warm else rows.location_and_scale()
            rng = check_random_state(self.random_state)
            rows = rows.standardised(*scale)
            fit_rows, score = self._split(rows, validation, scale, rng)
            network = copy.deepcopy(self.network_) if warm else None

            describe = partial(self._fitted_attributes, y_mean=scale[0], y_scale=scale[1], solver=solver)
            stages = len(plan.grid_sizes) + (plan.prune is not None)
            notify, finish = task_listener(self, plan.max_iter * stages * plan.n_init, X, y, describe)
            listener = partial(report, self.verbose, notify)
            make_monitor = partial(Monitor, score, self.tol, self.n_iter_no_change, listener)
            with limited_threads(n_params):
                outcome = train(plan, fit_rows, rng, make_monitor, network, X_range=rows.X)
            check_finite(outcome.loss)
        self.__dict__.update(describe(outcome.network))
        self._record(outcome)
        finish(outcome.network)
        return self

    @available_if(_is_stochastic)
    @_fit_context(prefer_skip_nested_validation=True)
    def partial_fit(self, X, y, sample_weight=None):
        """Go once over a batch of rows; only for ``solver="adam"`` and ``"sgd"``.

        The first call sets the grids and the scale of y by its own rows: let it be a typical batch.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
        y : array-like of shape (n_samples,) or (n_samples, n_outputs)
        sample_weight : array-like of shape (n_samples,), default=None

        Returns
        -------
        self : KANRegressor
        """
        first = not hasattr(self, "network_")
        with unchanged_on_error(self):
            rows = self._validated(X, y, sample_weight, reset=first)
            plan, solver, n_params = self._plan(rows, not first)
            rows = rows.weighted_only(at_least=2 if first else 1)
            scale = rows.location_and_scale() if first else (self.y_mean_, self.y_scale_)
            rows = rows.standardised(*scale)
            rng = check_random_state(self.random_state)
            network = initialise(plan, rows, rng) if first else copy.deepcopy(self.network_)
            running = getattr(self, "_running_solver", None)
            running = plan.make_solver(rng) if running is None else copy.deepcopy(running)
            with limited_threads(n_params):
                loss = train_epoch(plan, rows, network, running)
            check_finite(loss, *network.theta)  # The loss is taken before the last step.
        history = getattr(self, "loss_curve_", [])
        self.__dict__.update(self._fitted_attributes(network, *scale, solver))
        self._running_solver = running
        self.loss_, self.loss_curve_ = loss, [*history, loss]
        self.n_iter_ = len(self.loss_curve_)
        self.validation_scores_ = self.best_validation_score_ = None
        return self

    def predict(self, X):
        """Predict targets.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)

        Returns
        -------
        y : ndarray of shape (n_samples,) or (n_samples, n_outputs)
        """
        check_is_fitted(self)
        X = validate_data(self, X, dtype=np.float64, reset=False)
        y = self.network_.forward(X) * self.y_scale_ + self.y_mean_
        return y[:, 0] if self._y_ndim == 1 else y

    def predict_gradient(self, X):
        """Derivative of the prediction with respect to each feature, exact.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)

        Returns
        -------
        gradient : ndarray of shape (n_samples, n_features) or (n_samples, n_outputs, n_features)
            In units of y per unit of the feature.
        """
        check_is_fitted(self)
        X = validate_data(self, X, dtype=np.float64, reset=False)
        gradient = self.network_.gradient(X) * self.y_scale_[:, None]
        return gradient[:, 0] if self._y_ndim == 1 else gradient

    @property
    def n_layers_(self):
        """Layers, counting input and output."""
        if not hasattr(self, "network_"):
            raise AttributeError("n_layers_ exists after fit.")
        return len(self.network_.spline_layers) + 1

    def _validated(self, X, y, sample_weight, reset):
        """The rows, checked; targets in their own units."""
        X, y = validate_data(
            self, X, y, reset=reset, dtype=np.float64, multi_output=True, y_numeric=True, ensure_min_samples=1
        )
        self._y_ndim = y.ndim
        return TrainingData(X, check_targets(y), check_weights(sample_weight, X))

    def _plan(self, rows, warm):
        """The training plan, the name of the solver and the number of parameters."""
        n_outputs = rows.Y.shape[1]
        sizes = check_layer_sizes(self.hidden_layer_sizes)
        stages = check_schedule(self.grid_size, self.grid_schedule, len(sizes) + 1)
        if warm:
            check_same_structure(self, (*sizes, n_outputs))
        n_params = self._count_params((rows.X.shape[1], *sizes, n_outputs), stages[-1])
        solver = choose_solver(self.solver, n_params, len(rows.X))
        options = {name: getattr(self, name) for name in ("batch_size", "learning_rate_init", "shuffle")}
        check_options(solver, **options)
        plan = Plan(
            hidden_layer_sizes=sizes,
            grid_sizes=stages,
            make_solver=partial(make_solver, solver, self.tol, self.n_iter_no_change, len(rows.X), *options.values()),
            degree=self.degree,
            knots=self.knots,
            extrapolation=self.extrapolation,
            squash=self.squash,
            base_function=self.base_function,
            alpha=self.alpha,
            prune=self.prune,
            n_init=self.n_init,
            max_iter=self.max_iter,
        )
        return plan, solver, n_params

    def _count_params(self, widths, grid_sizes):
        """Parameters of a network with all edges."""
        n_coef = [grid_size + self.degree + (self.base_function is not None) for grid_size in grid_sizes]
        return sum(a * b * c for a, b, c in zip(widths[:-1], widths[1:], n_coef, strict=True))

    def _split(self, rows, validation, scale, rng):
        """Rows to train on, and the validation score of a network, or None without early stopping."""
        if not self.early_stopping:
            return rows, None
        if validation is None:
            aside = split_rows(rows.X, rows.sample_weight, self.validation_fraction, rng)
            return rows.take(~aside), rows.take(aside).score
        return rows, validation.standardised(*scale).score

    def _fitted_attributes(self, network, y_mean, y_scale, solver):
        """What predict needs, as a dict of attributes."""
        fitted = {"network_": network, "y_mean_": y_mean, "y_scale_": y_scale, "solver_": solver}
        return {**fitted, "n_outputs_": network.n_outputs}

    def _record(self, outcome):
        """Set the attributes that tell how the fit went; warn if it did not end well."""
        self.loss_, self.loss_curve_, self.n_iter_ = outcome.loss, outcome.loss_curve, outcome.n_iter
        self.validation_scores_ = outcome.validation_scores if self.early_stopping else None
        self.best_validation_score_ = outcome.best_validation_score
        self._running_solver = None
        if outcome.interrupted:
            warnings.warn("fit was interrupted; the best network so far is kept.", stacklevel=3)
        elif not outcome.converged:
            warnings.warn(
                f"solver={self.solver_!r} has not converged after max_iter={self.max_iter} iterations; "
                "the network is kept. Raise max_iter or tol.",
                ConvergenceWarning,
                stacklevel=3,
            )
