"""Networks that stand for the function data come from."""

import numpy as np

from sklearn_kan.symbolic.rows import Rows
from sklearn_kan.symbolic.surrogate import fit_surrogate


def test_values_derivatives_and_error_are_those_of_the_function():
    X = np.random.RandomState(0).uniform(0.5, 2, (300, 2)) * [1.0, 100.0]
    X[0] = [0.05, 2.0]  # More than a decade: by logarithms.
    y = np.exp(X[:, :1] / 2) * np.sqrt(X[:, 1:])
    surrogate = fit_surrogate(Rows(X, y), np.random.RandomState(0))
    assert surrogate.logarithmic.all()
    fresh = np.random.RandomState(1).uniform(0.5, 2, (200, 2)) * [1.0, 100.0]
    truth = np.exp(fresh[:, 0] / 2) * np.sqrt(fresh[:, 1])
    error = np.sqrt(np.mean((surrogate.value(fresh) - truth) ** 2))
    assert error < 0.01 * truth.std() and 0.1 < error / surrogate.error < 10
    slopes = np.stack([truth / 2, truth / fresh[:, 1] / 2], axis=1)
    assert np.abs(surrogate.gradient(fresh) / slopes - 1).mean() < 0.02


def test_few_rows_have_none():
    X = np.random.RandomState(0).uniform(1, 2, (20, 2))
    assert fit_surrogate(Rows(X, X[:, :1]), np.random.RandomState(0)) is None
