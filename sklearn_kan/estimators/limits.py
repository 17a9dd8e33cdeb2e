"""What users know about a function beforehand, checked and in numbers.

That is which features may interact, which way predictions go along a feature, and which features come round.
"""

from numbers import Integral, Real
from typing import NamedTuple

import numpy as np

from ..training.pairs import pairs_and_singles

INTERACTIONS = ("pairwise", "no_interactions")
# Parameters that set limits.
PARAMETERS = ("interaction_cst", "monotonic_cst", "periodic")


class Limits(NamedTuple):
    """Limits of the functions that a network may be.

    Attributes
    ----------
    asked : tuple
        What was asked for, in a form that can be compared.
    groups : tuple of tuples of int or None
        Features that may interact; None: all.
    signs : tuple of int or None
        Features along which predictions must not fall, 1, or not rise, -1; None: all are 0.
    periods : tuple of float or None
        Periods of features, 0 for those without; None: all are 0.
    """

    asked: tuple = (None, None, None)
    groups: tuple | None = None
    signs: tuple | None = None
    periods: tuple | None = None

    def as_built(self):
        """What an `Architecture` has of them."""
        return {"groups": self.groups, "signs": self.signs, "periods": self.periods}

    def as_parameters(self):
        """Values of `PARAMETERS` that ask for the same of a table without names."""
        groups = None if self.groups is None else [list(group) for group in self.groups]
        periods = {i: period for i, period in enumerate(self.periods or ()) if period}
        return dict(zip(PARAMETERS, (groups, self.signs, periods or None), strict=True))


NO_LIMITS = Limits()


def find_limits(estimator, rows, fitted=None):
    """The limits that an estimator's parameters set.

    Parameters
    ----------
    estimator : BaseKAN
        Has seen the columns of X.
    rows : TrainingData
        They tell which pairs matter if there are many.
    fitted : Limits or None
        Those of the network that is gone on from.

    Returns
    -------
    limits : Limits
    """
    n_features, names = rows.shape[0], getattr(estimator, "feature_names_in_", None)
    interactions = check_interactions(estimator.interaction_cst, n_features, names)
    signs = check_signs(estimator.monotonic_cst, n_features, names)
    if signs is not None:
        _check_certain(estimator, rows.shape[1])
    periods = check_periods(estimator.periodic, n_features, names)
    if periods is not None:
        _check_round(estimator, periods, signs)
    _refuse_categories(rows.column_kinds, signs, "monotonic_cst", "rises or falls along the levels of a category")
    _refuse_categories(rows.column_kinds, periods, "periodic", "comes round in a category")
    asked = (interactions, signs, periods)
    if fitted is not None:
        for name, now, then in zip(PARAMETERS, asked, fitted.asked, strict=True):
            if now != then:
                raise ValueError(
                    f"{name} is not that of the fitted network; set it back, or use warm_start=False (or a clone, "
                    "before partial_fit) and fit anew."
                )
        return fitted
    return Limits(asked, pairs_and_singles(rows) if interactions == "pairwise" else interactions, signs, periods)


def check_interactions(interaction_cst, n_features, names=None):
    """Groups of features that may interact.

    Parameters
    ----------
    interaction_cst : {"pairwise", "no_interactions"}, sequence of sequences of int or str, or None
    n_features : int
    names : ndarray of str of shape (n_features,), default=None
        Names of the features, if they have any.

    Returns
    -------
    groups : tuple of tuples of int, "pairwise" or None
        None where all may interact. Features that are in no group are one of their own; groups within others are
        left out.
    """
    if interaction_cst is None or (isinstance(interaction_cst, str) and interaction_cst == "pairwise"):
        return interaction_cst if n_features > 2 else None
    if isinstance(interaction_cst, str):
        groups = [frozenset([i]) for i in range(n_features)]
    else:
        groups = [
            frozenset(_index(f, n_features, names, "interaction_cst") for f in _members(group))
            for group in interaction_cst
        ]
        rest = frozenset(range(n_features)) - frozenset().union(*groups)
        groups = [group for group in [*dict.fromkeys(groups), rest] if group]
    groups = [group for group in groups if not any(group < other for other in groups)]
    return tuple(tuple(sorted(group)) for group in groups) if len(groups) > 1 else None


def _members(group):
    """A group as a list."""
    if isinstance(group, str) or not np.iterable(group):
        raise ValueError(
            "interaction_cst must be 'pairwise', 'no_interactions', or a list of groups of features such as "
            f"[[0, 1], [2]]; got a group {group!r}."
        )
    return list(group)


