r"""A whole formula fitted by least squares, with Levenberg-Marquardt.

The objective is sum w (f - y)^2 / (2 W s^2), W the sum of the weights w and s the spread of y, plus for
splines, if there are any, a small penalty alpha / 2 c^T S c on their roughness. Steps that lead an argument out
of the domain of its function give NaN and are refused. Grids of hidden splines follow their data between rounds.

Products of sums and functions in a chain have directions in which nothing changes, so H is singular
by nature; the damping chooses the shortest step. The last digits come from `polish`, which solves the
linear least-squares problems themselves instead of their normal equations.
"""

import numpy as np

from ..objective.penalty import RIDGE
from ..solvers.lm import LevenbergMarquardt
from .edges import SplineEdge

# Penalty on the roughness of splines relative to the misfit: none that is seen.
ALPHA = 1e-9
# Part of the range of a hidden input that its grid is wider by on either side.
_MARGIN = 0.02
# Grids are laid anew where their ends are off by more than this part of their width.
_REGRID_TOL = 0.015


class FormulaObjective:
    """Mean squared error of a formula relative to the spread of y, for the solvers of this package.

    Parameters
    ----------
    graph : FormulaGraph
        Its theta is overwritten.
    rows : Rows
    alpha : float
        Penalty on the roughness of splines.
    """

    def __init__(self, graph, rows, alpha=ALPHA):
        self.graph, self.rows = graph, rows
        self.designs = graph.input_designs(rows.X)
        self.penalty = alpha * penalty_matrix(graph)

    def value(self, theta):
        """The objective; NaN outside the domains."""
        self.graph.theta = theta
        output = self.graph.forward(self.rows.X, self.designs, strict=True)
        misfit = self.rows.mean_square((output - self.rows.Y) / self.rows.spread)
        return 0.5 * misfit + 0.5 * float(theta @ self.penalty @ theta)

    def residuals(self, theta):
        """Weighted residuals relative to the spread, and their derivatives.

        Half the sum of their squares is the objective without the penalty.

        Returns
        -------
        rest : ndarray of shape (n_outputs, n_samples)
        J : ndarray of shape (n_outputs, n_params, n_samples)
        """
        self.graph.theta = theta
        output, J = self.graph.linearize(self.rows.X, self.designs)
        root = np.sqrt(self.rows.share / output.shape[1]) / self.rows.spread
        return ((output - self.rows.Y) * root).T, J * root.T[:, None]

    def normal_equations(self, theta):
        """Objective, gradient and Gauss-Newton matrix."""
        rest, J = self.residuals(theta)
        penalised = self.penalty @ theta
        gradient = sum(part @ column for part, column in zip(J, rest, strict=True)) + penalised
        H = sum(part @ part.T for part in J) + self.penalty
        return float(0.5 * np.sum(rest**2) + 0.5 * theta @ penalised), gradient, H


def penalty_matrix(graph):
    """Roughness and a small ridge of all splines, zero for other parameters."""
    S, start = np.zeros((graph.n_params, graph.n_params)), 0
    for part in graph.parts:
        stop = start + len(part.theta)
        if isinstance(part, SplineEdge):
            block = part.basis.roughness()[0] + RIDGE * 2.0 / part.basis.n_cells * np.eye(part.n_params)
            S[start:stop, start:stop] = block
        start = stop
    return S


def error(graph, rows):
    """Root mean squared error relative to the spread of y; inf where the formula is not defined."""
    size = np.sqrt(rows.mean_square((graph.forward(rows.X, strict=True) - rows.Y) / rows.spread))
    return float(size) if np.isfinite(size) else np.inf


def refit(graph, rows, max_iter=40, rounds=2, alpha=ALPHA, tol=1e-2):
    """Fit all free parameters of a formula, in place.

    Parameters
    ----------
    graph : FormulaGraph
    rows : Rows
    max_iter : int
        Iterations of all rounds together.
    rounds : int
        How often hidden grids are laid anew; 1 if there are none.
    alpha : float
    tol : float
        Relative fall of the objective that counts as progress.

    Returns
    -------
    graph : FormulaGraph
    """
    solver = LevenbergMarquardt(tol=tol, n_iter_no_change=4, damping=1e-3)
    hidden = any(graph.nodes[n].edges[k].source >= graph.n_inputs for n, k in graph.places())
    rounds = rounds if hidden else 1
    for _ in range(rounds):
        if not graph.n_params:
            break
        if hidden:
            regrid(graph, rows.X)
        objective, theta = FormulaObjective(graph, rows, alpha), graph.theta
        if not np.isfinite(objective.value(theta)):
            graph.theta = theta
            break
        graph.theta = solver.solve(objective, theta, max_iter=max(max_iter // rounds, 1)).theta
    return graph


def regrid(graph, X):
    """Lay the grids of hidden splines over their data, in place; functions stay."""
    sources = graph.values(X)
    for n, k in graph.places():
        edge = graph.nodes[n].edges[k]
        if edge.source < graph.n_inputs:
            continue
        lo, hi = float(np.min(sources[edge.source])), float(np.max(sources[edge.source]))
        width = hi - lo
        if not np.isfinite(width) or width <= 1e-12 * max(abs(lo), abs(hi), 1e-300):
            continue
        lo, hi = lo - _MARGIN * width, hi + _MARGIN * width
        old_lo, old_hi = edge.basis.lo[0], edge.basis.hi[0]
        if (
            max(abs(lo - old_lo), abs(hi - old_hi)) > _REGRID_TOL * (old_hi - old_lo)
            or lo + _MARGIN * width / 2 < old_lo
        ):
            graph.nodes[n].edges[k] = edge.moved(lo, hi)


def polish(graph, rows, steps=12):
    """Gauss-Newton steps by orthogonal factorisation until nothing is gained, in place.

    Returns
    -------
    graph : FormulaGraph
    """
    objective = FormulaObjective(graph, rows, alpha=0.0)
    theta = graph.theta
    best = objective.value(theta)
    for _ in range(steps if len(theta) else 0):
        rest, J = objective.residuals(theta)
        rest, J = rest.ravel(), J.transpose(0, 2, 1).reshape(-1, len(theta))
        if not (np.all(np.isfinite(J)) and np.all(np.isfinite(rest))):
            break
        size = np.maximum(np.sqrt(np.mean(J**2, axis=0)), 1e-300)
        step = np.linalg.lstsq(J / size, -rest, rcond=1e-11)[0] / size
        trial = objective.value(theta + step)
        if not trial < best:
            break
        done = trial > 0.9 * best
        theta, best = theta + step, trial
        if done:
            break
    graph.theta = theta
    return graph
