"""A fitted estimator as plain data: what pages, programs and ONNX files are written from.

Each layer says itself what it is (`Layer.as_data`); who writes a network down goes by the "type" of its layers.
"""

import math
from dataclasses import dataclass

import numpy as np

from ..inspection.fitted_model import check_kan, location_and_scale, names_of_features, names_of_outputs
from ..layers.written import parameter_numbers


@dataclass(frozen=True)
class ModelData:
    """What a prediction needs, made of numbers, strings and lists.

    Attributes
    ----------
    title : str
        What the estimator is called.
    features : list of str
    outputs : list of str
        Targets; of classes all their labels, in writing.
    layers : list of dict
        Of `Layer.as_data`.
    location, scale : list of float
        The raw prediction is the output of the network times scale plus location.
    link : {"identity", "log", "logit", "softmax"}
        What turns a raw prediction into a prediction.
    classes : list or None
        Labels of a classifier; those that are no numbers or texts, in writing.
    single : bool
        Whether a prediction is one number, not a list of them.
    levels : list of (list or None)
        Of each category its levels in the order of their codes; None for numbers. Those that are no texts, truth values
        or finite numbers are in writing; None is a level that nothing is equal to.
    """

    title: str
    features: list
    outputs: list
    layers: list
    location: list
    scale: list
    link: str
    classes: list | None
    single: bool
    levels: list

    @classmethod
    def of(cls, est, *, feature_names=None, output_names=None):
        """Gather it from an estimator.

        Parameters
        ----------
        est : KANRegressor or KANClassifier
            Fitted.
        feature_names, output_names : sequence of str, default=None
            None: column names of the data frame of fit, classes, or x0, x1, ... and y.

        Returns
        -------
        data : ModelData

        Raises
        ------
        TypeError
            If `est` is no fitted estimator of this package.
        ValueError
            If names are missing, or the network has values that are not finite.
        """
        check_kan(est)
        if not all(math.isfinite(value) for value in est.network_.theta.tolist()):
            raise ValueError("The network has coefficients that are not finite: its fit diverged. Fit it anew.")
        location, scale = location_and_scale(est)
        classes = getattr(est, "classes_", None)
        return cls(
            title=type(est).__name__,
            features=names_of_features(est, feature_names),
            outputs=_outputs(est, classes, output_names),
            layers=layer_data(est.network_),
            location=location.tolist(),
            scale=scale.tolist(),
            link=est._fitted_loss.link,
            classes=None if classes is None else [_plain(label) for label in classes.tolist()],
            single=classes is None and est._y_ndim == 1,
            levels=_levels(est, names_of_features(est, feature_names)),
        )


def _levels(est, features):
    """Levels of each feature as any language can write them, or None."""
    columns = getattr(est, "_columns", None)
    if columns is None:
        return [None] * len(features)
    levels = [None if known is None else [_plain(level) for level in known] for known in columns.levels]
    for name, known in zip(features, levels, strict=True):
        if known is not None and len(set(known)) < len(known):
            raise ValueError(
                f"The category {name!r} has levels that are one in writing; turn them into texts, fit anew."
            )
    return levels


def layer_data(network):
    """All layers, in full precision: what is evaluated elsewhere predicts as the network does."""
    return [layer.as_data() for layer in network.layers]


def label_values(classes):
    """Labels as an array of a type that others have: int64 for numbers and truth values, else texts.

    Parameters
    ----------
    classes : list

    Returns
    -------
    labels : ndarray of shape (n_classes,)
    """
    if all(isinstance(label, bool | int | float) for label in classes):
        return np.array(classes, dtype=np.int64)
    return np.array([str(label) for label in classes], dtype=object)


def has_texts(levels):
    """Whether levels of a category, or None, are not all numbers."""
    return levels is not None and not all(level is None or isinstance(level, bool | int | float) for level in levels)


def unused_prefix(prefix, names):
    """A prefix that no name begins with, in capitals or not."""
    while any(name.lower().startswith(prefix) for name in names):
        prefix += "_"
    return prefix


def _outputs(est, classes, given):
    """Names of what is predicted: a probability for each class, or the targets."""
    if classes is None:
        return names_of_outputs(est, given)
    names = [str(name) for name in (classes if given is None else given)]
    if len(names) != len(classes):
        raise ValueError(f"output_names must have {len(classes)} names, one a class; got {len(names)}.")
    return names


def _plain(label):
    """A label or level as any language can write it."""
    if isinstance(label, float) and not math.isfinite(label):
        return str(label)
    return label if label is None or isinstance(label, bool | int | float | str) else str(label)


def few_digits(values, digits=6):
    """Numbers to look at, an array as nested lists: a few digits are enough."""
    if np.ndim(values) > 1:
        return [few_digits(row, digits) for row in values]
    return [float(f"{value:.{digits}g}") for value in values]


def parameter_places(network):
    """Which parameter each coefficient is that layers as data have, edge by edge: several may be one.

    Returns
    -------
    places : int ndarray of shape (n_coefficients,)
    """
    places, start = [], 0
    for layer in network.spline_layers:
        places.append(start + parameter_numbers(layer))
        start += layer.n_params
    return np.concatenate(places)
