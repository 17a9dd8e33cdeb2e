"""A stage of training under ``alpha="auto"``: one step of the solver, then strengths and noise anew.

Hidden grids follow the data as in other stages, and splines that the data do not ask for are removed on
the way. The stage ends when the evidence has stopped rising.
"""

import copy
from functools import partial

import numpy as np

from ..evidence.evidence import estimate
from ..evidence.source import Source
from ..network.grids import REGRIDS
from ..network.pruning import remove_edges
from ..objective.curved_by_part import WHERE_STRENGTHS_STAND, WHILE_STRENGTHS_CHANGE, cheaply_curved
from ..objective.objective import Objective, bounded
from ..objective.penalty import RIDGE, Penalty
from ..solvers import LevenbergMarquardt
from .stage import Stage, Summary

# Strength of the roughness before the evidence has been asked, on the scale of the mean loss.
_FIRST_STRENGTH = 1e-3
# Steps with it.
_FIRST_STEPS = 5
# Steps between two visits to grids and edges.
_VISIT_STEPS = 5
# Number of the visit that removes edges first.
_FIRST_REMOVAL = 2
# Log evidence, in nats, that the last state may lack to the best one: it is the sparser of the two.
_LOST_NATS = 1.0
# Part by which the ratios of the outputs' noise may differ from those in force.
_SETTLED = 0.1
# Edges on which the data decide less than this, in degrees of freedom, are removed.
_DEAD_DOF = 0.05
# Steps without progress that end a fit at strengths that stand, and steps at most.
_FINAL_PATIENCE = 2
FINAL_STEPS = 30


