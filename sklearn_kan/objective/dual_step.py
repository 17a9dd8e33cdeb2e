r"""One damped Gauss-Newton step on a few rows, solved in the space of those rows.

For a batch with penalised mean loss F and a damping mu, the new point solves

    S theta' + J^T (r + J (theta' - c)) + mu (theta' - theta) = 0,        c = mu P^-1 theta,

with P = S + mu I, and with the residuals r and their Jacobian J, both weighted such that the loss
is |r|^2 / 2 up to second order, taken at the anchor c: there the penalty has acted already. So theta' = c + d and

    d = P^-1 J^T u,        (I + J P^-1 J^T) u = -r,

a system of one equation a row and output however many parameters there are. Nor does J have to exist:
on one layer a row of J is the Kronecker product of basis values b and sensitivities s, and P has one
block for each edge, the same for all edges that leave one node. So the layer's share in J P^-1 J^T is

    (J P^-1 J^T)_nm = sum_i (b_in^T P_i^-1 b_im) sum_j s_jn s_jm,

an entry by entry product of two small Gram matrices.

**Many outputs.** That system costs the cube of rows times outputs. Beyond `_DIRECT` equations the same d is found by
conjugate gradients on (P + J^T J) d = -J^T r, preconditioned by P: each iteration carries one direction forward
through the network and one back, at a cost in proportion to the outputs. Each of them lowers the model of F; few are
needed, as a step is damped, and it need not be exact.

**How far the model holds.** Rows that are fitted to near certainty have next to no second derivative l'', and where
they are wrong -l' / l'' is far beyond anything that l'' knows of: |l'''| <= l'' for the losses with a log or logit link
(they are self-concordant in the sense of [1]_), so that l'' holds over moves of f of about 1. Therefore the curvature
of each entry is at least |l'| / t with the loss's `trust` t: by itself no row asks for a move beyond t. For softmax,
with c_k >= p_k, sum_k c_k (v_k - v')^2 about its own mean v' is still above the true second derivative. What remains
is that the network is not linear: the step is halved until it does not raise the loss of its batch.

References
----------
.. [1] F. Bach, "Self-concordant analysis for logistic regression", Electronic Journal of Statistics 4, 2010.
"""

import numpy as np
from scipy.linalg import LinAlgError, cho_factor, cho_solve

from ..utils.data import row_slices
from .gauss_newton import weighted_sensitivities

# Equations up to which the system of rows and outputs is factorised.
_DIRECT = 768
# Residual, relative to the first, at which conjugate gradients end, and iterations at most.
_RESIDUAL = 0.1
_ITERATIONS = 30
# Halvings of a step that would raise the loss of its batch.
_HALVINGS = 4
# Bytes of the sensitivities of one block of rows.
_BLOCK_BYTES = 2**24


class DualStep:
    """Steps with one damping.

    Parameters
    ----------
    network : KANNetwork
    penalty : Penalty
        Edges that leave one node are in one group.
    damping : float
    """

    def __init__(self, network, penalty, damping):
        self.network, self.penalty, self.damping = network, penalty, damping
        self._roots = [_inverse_roots(S, damping) for S in penalty.by_input()]
        self._inverses = [root @ root for root in self._roots]
        self._patterns = [_patterns(layer.edges) for layer in network.spline_layers]

    def __call__(self, batch, theta):
        """Take the step.

        Parameters
        ----------
        batch : Objective
            On the rows of the batch.
        theta : ndarray of shape (n_params,)

        Returns
        -------
        theta : ndarray of shape (n_params,)
            Where no step is to be had, for want of finite numbers, the anchor.
        loss : float
            F of the batch before the step, but after that of the penalty.
        """
        anchor = self.damping * self._solve(theta)  # c, to which the penalty alone moves theta.
        y, chain, weight = _linearized(batch, anchor)
        f = chain[-1].output
        root, mean_weights = _curvature_root(batch.loss, y, f, weight)
        loss = float(np.sum(batch.loss.value(y, f) * weight)) + 0.5 * self.damping * float(anchor @ (theta - anchor))
        residual = batch.loss.gradient(y, f) * weight / root
        find = self._move if residual.size <= _DIRECT else self._approximate_move
        return anchor + _no_worse(batch, anchor, find(chain, residual, root, mean_weights), loss), loss

    def _solve(self, values):
        """P^-1 times a vector of shape (n_params,)."""
        parts = []
        for layer, part, inverse in zip(self._layers, self.network.split(values), self._inverses, strict=True):
            edges = layer.spread(part)[:, None] @ inverse[np.nonzero(layer.edges)[0]]
            parts.append(layer.gather(edges[:, 0]))
        return np.concatenate(parts)

    @property
    def _layers(self):
        return self.network.spline_layers

    def _move(self, chain, residual, root, mean_weights):
        """The step d from the point at which the network was linearised, shape (n_params,)."""
        sensitivities = weighted_sensitivities(self.network, chain, root, mean_weights)
        kernel = np.eye(residual.size)
        for (_, local, weighted), roots, patterns in zip(sensitivities, self._roots, self._patterns, strict=True):
            _add_kernel(patterns, roots @ local.design, weighted, kernel)
        u = -_solution(kernel, residual.ravel()).reshape(residual.shape)
        return self._solve(self._pull(chain, u, root, mean_weights))

    def _approximate_move(self, chain, residual, root, mean_weights):
        """The step d by conjugate gradients."""
        rest = -self._pull(chain, residual, root, mean_weights)
        move, direction = np.zeros(len(rest)), self._solve(rest)
        size = first = float(rest @ direction)
        for _ in range(_ITERATIONS):
            if not size > _RESIDUAL**2 * first:
                break
            product = self._pull(chain, self._push(chain, direction, root, mean_weights), root, mean_weights)
            product += self.penalty.apply(direction) + self.damping * direction
            step = size / float(direction @ product)
            move, rest = move + step * direction, rest - step * product
            solved = self._solve(rest)
            size, previous = float(rest @ solved), size
            direction = solved + size / previous * direction
        return move if np.all(np.isfinite(move)) else np.zeros(len(move))

    def _push(self, chain, direction, root, mean_weights):
        """J times a vector of shape (n_params,): shape (n_outputs, n)."""
        change = self.network.push(chain, direction)
        return root * (change if mean_weights is None else change - np.sum(mean_weights * change, axis=0))

    def _pull(self, chain, values, root, mean_weights):
        """J^T times an array of shape (n_outputs, n): shape (n_params,)."""
        values = root * values
        if mean_weights is not None:
            values = values - mean_weights * values.sum(axis=0)
        return self.network.backward(chain, values)


