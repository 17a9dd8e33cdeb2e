"""What each "auto" stands for: architectures, solver, strength of the penalty, runs.

Pure functions of the parameters and the size of the table; the figures below appear in no other place, and the
docstrings of the estimators take them from here.
"""

from dataclasses import dataclass, replace
from numbers import Integral

from ..network.groups import share_out
from ..training.plan import Architecture, Candidate
from .checks import check_layer_sizes, check_schedule, warn_of_whole_structures
from .limits import NO_LIMITS

# Hidden layers that "auto" tries under the evidence, in order, and the most parameters an observation with which
# each is tried. Measured on the tables of docs/benchmarks/tabular.py: (16, 8) needs many rows.
LADDER = {(): 3, (4,): 3, (8,): 3, (8, 4): 3, (16,): 0.5, (8, 8): 0.5, (16, 8): 0.2}
# What edges share strengths in the networks of the ladder with relevance="auto", and in the additive model and others.
SHARED_BY = ("layer", "input")
# Hidden layers without evidence.
FIXED_SIZES = (4,)
# Hidden layers without evidence where an additive model has too many parameters for Levenberg-Marquardt and many
# outputs: they share the curves of these nodes.
SHARED_SIZES = (16,)
# Most parameters with those, as a multiple of the additive model's: about ten outputs.
SHARED_PARAMS = 2
# Parameters up to which "auto" takes Levenberg-Marquardt: above, normal equations cost more than they give.
LM_PARAMS = 3000
# Rows from which steps on batches beat steps on all rows.
BATCH_ROWS = 5000
# Cells of each spline, and those that additive models come to at most where the data ask for them.
GRID_SIZE = 5
FINEST = 40
# Strength of the penalty without evidence, on the scale of the mean loss.
FIXED_ALPHA = 1e-3
# Strength with SHARED_SIZES, as a number of observations that the prior is worth, and the most of it.
SHARED_PRIOR = 10.0
SHARED_ALPHA = 1e-2
# Networks of one architecture that are averaged under the evidence.
RUNS = 4
# Observations times outputs beyond which half of them are enough.
FEW_OBSERVATIONS = 5000
# Networks of the likeliest architecture of several where observations times outputs are few, or else 1: on four tables
# of 277 to 1,353 rows three of each up to (8, 4) do as well as one of each up to (8, 8) in two thirds of the time.
RUNS_OF_EACH, TOO_FEW_FOR_WIDE = 3, 2000


@dataclass(frozen=True)
class Defaults:
    """What the parameters of an estimator stand for on one table.

    Attributes
    ----------
    candidates : tuple of Candidate
        Architectures to try, one unless the evidence chooses.
    solver : str
    alpha : float or "auto"
        Strength of the penalty; "auto" if it comes from the evidence.
    n_init : int
    averaged : bool
        Whether the networks of several runs are averaged; otherwise the best is kept.
    finest : int
        Cells that additive models may come to by themselves; 0: grids are as given.
    """

    candidates: tuple
    solver: str
    alpha: float | str
    n_init: int
    averaged: bool
    finest: int = 0


def choose(params, data, limits=NO_LIMITS):
    """What the parameters stand for on a table.

    Parameters
    ----------
    params : object
        Has the parameters of the estimators as attributes.
    data : TrainingData
    limits : Limits

    Returns
    -------
    defaults : Defaults

    Raises
    ------
    ValueError
        If grid sizes and hidden layers do not fit together.
    """
    shape, n_samples = (*data.shape, data.column_kinds), data.n_rows
    candidates, shared = _candidates(params, limits), False
    warn_of_whole_structures(params.hidden_layer_sizes, *shape[:2])
    n_batched = n_samples if data.in_memory else 0  # Batches are of rows in memory.
    solver = choose_solver(params.solver, candidates[0].architecture.n_params(*shape), n_batched)
    if by_evidence(params, solver):
        first, *others = candidates
        bearable = (first, *(c for c in others if c.architecture.n_params(*shape) <= LM_PARAMS))
        n_init = _n_init(params, _runs_averaged(bearable, data, shape))
        finest = FINEST if _by_default(params.grid_size) and params.grid_schedule is None else 0
        return Defaults(bearable, solver, "auto", n_init, True, finest)
    if isinstance(params.hidden_layer_sizes, str):
        architecture, shared = _without_evidence(params, shape, limits)
        candidates = (Candidate(architecture),)
        solver = choose_solver(params.solver, architecture.n_params(*shape), n_batched)
    alpha = _alpha(params, data.total_weight if shared else None)
    n_runs = _runs_averaged(candidates, data, shape) if shared else 1
    return Defaults(candidates, solver, alpha, _n_init(params, n_runs), averaged=shared)


