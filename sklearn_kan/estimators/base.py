"""What both estimators share: parameters, and the order in which things happen.

``fit`` travels: validate -> weights -> scale y -> train -> attributes.
``predict`` travels: validate -> network -> unscale; it writes nothing.
"""

import copy
import warnings
from abc import ABCMeta, abstractmethod
from dataclasses import replace
from functools import partial
from numbers import Integral, Real

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted

from ..evidence.posterior import Posterior, calibration
from ..network.importance import profile
from ..network.initialisation import initialise
from ..objective.penalty import RELEVANCES
from ..solvers import STOCHASTIC, check_options, choose_solver, make_solver
from ..training.early_stopping import split_rows
from ..training.monitor import Monitor
from ..training.plan import Plan
from ..training.run import train_epoch
from ..training.runs import LADDER, train
from ..training.scoring import make_score
from ..utils.sklearn_compat import CallbackSupportMixin, Interval, StrOptions, fit_context, validate_data
from ..utils.threads import one_blas_thread
from .callbacks import is_watched, report, task_listener
from .checks import (
    check_domain,
    check_finite,
    check_layer_sizes,
    check_same_structure,
    check_schedule,
    check_validation_rows,
    unchanged_on_error,
)


def is_stochastic(estimator):
    """partial_fit exists for solvers that learn from batches."""
    if estimator.solver not in STOCHASTIC:
        raise AttributeError(f"partial_fit needs solver='kaczmarz', 'adam' or 'sgd'; got solver={estimator.solver!r}.")
    return True


# What "auto" stands for: strength and structure where there is no evidence, and averaged runs where there is,
# half of them for more observations than a few.
_FIXED_ALPHA, _FIXED_SIZES, _AVERAGED, _FEW = 1e-3, (4,), 4, 5000
# Structure where an additive model has too many parameters for the evidence and many outputs, and how many times
# as many parameters it may have; its strength, as a number of observations, and the most of it.
_WIDE_SIZES, _MOST_TIMES, _WIDE_PRIOR, _WIDE_ALPHA = (16,), 2, 10.0, 1e-2


