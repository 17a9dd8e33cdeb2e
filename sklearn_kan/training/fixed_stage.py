"""A stage of training with a penalty of given strength: one solver, and hidden grids that follow the data."""

from ..network.grids import REGRID_TOL, REGRIDS, regrid
from ..objective.objective import Objective
from ..objective.penalty import Penalty
from .stage import Stage, Summary


class FixedStage(Stage):
    """A stage with a penalty of given strength.

    Parameters
    ----------
    plan, architecture, data, monitor : as for Stage
    solver : object with solve
        See `solvers`.
    """

    def __init__(self, plan, architecture, data, monitor, solver):
        super().__init__(plan, architecture, data, monitor)
        self.solver = solver

    def fit(self, network):
        """Minimise the objective; in the first half of the iterations hidden grids follow the data.

        Moving them for longer ended in worse optima, as each move raises the penalty.
        """
        moving, spent = self._grids_move(network), 0
        last = min(self.solver.settling * REGRIDS, self.plan.max_iter // 2)
        while moving and spent < last:
            result = self._solve(network, min(self.solver.settling, last - spent))
            spent += max(result.n_iter, 1)
            if self.monitor.stage_over:
                return True
            knots = self.architecture.knots
            moving = regrid(network, self.data.X, self.data.sample_weight, knots, REGRID_TOL) > REGRID_TOL
        return self._solve(network, self.plan.max_iter - spent).converged or self.monitor.stage_over

    def summary(self, network):
        """The exact loss with the penalty."""
        return Summary(self._objective(network, self.loss.exact).value(network.theta))

    def epoch(self, network):
        """One pass of a stochastic solver over the rows; returns the mean objective over its batches."""
        objective = self._objective(network, self.loss)
        if not network.n_params:
            return objective.value(network.theta)
        state = self.solver.epoch(objective, network.theta)
        network.theta = state.theta
        return state.loss

    def _solve(self, network, max_iter):
        """Run the solver from where the network is; the network takes the result."""
        objective = self._objective(network, self.loss)
        self.monitor.start_solve(network)
        result = self.solver.solve(objective, network.theta, lambda state: self.monitor(network, state), max_iter)
        network.theta = result.theta
        return result

    def _objective(self, network, loss):
        """The objective with the plan's strength."""
        return Objective(network, loss, Penalty.fixed(network, self.plan.alpha), self.data)
