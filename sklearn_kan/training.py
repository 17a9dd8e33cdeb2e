"""The fit schedule: initialise -> solve -> adapt the grids -> solve.

A `Plan` says what to build and how; `train` follows it and returns an `Outcome`. All that watches a
fit - history, early stopping, progress, callbacks - hangs on one hook, the `Monitor`, which solvers
call after each iteration.
"""

import copy
from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np

from .adaptation import REACH, hidden_ranges, map_to_grid, prune_edges, refine, regrid, rescale_output
from .knots import quantile_knots, uniform_knots
from .layers import SplineLayer, Tanh
from .losses import HalfSquaredError, Loss
from .network import KANNetwork
from .objective import Objective
from .penalties import Penalty

# Hidden grids follow the data every so many iterations, so many times at most, in the first half of a
# stage. Then they stand: moving them for longer ended in worse optima, as each move raises the penalty.
_REGRID_PERIOD, _REGRIDS = 5, 6
# Grids whose data fill them to within this part are left alone.
_REGRID_TOL = 0.02
# Standard deviation of first spline weights: about straight lines, and in the original formulation.
_NOISE, _ORIGINAL_NOISE = 0.1, 0.1


@dataclass(frozen=True)
class Plan:
    """What to build and how to train it; see `KANRegressor` for the meaning of each field.

    Attributes
    ----------
    grid_sizes : tuple of tuples of int
        One stage each, one grid size for each spline layer.
    make_solver : callable
        Returns a solver, given a RandomState.
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
    alpha: float = 0.0
    prune: float | None = None
    n_init: int = 1
    max_iter: int = 200


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
    """

    score: Callable | None = None
    tol: float = 0.0
    patience: int = 10
    listener: Callable = field(default=lambda monitor, network: False)

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
        self.asked = bool(self.listener(self, network))
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
    last = min(_REGRID_PERIOD * _REGRIDS, plan.max_iter // 2)
    while moving and spent < last:
        result = _solve(plan, data, network, solver, monitor, min(_REGRID_PERIOD, last - spent))
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


def initialise(plan, data, random_state, X_range=None):
    """A network with random splines, whose grids fit the data.

    Each edge starts as a straight line of random slope plus a little noise, and each layer is
    rescaled so that its output fills the next grid. Draws are dealt to the columns in an order, and
    slopes with a sign, that depend on the data but not on the order or the units of the columns:
    see `column_order`. Constant columns get no edges.

    With ``squash="tanh"`` all weights are N(0, 0.1) on fixed grids [-1, 1], each hidden layer
    followed by a Tanh.

    Parameters
    ----------
    plan : Plan
    data : TrainingData
    random_state : RandomState
    X_range : ndarray of shape (n_rows, n_features), default=None
        Rows that set the range of the input grids, if more than those of `data`.

    Returns
    -------
    network : KANNetwork
    """
    X_range = data.X if X_range is None else X_range
    order, sign, constant = column_order(data)
    sign = sign if plan.squash is None else np.ones_like(sign)
    sizes = (data.X.shape[1], *plan.hidden_layer_sizes, data.Y.shape[1])
    layers = []
    for depth, n_out in enumerate(sizes[1:]):
        n_in, first, last = sizes[depth], depth == 0, depth == len(sizes) - 2
        knots = _input_knots(plan, data, X_range, constant) if first else _hidden_knots(plan, depth, n_in)
        layer = _new_layer(plan, knots, n_in, n_out, first)
        if first:
            layer.keep_edges(~constant[:, None])
        if first:
            layer.coef[order] = _draw(plan, layer, random_state, len(order)) * sign[order][:, None, None]
        else:
            layer.coef[:] = _draw(plan, layer, random_state, n_in)
        layers.append(layer)
        if not last and plan.squash is not None:
            layers.append(Tanh())
        elif not last:
            shift, stretch = map_to_grid(*hidden_ranges(KANNetwork(layers), data.X)[-1])
            rescale_output(layer, stretch, shift)
    return KANNetwork(layers)


def column_order(data):
    """Order and orientation of the columns that do not depend on how the table is written.

    Parameters
    ----------
    data : TrainingData

    Returns
    -------
    order : int ndarray of shape (n_not_constant,)
        Columns by falling absolute correlation with the target.
    sign : ndarray of shape (n_features,)
        Sign of that correlation, 1 where there is none.
    constant : bool ndarray of shape (n_features,)
    """
    X, lo, hi = data.X, data.X.min(axis=0), data.X.max(axis=0)
    half = hi / 2 - lo / 2
    constant = half <= np.maximum(1e-13 * np.maximum(np.abs(lo), np.abs(hi)), 1e-305)
    half = np.where(constant, 1.0, half)
    weight = np.full(len(X), 1.0 / len(X)) if data.sample_weight is None else data.sample_weight
    weight = weight / weight.sum()
    target = data.Y[:, 0]
    correlation = np.zeros(X.shape[1])
    for i in np.flatnonzero(~constant):
        z = (X[:, i] - lo[i]) / half[i] - 1.0
        z -= weight @ z
        correlation[i] = weight @ (z * target) / np.sqrt(weight @ z**2)
    order = np.argsort(-np.abs(correlation), kind="stable")
    return order[~constant[order]], np.where(correlation < 0, -1.0, 1.0), constant


def _new_layer(plan, knots, n_in, n_out, first):
    """A spline layer; inputs of hidden ones may leave their grid only so far."""
    extrapolation = "linear" if plan.extrapolation == "error" and not first else plan.extrapolation
    return SplineLayer(
        n_in,
        n_out,
        degree=plan.degree,
        knots=knots,
        extrapolation=extrapolation,
        reach=np.inf if first or plan.squash is not None else REACH,
        base_function=plan.base_function,
    )


def _input_knots(plan, data, X_range, constant):
    """Knots of the first layer: over the range of each column."""
    lo, hi = X_range.min(axis=0), X_range.max(axis=0)
    width = np.where(constant, np.maximum(1.0, np.abs(lo)), 0.0)
    t = uniform_knots(lo - width, hi + width, plan.grid_sizes[0][0], plan.degree)
    if plan.knots == "quantile" and not constant.all():
        weight = np.ones(len(data.X)) if data.sample_weight is None else data.sample_weight
        varying = data.X.T[~constant]
        t[~constant] = quantile_knots(varying, weight, lo[~constant], hi[~constant], plan.grid_sizes[0][0], plan.degree)
    return t


def _hidden_knots(plan, depth, n_in):
    """Knots of a hidden layer: on [-1, 1]."""
    return uniform_knots(-np.ones(n_in), np.ones(n_in), plan.grid_sizes[0][depth], plan.degree)


def _draw(plan, layer, random_state, n_in):
    """Random coefficients for `n_in` inputs, shape (n_in, out_features, n_coef)."""
    shape = (n_in, layer.out_features, layer.n_coef)
    if plan.squash is not None:
        return random_state.normal(0.0, _ORIGINAL_NOISE, shape)
    slopes = random_state.normal(size=shape[:2])
    draws = random_state.normal(0.0, _NOISE, shape)
    # Antisymmetric noise, so that a column with its sign turned starts from the same function.
    splines = draws[:, :, : layer.n_basis]
    draws[:, :, : layer.n_basis] = (splines - splines[:, :, ::-1]) / np.sqrt(2)
    line = np.linspace(-1.0, 1.0, layer.n_basis) * (1 + (layer.degree - 1) / layer.grid_size)
    draws[:, :, : layer.n_basis] += slopes[:, :, None] * line
    return draws / np.sqrt(max(n_in, 1))
