"""Several runs under the evidence as one model: a weighted mixture of their networks and posteriors."""

from dataclasses import dataclass, replace
from functools import cached_property
from itertools import compress

import numpy as np

from ..evidence.calibration import calibration
from ..evidence.posterior import Posterior
from ..network.averaging import average_networks, average_strengths, deepened, spread


@dataclass(frozen=True)
class Mixture:
    """Networks of one depth whose weighted mean is the model, with what the evidence says about each.

    Attributes
    ----------
    networks : list of KANNetwork
    weights : ndarray of shape (n_networks,)
        Of sum 1.
    evidences : list of Evidence or None
        None for networks without parameters.
    all_strengths : list
        For each network a list with an array of shape (2, in_features, out_features) a layer.
    """

    networks: list
    weights: np.ndarray
    evidences: list
    all_strengths: list

    @classmethod
    def of(cls, outcomes, weights, X, apart=False):
        """The mixture of some runs.

        X are rows on which what is added to shallow networks changes nothing; if `apart` no features meet in it.
        """
        depth = max(len(outcome.network.layers) for outcome in outcomes)
        outcomes = [_deepened(outcome, depth, X, apart) for outcome in outcomes]
        networks, evidences = ([getattr(o, name) for o in outcomes] for name in ("network", "evidence"))
        return cls(networks, weights / weights.sum(), evidences, [outcome.strengths for outcome in outcomes])

    @cached_property
    def network(self):
        """The mean of the networks as one KANNetwork."""
        return average_networks(self.networks, self.weights)

    @property
    def strengths(self):
        """Strengths of roughness and ridge on each edge of the mean network, an array a layer."""
        return average_strengths(self.all_strengths, self.weights)

    @property
    def known(self):
        """Whether there is evidence: not of networks without parameters."""
        return None not in self.evidences

    @property
    def dof(self):
        """Mean degrees of freedom that the data decide."""
        return float(np.average([evidence.dof for evidence in self.evidences], weights=self.weights))

    @property
    def log_evidence(self):
        """That of the best network."""
        return max(evidence.log_evidence for evidence in self.evidences)

    @property
    def noise(self):
        """Mean variance of the noise of each output, shape (n_outputs,)."""
        return np.average([1 / evidence.precision for evidence in self.evidences], axis=0, weights=self.weights)

    @property
    def posterior(self):
        """Posterior of the parameters, as a Posterior."""
        sources = [evidence.source for evidence in self.evidences]
        return Posterior(self.networks, [evidence.covariance for evidence in self.evidences], self.weights, sources)

    def calibrated(self, data):
        """The mixture with noise and posterior brought closer to leave-one-out errors on its training rows."""
        covariances = [evidence.covariance for evidence in self.evidences]
        factor = calibration(self.networks, covariances, self.weights, 1 / self.noise, data)
        evidences = [
            evidence.scaled(np.full(evidence.root.shape[1], factor))._replace(precision=evidence.precision / factor**2)
            for evidence in self.evidences
        ]
        return replace(self, evidences=evidences)


def mix(outcomes, weights, X, apart=False):
    """The best of some runs by evidence, as an Outcome whose network is the mean of all, and their Mixture.

    Runs that diverged do not count, unless all did: then the first does. X and `apart` as for `Mixture.of`.
    """
    finite = [np.isfinite(outcome.loss) for outcome in outcomes]
    finite = finite if any(finite) else np.arange(len(outcomes)) == 0
    outcomes = list(compress(outcomes, finite))
    mixture = Mixture.of(outcomes, np.asarray(weights)[finite], X, apart)
    best = max(outcomes, key=lambda outcome: outcome.log_evidence)
    return replace(best, network=mixture.network), mixture


def best_or_mean(outcomes, averaged):
    """Of runs with a fixed penalty the best, or the mean of all that did not diverge if `averaged`."""
    outcomes = sorted(outcomes, key=_merit, reverse=True)
    networks = [outcome.network for outcome in outcomes if averaged and np.isfinite(outcome.loss)]
    networks = networks or [outcomes[0].network]
    network = average_networks(networks, np.full(len(networks), 1 / len(networks)))
    return replace(outcomes[0], network=network)


def _deepened(outcome, depth, X, apart):
    """The outcome with a network of so many layers; what is added is not in doubt."""
    while len(outcome.network.layers) < depth:
        network, strengths, sums = outcome.network, outcome.strengths, None
        if apart:
            network, last, sums = spread(network, strengths[-1])
            strengths = [*strengths[:-1], last]
        network, units = deepened(network, X, sums)
        scale = np.zeros(network.n_params)
        scale[: len(units)] = 1 / units
        strengths = [*strengths, np.zeros((2, *network.layers[-1].edges.shape))]
        evidence = outcome.evidence.scaled(scale)
        outcome = replace(outcome, network=network, evidence=evidence, strengths=strengths)
    return outcome


def _merit(outcome):
    """What runs with a fixed penalty are ranked by; one that diverged comes last."""
    if not np.isfinite(outcome.loss):
        return -np.inf
    return -outcome.loss if outcome.best_validation_score is None else outcome.best_validation_score
