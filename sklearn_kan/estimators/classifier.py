"""The classifier: its parameters, labels and probabilities."""

import numpy as np
from scipy.special import log_softmax, softmax
from sklearn.base import ClassifierMixin
from sklearn.utils import column_or_1d
from sklearn.utils.metaestimators import available_if
from sklearn.utils.multiclass import check_classification_targets

from ..losses import LogisticLoss, SoftmaxLoss
from ..utils.data import TrainingData
from ..utils.sklearn_compat import StrOptions, fit_context, validate_data
from .base import BaseKAN, is_stochastic
from .checks import check_weights
from .class_labels import check_classes, class_factors, encode, one_column_a_class


class KANClassifier(ClassifierMixin, BaseKAN):
    """Kolmogorov-Arnold network for classification.

    A network of univariate splines: each layer is y_j = sum_i phi_ij(x_i) with a B-spline phi_ij on
    every edge [1]_. Its output is the logit of the second of two classes, or one score for each of
    more, whose softmax are the probabilities. It is trained on minus their mean logarithm (log loss),
    with exact curvature where its size allows Levenberg-Marquardt. Smoothness, relevance of inputs and
    structure follow from the Bayesian evidence.

    Parameters
    ----------
    hidden_layer_sizes : "auto", int or sequence of int, default="auto"
        Nodes of each hidden layer; () is an additive model. "auto" goes on from the additive model to (4,),
        (8,), (8, 4), (16,) and (16, 8) as the evidence allows, and averages those of like evidence. Where there
        is no evidence it is (4,). If an additive model would have more than 3,000 parameters it is (16,)
        for many outputs, about ten or more, else ().
    grid_size : int or sequence of int, default=5
        Knot intervals of each spline, for all layers or one for each.
    degree : int, default=3
        Degree of the splines, 1 to 5.
    knots : {"mixed", "uniform", "quantile"}, default="mixed"
        Equal intervals, intervals of equal weight of data (tied quantiles are merged), or half-way between
        the two for the features and equal ones for hidden values.
    extrapolation : {"linear", "constant", "continue", "error"}, default="linear"
        Rule outside the training range, as in SplineTransformer. Hidden values may leave their
        grids only by a bounded amount, so that errors cannot multiply from layer to layer.
    squash : {None, "tanh"}, default=None
        None: hidden grids follow the data. "tanh": the original formulation, weights N(0, 0.1) and a
        Tanh layer that keeps hidden values on fixed grids [-1, 1].
    base_function : {None, "silu"}, default=None
        Residual branch beside each spline, as in the original paper.
    solver : {"auto", "lm", "lbfgs", "kaczmarz", "adam", "sgd"}, default="auto"
        "auto" takes Levenberg-Marquardt up to 3,000 parameters; above, Newton-Kaczmarz (second-order
        steps on batches of rows) from 5,000 rows on and L-BFGS for fewer. `solver_` says which.
    alpha : float or "auto", default="auto"
        Strength of the penalty on roughness, beside the mean loss: it means the same for every
        number of rows. "auto" finds the strengths by the evidence, counting the sum of the weights as the
        number of observations. It needs Levenberg-Marquardt on all rows: for other solvers and with
        `early_stopping` it is 1e-3, and for (16,) nodes chosen without evidence 10 over the sum of the
        weights, at most 1e-2.
    relevance : {"layer", "input", "edge"}, default="layer"
        Which edges share strengths under ``alpha="auto"``.
    prune : float, default=None
        Edges whose share of their node's variance is below it are removed, the rest is refitted.
    grid_schedule : sequence of int, default=None
        Increasing grid sizes, each started from the splines of the last; replaces `grid_size`.
    n_init : int or "auto", default="auto"
        Random starts. Under ``alpha="auto"`` the networks are averaged, by default four of the structure of most
        evidence, or two beyond 5,000 rows times outputs; they stand side by side in `network_`. One structure and 1 is
        the easiest to read. With a given `alpha` the one of lowest objective (or best validation score) is
        kept, by default of one.
    max_iter : int, default=500
        Iterations (epochs for "adam" and "sgd", 32 batches for "kaczmarz") on each grid size.
    tol : float, default=1e-3
        Relative fall of the objective, or rise of the validation score, that counts as progress.
    n_iter_no_change : int, default=10
        Iterations without progress after which the fit stops.
    early_stopping : bool, default=False
        Stop by the loss on validation rows and keep the best network.
    validation_fraction : float, default=0.1
        Part of the weight of each class that is set aside for validation if no `X_val` is given. Equal
        rows stay together, so that weights and repeated rows remain the same thing.
    batch_size : int or "auto", default="auto"
        Rows of a mini-batch; "auto" is 200, for "kaczmarz" 128, at most all. Not for "lm" and "lbfgs".
    learning_rate_init : float, default=None
        Step size; None is 0.01 for "adam" and 0.1 for "sgd". Only for "adam" and "sgd".
    shuffle : bool, default=True
        Whether to permute the rows before each pass over them. False not for "lm" and "lbfgs".
    class_weight : dict, "balanced" or None, default=None
        Factors on the weights of the rows by label, 1 for labels that are not in the dict. "balanced"
        gives all classes the same weight, those of `sample_weight` counted in.
    warm_start : bool, default=False
        Start from the network of the last fit, its grids and classes included; ValueError if the
        parameters ask for a network of another structure, or if there are new classes.
    random_state : int, RandomState instance or None, default=None
        Draws the first splines and the mini-batches.
    verbose : bool or int, default=False
        Print a line for each iteration.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        Sorted labels of the rows of positive weight.
    network_ : KANNetwork
        The fitted network: raw X to raw scores without offset.
    y_mean_, y_scale_ : ndarray of shape (n_outputs,)
        Raw scores are ``network_.forward(X) * y_scale_ + y_mean_``: offsets for which the
        probabilities are the shares of the classes, and 1.
    solver_ : str
        The solver that was used.
    n_iter_ : int
        Iterations, over all stages.
    alpha_ : float or list of ndarray of shape (2, in_features, out_features)
        Strengths in force; under ``alpha="auto"`` of roughness and ridge on each edge of each spline layer.
    effective_dof_, log_evidence_ : float or None
        Parameters that the data, not the prior, decide, and the log evidence; under ``alpha="auto"``.
    posterior_ : Posterior or None
        Posterior of the parameters, ``posterior_.edge_covariance(layer, i, j)``.
    loss_ : float
        Training loss at the end, with the penalty if that is fixed.
    loss_curve_ : list of float
        The loss after each iteration.
    validation_scores_ : list of float or None
        1 - log loss / log loss of the shares of the classes, on the validation rows after each iteration.
    best_validation_score_ : float or None
        The largest of them, after pruning if there was any: the score of the network that is kept.
    n_layers_ : int
        Layers, counting input and output.
    n_outputs_ : int
        Raw scores: 1 for two classes, n_classes for more.
    n_features_in_ : int
        Features seen in fit.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Their names, if all are strings.

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
        grid_size=5,
        degree=3,
        knots="mixed",
        extrapolation="linear",
        squash=None,
        base_function=None,
        solver="auto",
        alpha="auto",
        relevance="layer",
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
        self.hidden_layer_sizes = hidden_layer_sizes
        self.grid_size = grid_size
        self.degree = degree
        self.knots = knots
        self.extrapolation = extrapolation
        self.squash = squash
        self.base_function = base_function
        self.solver = solver
        self.alpha = alpha
        self.relevance = relevance
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
        self.class_weight = class_weight
        self.warm_start = warm_start
        self.random_state = random_state
        self.verbose = verbose

    @available_if(is_stochastic)
    @fit_context(prefer_skip_nested_validation=True)
    def partial_fit(self, X, y, classes=None, sample_weight=None):
        """Go once over a batch of rows; only for ``solver="kaczmarz"``, ``"adam"`` and ``"sgd"``.

        The first call sets the grids and the offsets by its own rows: let it be a typical batch.

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
        return self._partial_fit(X, y, sample_weight, classes=check_classes(classes, known))

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
        """Logarithms of the class probabilities; see `predict_proba`."""
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
        X, y = validate_data(self, X, y, reset=reset, dtype=np.float64, ensure_min_samples=1)
        check_classification_targets(y)
        weight = check_weights(sample_weight, X)
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
        return TrainingData(X, one_column_a_class(codes, len(classes)), weight)

    def _check_targets(self, y, input_name="y"):
        """Targets of validation rows."""
        y = column_or_1d(y)
        return one_column_a_class(encode(y, self.classes_, y, input_name), len(self.classes_))
