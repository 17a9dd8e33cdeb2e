"""The schedule of one run: solve -> adapt the grids -> solve -> prune -> solve.

A `Plan` says what to build and how; `run` follows it and returns an `Outcome`. All that watches a
fit - history, early stopping, progress, callbacks - hangs on one hook, the `Monitor`, which solvers
call after each iteration.
"""

from dataclasses import dataclass, replace

import numpy as np

from ..evidence.evidence import Evidence
from ..network.grids import REGRID_TOL, REGRIDS, refine, regrid
from ..network.network import KANNetwork
from ..network.pruning import prune_edges
from ..objective.objective import Objective
from ..objective.penalty import Penalty
from .evidence_stage import Smoothing


@dataclass(frozen=True)
class Outcome:
    """Result of a run.

    Attributes
    ----------
    network : KANNetwork
    loss : float
        Training loss of the network, with the penalty unless that comes from the evidence.
    n_iter : int
        Iterations of the run that was kept.
    loss_curve, validation_scores : list of float
        History of that run.
    best_validation_score : float or None
    converged, interrupted : bool
    evidence : Evidence or None
    strengths : list of ndarray of shape (2, in_features, out_features) or None
        Both only under ``alpha="auto"``.
    """

    network: KANNetwork
    loss: float
    n_iter: int
    loss_curve: list
    validation_scores: list
    best_validation_score: float | None
    converged: bool
    interrupted: bool
    evidence: Evidence | None = None
    strengths: list | None = None


def run(plan, data, network, random_state, monitor):
    """Fit a network to data from where it is: all stages of the schedule, then pruning.

    Ctrl-C ends it early, losing nothing.

    Parameters
    ----------
    plan : Plan
    data : TrainingData
    network : KANNetwork
        May be changed in place.
    random_state : RandomState
    monitor : Monitor

    Returns
    -------
    outcome : Outcome
    """
    solver, converged, interrupted = plan.make_solver(random_state), False, False
    smoothing = Smoothing(data, network) if plan.alpha == "auto" else None
    monitor.start_solve(network)
    try:
        for grid_sizes in plan.grid_sizes:
            refine(network, grid_sizes, data.X, data.sample_weight, plan.knots)
            converged = _stage(plan, data, network, solver, monitor, smoothing)
            network = _kept(network, monitor)
            if monitor.asked:
                break
        prune = plan.prune is not None and not monitor.asked
        if prune and prune_edges(network, data.X, data.sample_weight, plan.prune):
            monitor.forget_best()
            converged = _stage(plan, data, network, solver, monitor, smoothing)
            network = _kept(network, monitor)
        while plan.loss.steps_left and network.n_params and not monitor.asked:
            plan = _sharpened(plan, data, network)
            converged = _stage(plan, data, network, solver, monitor, smoothing, moving=False)
            network = _kept(network, monitor)
    except KeyboardInterrupt:
        interrupted, network = True, monitor.best()
    return _outcome(plan, data, network, monitor, smoothing, converged, interrupted)


def settle(plan, data, sample, outcome, monitor):
    """Go on from a run on a sample of rows with all of them, at the strengths found there.

    Parameters
    ----------
    plan : Plan
    data, sample : TrainingData
        All rows, and those of the run.
    outcome : Outcome
        Of that run.
    monitor : Monitor

    Returns
    -------
    outcome : Outcome
    """
    network = outcome.network
    smoothing = Smoothing(data, network)
    # As much prior beside more data is less of it on the mean-loss scale.
    smoothing.strengths = [s * (sample.total_weight / data.total_weight) for s in outcome.strengths]
    monitor.start_solve(network)
    interrupted = False
    try:
        smoothing.settle(plan, network, monitor)
    except KeyboardInterrupt:
        interrupted, network = True, monitor.best()
    settled = _outcome(plan, data, network, monitor, smoothing, outcome.converged, interrupted)
    curve = outcome.loss_curve + settled.loss_curve
    return replace(settled, loss_curve=curve, n_iter=len(curve))


def _outcome(plan, data, network, monitor, smoothing, converged, interrupted):
    """What a run ends with."""
    evidence = smoothing.evidence(plan, network) if smoothing is not None and network.n_params else None
    strengths = None if smoothing is None else smoothing.strengths
    exact = replace(plan, loss=plan.loss.exact, alpha=0.0 if smoothing is not None else plan.alpha)
    loss = build_objective(exact, data, network).value(network.theta)
    score = monitor.best_score if np.isfinite(monitor.best_score) else None
    n_iter, curves = len(monitor.loss_curve), (monitor.loss_curve, monitor.validation_scores)
    return Outcome(network, loss, n_iter, *curves, score, converged, interrupted, evidence, strengths)


def _kept(network, monitor):
    """What a stage leaves: the best network under early stopping, else the last."""
    return network if monitor.score is None else monitor.best()


def _stage(plan, data, network, solver, monitor, smoothing, moving=True):
    """Solve on one grid size, moving hidden grids along; returns whether it ended before max_iter."""
    monitor.start_stage()
    if not network.n_params:
        return True
    moving = moving and plan.squash is None and len(network.layers) > 1
    if smoothing is not None:
        return smoothing.stage(plan, network, monitor, moving)
    # In the first half of a stage: moving grids for longer ended in worse optima, as each move raises the penalty.
    spent, last = 0, min(solver.settling * REGRIDS, plan.max_iter // 2)
    while moving and spent < last:
        result = _solve(plan, data, network, solver, monitor, min(solver.settling, last - spent))
        spent += max(result.n_iter, 1)
        if monitor.stopped:
            return True
        moving = regrid(network, data.X, data.sample_weight, plan.knots, REGRID_TOL) > REGRID_TOL
    return _solve(plan, data, network, solver, monitor, plan.max_iter - spent).converged or monitor.stopped


def _solve(plan, data, network, solver, monitor, max_iter):
    """Run the solver from where the network is; the network takes the result."""
    objective = build_objective(plan, data, network)
    monitor.start_solve(network)
    result = solver.solve(objective, network.theta, lambda state: monitor(network, state), max_iter)
    network.theta = result.theta
    return result


def _sharpened(plan, data, network):
    """The plan with the next loss, closer to the exact one."""
    F = network.forward(data.X)
    return replace(plan, loss=plan.loss.sharpened(data.Y.T, F.T, data.sample_weight))


def train_epoch(plan, data, network, solver):
    """One pass of a stochastic solver over a batch of rows; the network is changed in place.

    Returns
    -------
    loss : float
        Mean objective over the mini-batches.
    """
    if not network.n_params:
        return build_objective(plan, data, network).value(network.theta)
    state = solver.epoch(build_objective(plan, data, network), network.theta)
    network.theta = state.theta
    return state.loss


def build_objective(plan, data, network):
    """The objective of a network on data."""
    return Objective(network, plan.loss, Penalty.fixed(network, plan.alpha), data)
