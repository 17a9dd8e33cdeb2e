"""A stage of training with a penalty of given strength: one solver, and hidden grids that follow the data."""

import copy

from ..network.grids import REGRIDS
from ..objective.objective import Objective
from ..objective.penalty import Penalty
from .stage import Stage, Summary

# Objective of a solver that has run away, in units of the loss and as a multiple of the least one before.
_RUN_AWAY = 1e3


class FixedStage(Stage):
    """A stage with a penalty of given strength.

    Parameters
    ----------
    plan, architecture, data, monitor, continued : as for Stage
    solver : object with solve
        See `solvers`.
    """

    def __init__(self, plan, architecture, data, monitor, solver, continued=False):
        super().__init__(plan, architecture, data, monitor, continued)
        self.solver = solver

    def fit(self, network):
        """Minimise the objective; of the points that were reached the one of the least objective is kept."""
        best = _Best(network, self._value(network))
        spent = self._fit_on_moving_grids(network, best) if self._grids_move(network) else 0
        converged = self.monitor.stage_over or self._solve(network, self.plan.max_iter - spent).converged
        value = self._value(network)
        best.update(network, value)
        if value <= _RUN_AWAY * (1 + best.value):  # What has run away is not covered up.
            best.restore(network)
        return converged or self.monitor.stage_over

    def fit_splines(self, network):
        """Move the splines of a network to where these rows want them; see `Stage`."""
        self._solve(network, self.plan.max_iter)

    def _fit_on_moving_grids(self, network, best):
        """In the first half of the iterations hidden grids follow the data; returns how many iterations it took.

        Moving them for longer ended in worse optima, as each move raises the penalty. In a continued fit a move
        after which the solver does not come down again is undone and the last.
        """
        spent, last = 0, min(self.solver.settling * REGRIDS, self.plan.max_iter // 2)
        while spent < last:
            result = self._solve(network, min(self.solver.settling, last - spent))
            spent += max(result.n_iter, 1)
            better = best.update(network, self._value(network))
            if self.continued and not better:
                best.restore(network)
                break
            if self.monitor.stage_over or not self._move_grids(network):
                break
        return spent

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

    def _value(self, network):
        """The objective where the network is."""
        return self._objective(network, self.loss).value(network.theta)

    def _objective(self, network, loss):
        """The objective with the plan's strength."""
        return Objective(network, loss, Penalty.fixed(network, self.plan.alpha), self.data)


class _Best:
    """The network of the least objective so far."""

    def __init__(self, network, value):
        self._network, self.value = copy.deepcopy(network), value

    def update(self, network, value):
        """Keep a copy if its objective is less; tells whether it is."""
        better = value < self.value
        if better:
            self._network, self.value = copy.deepcopy(network), value
        return better

    def restore(self, network):
        """Make a network what the best one was."""
        network.layers[:] = copy.deepcopy(self._network).layers
