"""What all solvers share: the state they show, the result they return, when they stop.

A solver has ``solve(objective, theta, on_iteration) -> Result``. After each iteration it calls
``on_iteration(State) -> bool``; True stops it. Solvers never print, warn or catch interrupts. Their
``settling`` is the number of iterations after which a change of the problem has been made the best of.

What a solver needs of an objective is one of the protocols below. All values are of one function of theta, a mean
over rows and outputs plus a penalty; rows are given as int ndarrays and count as if they were all. An objective may
have a ``cone`` that parameters must not leave, see `objective.cone`; solvers that learn from batches return to the
nearest point of it after each of their steps (`return_to_cone`).
"""

from typing import NamedTuple, Protocol, runtime_checkable

import numpy as np


@runtime_checkable
class Differentiable(Protocol):
    """What gradient methods on all rows need."""

    def value_and_gradient(self, theta):
        """The objective and its gradient at theta."""


@runtime_checkable
class NormalEquations(Protocol):
    """What Levenberg-Marquardt needs."""

    def value(self, theta):
        """The objective at theta."""

    def normal_equations(self, theta):
        """The objective, its gradient and its Gauss-Newton matrix at theta."""


@runtime_checkable
class Sampled(NormalEquations, Protocol):
    """What Levenberg-Marquardt on growing samples of rows needs."""

    n_samples: int

    def sample(self, n_rows):
        """The objective on so many random rows."""


@runtime_checkable
class Batched(Protocol):
    """What gradient methods on batches of rows need."""

    n_samples: int

    def value_and_gradient(self, theta, rows):
        """The objective of some rows and its gradient."""


@runtime_checkable
class DualSteps(Protocol):
    """What Gauss-Newton steps on batches of rows need."""

    n_samples: int

    def squared_length(self, theta, rows):
        """Trace of the Gauss-Newton matrix of some rows, without the penalty."""

    def dual_step(self, damping):
        """A function (theta, rows) -> (theta, loss): the damped Gauss-Newton step on some rows, and their loss."""


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


def return_to_cone(objective, theta):
    """Parameters that an objective allows: the nearest ones."""
    cone = getattr(objective, "cone", None)
    return theta if cone is None else cone.nearest(theta)


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
