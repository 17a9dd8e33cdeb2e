"""What to build and how to train it."""

from collections.abc import Callable
from dataclasses import dataclass, field

from ..losses import HalfSquaredError, Loss


@dataclass(frozen=True)
class Plan:
    """What to build and how to train it; see `KANRegressor` for the meaning of each field.

    Attributes
    ----------
    grid_sizes : tuple of tuples of int
        One stage each, one grid size for each spline layer.
    larger : tuple of tuples of int
        Structures to go on to as long as the evidence allows, each with the grid size of the first.
    make_solver : callable
        Returns a solver, given a RandomState.
    averaged : bool
        Whether the networks of several starts are averaged; otherwise the best is kept.
    """

    hidden_layer_sizes: tuple
    grid_sizes: tuple
    make_solver: Callable
    loss: Loss = field(default_factory=HalfSquaredError)
    degree: int = 3
    knots: str = "uniform"
    extrapolation: str = "linear"
    squash: str | None = None
    base_function: str | None = None
    larger: tuple = ()
    alpha: float | str = 0.0
    relevance: str = "edge"
    prune: float | None = None
    n_init: int = 1
    averaged: bool = False
    max_iter: int = 200
    tol: float = 1e-3
    n_iter_no_change: int = 10