class BaseKAN(CallbackSupportMixin, BaseEstimator, metaclass=ABCMeta):
    """A Kolmogorov-Arnold network as an estimator; what is left to say is what targets are.

    Subclasses have a constructor with all parameters of ``_parameter_constraints``.
    """

    _parameter_constraints: dict = {
        "hidden_layer_sizes": [StrOptions({"auto"}), "array-like", Interval(Integral, 1, None, closed="left")],
        "grid_size": ["array-like", Interval(Integral, 1, None, closed="left")],
        "degree": [Interval(Integral, 1, 5, closed="both")],
        "knots": [StrOptions({"uniform", "quantile", "mixed"})],
        "extrapolation": [StrOptions({"linear", "constant", "continue", "error"})],
        "squash": [StrOptions({"tanh"}), None],
        "base_function": [StrOptions({"silu"}), None],
        "solver": [StrOptions({"auto", "lm", "lbfgs", "kaczmarz", "adam", "sgd"})],
        "alpha": [StrOptions({"auto"}), Interval(Real, 0, None, closed="left")],
        "relevance": [StrOptions(set(RELEVANCES))],
        "prune": [Interval(Real, 0, 1, closed="left"), None],
        "grid_schedule": ["array-like", None],
        "n_init": [StrOptions({"auto"}), Interval(Integral, 1, None, closed="left")],
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

    @fit_context(prefer_skip_nested_validation=True)
    def fit(self, X, y, sample_weight=None, *, X_val=None, y_val=None, sample_weight_val=None):
        """Fit the network.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
        y : array-like of shape (n_samples,) or (n_samples, n_outputs)
        sample_weight : array-like of shape (n_samples,), default=None
            An integer weight is the same as repeating the row. With a fixed `alpha` only ratios matter; to the
            evidence the sum of the weights is the number of observations.
        X_val, y_val, sample_weight_val : arrays as X, y and sample_weight, default=None
            Rows for early stopping; only with ``early_stopping=True``.

        Returns
        -------
        self : object

        Raises
        ------
        ValueError
            If parameters or data do not fit; nothing has been changed then.
        """
        warm = self.warm_start and hasattr(self, "network_")
        with unchanged_on_error(self):
            rows = self._validated(X, y, sample_weight, reset=not warm)
            plan, solver = self._plan(rows, warm)
            validation = check_validation_rows(self, X_val, y_val, sample_weight_val, rows.Y.shape[1])
            rows = rows.weighted_only(at_least=2)
            plan, rows, scale = self._standardised(plan, rows, warm)
            rng = check_random_state(self.random_state)
            fit_rows, score = self._split(plan.loss, rows, validation, scale, rng)
            previous = self._members() if warm else (None, None)

            describe = partial(self._fitted_attributes, scale=scale, solver=solver)
            stages = len(plan.grid_sizes) + (plan.prune is not None) + plan.loss.steps_left
            runs = plan.n_init * (1 + len(plan.larger))
            notify, finish = task_listener(self, plan.max_iter * stages * runs, X, y, describe)
            listener = partial(report, self.verbose, notify)
            make_monitor = partial(Monitor, score, self.tol, self.n_iter_no_change, listener)
            with one_blas_thread():
                committee = train(plan, fit_rows, rng, make_monitor, *previous, rows.X, is_watched(self))
                outcome = committee.outcome
                check_finite(outcome.loss)
                kept = profile(outcome.network, rows.X, rows.sample_weight)._asdict()
        self.__dict__.update(describe(outcome.network))
        self.profile_ = kept
        self._record_evidence(committee, plan.alpha, fit_rows)
        self._record(outcome)
        finish(outcome.network)
        return self

    def _partial_fit(self, X, y, sample_weight, **known):
        """Go once over a batch of rows; `known` goes to ``_validated``."""
        first = not hasattr(self, "network_")
        with unchanged_on_error(self):
            rows = self._validated(X, y, sample_weight, reset=first, **known)
            plan, solver = self._plan(rows, not first)
            rows = rows.weighted_only(at_least=2 if first else 1)
            plan, rows, scale = self._standardised(plan, rows, not first)
            rng = check_random_state(self.random_state)
            network = initialise(plan, rows, rng) if first else copy.deepcopy(self.network_)
            running = getattr(self, "_running_solver", None)
            running = plan.make_solver(rng) if running is None else copy.deepcopy(running)
            with one_blas_thread():
                loss = train_epoch(plan, rows, network, running)
            check_finite(loss, *network.theta)  # The loss is taken before the last step.
        history = getattr(self, "loss_curve_", [])
        self.__dict__.update(self._fitted_attributes(network, scale, solver))
        self._running_solver = running
        self.loss_, self.loss_curve_ = loss, [*history, loss]
        self.n_iter_ = len(self.loss_curve_)
        self.validation_scores_ = self.best_validation_score_ = self.profile_ = None
        return self

    @property
    def n_layers_(self):
        """Layers, counting input and output."""
        if not hasattr(self, "network_"):
            raise AttributeError("n_layers_ exists after fit.")
        return len(self.network_.spline_layers) + 1

    @property
    def feature_importances_(self):
        """Importance of each feature, summing to 1: what `node_importance` says, as shares."""
        if getattr(self, "profile_", None) is None:
            raise AttributeError(
                "feature_importances_ exists after fit; after partial_fit ask node_importance(est, X)."
            )
        importances = self.profile_["nodes"][0]
        return importances / (importances.sum() or 1.0)

    def _new_rows(self, X):
        """Rows to predict, checked."""
        check_is_fitted(self)
        return validate_data(self, X, dtype=np.float64, reset=False)

    def _raw_prediction(self, X):
        """Output of the network for checked rows, in the units of the link; shape (n_samples, n_outputs)."""
        return self.network_.forward(X) * self.y_scale_ + self.y_mean_

    def _raw_gradient(self, X):
        """Derivative of the raw prediction with respect to the features, (n_samples, n_outputs, n_features)."""
        return self.network_.gradient(X) * self.y_scale_[:, None]

    @abstractmethod
    def _make_loss(self, n_outputs):
        """The loss that the parameters ask for."""

    @abstractmethod
    def _strata(self, rows):
        """Groups of rows from each of which a validation part is taken, as ints; None: one group."""

    @abstractmethod
    def _check_targets(self, y, input_name="y"):
        """Targets of rows that were not seen in fit, shape (n_samples, n_outputs)."""

    @abstractmethod
    def _validated(self, X, y, sample_weight, reset):
        """The rows, checked, as TrainingData; targets in their own units."""

    def _plan(self, rows, warm):
        """The training plan and the name of the solver."""
        n_outputs = rows.Y.shape[1]
        structures, stages, solver, wide = self._choose(rows, n_outputs)
        automatic = isinstance(self.hidden_layer_sizes, str)
        if warm:
            check_same_structure(self, self._members()[0][0], None if automatic else (*structures[0], n_outputs))
        evidence = self._by_evidence(solver)
        options = {name: getattr(self, name) for name in ("batch_size", "learning_rate_init", "shuffle")}
        check_options(solver, **options)
        plan = Plan(
            loss=self._make_loss(n_outputs),
            hidden_layer_sizes=structures[0],
            larger=structures[1:],
            grid_sizes=stages,
            make_solver=partial(make_solver, solver, self.tol, self.n_iter_no_change, *options.values()),
            degree=self.degree,
            knots=self.knots,
            extrapolation=self.extrapolation,
            squash=self.squash,
            base_function=self.base_function,
            alpha=self._strength(evidence, wide, rows.total_weight),
            relevance=self.relevance,
            prune=self.prune,
            n_init=self._starts(evidence or wide, len(rows.X) * (n_outputs if evidence else 1)),
            averaged=evidence or wide,
            max_iter=self.max_iter,
            tol=self.tol,
            n_iter_no_change=self.n_iter_no_change,
        )
        return plan, solver

    def _choose(self, rows, n_outputs):
        """Structures to try in order, grid sizes of the first, the solver, and whether the wide one was taken."""
        automatic = isinstance(self.hidden_layer_sizes, str)
        if automatic and not isinstance(self.grid_size, Integral) and self.grid_schedule is None:
            raise ValueError(f"grid_size must be one int with hidden_layer_sizes='auto'; got {self.grid_size!r}.")
        ladder = tuple(LADDER) if automatic else (check_layer_sizes(self.hidden_layer_sizes),)
        stages = [check_schedule(self.grid_size, self.grid_schedule, len(sizes) + 1) for sizes in ladder]
        counts = [
            self._count_params((rows.X.shape[1], *sizes, n_outputs), stage[-1])
            for sizes, stage in zip(ladder, stages, strict=True)
        ]
        solver = choose_solver(self.solver, counts[0], len(rows.X))
        if automatic and not self._by_evidence(solver):
            sizes = self._sizes_without_evidence(dict(zip(ladder, counts, strict=True)))
            at = ladder.index(sizes)
            return (sizes,), stages[at], choose_solver(self.solver, counts[at], len(rows.X)), sizes == _WIDE_SIZES
        bearable = [n for n, count in enumerate(counts) if n == 0 or choose_solver("auto", count, 0) == "lm"]
        return tuple(ladder[n] for n in bearable), stages[0], solver, False

    @staticmethod
    def _sizes_without_evidence(counts):
        """Hidden layer sizes that "auto" stands for, given the parameters of each structure."""
        if choose_solver("auto", counts[()], 0) == "lm":
            return _FIXED_SIZES
        # Of few outputs hidden nodes would be a bottleneck; many share the curves of their nodes.
        return _WIDE_SIZES if counts[_WIDE_SIZES] <= _MOST_TIMES * counts[()] else ()

    def _strength(self, evidence, wide, total_weight):
        """The penalty's strength; "auto" if it comes from the evidence."""
        if self.alpha != "auto" or evidence:
            return self.alpha
        return min(_WIDE_PRIOR / total_weight, _WIDE_ALPHA) if wide else _FIXED_ALPHA

    def _by_evidence(self, solver):
        """Whether strengths come from the evidence, which needs second derivatives and all rows."""
        return self.alpha == "auto" and solver == "lm" and not self.early_stopping

    def _starts(self, averaged, n_observed):
        """Number of random starts: of many observations half as many networks are averaged."""
        if self.n_init != "auto":
            return self.n_init
        return (_AVERAGED if n_observed <= _FEW else _AVERAGED // 2) if averaged else 1

    def _members(self):
        """The networks whose weighted mean is the fitted one, and their weights."""
        posterior = getattr(self, "posterior_", None)
        return ([self.network_], np.ones(1)) if posterior is None else (posterior.members, posterior.weights)

    def _count_params(self, widths, grid_sizes):
        """Parameters of a network with all edges."""
        n_coef = [grid_size + self.degree + (self.base_function is not None) for grid_size in grid_sizes]
        return sum(a * b * c for a, b, c in zip(widths[:-1], widths[1:], n_coef, strict=True))

    def _standardised(self, plan, rows, warm):
        """Plan and rows for a network whose output is in its own units, and the location and scale of those."""
        loss = plan.loss
        scale = (self.y_mean_, self.y_scale_) if warm else loss.location_and_scale(rows.Y, rows.sample_weight)
        check_domain(loss, rows.Y, scale[0], "y")
        return replace(plan, loss=loss.shifted(scale[0])), rows.with_targets(loss.standardised(rows.Y, *scale)), scale

    def _split(self, loss, rows, validation, scale, rng):
        """Rows to train on, and the validation score of a network, or None without early stopping."""
        if not self.early_stopping:
            return rows, None
        fit_rows = rows
        if validation is None:
            aside = split_rows(rows.X, rows.sample_weight, self.validation_fraction, rng, self._strata(rows))
            fit_rows, validation = rows.take(~aside), rows.take(aside)
        else:
            check_domain(loss, validation.Y, 0.0, "y_val")
            validation = validation.with_targets(loss.standardised(validation.Y, *scale))
        return fit_rows, make_score(loss.exact, validation, rows)

    def _fitted_attributes(self, network, scale, solver):
        """What predict needs, as a dict of attributes."""
        fitted = {"network_": network, "y_mean_": scale[0], "y_scale_": scale[1], "solver_": solver}
        return {**fitted, "n_outputs_": network.n_outputs, "_fitted_loss": self._make_loss(network.n_outputs)}

    def _record_evidence(self, committee, alpha, rows):
        """Set what the evidence says; with a fixed penalty it says nothing."""
        evidences, weights = committee.evidences, committee.weights
        self.alpha_ = alpha if alpha != "auto" else committee.strengths
        self.posterior_ = self.sigma_ = self.effective_dof_ = self.log_evidence_ = None
        if not evidences or None in evidences:
            return
        self.effective_dof_ = float(np.average([evidence.dof for evidence in evidences], weights=weights))
        self.log_evidence_ = max(evidence.log_evidence for evidence in evidences)
        covariances, factor = [evidence.covariance for evidence in evidences], 1.0
        if self._make_loss(self.n_outputs_).precision_power == 0.5:
            variance = np.average([1 / evidence.precision for evidence in evidences], axis=0, weights=weights)
            if self.n_layers_ > 2 and self.loss == "squared_error":
                factor = calibration(committee.members, covariances, weights, 1 / variance, rows)
            self.sigma_ = factor * np.sqrt(variance) * self.y_scale_
        covariances = [factor**2 * covariance for covariance in covariances]
        self.posterior_ = Posterior(committee.members, covariances, weights)

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
