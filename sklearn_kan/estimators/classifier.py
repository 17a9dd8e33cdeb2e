"""The classifier: its parameters, labels and probabilities."""

import numpy as np
from scipy.special import log_softmax, softmax
from sklearn.base import ClassifierMixin
from sklearn.utils import column_or_1d
from sklearn.utils.multiclass import check_classification_targets

from ..losses import LogisticLoss, SoftmaxLoss
from ..utils.data import TrainingData, observations
from ..utils.sklearn_compat import StrOptions, fit_context
from .base import BaseKAN, ForBatches
from .checks import check_weights
from .class_labels import check_classes, class_factors, encode, one_column_a_class
from .columns import validated
from .parameters import documented, keep_parameters
from .streaming import fit_batch


@documented(
    unit="",
    found="the strengths",
    relevance="auto",
    of_each=" of each class",
    outputs="Raw scores: 1 for two classes, n_classes for more.",
)
class KANClassifier(ClassifierMixin, BaseKAN):
    """Kolmogorov-Arnold network for classification.

    A network of univariate splines: each layer is y_j = sum_i phi_ij(x_i) with a B-spline phi_ij on
    every edge [1]_. Its output is the logit of the second of two classes, or one score for each of
    more, whose softmax are the probabilities. It is trained on minus their mean logarithm (log loss),
    with exact curvature where its size allows Levenberg-Marquardt. Smoothness, relevance of inputs and
    structure follow from the Bayesian evidence.

    Parameters
    ----------
    %(structure)s
    %(training)s
    class_weight : dict, "balanced" or None, default=None
        Factors on the weights of the rows by label, 1 for labels that are not in the dict. "balanced"
        gives all classes the same weight, those of `sample_weight` counted in.
    warm_start : bool, default=False
        Start from the network of the last fit, its grids and classes included; ValueError if the
        parameters ask for a network of another structure, or if there are new classes.
    %(running)s

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        Sorted labels of the rows of positive weight.
    network_ : KANNetwork
        The fitted network: raw X to raw scores without offset.
    y_mean_, y_scale_ : ndarray of shape (n_outputs,)
        Raw scores are ``network_.forward(X) * y_scale_ + y_mean_``: offsets for which the
        probabilities are the shares of the classes, and 1.
    %(fitted)s
    effective_dof_, log_evidence_ : float or None
        Parameters that the data, not the prior, decide, and the log evidence; under ``alpha="auto"``.
    %(history)s
    validation_scores_ : list of float or None
        1 - log loss / log loss of the shares of the classes, on the validation rows after each iteration.
    %(shape)s

    See Also
    --------
    KANRegressor : The same network for numbers.
    sklearn.neural_network.MLPClassifier : Network with fixed activations.

    References
    ----------
    .. [1] Z. Liu et al., "KAN: Kolmogorov-Arnold Networks", ICLR 2025.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_kan import KANClassifier
    >>> rng = np.random.RandomState(0)
    >>> X = rng.uniform(-1, 1, (400, 2))
    >>> y = np.where(X[:, 0] ** 2 + X[:, 1] ** 2 < 0.6, "inside", "outside")
    >>> model = KANClassifier(random_state=0).fit(X[:300], y[:300])
    >>> bool(model.score(X[300:], y[300:]) > 0.95)
    True
    >>> model.predict([[0.0, 0.1], [0.9, 0.9]])
    array(['inside', 'outside'], dtype='<U7')
    """

    _parameter_constraints: dict = {
        **BaseKAN._parameter_constraints,
        "class_weight": [dict, StrOptions({"balanced"}), None],
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
        solver="auto",
        alpha="auto",
        relevance="auto",
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
        class_weight=None,
        warm_start=False,
        random_state=None,
        verbose=False,
    ):
        keep_parameters(self, locals())

    @ForBatches
    @fit_context(prefer_skip_nested_validation=True)
    def partial_fit(self, X, y, classes=None, sample_weight=None):
        """Go once over a batch of rows; only for ``solver="kaczmarz"``, ``"adam"`` and ``"sgd"``.

        As in `KANRegressor.partial_fit` what is learned does not hang on the first batch, which may be of one class,
        nor on the order of the others, which may be sorted by class.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
        y : array-like of shape (n_samples,)
        classes : array-like of shape (n_classes,), default=None
            All labels that will ever come; needed in the first call, to be left out or the same later.
        sample_weight : array-like of shape (n_samples,), default=None

        Returns
        -------
        self : KANClassifier

        Raises
        ------
        ValueError
            If a label is not among the classes, or `class_weight` is "balanced": a batch does not know
            the shares of the classes.
        """
        if self.class_weight == "balanced":
            raise ValueError("class_weight='balanced' needs all rows; give partial_fit a dict of weights instead.")
        known = getattr(self, "classes_", None)
        return fit_batch(self, X, y, sample_weight, classes=check_classes(classes, known))

    def decision_function(self, X):
        """Raw scores.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)

        Returns
        -------
        scores : ndarray of shape (n_samples,) or (n_samples, n_classes)
            Logit of ``classes_[1]`` for two classes, else one score a class.
        """
        raw_prediction = self._raw_prediction(self._new_rows(X))
        return raw_prediction[:, 0] if len(self.classes_) == 2 else raw_prediction

    def predict_log_proba(self, X):
        """Logarithms of the class probabilities.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)

        Returns
        -------
        log_probabilities : ndarray of shape (n_samples, n_classes)
            Those of `predict_proba`, without loss where they are near 0.
        """
        return log_softmax(self._class_scores(X), axis=1)

    def predict_proba(self, X):
        """Probabilities of the classes.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)

        Returns
        -------
        probabilities : ndarray of shape (n_samples, n_classes)
            Columns in the order of `classes_`.
        """
        return softmax(self._class_scores(X), axis=1)

    def predict(self, X):
        """The most probable label of each row.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)

        Returns
        -------
        y : ndarray of shape (n_samples,)
        """
        scores = self._class_scores(X)
        return self.classes_[scores.argmax(axis=1)]

    def predict_gradient(self, X):
        """Derivative of `decision_function` with respect to each feature, exact.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)

        Returns
        -------
        gradient : ndarray of shape (n_samples, n_features) or (n_samples, n_classes, n_features)
            Of the raw scores, not of probabilities; per unit of the feature.
        """
        gradient = self._raw_gradient(self._new_rows(X))
        return gradient[:, 0] if len(self.classes_) == 2 else gradient

    def _class_scores(self, X):
        """Scores whose softmax are the probabilities, shape (n_samples, n_classes)."""
        raw_prediction = self._raw_prediction(self._new_rows(X))
        if len(self.classes_) > 2:
            return raw_prediction
        return np.column_stack([np.zeros(len(raw_prediction)), raw_prediction])

    def _make_loss(self, n_outputs):
        """Log loss of one logit, or of one score a class."""
        return LogisticLoss() if n_outputs == 1 else SoftmaxLoss()

    def _strata(self, rows):
        """The classes."""
        return (rows.Y[:, 0] if rows.Y.shape[1] == 1 else rows.Y.argmax(axis=1)).astype(int)

    def _validated(self, X, y, sample_weight, reset, classes=None):
        """The rows, checked; the weights times those of the classes, 0 for rows that do not count."""
        X, y = validated(self, X, y, reset=reset, ensure_min_samples=1)
        check_classification_targets(y)
        weight, unit = observations(check_weights(sample_weight, X))
        factors = class_factors(self.class_weight, y, weight)
        if factors is not None:
            weight = check_weights(factors if weight is None else weight * factors, X, "class_weight times weights")
        counted = y if weight is None else y[weight > 0]
        if classes is None:
            classes = np.unique(counted) if reset else self.classes_
        if len(classes) < 2:
            raise ValueError(f"y has one class only, {classes.tolist()}, on rows of positive weight; 2 are needed.")
        codes = encode(y, classes, counted, "y")
        self.classes_ = classes
        return TrainingData(X, one_column_a_class(codes, len(classes)), weight, unit)

    def _check_targets(self, y, input_name="y"):
        """Targets of validation rows."""
        y = column_or_1d(y)
        return one_column_a_class(encode(y, self.classes_, y, input_name), len(self.classes_))
