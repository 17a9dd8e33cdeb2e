"""What watches a run: history, the best network so far, early stopping, and a listener."""

import copy
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np


@dataclass
class Monitor:
    """Watches a run: history, best network, early stopping, and a listener.

    Parameters
    ----------
    score : callable, default=None
        Validation score of a network, higher is better; turns early stopping on.
    tol : float, default=0.0
        Rise of the score that counts as progress.
    patience : int, default=10
        Iterations without progress before a stage is over.
    listener : callable, default: never stops
        Called with (monitor, network) after each iteration; True stops the run.
    run_over : callable, default: does nothing
        Called with the outcome of the run.
    stop_outside : callable, default: never
        Whether somebody outside wants the run to stop.

    Attributes
    ----------
    stop_requested : bool
        Whether somebody wants the run to stop.
    stage_over : bool
        Whether the stage is to end: by request, or as the score makes no progress.
    """

    score: Callable | None = None
    tol: float = 0.0
    patience: int = 10
    listener: Callable = field(default=lambda monitor, network: False)
    run_over: Callable = field(default=lambda outcome: None)
    stop_outside: Callable = field(default=lambda: False)

    def __post_init__(self):
        self.loss_curve, self.validation_scores = [], []
        self.best_score, self._best = -np.inf, None
        self._reference, self.stop_requested = -np.inf, False
        self.start_stage()

    def start_stage(self):
        """Forget how long the score has made no progress.

        Sets: stage_over.
        """
        self._no_progress_for, self.stage_over = 0, False

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
        """Let the networks to come compete only among themselves.

        Sets: best_score.
        """
        self.best_score = self._reference = -np.inf
        self._best = None

    def __call__(self, network, state):
        """Take note of an iteration; True tells the solver to stop.

        Sets: loss_curve, validation_scores, best_score, stop_requested, stage_over.
        """
        network.theta = self._theta = state.theta
        self.loss_curve.append(state.loss)
        if self.score is not None:
            self._update_score(network)
        self.stop_requested = bool(self.listener(self, network)) or self.stop_outside()
        self.stage_over = self.stop_requested or self.no_progress
        return self.stage_over

    @property
    def no_progress(self):
        """Whether the validation score has stood still for so long that the stage should end."""
        return self.score is not None and self._no_progress_for >= self.patience

    def _update_score(self, network):
        """Score the network and keep it if it is the best."""
        score = self.score(network)
        self.validation_scores.append(score)
        if score > self.best_score:
            self.best_score, self._best = score, (self._structure, self._theta)
        progress = score > self._reference + self.tol
        self._reference = max(self._reference, score) if progress else self._reference
        self._no_progress_for = 0 if progress else self._no_progress_for + 1


def _with_theta(network, theta):
    """A copy of a network with other parameters."""
    network = copy.deepcopy(network)
    network.theta = theta
    return network
