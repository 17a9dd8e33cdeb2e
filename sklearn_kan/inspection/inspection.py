"""Ask a fitted estimator: what matters, what acts together, and why this prediction.

Importances and interactions are those of the module `importance`, where they are derived. After ``fit`` the
estimator keeps them for its training rows in ``profile_``; rows given as `X` are measured anew.
"""

from typing import NamedTuple

import numpy as np
from sklearn.utils.validation import check_is_fitted

from ..estimators.checks import check_weights
from ..network.importance import Profile, interactions, profile
from ..utils.sklearn_compat import validate_data


class Explanation(NamedTuple):
    """Why the predictions are what they are; see `explain`.

    Attributes
    ----------
    kind : {"additive", "gradient"}
    values : ndarray of shape (n_samples, n_features) or (n_samples, n_features, n_outputs)
        Contributions, or derivatives.
    baseline : float or ndarray of shape (n_outputs,)
        What the contributions are added to; for a gradient, not a number.
    """

    kind: str
    values: np.ndarray
    baseline: np.ndarray


def edge_importance(est, X=None, *, sample_weight=None):
    """How much each edge matters to the prediction.

    The importance of the node that an edge leaves, see `node_importance`, is divided among its edges in proportion
    to what each does to the prediction alone. On the last layer, and so in an additive model, it is the variance
    of the edge's function as a share of the variance of the prediction.

    Parameters
    ----------
    est : KANRegressor or KANClassifier
        Fitted.
    X : array-like of shape (n_samples, n_features), default=None
        Rows to measure on; None: as measured on the training rows.
    sample_weight : array-like of shape (n_samples,), default=None
        Weights of the rows of `X`.

    Returns
    -------
    importances : list of ndarray of shape (n_in, n_out)
        One array for each spline layer; 0 where there is no edge. The edges that leave a node sum to its
        importance. Edges whose effects cancel each other count for little, though each alone does much.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_kan import KANRegressor, edge_importance
    >>> X = np.random.RandomState(0).uniform(-1, 1, (500, 3))
    >>> model = KANRegressor((), random_state=0).fit(X, 2 * X[:, 0] + X[:, 1])
    >>> edge_importance(model, X)[0].ravel().round(1)
    array([0.8, 0.2, 0. ])
    """
    return profile_of(est, X, sample_weight).edges


def node_importance(est, X=None, *, sample_weight=None):
    """How much each feature and each hidden node matters to the prediction.

    The importance of a node is half the mean squared change of the (raw) prediction when the node shows the value
    of another row instead of its own, as a share of the variance of the prediction. Importances need not sum to 1:
    parts that act together count for each.

    Parameters
    ----------
    est, X, sample_weight : as in `edge_importance`

    Returns
    -------
    importances : list of ndarray of shape (n_in,)
        Of the inputs of each spline layer; the first array belongs to the features. For independent features
        these are total Sobol indices.
    """
    return profile_of(est, X, sample_weight).nodes


def feature_interactions(est, X, *, sample_weight=None):
    """How much pairs of features act together.

    Parameters
    ----------
    est : KANRegressor or KANClassifier
        Fitted.
    X : array-like of shape (n_samples, n_features)
    sample_weight : array-like of shape (n_samples,), default=None

    Returns
    -------
    shares : ndarray of shape (n_features, n_features)
        Share of the variance of the (raw) prediction that belongs to each pair jointly, interactions with
        further features included, if features are independent. Symmetric; the diagonal is 0. All 0 for an
        additive model.
    """
    check_is_fitted(est)
    X = _rows(est, X)
    return interactions(est.network_, X, check_weights(sample_weight, X))


