r"""What the solvers minimise: penalised mean loss as a function of one flat vector.

    F(theta) = sum_n w_n mean_o l(y_no, f_o(x_n; theta)) + theta^T S theta / 2,   sum_n w_n = 1.

The weights are scaled to sum 1, so a row of weight 2 is two rows, and no term knows the number of
rows. The generalised Gauss-Newton matrix

    H = sum_n w_n mean_o l''_no J_no J_no^T + S

is a sum over rows. (For a coupled loss, see `losses`, the mean over outputs is a sum and J_no is
centred.) It is accumulated over blocks of rows, so the memory is bounded whatever n is; the Jacobian of
all rows never exists.
"""

import copy
from functools import reduce
from operator import iadd

import numpy as np

from ..utils.threads import keep_freed_memory, map_threads
from .dual_step import ProximalStep, squared_length, weighted_sensitivities
from .gauss_newton import GaussNewtonSum

# Bytes of the Jacobian of one block, of all first-layer designs that may be kept, and of the matrices
# that threads sum up in. Groups of blocks that threads share, and the blocks that make a group worth while.
_JACOBIAN_BYTES = 2**22
_CACHE_BYTES = 2**26
_SUMS_BYTES = 2**28
_GROUPS, _GROUP_BLOCKS = 8, 2


