"""What both estimators share: the order in which things happen; what is left to say is what targets are."""

from abc import ABCMeta, abstractmethod
from functools import partial, update_wrapper
from types import MethodType

from sklearn.base import BaseEstimator
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted

from ..network.feature_importance import feature_importances
from ..network.importance import Profile
from ..solvers import STOCHASTIC, check_options, make_solver
from ..training.early_stopping import loss_and_that_of_a_constant, make_score, set_aside
from ..training.monitor import Monitor
from ..training.plan import Plan
from ..training.train import SAMPLE_ROWS, most_iterations, train
from ..utils.interrupts import interrupts_wait
from ..utils.sklearn_compat import CallbackSupportMixin, DocumentedOnSite, fit_context
from ..utils.threads import one_blas_thread
from .callbacks import Watcher
from .checks import (
    check_domain,
    check_not_diverged,
    check_validation_rows,
    check_within,
    unchanged_on_error,
)
from .columns import TableMixin, validated, with_kinds
from .defaults import choose
from .fitted import (
    evidence_attributes,
    fitted_units,
    history_attributes,
    networks_to_continue,
    prediction_attributes,
    warn_unless_well,
)
from .limits import find_limits
from .parameters import CONSTRAINTS


class ForBatches:
    """A method that exists for solvers that learn from batches; other estimators say which solvers these are."""

    def __init__(self, method):
        self._method = method
        update_wrapper(self, method)

    def __get__(self, estimator, owner=None):
        if estimator is None:
            return self._method
        if estimator.solver not in STOCHASTIC:
            raise AttributeError(
                f"partial_fit needs solver='kaczmarz', 'adam' or 'sgd'; got solver={estimator.solver!r}."
            )
        return MethodType(self._method, estimator)


class BaseKAN(CallbackSupportMixin, DocumentedOnSite, TableMixin, BaseEstimator, metaclass=ABCMeta):
    """A Kolmogorov-Arnold network as an estimator.

    Subclasses have a constructor with all parameters of ``_parameter_constraints``.
    """

    _parameter_constraints: dict = CONSTRAINTS

    @fit_context(prefer_skip_nested_validation=True)
    def fit(self, X, y, sample_weight=None, *, X_val=None, y_val=None, sample_weight_val=None):
        """Fit the network.

        Order of calls: `_validated`, `find_limits`, `choose`, `_standardised`, `_plan`, `_set_aside`, `train`, the
        functions of `fitted` that make attributes, which are then set all at once, and `warn_unless_well`.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
        y : array-like of shape (n_samples,) or (n_samples, n_outputs)
        sample_weight : array-like of shape (n_samples,), default=None
            Whole numbers repeat rows. All others are relative, one observation for each row of positive weight; with
            a fixed `alpha` only ratios matter.
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
        with unchanged_on_error(self), one_blas_thread():
            rows = self._validated(X, y, sample_weight, reset=not warm).weighted_only(at_least=2)
            rows = with_kinds(self, rows, known=warm)
            validation = check_validation_rows(self, X_val, y_val, sample_weight_val, rows.shape[1])
            limits = find_limits(self, rows, self._limits if warm else None)
            defaults, loss = choose(self, rows, limits), self._make_loss(rows.shape[1])
            rows = rows if defaults.solver in STOCHASTIC else rows.condensed(SAMPLE_ROWS)
            former = networks_to_continue(self, defaults, rows.shape[1]) if warm else None
            given = fitted_units(self) if warm else None
            units, fitted_loss, rows, validation = self._standardised(loss, rows, validation, given)
            plan = self._plan(defaults, fitted_loss)
            rng = check_random_state(self.random_state)
            train_rows, score = self._set_aside(plan.loss, rows, validation, rng)
            describe = partial(prediction_attributes, units=units, solver=defaults.solver, loss=loss)
            watcher = Watcher(self, most_iterations(plan, train_rows, former), X, y, describe)
            make_monitor = partial(Monitor, score, self.tol, self.n_iter_no_change, watcher, watcher.run_over)
            outcome, mixture = train(plan, train_rows, rng, make_monitor, former, rows.ends, watcher.watching)
            losses = loss_and_that_of_a_constant(plan.loss.exact, train_rows.at_hand(SAMPLE_ROWS), outcome.network)
            check_not_diverged(*losses, defaults.solver)
            with interrupts_wait():
                attributes = {
                    **describe(outcome.network),
                    **evidence_attributes(mixture, plan.alpha, train_rows, loss, units[1]),
                    **history_attributes(outcome, mixture, rows.at_hand(SAMPLE_ROWS)),
                    "_limits": limits,
                }
        self.__dict__.update(attributes)
        warn_unless_well(outcome, *losses, defaults.solver, self.max_iter)
        watcher.finish(outcome.network)
        return self

    @property
    def n_layers_(self):
        """Layers, counting input and output."""
        if not hasattr(self, "network_"):
            raise AttributeError("n_layers_ exists after fit.")
        return len(self.network_.spline_layers) + 1

    @property
    def feature_importances_(self):
        """Share of each feature in the variance of the raw prediction over the training rows, see `effects`."""
        if getattr(self, "profile_", None) is None:
            raise AttributeError("feature_importances_ exists after fit; else ask effects(est, X).importances.")
        with one_blas_thread():
            return feature_importances(self.network_, Profile(**self.profile_))

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
        """The rows, checked, as TrainingData; targets in their own units.

        Sets: n_features_in_, feature_names_in_, and what a subclass learns about targets.
        """

    def _standardised(self, loss, rows, validation, units):
        """Location and scale of the raw prediction, by the rows if None; the loss and rows with targets in these."""
        targets = rows.targets
        units = loss.location_and_scale(targets.Y, targets.sample_weight) if units is None else units
        check_domain(loss, targets.Y, units[0], "y")
        if validation is not None:
            check_domain(loss, validation.Y, 0.0, "y_val")
            validation = validation.in_units(loss, units)
        return units, loss.fitted_to(targets, units[0]), rows.in_units(loss, units), validation

    def _plan(self, defaults, loss):
        """What to build and how to train it."""
        options = {name: getattr(self, name) for name in ("batch_size", "learning_rate_init", "shuffle")}
        check_options(defaults.solver, **options)
        return Plan(
            candidates=defaults.candidates,
            make_solver=partial(make_solver, defaults.solver, self.tol, self.n_iter_no_change, *options.values()),
            loss=loss,
            alpha=defaults.alpha,
            prune=self.prune,
            n_init=defaults.n_init,
            averaged=defaults.averaged,
            finest=defaults.finest,
            max_iter=self.max_iter,
            tol=self.tol,
            n_iter_no_change=self.n_iter_no_change,
        )

    def _set_aside(self, loss, rows, validation, random_state):
        """Rows to train on, and the validation score of a network; None without early stopping."""
        if not self.early_stopping:
            return rows, None
        train_rows = rows
        if validation is None:
            train_rows, validation = set_aside(rows, self.validation_fraction, random_state, self._strata(rows))
        return train_rows, make_score(loss.exact, validation, rows.targets)

    def _new_rows(self, X):
        """Rows to predict, checked."""
        if "network_" not in vars(self):
            check_is_fitted(self)
        return check_within(self, validated(self, X, reset=False))

    def _raw_prediction(self, X):
        """Output of the network for checked rows, in the units of the link; shape (n_samples, n_outputs)."""
        return self.network_.forward(X) * self.y_scale_ + self.y_mean_

    def _raw_gradient(self, X):
        """Derivative of the raw prediction with respect to the features, (n_samples, n_outputs, n_features)."""
        return self.network_.gradient(X) * self.y_scale_[:, None]
