"""What a run goes through several times: a network is fitted from where it is, until nothing moves any more.

There are two kinds, `FixedStage` with a penalty of given strength and `EvidenceStage`, which finds strengths and
noise on the way. Both belong to one run: what they have learned in one stage they know in the next.
"""

from abc import ABC, abstractmethod
from typing import NamedTuple

from ..evidence.evidence import Evidence
from ..network.grids import REGRID_TOL, regrid

# Part to which the data must fill a hidden grid of a former fit for it to stay.
_CONTINUED_TOL = 0.2


class Summary(NamedTuple):
    """What a network is worth at the end of a run.

    Attributes
    ----------
    loss : float
        Training loss, with the penalty unless its strengths come from the evidence.
    evidence : Evidence or None
    strengths : list of ndarray of shape (2, in_features, out_features) or None
        Both only under the evidence.
    """

    loss: float
    evidence: Evidence | None = None
    strengths: list | None = None


class Stage(ABC):
    """What both kinds share.

    Parameters
    ----------
    plan : Plan
    architecture : Architecture
    data : TrainingData
    monitor : Monitor
    continued : bool
        Whether the network comes from a former fit. Its hidden grids fit already, and each move costs some of the
        function: they stay as long as hidden values do not leave or shrink within them by more than a part.
    """

    def __init__(self, plan, architecture, data, monitor, continued):
        self.plan, self.architecture, self.data, self.monitor = plan, architecture, data, monitor
        self.loss, self.continued, self._grids_stand = plan.loss, continued, False
        self._grid_tol = _CONTINUED_TOL if continued else REGRID_TOL

    @abstractmethod
    def fit(self, network):
        """Fit a network in place; returns whether it has converged, not run out of iterations."""

    @abstractmethod
    def fit_splines(self, network):
        """Move the splines of a network to where these rows want them, in place; grids and strengths stand."""

    @abstractmethod
    def summary(self, network):
        """What the network is worth, as a Summary."""

    def narrow_loss(self, network, sample=None):
        """Go on to the next loss, closer to the exact one, on grids that stand from now on.

        Residuals are those of all rows, or of a sample.

        Sets: loss.
        """
        rows = self.data if sample is None else sample
        self.loss = self.loss.sharpened(rows.Y.T, network.forward(rows.X).T, rows.sample_weight)
        self._grids_stand = True

    def _move_grids(self, network):
        """Let hidden grids follow the data; True if they have moved."""
        X, sample_weight = self.data.X, self.data.sample_weight
        return regrid(network, X, sample_weight, self.architecture.knots, self._grid_tol) > self._grid_tol

    def _grids_move(self, network):
        """Whether hidden grids follow the data."""
        return not self._grids_stand and self.architecture.squash is None and len(network.layers) > 1
