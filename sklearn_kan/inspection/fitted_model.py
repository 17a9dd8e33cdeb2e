"""A fitted estimator as questions, pictures and pages see it: gathered once, so that nobody guesses."""

import os
from dataclasses import dataclass, field, replace
from functools import cached_property
from numbers import Integral

import numpy as np
from sklearn.utils.validation import check_is_fitted

from ..estimators.checks import check_weights, check_within
from ..estimators.columns import validated
from ..evidence.posterior import Posterior
from ..losses import HalfSquaredError
from ..network.feature_importance import feature_importances
from ..network.importance import Profile, profile
from ..network.network import KANNetwork
from .curves import layer_curves
from .wording import OTHER_LEVEL, printable


@dataclass
class FittedModel:
    """What is asked of a fitted estimator again and again; made by `FittedModel.of`.

    Attributes
    ----------
    network : KANNetwork
    profile : Profile
        Importances, and where the data lie.
    feature_names, output_names : list of str
    location, scale : ndarray of shape (n_outputs,)
        The raw prediction is the output of the network times scale plus location: in the units of y, or of the
        link for losses with one (also for classes, whose location is that of their shares).
    link : {"identity", "log", "logit", "softmax"}
        What turns a raw prediction into a prediction.
    posterior : Posterior or None
    noise : ndarray of shape (n_outputs,) or None
        Standard deviation of the noise in the units of y, if it was estimated and is normal.
    other_class : str or None
        Of two classes the one without an output.
    facts : list of str
        What there is to say about the fit, in short lines.
    """

    network: KANNetwork
    profile: Profile
    feature_names: list
    output_names: list
    location: np.ndarray
    scale: np.ndarray
    link: str = "identity"
    posterior: Posterior | None = None
    noise: np.ndarray | None = None
    other_class: str | None = None
    facts: list = field(default_factory=list)
    levels: list = field(default_factory=list)

    @classmethod
    def of(cls, est, X=None, *, feature_names=None, output_names=None, sample_weight=None):
        """Gather it from an estimator.

        Parameters
        ----------
        est : KANRegressor or KANClassifier
            Fitted.
        X : array-like of shape (n_samples, n_features), default=None
            Rows to measure on; None: as measured on the training rows.
        feature_names, output_names : sequence of str, default=None
            None: column names of the data frame of fit, classes, or x0, x1, ... and y.
        sample_weight : array-like of shape (n_samples,), default=None
            Weights of the rows of `X`.

        Returns
        -------
        model : FittedModel

        Raises
        ------
        TypeError
            If `est` is no fitted estimator of this package.
        ValueError
            If there are no rows and fit has kept no profile (after ``partial_fit``), or names are missing.
        """
        check_kan(est)
        normal = isinstance(est._fitted_loss, HalfSquaredError)
        noise = getattr(est, "sigma_", None) if normal else None
        location, scale = location_and_scale(est)
        return cls(
            network=est.network_,
            profile=measured(est, X, sample_weight),
            feature_names=names_of_features(est, feature_names),
            output_names=names_of_outputs(est, output_names),
            location=location,
            scale=scale,
            link=est._fitted_loss.link,
            posterior=getattr(est, "posterior_", None),
            noise=None if noise is None else np.ravel(noise),
            other_class=printable(est.classes_[0]) if est._fitted_loss.link == "logit" else None,
            facts=facts(est),
            levels=names_of_levels(est),
        )

    def choose(self, output):
        """One output or class alone, or all.

        Parameters
        ----------
        output : str or int or None
            Name or number; None: all. Of two classes the first has the log-odds of the second with the other sign.

        Returns
        -------
        model : FittedModel
            With names and units of these outputs; the network is whole.
        outputs : list of int

        Raises
        ------
        ValueError
            If there is no such output.
        """
        names, number = self.output_names, isinstance(output, Integral)
        if output is None:
            return self, list(range(len(names)))
        if str(output) in names or (number and str(output) != self.other_class and 0 <= output < len(names)):
            index = names.index(str(output)) if str(output) in names else int(output)
            return self._only([index], 1.0, names[index], self.other_class), [index]
        if str(output) == self.other_class:
            return self._only([0], -1.0, self.other_class, names[0]), [0]
        known = names if self.other_class is None else [self.other_class, *names]
        raise ValueError(f"output must be one of {known}, or a number below {len(names)}; got {output!r}.")

    def _only(self, outputs, sign, name, other):
        """Some outputs, with a sign."""
        location, scale = sign * self.location[outputs], sign * self.scale[outputs]
        noise = None if self.noise is None else self.noise[outputs]
        return replace(self, output_names=[name], other_class=other, location=location, scale=scale, noise=noise)

    @cached_property
    def shares(self):
        """The profile with importances that sum to 1 in each layer; edges divide those of their features."""
        features, shares = feature_importances(self.network, self.profile), self.profile.shares()
        first = shares.edges[0]
        edges = first * (features / np.where(first.any(axis=1), first.sum(axis=1), 1.0))[:, None]
        return shares._replace(nodes=[features, *shares.nodes[1:]], edges=[edges, *shares.edges[1:]])

    @cached_property
    def curves(self):
        """Curves of every spline layer, a list of LayerCurves; those of the last in the units of raw predictions."""
        last = len(self.network.spline_layers) - 1
        scales, means = [1.0] * last + [self.scale], [None] * last + [self.profile.means if last == 0 else None]
        return [
            layer_curves(self.network, number, scales[number], means[number], self.posterior, quantiles)
            for number, quantiles in enumerate(self.profile.quantiles)
        ]

    @property
    def masks(self):
        """Edges that exist, a bool ndarray of shape (n_in, n_out) for each spline layer."""
        return [layer.edges for layer in self.network.spline_layers]

    @property
    def node_names(self):
        """Names of the nodes column by column: features, hidden nodes, outputs."""
        hidden = [[f"node {j}" for j in range(mask.shape[1])] for mask in self.masks[:-1]]
        return [self.feature_names, *hidden, self.output_names]


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


