"""What a fitted model says, feature by feature: curves, surfaces of pairs, and how much of the prediction each is."""

from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from ..network.decomposition import decompose
from ..network.feature_importance import MOST_PAIRS, by_feature, part_shares
from ..network.hats import middle, products
from ..utils.kinds import column_ranges
from .effect_bands import curve_deviations
from .fitted_model import FittedModel
from .wording import OTHER_LEVEL, percent, shorten

# A rest below this is what rounding leaves.
_ROUNDING = 1e-7


class Missing(NamedTuple):
    """What a missing value of a feature does to the raw prediction; where it is filled in, if no other is known.

    Attributes
    ----------
    y : float or ndarray of shape (n_outputs,)
    sd : float, ndarray of shape (n_outputs,), or None
    density : float
        Part of the rows.
    """

    y: float
    sd: float | None
    density: float


class Curve(NamedTuple):
    """What one feature does to the raw prediction, between the points linear and beyond them constant.

    Attributes
    ----------
    feature : int
    name : str
    x : ndarray of shape (n_points,)
        Values of the feature, increasing.
    y : ndarray of shape (n_points,) or (n_points, n_outputs)
        Of mean 0 over the rows.
    sd : ndarray, shape of y, or None
        Posterior standard deviation, for fits with ``alpha="auto"``.
    share : float
        Of the variance of the prediction.
    density : ndarray of shape (n_points,)
        Part of the rows that is near each point.
    middle : (float, float)
        Where the middle 98 % of the rows lie.
    discrete : bool
        Whether `x` are all values that the feature has.
    labels : list of str or None
        Of a category what each value of `x`, the number of a level, is called.
    missing : Missing or None
        What a missing value does, if there are any among the rows.
    """

    feature: int
    name: str
    x: np.ndarray
    y: np.ndarray
    sd: np.ndarray | None
    share: float
    density: np.ndarray
    middle: tuple
    discrete: bool
    labels: list | None = None
    missing: Missing | None = None


class Surface(NamedTuple):
    """What two features do together beyond their curves, bilinear between the points.

    Attributes
    ----------
    features : (int, int)
    names : (str, str)
    x1, x2 : ndarray of shape (n_points_1,) and (n_points_2,)
    z : ndarray of shape (n_points_1, n_points_2) or (n_points_1, n_points_2, n_outputs)
    share : float
        Of the variance of the prediction.
    density : ndarray of shape (n_points_1, n_points_2)
        Part of the rows that is near each point; where it is 0 nothing is known.
    discrete : (bool, bool)
    """

    features: tuple
    names: tuple
    x1: np.ndarray
    x2: np.ndarray
    z: np.ndarray
    share: float
    density: np.ndarray
    discrete: tuple


@dataclass
class Effects:
    """A prediction taken apart; see `effects`.

    Attributes
    ----------
    mean : float or ndarray of shape (n_outputs,)
        Of the raw prediction over the rows.
    curves : list of Curve
        One for each feature, in their order.
    surfaces : list of Surface
        Of the pairs that matter, the most important first.
    rest : float
        Share of the variance that neither curves nor surfaces say. All shares and this sum to 1.
    importances : ndarray of shape (n_features,)
        Share of the curve and half of those of the surfaces of each feature.
    feature_names, output_names : list of str
    link : {"identity", "log", "logit", "softmax"}
        What turns a raw prediction into a prediction.
    """

    mean: np.ndarray
    curves: list
    surfaces: list
    rest: float
    importances: np.ndarray
    feature_names: list
    output_names: list
    link: str
    decomposition: object = field(repr=False, default=None)
    model: FittedModel = field(repr=False, default=None)

    @property
    def additive(self):
        """Whether the model is the sum of its curves."""
        return self.decomposition.edge_means is not None

    def contributions(self, X):
        """What each feature adds to the raw prediction at rows.

        Parameters
        ----------
        X : ndarray of shape (n_samples, n_features)

        Returns
        -------
        values : ndarray of shape (n_samples, n_features, n_outputs)
            Curves, and half of each surface to either of its features: the Shapley values of the decomposition.
        rest : ndarray of shape (n_samples, n_outputs)
            The raw prediction less the mean and these.
        """
        network, scale, parts, X = self.model.network, self.model.scale, self.decomposition, self._among_rows(X)
        values = parts.curve_values(network, X)
        for surface in parts.surfaces:
            values[:, list(surface.features)] += surface.at(X)[:, None] / 2
        rest = parts.output_of(network, X) - parts.mean - values.sum(axis=1)
        return values * scale, rest * scale

    def _among_rows(self, X):
        """X with features that come round within one period from the least value of the rows: curves are there."""
        basis = self.model.network.spline_layers[0].basis
        if basis.periodic is None:
            return X
        X, at = np.array(X), basis.periodic
        least = column_ranges(self.model.profile.rows)[0][at]
        X[:, at] = least + np.mod(X[:, at] - least, (basis.hi - basis.lo)[at])
        return X

    def __str__(self):
        order = np.argsort(-self.importances, kind="stable")
        lines = [f"{shorten(self.feature_names[i])}: {percent(self.importances[i])}" for i in order]
        lines += [f"{' x '.join(map(shorten, part.names))}: {percent(part.share)}" for part in self.surfaces]
        return "\n".join([*lines, f"rest: {percent(self.rest)}"])