class Objective:
    """Penalised mean loss of a network on data.

    Parameters
    ----------
    network : KANNetwork
        Evaluating the objective sets its parameters.
    loss : Loss
    penalty : Penalty
        Its strengths may be set while the objective is in use.
    data : TrainingData
        Of positive weights, which are scaled to sum 1 here.
    """

    def __init__(self, network, loss, penalty, data):
        self.network, self.loss, self.penalty, self.data = network, loss, penalty, data
        weight = data.sample_weight
        self._weight = None if weight is None else weight / weight.sum()
        columns = max(1, network.n_params) if network.n_outputs == 1 else 1
        self._step = int(np.clip(_JACOBIAN_BYTES // (8 * columns), 32, network.block_rows()))
        first = network.spline_layers[0]
        cacheable = 8 * len(data.X) * first.in_features * first.n_coef <= _CACHE_BYTES
        self._keeps_designs, self._designs = cacheable and network.layers[0] is first, {}
        self._known = None  # Point and sums of the last normal equations, without the penalty.
        keep_freed_memory()

    @property
    def n_samples(self):
        """Rows of the data."""
        return len(self.data.X)

    def sample(self, n_rows):
        """The objective on so many random rows, always the same ones."""
        rows = np.sort(np.random.RandomState(0).choice(self.n_samples, n_rows, replace=False))
        return Objective(self.network, self.loss, self.penalty, self.data.take(rows))

    def with_noise(self, precision):
        """The objective for noise of other precisions.

        Parameters
        ----------
        precision : ndarray of shape (n_outputs,)
            Only their ratios count.

        Returns
        -------
        objective : Objective
            With the designs of this one; this one itself if its loss has no noise by output or the ratios are
            the same.
        """
        loss = self.loss.with_precision(precision / precision.mean())
        if loss is self.loss:
            return self
        other = copy.copy(self)
        other.loss, other._known = loss, None
        return other

    def value(self, theta):
        """F at theta."""
        self.network.theta = theta
        first, *others = self.network.layers
        evaluators = [layer.evaluator() for layer in (others if self._keeps_designs else self.network.layers)]

        def loss(blocks):
            total = 0.0
            for start, x, y, weight in blocks:
                x = first.combine(self._design(start, x)) if self._keeps_designs else x
                for evaluate in evaluators:
                    x = evaluate(x)
                total += float(np.sum(self.loss.value(y, x) @ weight))
            return (total,)

        return self._over_rows(loss)[0] + self.penalty.value(theta)

    def value_and_gradient(self, theta, rows=None):
        """F and its gradient at theta; over some rows only if given, as if they were all."""
        self.network.theta = theta

        def loss_and_gradient(blocks):
            total, gradient = 0.0, np.zeros(len(theta))
            for start, x, y, weight in blocks:
                chain = self.network.linearize(x, design=None if rows is not None else self._design(start, x))
                f = chain[-1].output
                total += float(np.sum(self.loss.value(y, f) @ weight))
                gradient += self.network.backward(chain, self.loss.gradient(y, f) * weight)
            return total, gradient

        # No Jacobian, so the blocks may be larger.
        total, gradient = self._over_rows(loss_and_gradient, rows, self.network.block_rows())
        return total + self.penalty.value(theta), gradient + self.penalty.apply(theta)

    def normal_equations(self, theta):
        """F, its gradient and its Gauss-Newton matrix at theta.

        Parameters
        ----------
        theta : ndarray of shape (n_params,)

        Returns
        -------
        value : float
        gradient : ndarray of shape (n_params,)
        H : ndarray of shape (n_params, n_params)
            Symmetric, positive semi-definite.
        """
        total, gradient, H = self._data_equations(theta)
        return total + self.penalty.value(theta), gradient + self.penalty.apply(theta), H + self.penalty.matrix()

    def _data_equations(self, theta):
        """`normal_equations` without the penalty, whose strength may change while theta stands."""
        if self._known is None or not np.array_equal(self._known[0], theta):
            self.network.theta = theta
            self._known = theta.copy(), self._over_rows(self._normal_sums)
        return self._known[1]

    def by_output(self, theta, root):
        """Mean loss of each output, and the trace of C = root^T root with the Gauss-Newton matrix of each.

        Parameters
        ----------
        theta : ndarray of shape (n_params,)
        root : ndarray of shape (n_params, n_params)

        Returns
        -------
        losses, traces : ndarray of shape (n_outputs,)
            Their means are the data's part of the objective and of tr(C H).
        """
        self.network.theta = theta
        losses, traces = np.zeros((2, self.network.n_outputs))
        for start, x, y, weight in self._blocks(range(0, self.n_samples, self._step)):
            J = np.empty((len(y), len(theta), x.shape[1]))
            chain = self.network.linearize(x, design=self._design(start, x))
            self.network.fill_jacobian(chain, J)
            f, weight = chain[-1].output, weight * len(y)
            curvature = self.loss.curvature(y, f)
            losses += self.loss.value(y, f) @ weight
            variance = np.stack([np.sum(np.square(root @ rows), axis=0) for rows in J])
            traces += (variance if curvature is None else variance * curvature) @ weight
        return losses, traces

    def squared_length(self, theta, rows):
        """Trace of the Gauss-Newton matrix of some rows, without the penalty."""
        self.network.theta = theta
        _, x, y, weight = next(self._blocks([0], rows, step=len(rows)))
        chain = self.network.linearize(x)
        root, centre = self._curvature_root(y, chain[-1].output, weight)
        return squared_length(weighted_sensitivities(self.network, chain, root, centre))

    def proximal(self, damping):
        """A function (theta, rows) -> (theta, loss): the damped Gauss-Newton step on some rows, see `proximal`.

        The loss is F of those rows, as if they were all, before the step but after that of the penalty.
        """
        step = ProximalStep(self.network, self.penalty, damping)

        def take(theta, rows):
            self.network.theta = centre = step.shrink(theta)
            _, x, y, weight = next(self._blocks([0], rows, step=len(rows)))
            chain = self.network.linearize(x)
            f = chain[-1].output
            root, mixing = self._curvature_root(y, f, weight)
            loss = float(np.sum(self.loss.value(y, f) @ weight)) + 0.5 * damping * float(centre @ (theta - centre))
            return centre + step.move(chain, self.loss.gradient(y, f) * weight / root, root, mixing), loss

        return take

    def _curvature_root(self, y, f, weight):
        """Square root of the weighted curvature, and the weights that centre derivatives if the loss is coupled."""
        curvature = self.loss.curvature(y, f)
        if curvature is None:
            return np.repeat(np.sqrt(weight)[None], len(y), axis=0), None
        largest = max(float(curvature.max()), np.finfo(float).tiny)
        return np.sqrt(weight * np.maximum(curvature, 1e-12 * largest)), curvature if self.loss.coupled else None

    def _normal_sums(self, blocks):
        """Loss, gradient and Gauss-Newton matrix, summed over blocks."""
        if self.network.n_outputs > 1:
            return self._normal_sums_of_several(blocks)
        n_params = self.network.n_params
        total, gradient, H = 0.0, np.zeros(n_params), np.zeros((n_params, n_params))
        out = np.empty((self.network.n_outputs, n_params, min(self._step, self.n_samples)))
        for start, x, y, weight in blocks:
            J = out if x.shape[1] == out.shape[2] else np.empty((*out.shape[:2], x.shape[1]))
            chain = self.network.linearize(x, design=self._design(start, x))
            self.network.fill_jacobian(chain, J)
            f = chain[-1].output
            slope, curvature = self.loss.gradient(y, f), self.loss.curvature(y, f)
            total += float(np.sum(self.loss.value(y, f) @ weight))
            for o, rows in enumerate(J):
                gradient += rows @ (slope[o] * weight)
                rows *= np.sqrt(weight if curvature is None else weight * curvature[o])
                H += rows @ rows.T
        return total, gradient, H

    def _normal_sums_of_several(self, blocks):
        """The same for several outputs, which may be coupled."""
        total, gradient, matrix = 0.0, np.zeros(self.network.n_params), GaussNewtonSum(self.network)
        for start, x, y, weight in blocks:
            chain = self.network.linearize(x, design=self._design(start, x))
            f = chain[-1].output
            curvature = self.loss.curvature(y, f)
            total += float(np.sum(self.loss.value(y, f) @ weight))
            gradient += self.network.backward(chain, self.loss.gradient(y, f) * weight)
            root = np.sqrt(weight * (np.ones(f.shape) if curvature is None else curvature))
            matrix.add(chain, root, curvature if self.loss.coupled else None)
        return total, gradient, matrix.whole()

    def _over_rows(self, sums, rows=None, step=None):
        """The tuple that `sums` makes of an iterable of blocks, over all rows; threads share them in groups."""
        n = self.n_samples if rows is None else len(rows)
        step = step or self._step
        starts = range(0, n, step)
        # The groups do not depend on the number of threads, so the rounding errors do not either.
        most = max(1, _SUMS_BYTES // (8 * max(1, self.network.n_params) ** 2))
        n_groups = min(_GROUPS, most, max(1, len(starts) // _GROUP_BLOCKS))
        groups = [starts[len(starts) * g // n_groups : len(starts) * (g + 1) // n_groups] for g in range(n_groups)]
        parts = map_threads(lambda group: sums(self._blocks(group, rows, step)), groups)
        return [reduce(iadd, values) for values in zip(*parts, strict=True)]

    def _blocks(self, starts, rows=None, step=None):
        """Blocks of rows: first row, x (features first), y (outputs first) and weight over outputs."""
        n = self.n_samples if rows is None else len(rows)
        total = 1.0 if rows is None or self._weight is None else self._weight[rows].sum()
        for start in starts:
            at = slice(start, min(start + (step or self._step), n))
            at = at if rows is None else rows[at]
            y = self.data.Y[at].T
            weight = np.full(y.shape[1], 1.0 / n) if self._weight is None else self._weight[at] / total
            yield start, np.ascontiguousarray(self.data.X[at].T), y, weight if self.loss.coupled else weight / len(y)

    def _design(self, start, x):
        """First-layer design of a block that begins at a row, computed once; None if not kept."""
        if not self._keeps_designs:
            return None
        block = start, x.shape[1]
        if block not in self._designs:
            self._designs[block] = self.network.layers[0].design(x)
        return self._designs[block]
