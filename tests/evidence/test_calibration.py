"""Calibration against errors of fits that leave each row out."""

import numpy as np
from numpy.testing import assert_allclose
from problems import NETWORKS, inputs

from sklearn_kan.evidence.calibration import _WAY, calibration
from sklearn_kan.utils.data import TrainingData


def test_calibration_is_by_errors_of_fits_without_each_row():
    """Of a linear model; noise that is taken for half of what it is asks for wider intervals."""
    network, X = NETWORKS["single"](), inputs(40)
    network.layers[0].keep_edges(np.array([[True, False, False], [True, False, False]]))
    J, rng = network.jacobian(X)[:, 0], np.random.RandomState(0)
    y, beta, S = np.sin(3 * X[:, 0]) + 0.4 * rng.normal(size=40), 1 / 0.2**2, np.eye(network.n_params)

    def solve(rows):
        H = beta * J[rows].T @ J[rows] + S
        return beta * np.linalg.solve(H, J[rows].T @ y[rows]), np.linalg.inv(H)

    squares = []
    for n in range(40):
        theta, covariance = solve(np.arange(40) != n)
        squares.append((y[n] - J[n] @ theta) ** 2 / (J[n] @ covariance @ J[n] + 1 / beta))
    network.theta, covariance = solve(np.arange(40))
    data = TrainingData(X, np.column_stack([y, 0 * y, 0 * y]))
    precision = np.array([beta, 1.0, 1.0])
    factor = calibration([network], [covariance], np.ones(1), precision, data)
    # Part of the way, and two of the three outputs have no errors at all.
    assert_allclose(factor, np.sqrt(np.mean(squares) / 3) ** _WAY, rtol=1e-9)
    assert np.mean(squares) > 1.2