def effects(est, X=None, *, sample_weight=None, n_pairs=MOST_PAIRS, output=None, feature_names=None, output_names=None):
    r"""Take the prediction of a fitted model apart: a mean, a curve for each feature, surfaces for pairs, a rest.

    The curves are the best additive model of the raw prediction over the rows, the surfaces what pairs of features
    add to it (functional analysis of variance [1]_). An additive model is given back exactly. Only rows that exist
    are asked, so that correlated features do not lead to impossible combinations. The share of a part in the variance
    is the mean of what it explains alone and of what is lost without it, as it is or damped: never negative, and
    features that say the same divide what they say. For independent features these are the Shapley effects [2]_.

    Parameters
    ----------
    est : KANRegressor or KANClassifier
        Fitted.
    X : array-like of shape (n_samples, n_features), default=None
        Rows to measure on, of which at most some 2,000 are used; None: those of the training rows that fit has kept.
    sample_weight : array-like of shape (n_samples,), default=None
        Weights of the rows of `X`.
    n_pairs : int, default=10
        Surfaces at most; pairs below 0.1 % of the variance have none.
    output : str or int, default=None
        The output or class to take apart, by name or number; None: all of them together.
    feature_names, output_names : sequence of str, default=None
        None: column names of the data frame of fit, classes, or x0, x1, ... and y.

    Returns
    -------
    effects : Effects
        On the scale of the raw prediction: units of y for losses without a link, else the link's (logarithms,
        log-odds or scores).

    Raises
    ------
    TypeError
        If `est` is no fitted estimator of this package.
    ValueError
        If there are no rows and fit has kept none (after ``partial_fit``), or no such output.

    References
    ----------
    .. [1] G. Hooker, "Generalized functional ANOVA diagnostics for high-dimensional functions of dependent
       variables", Journal of Computational and Graphical Statistics 16, 2007.
    .. [2] A. B. Owen, "Sobol' indices and Shapley value", SIAM/ASA Journal on Uncertainty Quantification 2, 2014.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_kan import KANRegressor, effects
    >>> X = np.random.RandomState(0).uniform(-1, 1, (500, 3))
    >>> model = KANRegressor((), random_state=0).fit(X, 2 * X[:, 0] + X[:, 1])
    >>> found = effects(model)
    >>> found.importances.round(1)
    array([0.8, 0.2, 0. ])
    >>> found.curves[0].name, found.surfaces
    ('x0', [])
    """
    names = {"feature_names": feature_names, "output_names": output_names}
    model = FittedModel.of(est, X, sample_weight=sample_weight, **names)
    return effects_of(model, n_pairs, output)


def effects_of(model, n_pairs=MOST_PAIRS, output=None):
    """The effects of a `FittedModel` over the rows that its profile has kept, for one output or all."""
    X, weight, network = model.profile.rows, model.profile.weights, model.network
    model, outputs = model.choose(output)
    parts = decompose(network, X, weight, model.profile.nodes[0], n_pairs, outputs)
    deviations = [None] * len(parts.curves)
    if model.posterior is not None:
        deviations = curve_deviations(parts, network, model.posterior, X, weight)
    shares, rest = part_shares(parts, network, X, weight)
    shares, rest = shares.tolist(), rest if rest > _ROUNDING else 0.0
    curves = [_curve(*each, model, X, weight) for each in zip(parts.curves, shares, deviations, strict=False)]
    surfaces = [
        _surface(part, share, model, X, weight)
        for part, share in zip(parts.surfaces, shares[len(curves) :], strict=True)
    ]
    importances = by_feature(parts, shares, 0.5)
    mean = _single(parts.mean * model.scale + model.location)
    return Effects(
        mean, curves, surfaces, rest, importances, model.feature_names, model.output_names, model.link, parts, model
    )


def _curve(part, share, deviation, model, X, weight):
    """A curve in the units of the raw prediction."""
    (i,), (hats,) = part.features, part.hats
    sd = None if deviation is None else _single(deviation * np.abs(model.scale))
    density, ends = weight @ hats.design(X[:, i]), middle(X[:, i], weight)
    y, n = _single(part.values * model.scale), len(hats.nodes)
    missing = Missing(y[-1], None if sd is None else sd[-1], float(density[-1])) if hats.missing else None
    levels = model.levels[i] if model.levels else None
    labels = None if levels is None else [levels[int(code)] if code >= 0 else OTHER_LEVEL for code in hats.nodes]
    sd = None if sd is None else sd[:n]
    points = hats.nodes, y[:n], sd, share, density[:n]
    return Curve(i, model.feature_names[i], *points, ends, hats.discrete, labels, missing)


def _surface(part, share, model, X, weight):
    """A surface in the units of the raw prediction."""
    (i, j), (first, second) = part.features, part.hats
    density = (weight @ products(first.design(X[:, i]), second.design(X[:, j]))).reshape(part.values.shape[:2])
    names, discrete = (model.feature_names[i], model.feature_names[j]), (first.discrete, second.discrete)
    known = slice(len(first.nodes)), slice(len(second.nodes))
    z, density = _single(part.values * model.scale)[known], density[known]
    return Surface(part.features, names, first.nodes, second.nodes, z, share, density, discrete)


def _single(values):
    """Without the last axis if there is one output."""
    return values[..., 0] if values.shape[-1] == 1 else values
