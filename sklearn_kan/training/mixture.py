"""The mean of several runs as one result."""

from dataclasses import dataclass, replace
from itertools import compress

import numpy as np

from ..evidence.evidence import Evidence
from ..network.averaging import average_networks, average_strengths, deepened
from .run import Outcome


@dataclass(frozen=True)
class Committee:
    """Runs whose networks are averaged.

    Attributes
    ----------
    outcome : Outcome
        The best run by evidence, its network replaced by the mean of all.
    members : list of KANNetwork
        Of the same depth.
    weights : ndarray of shape (n_members,)
        Of sum 1.
    evidences : list of Evidence
    strengths : list of ndarray of shape (2, in_features, out_features) or None
        Strengths of roughness and ridge on each edge of the mean.
    """

    outcome: Outcome
    members: list
    weights: np.ndarray
    evidences: list[Evidence]
    strengths: list | None = None


def best_or_mean(outcomes, averaged, interrupted):
    """Of runs with a fixed penalty the best, or the mean of all that did not diverge if `averaged`."""
    outcomes = sorted(outcomes, key=_merit, reverse=True)
    networks = [outcome.network for outcome in outcomes if averaged and np.isfinite(outcome.loss)]
    networks = networks or [outcomes[0].network]
    network = average_networks(networks, np.full(len(networks), 1 / len(networks)))
    return Committee(replace(outcomes[0], network=network, interrupted=interrupted), [network], np.ones(1), [])


def weighted_mean(outcomes, weights, X, interrupted):
    """Of runs with evidence the mean of those that did not diverge; X are the training rows."""
    finite = [np.isfinite(outcome.loss) for outcome in outcomes]
    finite = finite if any(finite) else np.arange(len(outcomes)) == 0
    outcomes, weights = list(compress(outcomes, finite)), np.asarray(weights)[finite]
    weights, best = weights / weights.sum(), max(outcomes, key=log_evidence)
    depth = max(len(outcome.network.layers) for outcome in outcomes)
    outcomes = [_deepened(outcome, depth, X) for outcome in outcomes]
    members = [outcome.network for outcome in outcomes]
    mean = replace(best, network=average_networks(members, weights), interrupted=interrupted)
    strengths = average_strengths([outcome.strengths for outcome in outcomes], weights)
    return Committee(mean, members, weights, [outcome.evidence for outcome in outcomes], strengths)


def _deepened(outcome, depth, X):
    """The outcome with a network of so many layers; what is added is not in doubt."""
    while len(outcome.network.layers) < depth:
        network, units = deepened(outcome.network, X)
        root = np.zeros((network.n_params, network.n_params))
        root[: len(units), : len(units)] = outcome.evidence.root / units
        strengths = [*outcome.strengths, np.zeros((2, *network.layers[-1].edges.shape))]
        evidence = outcome.evidence._replace(root=root)
        outcome = replace(outcome, network=network, evidence=evidence, strengths=strengths)
    return outcome


def log_evidence(outcome):
    """Log evidence of a run; a network without parameters has none to compare."""
    return -np.inf if outcome.evidence is None else outcome.evidence.log_evidence


def _merit(outcome):
    """What runs with a fixed penalty are ranked by; one that diverged comes last."""
    if not np.isfinite(outcome.loss):
        return -np.inf
    return -outcome.loss if outcome.best_validation_score is None else outcome.best_validation_score