class EvidenceStage(Stage):
    """A stage that finds strengths of the penalty and precision of the noise on the way.

    Parameters
    ----------
    plan, architecture, data, monitor, continued : as for Stage
    network : KANNetwork
        Where the run begins.
    strengths : list of ndarray of shape (2, in_features, out_features), default=None
        Strengths to begin with, one array for each spline layer.
    precision : ndarray of shape (n_outputs,), default=None
        That of the noise to begin with.
    """

    def __init__(self, plan, architecture, data, monitor, network, strengths=None, precision=None, continued=False):
        super().__init__(plan, architecture, data, monitor, continued)
        first = np.array([_FIRST_STRENGTH, RIDGE * _FIRST_STRENGTH])[:, None, None]
        self.strengths = strengths or [np.ones((2, *layer.edges.shape)) * first for layer in network.spline_layers]
        self._precision = precision
        self._solver = LevenbergMarquardt()

    def fit(self, network):
        """Train until the evidence stops rising; the state of most evidence is kept.

        A move of grids, a removal of edges or new strengths may cost evidence that the steps left do not regain.

        Sets: strengths.
        """
        best = _BestState()
        converged = self._maximise(network, best)
        if best.log_evidence > best.last + _LOST_NATS:
            network.layers[:] = best.network.layers
            self.strengths, self._precision = best.strengths, best.precision
        return converged

    def _maximise(self, network, best):
        """Take steps until the evidence stops rising; whether it has, and not run out of iterations."""
        plateau = _EvidencePlateau(self.plan.tol, self.plan.n_iter_no_change)
        visits, objective = 0, self._start(network, WHILE_STRENGTHS_CHANGE)
        for n_iter in range(1, self.plan.max_iter + 1):
            network.theta = self._solver.solve(objective, network.theta, partial(self.monitor, network), 1).theta
            if self.monitor.stage_over:
                return True
            if n_iter > _FIRST_STEPS:
                evidence = estimate(objective, network.theta, self.data.total_weight, n_iter % _VISIT_STEPS == 0)
                settled = _noise_is_settled(objective, evidence)
                if settled:
                    best.update(evidence.log_evidence, network, self.strengths, self._precision)
                if evidence.noiseless:
                    return True
                if settled and plateau.reached(evidence.log_evidence / (self.data.total_weight * network.n_outputs)):
                    return True
                objective = self._with(objective, evidence)
            if n_iter % _VISIT_STEPS == 0 and n_iter < self.plan.max_iter:  # What it costs takes steps to regain.
                visits += 1
                changed = visits <= REGRIDS and self._grids_move(network) and self._move_grids(network)
                changed |= visits >= _FIRST_REMOVAL and self._remove_dead(network, evidence)
                objective = self._start(network, WHILE_STRENGTHS_CHANGE) if changed else objective
        return False

    def fit_splines(self, network):
        """Move the splines of a network to where these rows want them; see `Stage`."""
        solver = LevenbergMarquardt(self.plan.tol, _FINAL_PATIENCE)
        objective = self._start(network, WHERE_STRENGTHS_STAND)
        result = solver.solve(objective, network.theta, partial(self.monitor, network), FINAL_STEPS)
        network.theta = result.theta

    def summary(self, network):
        """The exact loss without the penalty, and the evidence for the strengths in force."""
        evidence = None
        if network.n_params:
            source = self._source(network)
            evidence = source.evidence()._replace(source=source if self.data.in_memory else None)
        loss = Objective(network, self.loss.exact, Penalty.fixed(network, 0.0), self.data).value(network.theta)
        return Summary(loss, evidence, self.strengths)

    def _start(self, network, part):
        """The objective of a network that is new, or whose structure or grids have changed."""
        self.monitor.start_solve(network)
        return cheaply_curved(self._source(network).objective, part)

    def _source(self, network):
        """What the evidence depends on."""
        relevance = self.architecture.relevance
        return Source(network, self.loss, relevance, self.strengths, self._precision, self.data)

    def _with(self, objective, evidence):
        """The objective with the strengths and the noise that the evidence asks for.

        Sets: strengths.
        """
        objective.penalty.strengths, self._precision = evidence.strengths, evidence.precision
        self.strengths = objective.penalty.by_edge()
        return objective.with_noise(self._precision)

    def _remove_dead(self, network, evidence):
        """Remove edges that the data do not ask for; True if there were any."""
        group = Penalty(network, self.architecture.relevance).group
        edges_in_group = np.maximum(np.bincount(group, minlength=len(evidence.group_dof)), 1)
        alive = (evidence.group_dof / edges_in_group >= _DEAD_DOF)[group]
        if alive.all():
            return False
        keep, start = [], 0
        for layer in network.spline_layers:
            mask, stop = layer.edges.copy(), start + int(layer.edges.sum())
            mask[layer.edges] = alive[start:stop]
            keep.append(mask)
            start = stop
        return remove_edges(network, self.data.X, self.data.sample_weight, keep) > 0


def _noise_is_settled(objective, evidence):
    """Whether outputs are weighed as their noise asks for; else the evidence is not that of the objective."""
    asked = bounded(evidence.precision)
    return np.allclose(asked / asked.mean(), objective.precision, rtol=_SETTLED, atol=0.0)


class _BestState:
    """The state of most evidence so far, and the log evidence of the last one."""

    def __init__(self):
        self.log_evidence = self.last = -np.inf

    def update(self, log_evidence, network, strengths, precision):
        """Take note of a state."""
        self.last = log_evidence
        if log_evidence > self.log_evidence:
            self.log_evidence, self.network = log_evidence, copy.deepcopy(network)
            self.strengths, self.precision = strengths, precision


class _EvidencePlateau:
    """True once a log evidence has not risen by `tol` of its whole rise, or of 1, for `patience` steps in a row."""

    def __init__(self, tol, patience):
        self.tol, self.patience = tol, patience
        self.first, self.best, self.no_progress = None, -np.inf, 0

    def reached(self, log_evidence):
        """Take the log evidence of an observation, tell whether it has stopped rising."""
        self.first = log_evidence if self.first is None else self.first
        step = self.tol * max(1.0, self.best - self.first)
        self.no_progress = 0 if log_evidence > self.best + step else self.no_progress + 1
        self.best = max(self.best, log_evidence)
        return self.no_progress >= self.patience