def checked_rows(est, X):
    """X checked as predict checks it."""
    if isinstance(X, str | os.PathLike):
        raise TypeError(f"X must be a table, rows to measure on; got {X!r}. To write a file pass path={X!r}.")
    return check_within(est, validated(est, X, reset=False))


def measured(est, X=None, sample_weight=None):
    """The profile of a fitted estimator: the one kept by fit, or measured on X."""
    if X is not None:
        X = checked_rows(est, X)
        return profile(est.network_, X, check_weights(sample_weight, X))
    kept = getattr(est, "profile_", None)
    if kept is None:
        raise ValueError("Pass X, the rows to measure on: partial_fit keeps no measure of its own.")
    return Profile(**kept)


def names_of_features(est, given=None):
    """Names of the features: those given, or those of the data frame of fit, or x0, x1, ..."""
    names = getattr(est, "feature_names_in_", None) if given is None else given
    n_features = est.network_.spline_layers[0].in_features
    names = [f"x{i}" for i in range(n_features)] if names is None else [printable(name) for name in names]
    if len(names) != n_features:
        raise ValueError(f"feature_names must have {n_features} names; got {len(names)}.")
    return names


def names_of_outputs(est, given=None):
    """Names of the outputs: those given, or the classes, or what y is called in fit, or y, or y0, y1, ..."""
    n_outputs, classes = est.network_.n_outputs, getattr(est, "classes_", None)
    if given is not None:
        names = [printable(name) for name in given]
    elif classes is not None:
        names = [printable(name) for name in classes[-n_outputs:]]
    elif getattr(est, "_y_names", None) is not None:
        names = [printable(name) for name in est._y_names]
    else:
        names = ["y"] if n_outputs == 1 else [f"y{o}" for o in range(n_outputs)]
    if len(names) != n_outputs:
        raise ValueError(f"output_names must have {n_outputs} names; got {len(names)}.")
    return names


def names_of_levels(est):
    """For each feature a list of what its levels are called, or None if it is no category or has none."""
    columns, n_features = getattr(est, "_columns", None), est.network_.spline_layers[0].in_features
    if columns is None:
        return [None] * n_features
    return [
        None if not levels else [OTHER_LEVEL if level is None else printable(level) for level in levels]
        for levels in columns.levels
    ]


def location_and_scale(est):
    """What turns the output of the network into a raw prediction: two arrays of shape (n_outputs,)."""
    n_outputs = est.network_.n_outputs
    return np.broadcast_to(est.y_mean_, n_outputs), np.broadcast_to(est.y_scale_, n_outputs)


def facts(est):
    """What there is to say about a fit, in short lines."""
    network, sigma = est.network_, getattr(est, "sigma_", None)
    sizes = [network.spline_layers[0].in_features, *(layer.out_features for layer in network.spline_layers)]
    edges = sum(int(layer.edges.sum()) for layer in network.spline_layers)
    solver = f"solver {est.solver_}, {est.n_iter_} iterations"
    lines = [f"{' -> '.join(map(str, sizes))}; {edges} edges, {network.n_params} parameters; {solver}"]
    if hasattr(est, "fidelity_"):
        lines.append(f"twin of a larger model, R² to its predictions {est.fidelity_:.4f}")
    if getattr(est, "posterior_", None) is not None:
        lines.append(f"{est.effective_dof_:.1f} effective parameters")
        if sigma is not None:
            lines[-1] += ", noise " + ", ".join(f"{value:.4g}" for value in np.ravel(sigma))
    return lines
