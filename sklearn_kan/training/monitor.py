"""What watches a fit: history, the best network so far, early stopping, and a listener."""

import copy
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np


@dataclass
class Monitor:
    """Watches a fit: history, best network, early stopping, and a listener.

    Parameters
    ----------
    score : callable, default=None
        Validation score of a network, higher is better; turns early stopping on.
    tol : float, default=0.0
        Rise of the score that counts as progress.
    patience : int, default=10
        Iterations without progress before a stage is stopped.
    listener : callable, default: never stops
        Called with (monitor, network) after each iteration; True stops the fit.
    halted : callable, default: never
        Whether somebody outside wants the fit to stop.
    """

    score: Callable | None = None
    tol: float = 0.0
    patience: int = 10
    listener: Callable = field(default=lambda monitor, network: False)
    halted: Callable = field(default=lambda: False)

    def __post_init__(self):
        self.loss_curve, self.validation_scores = [], []
        self.best_score, self._best = -np.inf, None
        self._reference, self.asked = -np.inf, False
        self.start_stage()

    def start_stage(self):
        """Forget how long the score has stood still."""
        self._stalled_for, self.stopped = 0, False

    def start_solve(self, network):
        """Remember the structure that the next parameters belong to."""
        self._structure, self._theta = copy.deepcopy(network), network.theta

    def latest(self):
        """The last network that a solver accepted."""
        return _with_theta(self._structure, self._theta)

    def best(self):
        """The network of the best validation score, or else the last one accepted."""
        return self.latest() if self._best is None else _with_theta(*self._best)

    def forget_best(self):
        """Let the networks to come compete only among themselves."""
        self.best_score = self._reference = -np.inf
        self._best = None

    def __call__(self, network, state):
        """Take note of an iteration; True tells the solver to stop."""
        network.theta = self._theta = state.theta
        self.loss_curve.append(state.loss)
        if self.score is not None:
            self._update_score(network)
        self.asked = bool(self.listener(self, network)) or self.halted()
        self.stopped = self.asked or self.stalled
        return self.stopped

    @property
    def stalled(self):
        """Whether the validation score has stood still for so long that the stage should end."""
        return self.score is not None and self._stalled_for >= self.patience

    def _update_score(self, network):
        """Score the network and keep it if it is the best."""
        score = self.score(network)
        self.validation_scores.append(score)
        if score > self.best_score:
            self.best_score, self._best = score, (self._structure, self._theta)
        progress = score > self._reference + self.tol
        self._reference = max(self._reference, score) if progress else self._reference
        self._stalled_for = 0 if progress else self._stalled_for + 1


def _with_theta(network, theta):
    """A copy of a network with other parameters."""
    network = copy.deepcopy(network)
    network.theta = theta
    return network
