"""Labels of classes: their codes, their weights, and targets that a loss understands."""

import numpy as np


def encode(y, classes, counted, name):
    """Places of labels among the classes, 0 for labels that are not there.

    Parameters
    ----------
    y : ndarray of shape (n_samples,)
    classes : ndarray of shape (n_classes,)
        Sorted.
    counted : ndarray
        Those labels that must be there.
    name : str
        What the labels are called in the error.

    Returns
    -------
    codes : int ndarray of shape (n_samples,)

    Raises
    ------
    ValueError
        If a counted label is not among the classes.
    """
    unknown = sorted(set(np.unique(counted).tolist()) - set(classes.tolist()), key=str)
    if unknown:
        raise ValueError(
            f"{name} has labels that are not among the classes {classes.tolist()!r}: {unknown!r}. "
            "Fit anew (warm_start=False), or name all classes in the first call of partial_fit."
        )
    place = {label: code for code, label in enumerate(classes.tolist())}
    labels, inverse = np.unique(y, return_inverse=True)
    return np.array([place.get(label, 0) for label in labels.tolist()], dtype=int)[inverse.ravel()]


def one_column_a_class(codes, n_classes):
    """Targets of shape (n_samples, n_classes) with a single 1 in each row; one column of 0 and 1 for two classes."""
    return codes[:, None].astype(float) if n_classes == 2 else np.eye(n_classes)[codes]


def class_factors(class_weight, y, sample_weight):
    """Factor on the weight of each row, or None.

    Parameters
    ----------
    class_weight : dict, "balanced" or None
    y : ndarray of shape (n_samples,)
    sample_weight : ndarray of shape (n_samples,) or None
        Counted in for "balanced".

    Returns
    -------
    factors : ndarray of shape (n_samples,) or None
        They say how classes compare, not how much was observed: of those that are not 0 the weighted mean is 1.

    Raises
    ------
    ValueError
        If a key of the dict is no label, or a weight is negative or not finite.
    """
    if class_weight is None:
        return None
    labels, codes = np.unique(y, return_inverse=True)
    codes = codes.ravel()
    if class_weight == "balanced":
        total = np.bincount(codes, weights=sample_weight)
        return (total.sum() / np.sum(total > 0) / np.where(total > 0, total, 1.0))[codes]
    strange = [key for key in class_weight if key not in labels.tolist()]
    if strange:
        raise ValueError(f"class_weight has keys that are no labels of y: {strange!r}; y has {labels.tolist()!r}.")
    factors = np.array([class_weight.get(label, 1.0) for label in labels.tolist()], dtype=float)
    if not np.all(np.isfinite(factors)) or np.any(factors < 0):
        raise ValueError(f"class_weight must have finite weights of at least 0; got {class_weight!r}.")
    return _of_mean_one(factors[codes], sample_weight)


def _of_mean_one(factors, sample_weight):
    """Factors scaled so that the weight of the rows that they keep is as before."""
    weight = (factors > 0) * (1.0 if sample_weight is None else sample_weight)
    kept = weight.sum()
    return factors * (kept / (weight @ factors)) if kept > 0 else factors


def check_classes(classes, known):
    """Classes for partial_fit: those known from before, or else those given, sorted.

    Parameters
    ----------
    classes : array-like of shape (n_classes,) or None
    known : ndarray of shape (n_classes,) or None

    Returns
    -------
    classes : ndarray of shape (n_classes,)
    """
    if known is None and classes is None:
        raise ValueError("classes must be passed on the first call to partial_fit.")
    given = known if classes is None else np.unique(classes)
    if known is not None and not np.array_equal(given, known):
        raise ValueError(
            f"classes={given.tolist()!r} are not those of the first call, {known.tolist()!r}; "
            "leave them out, or fit anew."
        )
    return given