def squared_length(batch, theta):
    """Sum of the squares of the entries of J on a batch: the trace of its Gauss-Newton matrix without penalty."""
    batch.network.theta = theta
    step = max(1, _BLOCK_BYTES // (8 * batch.network.n_outputs * batch.network.widest))
    blocks = map(batch.data.block, row_slices(batch.n_samples, step))
    total = 0.0
    for y, chain, weight in batch.linearized(blocks):
        root, mean_weights = _curvature_root(batch.loss, y, chain[-1].output, weight)
        for layer, local, weighted in weighted_sensitivities(batch.network, chain, root, mean_weights):
            by_input = np.sum(local.design**2, axis=1)
            by_output = np.sum(weighted**2, axis=0)
            total += float(np.sum(by_input * (layer.edges.astype(float) @ by_output)))
    return total


def _linearized(batch, theta):
    """Targets, linearised network and weights of all rows of a batch."""
    batch.network.theta = theta
    return next(batch.linearized([batch.data.block(slice(0, batch.n_samples))]))


def _curvature_root(loss, y, f, weight):
    """Square root of the weighted curvature, and the weights that centre derivatives if the loss is coupled."""
    curvature = loss.curvature(y, f)
    if curvature is None:
        return np.sqrt(weight), None
    curvature = np.maximum(curvature, np.abs(loss.gradient(y, f)) / loss.trust)
    curvature = np.maximum(curvature, 1e-12 * max(float(curvature.max()), np.finfo(float).tiny))
    return np.sqrt(weight * curvature), curvature / curvature.sum(axis=0) if loss.coupled else None


def _no_worse(batch, anchor, move, loss):
    """The move, or the half, the quarter, ... of it that does not raise the loss of the batch; 0 if none does."""
    for _ in range(_HALVINGS):
        if batch.value(anchor + move) <= loss:
            return move
        move = move / 2
    return np.zeros(len(move))


def _solution(kernel, values):
    """kernel^-1 times a vector, or 0 where the kernel is not positive definite within rounding; overwrites it."""
    kernel.flat[:: len(kernel) + 1] += len(kernel) * np.finfo(float).eps * np.max(np.diagonal(kernel))
    try:
        return cho_solve(cho_factor(kernel, overwrite_a=True, check_finite=False), values, check_finite=False)
    except LinAlgError:
        return np.zeros(len(values))


def _inverse_roots(S, damping):
    """(S_i + damping I)^(-1/2) of every input, shape kept."""
    values, vectors = np.linalg.eigh(S)
    return (vectors / np.sqrt(np.maximum(values, 0.0) + damping)[:, None, :]) @ vectors.transpose(0, 2, 1)


def _patterns(edges):
    """Pairs (inputs, outputs): inputs whose edges lead to the same outputs, and those outputs."""
    outputs, number = np.unique(edges, axis=0, return_inverse=True)
    if len(outputs) == 1 and outputs.all():
        return [(slice(None), slice(None))]
    return [(number.ravel() == n, alive) for n, alive in enumerate(outputs)]


def _add_kernel(patterns, design, weighted, kernel):
    """Add one layer's J P^-1 J^T, in place; `design` holds P^(-1/2) b, shape (in_features, n_coef, n)."""
    n_outputs, _, n = weighted.shape
    for inputs, outputs in patterns:
        rows = design[inputs].reshape(-1, n)
        columns = weighted[:, outputs].transpose(1, 0, 2).reshape(-1, n_outputs * n)
        product = (columns.T @ columns).reshape(n_outputs, n, n_outputs, n)
        product *= (rows.T @ rows)[None, :, None, :]
        kernel += product.reshape(kernel.shape)
