r"""What the solvers minimise: penalised mean loss as a function of one flat vector.

    F(theta) = sum_n w_n mean_o b_o l(y_no, f_o(x_n; theta)) + theta^T S theta / 2,   sum_n w_n = 1.

The weights are scaled to sum 1, so a row of weight 2 is two rows, and no term knows the number of rows. The b_o,
of mean 1, tell outputs with much noise from those with little (`with_noise`). Their ratios are bounded: beside an
output without noise, a constant or a sum of others, what is left of one with noise would fall below rounding, and
it would be lost. The generalised Gauss-Newton matrix

    H = sum_n w_n mean_o b_o l''_no J_no J_no^T + S

is a sum over rows. (For a coupled loss, see `losses`, the mean over outputs is a sum and J_no is
centred.) It is accumulated over blocks of rows, so the memory is bounded whatever n is; the Jacobian of
all rows never exists.
"""

import copy

import numpy as np

from ..losses import Loss
from ..utils.threads import keep_freed_memory
from .cone import cone_of
from .dual_step import DualStep, squared_length
from .gauss_newton import gauss_newton_sum

# How much more than the noisiest output another one may count: its noise may be 1e-4 of that.
MOST_RATIO = 1e8
# Bytes of the Jacobian of one block, and of all first-layer designs that may be kept.
_JACOBIAN_BYTES = 2**22
_CACHE_BYTES = 2**26


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

    Attributes
    ----------
    precision : ndarray of shape (n_outputs,)
        The b_o.
    noise : ndarray of shape (n_outputs,) or None
        Precisions of the noise that they come from, before their ratios were bounded; None: not asked for yet.
    curvature : callable
        The l'': that of the loss, of which steps are made, or its information (see `informed`).
    cone : Cone or None
        Where parameters may be, if not everywhere.
    """

    def __init__(self, network, loss, penalty, data):
        self.network, self.loss, self.penalty, self.data = network, loss, penalty, data
        self.precision, self.noise = np.ones(network.n_outputs), None
        self.curvature, self.cone = loss.curvature, cone_of(network)
        # Of one output the Jacobian of a block exists, of several the sensitivities of all to all nodes of a layer.
        columns = network.n_params if network.n_outputs == 1 else network.n_outputs * network.widest
        self._step = int(np.clip(_JACOBIAN_BYTES // (8 * max(1, columns)), 32, network.block_rows()))
        first = network.spline_layers[0]
        cacheable = data.in_memory and 8 * data.n_rows * first.in_features * first.n_coef <= _CACHE_BYTES
        self._designs = {} if cacheable and network.layers[0] is first else None
        self._known = None  # Point and sums of the last normal equations, without the penalty.
        keep_freed_memory()

    def __copy__(self):
        """A copy that knows what this one knows."""
        other = object.__new__(type(self))
        other.__dict__.update(self.__dict__)
        return other

    def __getstate__(self):
        """What travels to other processes: not what can be computed anew."""
        return {**self.__dict__, "_designs": None, "_known": None}

    @property
    def n_samples(self):
        """Rows of the data."""
        return self.data.n_rows

    def on(self, data):
        """The same objective on other rows."""
        other = copy.copy(self)
        other.data, other._designs, other._known = data, None, None
        return other

    def sample(self, n_rows):
        """The objective on at most so many rows that stand for all, always the same ones."""
        return Objective(self.network, self.loss, self.penalty, self.data.sample(n_rows))

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
        known, precision = precision, bounded(precision)
        precision = precision / precision.mean()
        if self.loss.coupled or np.allclose(precision, self.precision, rtol=1e-12, atol=0.0):
            return self
        return self._with(precision=precision, noise=known)

    def informed(self):
        """The objective whose H is made of what the data know; itself where that is the curvature of the loss."""
        if type(self.loss).information is Loss.information:
            return self
        return self._with(curvature=self.loss.information)

    def _with(self, **attributes):
        """A copy with other attributes."""
        other = copy.copy(self)
        other.__dict__.update(attributes, _known=None)
        return other

    def value(self, theta):
        """F at theta."""
        self.network.theta = theta
        first, *others = self.network.layers
        known = self._designs is not None
        evaluators = [layer.evaluator() for layer in (others if known else self.network.layers)]

        def loss(blocks):
            total = 0.0
            for block in blocks:
                f = first.combine(self._design(block)) if known else block.x
                for evaluate in evaluators:
                    f = evaluate(f)
                total += float(np.sum(self.loss.value(block.y, f) * self.weight(block)))
            return (total,)

        return self.data.sum_over_blocks(loss, self._step)[0] + self.penalty.value(theta)

    def value_and_gradient(self, theta, rows=None):
        """F and its gradient at theta; over some rows only if given, as if they were all."""
        if rows is not None:
            return self.on(self.data.take(rows)).value_and_gradient(theta)
        total, gradient = self._data_gradient(theta)
        pull = self.penalty.apply(theta)
        return total + 0.5 * float(theta @ pull), gradient + pull

    def _data_gradient(self, theta):
        """`value_and_gradient` without the penalty."""
        self.network.theta = theta

        def loss_and_gradient(blocks):
            total, gradient = 0.0, np.zeros(len(theta))
            for y, chain, weight in self.linearized(blocks):
                f = chain[-1].output
                total += float(np.sum(self.loss.value(y, f) * weight))
                gradient += self.network.backward(chain, self.loss.gradient(y, f) * weight)
            return total, gradient

        # No Jacobian, so the blocks may be larger.
        return self.data.sum_over_blocks(loss_and_gradient, self.network.block_rows(), 8 * len(theta))

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
        pull, H = self.penalty.apply(theta), H.copy()
        self.penalty.add_to(H)
        return total + 0.5 * float(theta @ pull), gradient + pull, H

    def _data_equations(self, theta):
        """`normal_equations` without the penalty, whose strengths may change while theta stands."""
        if self._known is None or not np.array_equal(self._known[0], theta):
            self._known = theta.copy(), self._sums(theta)
        return self._known[1]

    def _sums(self, theta):
        """Loss, gradient and Gauss-Newton matrix of all rows."""
        self.network.theta = theta
        return self.data.sum_over_blocks(self._normal_sums, self._step, 8 * len(theta) ** 2)

    def _normal_sums(self, blocks):
        """Loss, gradient and Gauss-Newton matrix, summed over blocks."""
        total, sums = 0.0, gauss_newton_sum(self.network)
        for y, chain, weight in self.linearized(blocks):
            f = chain[-1].output
            curvature = self.curvature(y, f)
            root = np.sqrt(weight if curvature is None else weight * curvature)
            total += float(np.sum(self.loss.value(y, f) * weight))
            sums.add(chain, self.loss.gradient(y, f) * weight, root, curvature if self.loss.coupled else None)
        return total, sums.gradient, sums.matrix()

    def squared_length(self, theta, rows):
        """Trace of the Gauss-Newton matrix of some rows, without the penalty."""
        return squared_length(self.on(self.data.take(rows)), theta)

    def dual_step(self, damping):
        """The damped Gauss-Newton step on some rows: a function (theta, rows) -> (theta, loss), see `DualStep`."""
        step = DualStep(self.network, self.penalty, damping)
        return lambda theta, rows: step(self.on(self.data.take(rows)), theta)

    def linearized(self, blocks):
        """Targets of each block, the network linearised at its rows, and the `weight` of each entry."""
        for block in blocks:
            yield block.y, self.network.linearize(block.x, design=self._design(block)), self.weight(block)

    def weight(self, block):
        """How much the loss of each output and row counts, shape (n_outputs, n)."""
        shares = self.precision[:, None] * block.share
        return shares if self.loss.coupled else shares / len(shares)

    def _design(self, block):
        """First-layer design of a block, computed once; None if not kept."""
        if self._designs is None:
            return None
        key = block.start, block.x.shape[1]
        if key not in self._designs:
            self._designs[key] = self.network.layers[0].design(block.x)
        return self._designs[key]


def bounded(precision):
    """Precisions of the noise by which outputs are weighed, shape (n_outputs,)."""
    return np.minimum(precision, MOST_RATIO * precision.min())
