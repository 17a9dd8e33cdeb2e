"""One run, a list of stages: on each grid, after pruning, and for each loss on the way to the exact one.

All that watches a run - history, early stopping, progress, callbacks - hangs on one hook, the `Monitor`, which
solvers call after each iteration.
"""

from dataclasses import dataclass, field, replace
from functools import partial

import numpy as np

from ..evidence.evidence import Evidence
from ..network.grids import refine
from ..network.network import KANNetwork
from ..network.pruning import prune_edges
from ..utils.interrupts import interrupts_wait
from .evidence_stage import EvidenceStage
from .fixed_stage import FixedStage


@dataclass(frozen=True)
class Outcome:
    """Result of a run.

    Attributes
    ----------
    network : KANNetwork
    loss : float
        Training loss of the network, with the penalty unless that comes from the evidence.
    n_iter : int
        Iterations of the run.
    loss_curve, validation_scores : list of float
        Its history.
    best_validation_score : float or None
    converged, interrupted : bool
    evidence : Evidence or None
    strengths : list of ndarray of shape (2, in_features, out_features) or None
        Both only under ``alpha="auto"``.
    seconds : float
        How long the run took.
    structures : list of dict
        What was tried, see `structures`; of the outcome of all runs.
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
    seconds: float = 0.0
    structures: list = field(default_factory=list)

    @property
    def log_evidence(self):
        """Log evidence; -inf of a network without parameters, which has none to compare."""
        return -np.inf if self.evidence is None else self.evidence.log_evidence


def run(plan, start, data, random_state, monitor):
    """Fit a network to data from where it is.

    Ctrl-C ends it early, losing nothing.

    Parameters
    ----------
    plan : Plan
    start : Start
        Its network may be changed in place.
    data : TrainingData
    random_state : RandomState
    monitor : Monitor

    Returns
    -------
    outcome : Outcome
    """
    converged, interrupted = False, False
    architecture, network, continued, strengths, precision = start
    if plan.by_evidence:
        stage = EvidenceStage(plan, architecture, data, monitor, network, strengths, precision, continued)
    else:
        solver = plan.make_solver(random_state)
        stage = FixedStage(plan, architecture, data, monitor, solver, continued=continued)
    monitor.start_solve(network)
    try:
        for prepare in _preparations(plan, architecture):
            if monitor.stop_requested:
                break
            if prepare(stage, network):
                monitor.start_stage()
                converged = stage.fit(network) if network.n_params else True
                network = network if monitor.score is None else monitor.best()
    except KeyboardInterrupt:
        interrupted, network = True, monitor.best()
    return _outcome(stage, network, converged, interrupted)


def continue_on_all_rows(plan, architecture, data, sample, outcome, monitor):
    """Go on from a run on a sample of the rows with all of them, on its grids and at its strengths.

    Parameters
    ----------
    plan : Plan
    architecture : Architecture
    data, sample : TrainingData
        All rows, and those of the run.
    outcome : Outcome
        Of that run.
    monitor : Monitor

    Returns
    -------
    outcome : Outcome
    """
    network, interrupted = outcome.network, False
    if plan.by_evidence:
        # As much prior beside more data is less of it on the mean-loss scale.
        strengths = [s * (sample.total_weight / data.total_weight) for s in outcome.strengths]
        precision = None if outcome.evidence is None else outcome.evidence.precision
        stage = EvidenceStage(plan, architecture, data, monitor, network, strengths, precision)
    else:
        stage = FixedStage(plan, architecture, data, monitor, plan.make_solver(None).on_all_rows())
    for _ in range(plan.loss.steps_left):  # The run has come to the last loss already.
        stage.narrow_loss(network, sample)
    monitor.start_solve(network)
    try:
        stage.fit_splines(network)
    except KeyboardInterrupt:
        interrupted, network = True, monitor.best()
    later = _outcome(stage, network, outcome.converged, interrupted)
    curve = outcome.loss_curve + later.loss_curve
    return replace(later, loss_curve=curve, n_iter=len(curve))


def n_stages(plan, architecture):
    """Stages of a run at most."""
    return sum(1 for _ in _preparations(plan, architecture))


def _preparations(plan, architecture):
    """What comes before each stage of a run, in order: functions that say whether there is anything to fit then."""
    for grid_sizes in architecture.grid_sizes:
        yield partial(_refine, grid_sizes)
    if plan.prune is not None:
        yield _prune
    for _ in range(plan.loss.steps_left):
        yield _narrow_loss


def _refine(grid_sizes, stage, network):
    """Carry the splines over to other grids."""
    refine(network, grid_sizes, stage.data.X, stage.data.sample_weight, stage.architecture.knots)
    return True


def _prune(stage, network):
    """Remove weak edges; scores of networks that had them count no more."""
    if not prune_edges(network, stage.data.X, stage.data.sample_weight, stage.plan.prune):
        return False
    stage.monitor.forget_best()
    return True


def _narrow_loss(stage, network):
    """Go on to the next loss."""
    if not network.n_params:
        return False
    stage.narrow_loss(network)
    return True


def _outcome(stage, network, converged, interrupted):
    """What a run ends with."""
    monitor = stage.monitor
    with interrupts_wait() as came:
        summary = stage.summary(network)
    score = monitor.best_score if np.isfinite(monitor.best_score) else None
    curves = monitor.loss_curve, monitor.validation_scores
    return Outcome(
        network, summary.loss, len(curves[0]), *curves, score, converged, interrupted or bool(came), *summary[1:]
    )
