"""Where a posterior covariance comes from: enough to compute it again.

The covariance of p parameters is p^2 numbers, and an average of ten networks has ten of them; the rows that they were
computed from, with strengths and noise, are often a hundredth of that. So a saved model keeps those, as a Gaussian
process does, if they are less, and computes the covariances anew when it is loaded.
"""

import copy
from dataclasses import dataclass, replace

import numpy as np

from ..losses import Loss
from ..network.network import KANNetwork
from ..objective.objective import Objective
from ..objective.penalty import Penalty
from ..utils.data import TrainingData
from .evidence import estimate
from .offset import with_offset


@dataclass(frozen=True)
class Source:
    """A network at the end of a run, with all that its evidence depends on.

    Attributes
    ----------
    network : KANNetwork
    loss : Loss
    relevance : {"layer", "input", "edge"}
        Which edges share strengths.
    strengths : list of ndarray of shape (2, in_features, out_features)
        Those in force.
    precision : ndarray of shape (n_outputs,) or None
        Of the noise in force; None: 1.
    data : TrainingData
    scale : ndarray of shape (n_params,) or None
        Factors on standard deviations of parameters since then, 0 for parameters that have come since; None: 1.
    """

    network: KANNetwork
    loss: Loss
    relevance: str
    strengths: list
    precision: np.ndarray | None
    data: TrainingData
    scale: np.ndarray | None = None

    @property
    def objective(self):
        """The objective with the strengths and the noise in force."""
        penalty = Penalty(self.network, self.relevance, self.strengths)
        objective = Objective(self.network, self.loss, penalty, self.data)
        return objective if self.precision is None else objective.with_noise(self.precision)

    def evidence(self):
        """The `Evidence` of the network as it was."""
        at = self.objective, self.network.theta, self.data.total_weight
        return with_offset(estimate(*at, True), *at)

    def covariance(self):
        """Posterior covariance of the parameters, shape (n_params, n_params)."""
        # What is loaded may be read-only.
        covariance = replace(self, network=copy.deepcopy(self.network)).evidence().covariance
        if self.scale is None:
            return covariance
        n = len(covariance)
        scaled = np.zeros((len(self.scale), len(self.scale)))
        scaled[:n, :n] = covariance * self.scale[:n] * self.scale[:n, None]
        return scaled

    def scaled(self, scale):
        """The same with all parameters, perhaps more, known to other scales; `scale` of shape (n_params,)."""
        known = np.ones(self.network.n_params) if self.scale is None else self.scale
        new = np.zeros(len(scale))
        new[: len(known)] = known
        return replace(self, scale=new * scale)
