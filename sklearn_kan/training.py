"""The fit schedule: initialise -> solve -> adapt the grids -> solve.

A `Plan` says what to build and how; `train` follows it and returns an `Outcome`. All that watches a
fit - history, early stopping, progress, callbacks - hangs on one hook, the `Monitor`, which solvers
call after each iteration.
"""

from dataclasses import dataclass, replace

import numpy as np

from .adaptation import prune_edges, refine, regrid
from .initialisation import initialise
from .monitor import Monitor
from .network import KANNetwork
from .objective import Objective
from .penalties import Penalty

# Hidden grids follow the data whenever the solver has settled, so many times at most, in the first half of
# a stage. Then they stand: moving them for longer ended in worse optima, as each move raises the penalty.
_REGRIDS = 6
# Grids whose data fill them to within this part are left alone.
_REGRID_TOL = 0.02


@dataclass(frozen=True)
class Outcome:
    """Result of `train`.

    Attributes
    ----------
    network : KANNetwork
    loss : float
        Penalised training loss of the network.
    n_iter : int
        Iterations of the run that was kept.
    loss_curve, validation_scores : list of float
        History of that run.
    best_validation_score : float or None
    converged, interrupted : bool
    """

    network: KANNetwork
    loss: float
    n_iter: int
    loss_curve: list
    validation_scores: list
    best_validation_score: float | None
    converged: bool
    interrupted: bool


def train(plan, data, random_state, make_monitor=Monitor, network=None, X_range=None):
    """Fit a network to data.

    Parameters
    ----------
    plan : Plan
    data : TrainingData
    random_state : RandomState
    make_monitor : callable, default=Monitor
        Returns the Monitor of one run.
    network : KANNetwork, default=None
        Where to start; None: `plan.n_init` random starts, the best is kept.
    X_range : ndarray of shape (n_rows, n_features), default=None
        Rows that set the range of the input grids, if more than those of `data`.

    Returns
    -------
    outcome : Outcome
    """
    if network is not None:
        return _run(plan, data, network, random_state, make_monitor())
    best = None
    for _ in range(plan.n_init):
        monitor = make_monitor()
        outcome = _run(plan, data, initialise(plan, data, random_state, X_range), random_state, monitor)
        best = outcome if best is None or _merit(outcome) > _merit(best) else best
        if outcome.interrupted or monitor.asked:
            break
    return replace(best, interrupted=outcome.interrupted)


def _merit(outcome):
    """What restarts are ranked by; one that diverged comes last."""
    if not np.isfinite(outcome.loss):
        return -np.inf
    return -outcome.loss if outcome.best_validation_score is None else outcome.best_validation_score


def _run(plan, data, network, random_state, monitor):
    """One start: all stages of the schedule, then pruning. Ctrl-C ends it early, losing nothing."""
    solver, converged, interrupted = plan.make_solver(random_state), False, False
    monitor.start_solve(network)
    try:
        for grid_sizes in plan.grid_sizes:
            refine(network, grid_sizes, data.X, data.sample_weight, plan.knots)
            converged = _stage(plan, data, network, solver, monitor)
            network = _kept(network, monitor)
            if monitor.asked:
                break
        prune = plan.prune is not None and not monitor.asked
        if prune and prune_edges(network, data.X, data.sample_weight, plan.prune):
            monitor.forget_best()
            converged = _stage(plan, data, network, solver, monitor)
            network = _kept(network, monitor)
        while plan.loss.steps_left and network.n_params and not monitor.asked:
            plan = _sharpened(plan, data, network)
            monitor.start_stage()
            converged = _solve(plan, data, network, solver, monitor, plan.max_iter).converged or monitor.stopped
            network = _kept(network, monitor)
    except KeyboardInterrupt:
        interrupted, network = True, monitor.best()
    loss = build_objective(replace(plan, loss=plan.loss.exact), data, network).value(network.theta)
    score = monitor.best_score if np.isfinite(monitor.best_score) else None
    n_iter, curves = len(monitor.loss_curve), (monitor.loss_curve, monitor.validation_scores)
    return Outcome(network, loss, n_iter, *curves, score, converged, interrupted)


def _kept(network, monitor):
    """What a stage leaves: the best network under early stopping, else the last."""
    return network if monitor.score is None else monitor.best()


def _stage(plan, data, network, solver, monitor):
    """Solve on one grid size, moving hidden grids along; returns whether it ended before max_iter."""
    monitor.start_stage()
    if not network.n_params:
        return True
    spent, moving = 0, plan.squash is None and len(network.layers) > 1
    last = min(solver.settling * _REGRIDS, plan.max_iter // 2)
    while moving and spent < last:
        result = _solve(plan, data, network, solver, monitor, min(solver.settling, last - spent))
        spent += max(result.n_iter, 1)
        if monitor.stopped:
            return True
        moving = regrid(network, data.X, data.sample_weight, plan.knots, _REGRID_TOL) > _REGRID_TOL
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
    penalty = Penalty(network)
    return Objective(network, plan.loss, penalty, plan.alpha, data.X, data.Y, data.sample_weight)
