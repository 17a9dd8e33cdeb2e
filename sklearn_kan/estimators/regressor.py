"""The regressor: its parameters, targets and predictions."""

from numbers import Real

import numpy as np
from sklearn.base import MultiOutputMixin, RegressorMixin
from sklearn.utils import check_array

from ..losses import LOSSES, HalfSquaredError, make_loss
from ..utils.data import TrainingData
from ..utils.sklearn_compat import Interval, StrOptions, fit_context
from .base import BaseKAN, ForBatches
from .checks import check_return_std, check_targets, check_weights, names_of_targets
from .columns import validated
from .fitted import why_no_posterior
from .parameters import documented, keep_parameters
from .streaming import fit_batch


@documented(unit=" and every unit of y", found="strengths and noise", relevance="edge", of_each="", outputs="Targets.")
class KANRegressor(RegressorMixin, MultiOutputMixin, BaseKAN):
    """Kolmogorov-Arnold network for regression.

    A network of univariate splines: each layer is y_j = sum_i phi_ij(x_i) with a B-spline phi_ij on
    every edge [1]_. It is trained as the small nonlinear least-squares problem that it is, by
    Levenberg-Marquardt where its size allows. Nothing needs tuning: smoothness, relevance of inputs, noise
    and structure follow from the Bayesian evidence [2]_.

    Parameters
    ----------
    %(structure)s
    loss : {"squared_error", "absolute_error", "huber", "quantile", "poisson", "gamma"}, \
            default="squared_error"
        What is minimised. "huber" is squared up to 1.35 standard deviations of the residuals (estimated
        by their median) and linear from there on. "quantile" predicts a quantile of y by the pinball loss,
        "absolute_error" the median. "poisson" (y >= 0) and "gamma" (y > 0) are half deviances with
        a logarithmic link, for a single target: predictions are positive. All are taken for y in its own
        location and scale, see `y_mean_`, so the unit of y does not matter.
    quantile : float, default=0.5
        The quantile for ``loss="quantile"``, between 0 and 1.
    %(training)s
    warm_start : bool, default=False
        Start from the network of the last fit, its grids and its scale of y included; ValueError if the
        parameters ask for a network of another structure.
    %(running)s

    Attributes
    ----------
    network_ : KANNetwork
        The fitted network: raw X to raw predictions without unit.
    y_mean_, y_scale_ : ndarray of shape (n_outputs,)
        Raw predictions are ``network_.forward(X) * y_scale_ + y_mean_``. Mean and standard deviation of
        y for the squared error; the best constant and the scaled mean absolute deviation for "huber",
        "quantile" and "absolute_error"; the logarithm of the mean and 1 for "poisson" and "gamma".
    %(fitted)s
    sigma_ : ndarray of shape (n_outputs,) or None
        Standard deviation of the noise, in units of y; this and the next three under ``alpha="auto"``.
        With hidden layers it and the posterior are brought closer to leave-one-out errors.
    effective_dof_ : float or None
        Parameters that the data, not the prior, decide: mean over the averaged networks.
    log_evidence_ : float or None
        Log evidence of the best of them, for y standardised.
    %(history)s
    validation_scores_ : list of float or None
        1 - loss / loss of the best constant of all training rows, on the validation rows after each
        iteration; R^2 for the squared error.
    %(shape)s

    See Also
    --------
    sklearn.neural_network.MLPRegressor : Network with fixed activations.
    sklearn.preprocessing.SplineTransformer : One layer of B-splines as features.

    References
    ----------
    .. [1] Z. Liu et al., "KAN: Kolmogorov-Arnold Networks", ICLR 2025.
    .. [2] D. J. C. MacKay, "Bayesian interpolation", Neural Computation 4, 1992.

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
        **BaseKAN._parameter_constraints,
        "loss": [StrOptions(set(LOSSES))],
        "quantile": [Interval(Real, 0, 1, closed="neither")],
    }

    def __init__(
        self,
        hidden_layer_sizes="auto",
        *,
        grid_size="auto",
        degree=3,
        knots="quantile",
        extrapolation="linear",
        squash=None,
        base_function=None,
        categorical_features="from_dtype",
        fill_missing=False,
        interaction_cst=None,
        monotonic_cst=None,
        periodic=None,
        loss="squared_error",
        quantile=0.5,
        solver="auto",
        alpha="auto",
        relevance="edge",
        prune=None,
        grid_schedule=None,
        n_init="auto",
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
        keep_parameters(self, locals())

    @ForBatches
    @fit_context(prefer_skip_nested_validation=True)
    def partial_fit(self, X, y, sample_weight=None):
        """Go once over a batch of rows; only for ``solver="kaczmarz"``, ``"adam"`` and ``"sgd"``.

        Grids, the scale of y and which columns vary follow the stream. A random sample of 1,000 of the rows
        so far is kept, and half of each later pass is spent on such as are not in the batch: nothing is forgotten
        however the stream is sorted, at twice the cost. A stream of one batch is `fit`, an epoch a call.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
        y : array-like of shape (n_samples,) or (n_samples, n_outputs)
        sample_weight : array-like of shape (n_samples,), default=None

        Returns
        -------
        self : KANRegressor
        """
        return fit_batch(self, X, y, sample_weight)

    def predict(self, X, return_std=False):
        """Predict targets, on request with their standard deviation.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
        return_std : bool or "epistemic", default=False
            Whether to return standard deviations too, for fits with ``alpha="auto"``. True is that of a new
            observation, ``sigma_`` included, and for ``loss="squared_error"`` only. "epistemic" is that of the
            prediction itself: how well the data determine it. It grows outside the training range.

        Returns
        -------
        y : ndarray of shape (n_samples,) or (n_samples, n_outputs)
        std : ndarray, shape of y
            In units of y. Only if `return_std`.

        Raises
        ------
        ValueError
            If standard deviations are asked for that the fit does not have.
        """
        kind, X = check_return_std(return_std), self._new_rows(X)
        raw_prediction = self._raw_prediction(X)
        y = self._fitted_loss.inverse_link(raw_prediction)
        y = y[:, 0] if self._y_ndim == 1 else y
        if not kind:
            return y
        std = self._std(X, raw_prediction, kind)
        return y, std[:, 0] if self._y_ndim == 1 else std

    def _std(self, X, raw_prediction, kind):
        """Standard deviation of predictions, in units of y, shape (n_samples, n_outputs)."""
        self._check_std(kind)
        scale = self.y_scale_ * self._fitted_loss.inverse_link_slope(raw_prediction)
        std = np.sqrt(self.posterior_.variance(X)) * scale
        return np.hypot(std, self.sigma_) if kind is True else std

    def _check_std(self, kind):
        """Raise unless the fit has standard deviations of a kind, False, True or "epistemic"."""
        if not kind:
            return
        if getattr(self, "posterior_", None) is None:
            raise ValueError(why_no_posterior(self))
        if kind is True and not isinstance(self._fitted_loss, HalfSquaredError):
            raise ValueError("return_std=True needs loss='squared_error'; ask for 'epistemic'.")

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
        X = self._new_rows(X)
        slope = self._fitted_loss.inverse_link_slope(self._raw_prediction(X))
        gradient = slope[:, :, None] * self._raw_gradient(X)
        return gradient[:, 0] if self._y_ndim == 1 else gradient

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.target_tags.positive_only = self._positive_only()
        tags.target_tags.multi_output = not self._positive_only()
        return tags

    def _positive_only(self):
        """Whether the loss refuses negative targets; it is then, as in scikit-learn, for a single target."""
        return self.loss in LOSSES and not LOSSES[self.loss].in_domain(np.array([[-1.0]]))

    def _make_loss(self, n_outputs):
        """The loss that the parameters ask for."""
        if self.loss != "quantile" and self.quantile != 0.5:
            raise ValueError(f"quantile={self.quantile!r} can be set for loss='quantile' only; got loss={self.loss!r}.")
        return make_loss(self.loss, self.quantile)

    def _strata(self, rows):
        """One group."""

    def _validated(self, X, y, sample_weight, reset):
        """The rows, checked; targets in their own units."""
        several, self._y_names = not self._positive_only(), names_of_targets(y)
        X, y = validated(self, X, y, reset=reset, multi_output=several, y_numeric=True, ensure_min_samples=1)
        self._y_ndim = y.ndim
        return TrainingData.observed(X, check_targets(y), check_weights(sample_weight, X))

    def _check_targets(self, y, input_name="y"):
        """Targets of validation rows."""
        return check_targets(check_array(y, ensure_2d=False, dtype="numeric", input_name=input_name))
