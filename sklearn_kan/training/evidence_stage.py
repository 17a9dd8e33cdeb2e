"""A stage of training under ``alpha="auto"``: one step of the solver, then strengths and noise anew.

Hidden grids follow the data as in other stages, and splines that the data do not ask for are removed on
the way. The stage ends when the evidence has stopped rising.
"""

from functools import partial

import numpy as np

from ..evidence.evidence import estimate
from ..network.grids import REGRID_TOL, REGRIDS, regrid
from ..network.pruning import remove_edges
from ..objective.objective import Objective
from ..objective.penalty import RIDGE, Penalty
from ..solvers import LevenbergMarquardt

# Strength of the roughness at first, and steps with it before it is estimated.
_FIRST_ALPHA, _FIRST_STEPS = 1e-3, 5
# Steps between looks at grids and at edges, and the look that removes edges first.
_PERIOD, _FIRST_REMOVAL = 5, 4
# Steps without progress, and steps at most, on all rows after those on a sample.
_SETTLED, _SETTLING_STEPS = 2, 15
# Edges on which the data decide less than this, in degrees of freedom, are removed.
_DEAD_DOF = 0.01


class Smoothing:
    """Strengths of the penalty and precision of the noise during one run.

    Parameters
    ----------
    data : TrainingData
    network : KANNetwork
        Where the run begins.
    """

    def __init__(self, data, network):
        self.data = data
        self.total_weight = data.total_weight
        first = np.array([_FIRST_ALPHA, RIDGE * _FIRST_ALPHA])[:, None, None]
        self.strengths = [np.ones((2, *layer.edges.shape)) * first for layer in network.spline_layers]
        self._precision = None
        self._solver = LevenbergMarquardt()

    def stage(self, plan, network, monitor, moving=True):
        """Train until the evidence stops rising.

        Parameters
        ----------
        plan : Plan
        network : KANNetwork
            Changed in place.
        monitor : Monitor
        moving : bool, default=True
            Whether hidden grids follow the data.

        Returns
        -------
        converged : bool
            False if it ran out of iterations.
        """
        summit = _Summit(plan.tol, plan.n_iter_no_change)
        looks, objective = 0, self._start(plan, network, monitor)
        for n_iter in range(1, plan.max_iter + 1):
            network.theta = self._solver.solve(objective, network.theta, partial(monitor, network), 1).theta
            if monitor.stopped:
                return True
            if n_iter > _FIRST_STEPS:
                evidence = estimate(objective, network.theta, self.total_weight, n_iter % _PERIOD == 0)
                if evidence.noiseless:
                    return True
                objective = self._with(objective, evidence)
                if summit.reached(evidence.log_evidence / (self.total_weight * network.n_outputs)):
                    return True
            if n_iter % _PERIOD == 0:
                looks += 1
                changed = moving and looks <= REGRIDS and self._regrid(plan, network)
                changed |= looks >= _FIRST_REMOVAL and self._remove_dead(plan, network, evidence)
                objective = self._start(plan, network, monitor) if changed else objective
        return False

    def settle(self, plan, network, monitor):
        """Move the splines to where these rows want them, strengths as they are."""
        solver = LevenbergMarquardt(plan.tol, _SETTLED)
        objective = self._start(plan, network, monitor)
        result = solver.solve(objective, network.theta, partial(monitor, network), _SETTLING_STEPS)
        network.theta = result.theta

    def evidence(self, plan, network):
        """Evidence at the end, for the strengths in force."""
        return estimate(self._objective(plan, network), network.theta, self.total_weight, True)

    def _start(self, plan, network, monitor):
        """The objective of a network whose structure or grids have changed."""
        monitor.start_solve(network)
        return self._objective(plan, network)

    def _objective(self, plan, network):
        """The objective with the strengths and the noise in force."""
        objective = Objective(network, plan.loss, Penalty(network, plan.relevance, self.strengths), self.data)
        return objective if self._precision is None else objective.with_noise(self._precision)

    def _with(self, objective, evidence):
        """The objective with the strengths and the noise that the evidence asks for."""
        objective.penalty.strengths, self._precision = evidence.strengths, evidence.precision
        self.strengths = objective.penalty.by_edge()
        return objective.with_noise(self._precision)

    def _regrid(self, plan, network):
        """Let hidden grids follow the data; True if they moved."""
        return regrid(network, self.data.X, self.data.sample_weight, plan.knots, REGRID_TOL) > REGRID_TOL

    def _remove_dead(self, plan, network, evidence):
        """Remove edges that the data do not ask for; True if there were any."""
        group = Penalty(network, plan.relevance).group
        alive = (
            evidence.group_dof / np.maximum(np.bincount(group, minlength=len(evidence.group_dof)), 1) >= _DEAD_DOF
        )[group]
        if alive.all():
            return False
        layers, start, keep = network.spline_layers, 0, []
        for layer in layers:
            mask, stop = layer.edges.copy(), start + int(layer.edges.sum())
            mask[layer.edges] = alive[start:stop]
            keep.append(mask)
            start = stop
        return remove_edges(network, self.data.X, self.data.sample_weight, keep) > 0


class _Summit:
    """True once a log evidence has not risen by `tol` of its whole rise, or of 1, for `patience` looks in a row."""

    def __init__(self, tol, patience):
        self.tol, self.patience = tol, patience
        self.first, self.best, self.stalled = None, -np.inf, 0

    def reached(self, log_evidence):
        """Take the log evidence of an observation, tell whether it has stopped rising."""
        self.first = log_evidence if self.first is None else self.first
        step = self.tol * max(1.0, self.best - self.first)
        self.stalled = 0 if log_evidence > self.best + step else self.stalled + 1
        self.best = max(self.best, log_evidence)
        return self.stalled >= self.patience