def explain(est, X):
    """Why the predictions at X are what they are.

    An additive model (one layer) is explained by contributions: each feature's curve at the row's value, less
    its mean over the training rows. Contributions and baseline sum to the prediction, and they are its exact
    Shapley values. Other models are explained by the exact derivative of the prediction.

    Parameters
    ----------
    est : KANRegressor or KANClassifier
        Fitted.
    X : array-like of shape (n_samples, n_features)

    Returns
    -------
    explanation : Explanation
        On the scale of the raw prediction: units of y for losses without a link, else the link's; scores for
        classifiers. Without the last axis if there is one output.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_kan import KANRegressor, explain
    >>> X = np.random.RandomState(0).uniform(-1, 1, (500, 2))
    >>> model = KANRegressor((), random_state=0).fit(X, X[:, 0] + X[:, 1] ** 2)
    >>> kind, values, baseline = explain(model, X[:5])
    >>> kind, bool(np.allclose(baseline + values.sum(axis=1), model.predict(X[:5])))
    ('additive', True)
    """
    check_is_fitted(est)
    X = _rows(est, X)
    network, (mean, scale) = est.network_, location_and_scale(est)
    if len(network.spline_layers) == 1:
        kind, layer, means = "additive", network.layers[-1], profile_of(est).means
        hidden = network.hidden_values(X.T)[-2]
        values = (layer.functions(hidden) - means[:, :, None]).transpose(2, 0, 1) * scale
        baseline = mean + scale * means.sum(axis=0)
    else:
        kind, values = "gradient", network.gradient(X).transpose(0, 2, 1) * scale
        baseline = np.full(len(scale), np.nan)
    single = network.n_outputs == 1
    return Explanation(kind, values[:, :, 0], baseline[0]) if single else Explanation(kind, values, baseline)


def profile_of(est, X=None, sample_weight=None):
    """The profile of a fitted estimator: the one kept by fit, or measured on X.

    Parameters
    ----------
    est, X, sample_weight : as in `edge_importance`

    Returns
    -------
    profile : sklearn_kan.importance.Profile

    Raises
    ------
    ValueError
        If there are no rows and fit has kept no profile (after ``partial_fit``).
    """
    check_kan(est)
    if X is not None:
        X = _rows(est, X)
        return profile(est.network_, X, check_weights(sample_weight, X))
    kept = getattr(est, "profile_", None)
    if kept is None:
        raise ValueError("Pass X, the rows to measure on: partial_fit keeps no measure of its own.")
    return Profile(**kept)


def check_kan(est):
    """Raise unless est is a fitted estimator of this package."""
    if not hasattr(est, "fit") or hasattr(est, "steps") or hasattr(est, "best_estimator_"):
        raise TypeError(
            f"est must be a fitted KANRegressor or KANClassifier; got {type(est).__name__}. "
            "Of a pipeline pass its last step, of a search its best_estimator_."
        )
    check_is_fitted(est)
    if not hasattr(est, "network_"):
        raise TypeError(f"est must be a fitted KANRegressor or KANClassifier; got {type(est).__name__}.")


def feature_names(est, given=None):
    """Names of the features: those given, or those of the data frame of fit, or x0, x1, ...

    Parameters
    ----------
    est : KANRegressor or KANClassifier
    given : sequence of str, default=None

    Returns
    -------
    names : list of str
    """
    names = getattr(est, "feature_names_in_", None) if given is None else given
    n_features = est.network_.spline_layers[0].in_features
    names = [f"x{i}" for i in range(n_features)] if names is None else [str(name) for name in names]
    if len(names) != n_features:
        raise ValueError(f"feature_names must have {n_features} names; got {len(names)}.")
    return names


def output_names(est, given=None):
    """Names of the outputs: those given, or the classes, or y, or y0, y1, ...

    Parameters
    ----------
    est : KANRegressor or KANClassifier
    given : sequence of str, default=None

    Returns
    -------
    names : list of str
    """
    n_outputs, classes = est.network_.n_outputs, getattr(est, "classes_", None)
    if given is not None:
        names = [str(name) for name in given]
    elif classes is not None:
        names = [str(name) for name in classes[-n_outputs:]]
    else:
        names = ["y"] if n_outputs == 1 else [f"y{o}" for o in range(n_outputs)]
    if len(names) != n_outputs:
        raise ValueError(f"output_names must have {n_outputs} names; got {len(names)}.")
    return names


def location_and_scale(est):
    """What undoes the standardisation of y, two arrays of shape (n_outputs,); 0 and 1 for classifiers."""
    n_outputs = est.network_.n_outputs
    mean, scale = getattr(est, "y_mean_", 0.0), getattr(est, "y_scale_", 1.0)
    return np.broadcast_to(mean, n_outputs), np.broadcast_to(scale, n_outputs)


def _rows(est, X):
    """X checked as predict checks it."""
    return validate_data(est, X, dtype=np.float64, reset=False)
