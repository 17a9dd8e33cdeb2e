"""Ask a fitted estimator: what matters, and what acts together.

Importances and interactions are those of the module `importance`, where they are derived. After ``fit`` the
estimator keeps them for its training rows in ``profile_``; rows given as `X` are measured anew.
"""

from ..estimators.checks import check_weights
from ..network.importance import interactions
from .fitted_model import check_kan, checked_rows, measured


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
    check_kan(est)
    return measured(est, X, sample_weight).edges


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
        these are total Sobol indices. Of correlated features they ask about rows that do not exist;
        ``feature_importances_`` and `effects` do not.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_kan import KANRegressor, node_importance
    >>> X = np.random.RandomState(0).uniform(-1, 1, (300, 2))
    >>> model = KANRegressor((), random_state=0).fit(X, X[:, 0] ** 2)
    >>> node_importance(model, X)[0].round(1)
    array([1., 0.])
    """
    check_kan(est)
    return measured(est, X, sample_weight).nodes


def feature_interactions(est, X=None, *, sample_weight=None):
    """How much pairs of features act together.

    Parameters
    ----------
    est, X, sample_weight : as in `edge_importance`

    Returns
    -------
    shares : ndarray of shape (n_features, n_features)
        Share of the variance of the (raw) prediction that belongs to each pair jointly, interactions with
        further features included, if features are independent. Symmetric; the diagonal is 0. All 0 for an
        additive model.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_kan import KANRegressor, feature_interactions
    >>> X = np.random.RandomState(0).uniform(-1, 1, (300, 2))
    >>> model = KANRegressor((), random_state=0).fit(X, X[:, 0] + X[:, 1] ** 2)
    >>> feature_interactions(model)
    array([[0., 0.],
           [0., 0.]])
    """
    check_kan(est)
    if X is None:
        kept = measured(est)
        return interactions(est.network_, kept.rows, kept.weights)
    X = checked_rows(est, X)
    return interactions(est.network_, X, check_weights(sample_weight, X))
