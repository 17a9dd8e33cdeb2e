"""Slow and obviously right: splines by the Cox-de Boor recursion, a KAN layer by plain loops."""

import numpy as np


def basis_value(t, r, k, x):
    """B_r of degree k on the knots t at one point x."""
    if k == 0:
        return 1.0 if t[r] <= x < t[r + 1] else 0.0
    left = (x - t[r]) / (t[r + k] - t[r]) * basis_value(t, r, k - 1, x)
    right = (t[r + k + 1] - x) / (t[r + k + 1] - t[r + 1]) * basis_value(t, r + 1, k - 1, x)
    return left + right


def basis_slope(t, r, k, x):
    """Derivative of B_r at one point x."""
    left = k / (t[r + k] - t[r]) * basis_value(t, r, k - 1, x)
    right = k / (t[r + k + 1] - t[r + 1]) * basis_value(t, r + 1, k - 1, x)
    return left - right


def design(t, k, x, function=basis_value):
    """All basis functions (rows) of one input at all points (columns)."""
    return np.array([[function(t, r, k, point) for point in x] for r in range(len(t) - k - 1)])


def layer_forward(t, k, weights, X):
    """y_nj = sum_i sum_r w_ijr B_r(x_ni), shape (n, n_out)."""
    n_in, n_out, n_basis = weights.shape
    Y = np.zeros((len(X), n_out))
    for i in range(n_in):
        values = design(t[i], k, X[:, i])
        for n in range(len(X)):
            for j in range(n_out):
                for r in range(n_basis):
                    Y[n, j] += weights[i, j, r] * values[r, n]
    return Y


def layer_backward(t, k, weights, X, dY):
    """dL/dw, shape of the weights, and dL/dX, shape of X, from dL/dY of shape (n, n_out)."""
    n_in, n_out, n_basis = weights.shape
    dweights, dX = np.zeros(weights.shape), np.zeros(X.shape)
    for i in range(n_in):
        values, slopes = design(t[i], k, X[:, i]), design(t[i], k, X[:, i], basis_slope)
        for n in range(len(X)):
            for j in range(n_out):
                for r in range(n_basis):
                    dweights[i, j, r] += dY[n, j] * values[r, n]
                    dX[n, i] += dY[n, j] * weights[i, j, r] * slopes[r, n]
    return dweights, dX


def numerical_jacobian(function, x, step=1e-5):
    """Central differences of an array-valued function of one flat vector; the last axis is x."""
    columns = []
    for unit in np.eye(len(x)):
        columns.append((function(x + step * unit) - function(x - step * unit)) / (2 * step))
    return np.stack(columns, axis=-1)