def _index(feature, n_features, names, parameter):
    """Number of a feature that is given by number or name."""
    known = [] if names is None else list(names)
    if isinstance(feature, str) and feature in known:
        return known.index(feature)
    if isinstance(feature, Integral) and not isinstance(feature, bool) and 0 <= feature < n_features:
        return int(feature)
    also = f", or one of the names {known}" if known else ""
    raise ValueError(f"{parameter}: a feature must be a number from 0 to {n_features - 1}{also}; got {feature!r}.")


def check_signs(monotonic_cst, n_features, names=None):
    """Which way predictions go along each feature.

    Parameters
    ----------
    monotonic_cst : array-like of int of shape (n_features,), dict of str to int, or None
    n_features : int
    names : ndarray of str of shape (n_features,), default=None

    Returns
    -------
    signs : tuple of int or None
        None if all are 0.
    """
    if monotonic_cst is None:
        return None
    if isinstance(monotonic_cst, dict):
        signs = [0] * n_features
        for name, sign in monotonic_cst.items():
            signs[_named(name, names)] = sign
    else:
        signs = np.asarray(monotonic_cst, dtype=object)
        if signs.shape != (n_features,):
            raise ValueError(
                f"monotonic_cst has shape {signs.shape} but X has {n_features} features; "
                "give one of -1, 0 and 1 for each, or a dict with the names of some."
            )
    if not all(isinstance(sign, Real | np.bool_) and sign in (-1, 0, 1) for sign in signs):
        raise ValueError(f"monotonic_cst must be made of -1, 0 and 1; got {list(signs)!r}.")
    signs = tuple(int(sign) for sign in signs)
    return signs if any(signs) else None


def _named(name, names):
    """Number of the feature of a name in a dict."""
    known = [] if names is None else list(names)
    if name not in known:
        raise ValueError(
            f"monotonic_cst is a dict with {name!r}, which is no name of a feature; "
            + (f"names are {known}." if known else "X has none: pass a data frame, or a list with -1, 0 or 1 for each.")
        )
    return known.index(name)


def _check_certain(estimator, n_outputs):
    """Refuse what would not be monotone."""
    if hasattr(estimator, "classes_") and n_outputs > 1:
        raise ValueError(
            "monotonic_cst is not supported for more than two classes: along a feature that raises the score of one "
            "class its probability may still fall. Fit one class against the others, or leave it out."
        )
    if estimator.extrapolation == "continue":
        raise ValueError(
            "monotonic_cst cannot hold outside the training range with extrapolation='continue', as polynomials turn "
            "round; choose 'linear', 'constant' or 'error'."
        )
    if estimator.fill_missing:
        raise ValueError(
            "monotonic_cst cannot hold with fill_missing=True, where a feature also says what others are; choose one."
        )
    if estimator.base_function is not None:
        raise ValueError(
            f"monotonic_cst cannot hold with base_function={estimator.base_function!r}, which falls and rises; "
            "choose None."
        )


def check_periods(periodic, n_features, names=None):
    """Periods of features.

    Parameters
    ----------
    periodic : dict of str or int to float, or None
    n_features : int
    names : ndarray of str of shape (n_features,), default=None

    Returns
    -------
    periods : tuple of float or None
        0 for features without; None if all are.
    """
    periods = [0.0] * n_features
    for feature, period in (periodic or {}).items():
        if not isinstance(period, Real) or isinstance(period, bool) or not 0 < period < np.inf:
            raise ValueError(
                f"periodic must have a period, a positive number, for each feature; got {period!r} for {feature!r}."
            )
        periods[_index(feature, n_features, names, "periodic")] = float(period)
    return tuple(periods) if any(periods) else None


def _check_round(estimator, periods, signs):
    """Refuse what does not come round."""
    if estimator.base_function is not None:
        raise ValueError(f"periodic needs base_function=None; {estimator.base_function!r} does not come round.")
    both = [i for i, period in enumerate(periods) if period and signs is not None and signs[i]]
    if both:
        raise ValueError(
            f"Feature {both[0]} is in periodic and in monotonic_cst, but what comes round cannot rise all the way; "
            "take it out of one of them."
        )


def _refuse_categories(kinds, values, parameter, what):
    """Refuse values, one for each feature or None, of features that are categories."""
    both = [] if kinds is None or values is None else np.flatnonzero(kinds.categories & (np.array(values) != 0))
    if len(both):
        raise ValueError(
            f"Feature {both[0]} is a category and in {parameter}, but nothing {what}; take it out of {parameter}, or "
            "give it as numbers."
        )
