"""Why a prediction is what it is: what each feature adds to it."""

from typing import NamedTuple

import numpy as np

from .effects import effects_of
from .fitted_model import FittedModel, check_kan, checked_rows


class _Triple(NamedTuple):
    kind: str
    values: np.ndarray
    baseline: np.ndarray


class Explanation(_Triple):
    """Why predictions are what they are: a tuple of kind, values and baseline; see `explain`.

    Attributes
    ----------
    kind : {"additive", "effects"}
        Whether nothing remains, as of an additive model, or `remainder` says what does.
    values : ndarray of shape (n_samples, n_features) or (n_samples, n_features, n_outputs)
        Contributions.
    baseline : float or ndarray of shape (n_outputs,)
        What the contributions are added to: the mean of the raw prediction.
    remainder : ndarray of shape (n_samples,) or (n_samples, n_outputs)
        The raw prediction less baseline and contributions: what more than two features do together.
    X : ndarray of shape (n_samples, n_features)
    feature_names, output_names : list of str
    link : {"identity", "log", "logit", "softmax"}
    """

    def __new__(cls, kind, values, baseline, **more):
        """A tuple with attributes."""
        self = super().__new__(cls, kind, values, baseline)
        vars(self).update(more)
        return self

    def __getnewargs_ex__(self):
        """What a copy is made of."""
        return tuple(self), vars(self)


def explain(est, X, *, effects=None):
    """Why the predictions at X are what they are.

    A prediction is the mean over the training rows, plus what each feature contributes, plus a remainder. A feature
    contributes its curve at the row's value and half of each surface that it has with another feature (see
    `effects`): the Shapley values of that decomposition. Of an additive model nothing remains, and the contributions
    are its exact Shapley values.

    Parameters
    ----------
    est : KANRegressor or KANClassifier
        Fitted.
    X : array-like of shape (n_samples, n_features)
    effects : Effects, default=None
        Those of this model, if they are known: it saves their computation. None: over the rows that fit has kept.

    Returns
    -------
    explanation : Explanation
        On the scale of the raw prediction: units of y for losses without a link, else the link's; scores for
        classifiers. Without the last axis if there is one output.

    Raises
    ------
    TypeError
        If `est` is no fitted estimator of this package.
    ValueError
        If fit has kept no rows (after ``partial_fit``): pass ``effects=effects(est, rows)``.

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
    check_kan(est)
    X = checked_rows(est, X)
    if effects is None:
        if getattr(est, "profile_", None) is None:
            raise ValueError("partial_fit keeps no rows: pass effects=effects(est, rows), rows of the training data.")
        effects = effects_of(FittedModel.of(est))
    values, remainder = effects.contributions(X)
    kind = "additive" if effects.additive else "effects"
    if values.shape[2] == 1:
        values, remainder = values[:, :, 0], remainder[:, 0]
    names = {"feature_names": effects.feature_names, "output_names": effects.output_names, "link": effects.link}
    return Explanation(kind, values, effects.mean, remainder=remainder, X=X, **names)
