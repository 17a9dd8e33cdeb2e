"""What all solvers share: the state they show, the result they return, when they stop.

A solver has ``solve(objective, theta, on_iteration) -> Result``. After each iteration it calls
``on_iteration(State) -> bool``; True stops it. Solvers never print, warn or catch interrupts. Their
``settling`` is the number of iterations after which a change of the problem has been made the best of.
"""

from typing import NamedTuple

import numpy as np


class State(NamedTuple):
    """A point reached by a solver.

    Attributes
    ----------
    theta : ndarray of shape (n_params,)
    loss : float
        Objective at theta.
    """

    theta: np.ndarray
    loss: float


class Result(NamedTuple):
    """Where a solver ended.

    Attributes
    ----------
    theta : ndarray of shape (n_params,)
    loss : float
    n_iter : int
    converged : bool
        False if it ran out of iterations or was stopped.
    """

    theta: np.ndarray
    loss: float
    n_iter: int
    converged: bool


class Plateau:
    """True once the loss has not fallen by `tol` of itself for `patience` updates in a row.

    Parameters
    ----------
    tol : float
    patience : int
    """

    def __init__(self, tol, patience):
        self.tol, self.patience = tol, patience
        self.best, self.stalled = np.inf, 0

    def update(self, loss):
        """Take a loss, tell whether it has stopped falling."""
        self.stalled = 0 if loss < self.best * (1 - self.tol) else self.stalled + 1
        self.best = min(self.best, loss)
        return self.stalled >= self.patience
