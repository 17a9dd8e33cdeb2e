r"""What the solvers minimise: penalised mean loss as a function of one flat vector.

    F(theta) = sum_n w_n mean_o l(y_no, f_o(x_n; theta)) + alpha / 2 theta^T S theta,   sum_n w_n = 1.

The weights are scaled to sum 1, so a row of weight 2 is two rows, and no term knows the number of
rows. The generalised Gauss-Newton matrix

    H = sum_n w_n mean_o l''_no J_no J_no^T + alpha S

is a sum over rows. (For a coupled loss, see `losses`, the mean over outputs is a sum and J_no is
centred.) It is accumulated over blocks of rows, so the memory is bounded whatever n is; the Jacobian of
all rows never exists.
"""

import numpy as np

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
    alpha : float
        Strength of the penalty.
    X : ndarray of shape (n_samples, n_features)
    Y : ndarray of shape (n_samples, n_outputs)
    sample_weight : ndarray of shape (n_samples,), default=None
        Positive; scaled to sum 1 here. None: all equal.
    """

    def __init__(self, network, loss, penalty, alpha, X, Y, sample_weight=None):
        self.network, self.loss, self.penalty, self.alpha = network, loss, penalty, alpha
        self.X, self.Y = X, Y
        self.sample_weight = None if sample_weight is None else sample_weight / sample_weight.sum()
        columns = max(1, network.n_params) * network.n_outputs
        self._step = int(np.clip(_JACOBIAN_BYTES // (8 * columns), 32, network.block_rows()))
        first = network.spline_layers[0]
        cacheable = 8 * len(X) * first.in_features * first.n_coef <= _CACHE_BYTES
        self._designs = {} if cacheable and network.layers[0] is first else None

    @property
    def n_samples(self):
        """Rows of the data."""
        return len(self.X)

    def value(self, theta):
        """F at theta."""
        self.network.theta = theta
        total, (first, *others) = self._penalty(theta), [layer.evaluator() for layer in self.network.layers]
        for start, x, y, weight in self._blocks():
            x = first(x) if self._designs is None else self.network.layers[0].combine(self._design(start, x))
            for evaluate in others:
                x = evaluate(x)
            total += np.sum(self.loss.value(y, x) @ weight)
        return float(total)

    def value_and_gradient(self, theta, rows=None):
        """F and its gradient at theta; over some rows only if given, as if they were all."""
        self.network.theta = theta
        penalised = self.alpha * self.penalty.apply(theta)
        total, gradient = 0.5 * float(theta @ penalised), penalised
        for start, x, y, weight in self._blocks(rows):
            chain = self.network.linearize(x, design=None if rows is not None else self._design(start, x))
            f = chain[-1].output
            total += float(np.sum(self.loss.value(y, f) @ weight))
            gradient += self.network.backward(chain, self.loss.gradient(y, f) * weight)
        return total, gradient

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
        self.network.theta = theta
        penalised = self.alpha * self.penalty.apply(theta)
        total, gradient = 0.5 * float(theta @ penalised), penalised
        H = self.alpha * self.penalty.matrix()
        out = np.empty((self.network.n_outputs, len(theta), min(self._step, self.n_samples)))
        for start, x, y, weight in self._blocks():
            J = out[:, :, : x.shape[1]]
            if J.shape != out.shape:
                J = np.empty(J.shape)
            chain = self.network.linearize(x, design=self._design(start, x))
            self.network.fill_jacobian(chain, J)
            f = chain[-1].output
            slope, curvature = self.loss.gradient(y, f), self.loss.curvature(y, f)
            total += float(np.sum(self.loss.value(y, f) @ weight))
            if self.loss.coupled:  # The gradient does not see it, as the slopes of a row add up to 0.
                J -= np.einsum("on,opn->pn", curvature, J)
            for o, rows in enumerate(J):
                gradient += rows @ (slope[o] * weight)
                rows *= np.sqrt(weight if curvature is None else weight * curvature[o])
                H += rows @ rows.T
        return total, gradient, H

    def _penalty(self, theta):
        """alpha / 2 theta^T S theta."""
        return 0.5 * self.alpha * float(theta @ self.penalty.apply(theta))

    def _blocks(self, rows=None):
        """Blocks of rows: first row, x (features first), y (outputs first) and weight over outputs."""
        n = self.n_samples if rows is None else len(rows)
        total = 1.0 if rows is None or self.sample_weight is None else self.sample_weight[rows].sum()
        for start in range(0, n, self._step):
            at = slice(start, min(start + self._step, n))
            at = at if rows is None else rows[at]
            y = self.Y[at].T
            weight = np.full(y.shape[1], 1.0 / n) if self.sample_weight is None else self.sample_weight[at] / total
            yield start, np.ascontiguousarray(self.X[at].T), y, weight if self.loss.coupled else weight / len(y)

    def _design(self, start, x):
        """First-layer design of the block that begins at a row, computed once; None if not kept."""
        if self._designs is None:
            return None
        if start not in self._designs:
            self._designs[start] = self.network.layers[0].design(x)
        return self._designs[start]
