"""Formulas found from data alone."""

import numpy as np
from sklearn.base import clone

from sklearn_kan import SymbolicRegressor


def test_a_structure_is_found_without_a_network():
    rng = np.random.RandomState(0)
    X = rng.uniform(-0.9, 0.9, (300, 2))
    y = (X[:, 0] + X[:, 1]) / (1 + X[:, 0] * X[:, 1])
    found = SymbolicRegressor(random_state=0).fit(X, y)
    fresh = rng.uniform(-0.99, 0.99, (300, 2))
    truth = (fresh[:, 0] + fresh[:, 1]) / (1 + fresh[:, 0] * fresh[:, 1])
    assert np.abs(found.predict(fresh) - truth).max() < 1e-8
    assert found.rmse_to_model_ is None and found.rmse_to_y_ < 1e-8
    assert clone(found).get_params() == found.get_params()


def test_noise_is_not_fitted():
    rng = np.random.RandomState(0)
    X = rng.uniform(0.5, 2, (400, 2))
    y = X[:, 0] / X[:, 1]
    found = SymbolicRegressor(random_state=0, max_time=3).fit(X, y + 0.01 * y.std() * rng.normal(size=400))
    assert np.sqrt(np.mean((found.predict(X) - y) ** 2)) < 0.004 * y.std()
    assert found.n_splines_ == 0