def choose_solver(solver, n_params, n_samples):
    """Name of the solver that "auto" stands for, or the name given."""
    if solver != "auto":
        return solver
    if n_params <= LM_PARAMS:
        return "lm"
    return "kaczmarz" if n_samples >= BATCH_ROWS else "lbfgs"


def by_evidence(params, solver):
    """Whether strengths come from the evidence, which needs second derivatives and all rows."""
    return params.alpha == "auto" and solver == "lm" and not params.early_stopping


def _candidates(params, limits):
    """Architectures with their limits: those of the ladder, or the one that is asked for."""
    automatic = isinstance(params.hidden_layer_sizes, str)
    single = isinstance(params.grid_size, Integral | str)
    if automatic and not single and params.grid_schedule is None:
        raise ValueError(
            f"grid_size must be one int or 'auto' with hidden_layer_sizes='auto'; got {params.grid_size!r}."
        )
    if automatic:
        return _ladder(params, limits)
    return (Candidate(_architecture(params, check_layer_sizes(params.hidden_layer_sizes), limits)),)


def _ladder(params, limits):
    """Candidates without those that groups make equal to others: of equal widths, or of a layer without a choice."""
    several = sum(len(group) > 1 for group in limits.groups or ((0, 1),))
    chosen = {}
    for sizes, limit in LADDER.items():
        if (sizes and not several) or (len(sizes) > 1 and min(sizes) < several):
            continue
        architecture = _architecture(params, sizes, limits)
        for relevance in SHARED_BY if sizes and params.relevance == "auto" else (architecture.relevance,):
            candidate = Candidate(replace(architecture, relevance=relevance), limit)
            chosen.setdefault((architecture.hidden_layer_sizes, relevance), candidate)
    return tuple(chosen.values())


def _architecture(params, hidden_layer_sizes, limits):
    """The architecture of given hidden layers, whose nodes are shared out among groups."""
    grid_size = GRID_SIZE if _by_default(params.grid_size) else params.grid_size
    grid_sizes = check_schedule(grid_size, params.grid_schedule, len(hidden_layer_sizes) + 1)
    names = "degree", "knots", "extrapolation", "squash", "base_function", "fill_missing"
    if limits.groups is not None:
        hidden_layer_sizes = tuple(len(share_out(limits.groups, size)) for size in hidden_layer_sizes)
    given = {name: getattr(params, name) for name in names} | limits.as_built()
    given["relevance"] = SHARED_BY[0] if params.relevance == "auto" else params.relevance
    return Architecture(hidden_layer_sizes, grid_sizes, **given)


def _by_default(grid_size):
    """Whether the number of cells is left open."""
    return isinstance(grid_size, str)


def _without_evidence(params, shape, limits):
    """The architecture that "auto" stands for, and whether many outputs share the curves of hidden nodes."""
    additive, shared = (_architecture(params, sizes, limits) for sizes in ((), SHARED_SIZES))
    n_additive = additive.n_params(*shape)
    if n_additive <= LM_PARAMS:
        several = limits.groups is None or any(len(group) > 1 for group in limits.groups)
        return (_architecture(params, FIXED_SIZES, limits) if several else additive), False
    # Of few outputs hidden nodes would be a bottleneck.
    return (shared, True) if shared.n_params(*shape) <= SHARED_PARAMS * n_additive else (additive, False)


def _alpha(params, n_shared=None):
    """Strength without evidence; `n_shared` is the number of observations with SHARED_SIZES."""
    if params.alpha != "auto":
        return params.alpha
    return FIXED_ALPHA if n_shared is None else min(SHARED_PRIOR / n_shared, SHARED_ALPHA)


def _n_init(params, n_runs):
    """Number of runs, `n_runs` if it is left open."""
    return n_runs if params.n_init == "auto" else params.n_init


def _runs_averaged(candidates, data, shape):
    """How many runs of an architecture are averaged; wide ones differ enough for one run of each."""
    n_observed = data.total_weight * shape[1]
    if len(candidates) > 1:
        return RUNS_OF_EACH if n_observed <= TOO_FEW_FOR_WIDE else 1
    return RUNS if n_observed <= FEW_OBSERVATIONS else RUNS // 2
