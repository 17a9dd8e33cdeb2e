"""What users know about a function beforehand, checked and in numbers: which features may interact."""

from numbers import Integral
from typing import NamedTuple

import numpy as np

from ..training.pairs import pairs_and_singles

INTERACTIONS = ("pairwise", "no_interactions")


class Limits(NamedTuple):
    """Limits of the functions that a network may be.

    Attributes
    ----------
    asked : tuple
        What was asked for, in a form that can be compared.
    groups : tuple of tuples of int or None
        Features that may interact; None: all.
    """

    asked: tuple = (None,)
    groups: tuple | None = None


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
    asked = (interactions,)
    if fitted is not None:
        if fitted.asked != asked:
            raise ValueError(
                "interaction_cst is not that of the fitted network; set it back, or use warm_start=False (or a clone, "
                "before partial_fit) and fit anew."
            )
        return fitted
    return Limits(asked, pairs_and_singles(rows) if interactions == "pairwise" else interactions)


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
        groups = [frozenset(_index(f, n_features, names) for f in _members(group)) for group in interaction_cst]
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


def _index(feature, n_features, names):
    """Number of a feature that is given by number or name."""
    known = [] if names is None else list(names)
    if isinstance(feature, str) and feature in known:
        return known.index(feature)
    if isinstance(feature, Integral) and not isinstance(feature, bool) and 0 <= feature < n_features:
        return int(feature)
    also = f", or one of the names {known}" if known else ""
    raise ValueError(f"interaction_cst: a feature must be a number from 0 to {n_features - 1}{also}; got {feature!r}.")
