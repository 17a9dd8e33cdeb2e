"""What to build and how to train it."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np

from ..losses import HalfSquaredError, Loss
from ..network.groups import edge_masks


@dataclass(frozen=True)
class Architecture:
    """What to build: layers, and the splines on their edges; see `KANRegressor` for the fields that are not said.

    Attributes
    ----------
    hidden_layer_sizes : tuple of int
    grid_sizes : tuple of tuples of int
        Knot intervals of the splines of each layer; several of them are stages of a fit, from coarse to fine.
    groups : tuple of tuples of int or None
        Features that hidden nodes may see together, see `network.groups`; None: all.
    signs : tuple of int or None
        Features along which the network must not fall, 1, or not rise, -1, and others, 0; None: all are 0.
    periods : tuple of float or None
        Periods of the features, 0 for those that have none; None: all are 0.
    relevance : {"edge", "input", "layer"}
        Which edges share strengths under the evidence.
    fill_missing : bool
        Whether numbers that are missing count as what other features say of them.
    """

    hidden_layer_sizes: tuple
    grid_sizes: tuple
    degree: int = 3
    knots: str = "uniform"
    extrapolation: str = "linear"
    squash: str | None = None
    base_function: str | None = None
    groups: tuple | None = None
    signs: tuple | None = None
    periods: tuple | None = None
    relevance: str = "edge"
    fill_missing: bool = False

    def edges(self, n_in, n_out):
        """Edges that a network from `n_in` features to `n_out` outputs may have, a bool mask for each layer."""
        return edge_masks(self.groups, (n_in, *self.hidden_layer_sizes, n_out))

    def n_params(self, n_in, n_out, kinds=None):
        """Parameters of a network with all edges on its last grids, from `n_in` features to `n_out` outputs."""
        masks = self.edges(n_in, n_out)
        n_coef = [size + self.degree + (self.base_function is not None) for size in self.grid_sizes[-1]]
        first = np.full(n_in, n_coef[0]) if kinds is None else kinds.n_functions(n_coef[0])
        if self.periods is not None:
            first = first - self.degree * (np.array(self.periods) > 0)
        later = (int(mask.sum()) * size for mask, size in zip(masks[1:], n_coef[1:], strict=True))
        return int(masks[0].sum(axis=1) @ first) + sum(later)

    def n_strengths(self, n_in, n_out):
        """Strengths of roughness and ridge that the evidence finds for such a network."""
        masks = self.edges(n_in, n_out)
        count = {"layer": lambda mask: 1, "input": lambda mask: mask.any(axis=1).sum(), "edge": np.sum}[self.relevance]
        return 2 * int(sum(map(count, masks)))

    def with_layers(self, n_layers):
        """The same for a network of another depth, whose layers all have the grid of the first."""
        return replace(self, grid_sizes=tuple(s if len(s) == n_layers else s[:1] * n_layers for s in self.grid_sizes))


@dataclass(frozen=True)
class Candidate:
    """An architecture that the evidence may choose.

    Attributes
    ----------
    architecture : Architecture
    params_per_observation : float
        It is left out where it would have more parameters than so many for each observation.
    """

    architecture: Architecture
    params_per_observation: float = np.inf


@dataclass(frozen=True)
class Plan:
    """How to train; see `KANRegressor` for the fields that are not said.

    Attributes
    ----------
    candidates : tuple of Candidate
        Architectures in the order in which they are tried, as long as the evidence allows. With a fixed penalty
        there is one.
    make_solver : callable
        Returns a solver for stages with a fixed penalty, given a RandomState.
    averaged : bool
        Whether the networks of several runs are averaged; otherwise the best is kept.
    finest : int
        Cells that additive models may come to by themselves, see `additive`; 0: grids are as given.
    """

    candidates: tuple
    make_solver: Callable
    loss: Loss = field(default_factory=HalfSquaredError)
    alpha: float | str = 0.0
    prune: float | None = None
    n_init: int = 1
    averaged: bool = False
    finest: int = 0
    max_iter: int = 200
    tol: float = 1e-3
    n_iter_no_change: int = 10

    @property
    def by_evidence(self):
        """Whether the strengths of the penalty come from the evidence."""
        return self.alpha == "auto"

    @property
    def architecture(self):
        """The first candidate's."""
        return self.candidates[0].architecture
