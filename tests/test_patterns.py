"""Rows in an order of their own, as designs, hours and sorted files have it: nothing may look at every k-th of them."""

import itertools

import numpy as np
import pytest
from numpy.testing import assert_allclose

from sklearn_kan import KANRegressor, SymbolicRegressor, feature_interactions

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


def factorial():
    """All 2048 corners of an 11-dimensional cube in their usual order; y has 0 x 10 and half of 5."""
    X = np.array(list(itertools.product([-1.0, 1.0], repeat=11)))
    return X, X[:, 0] * X[:, 10] + 0.5 * X[:, 5] + 0.1 * np.random.RandomState(0).normal(size=len(X))


def test_importances_of_a_design_in_its_usual_order():
    """Of the variance 1 + 1/4, the pair has 1 and column 5 has 1/4: Shapley effects .4, .4, .2."""
    X, y = factorial()
    model = KANRegressor((3,), n_init=1, alpha=1e-4, random_state=0).fit(X, y)
    shares = model.feature_importances_
    assert_allclose(shares[[0, 5, 10]], [0.4, 0.2, 0.4], atol=0.03)
    assert_allclose(shares.sum() - shares[[0, 5, 10]].sum(), 0, atol=0.02)
    assert_allclose(np.asarray(feature_interactions(model, X))[0, 10], 0.8, atol=0.1)


@pytest.mark.parametrize("period", [2, 3, 8])
def test_noise_that_comes_and_goes_with_the_rows(period):
    """One row of each period has nearly none; sigma_ is the root of the mean variance."""
    rng = np.random.RandomState(0)
    X, n = rng.uniform(-1, 1, (2000 * period, 1)), 2000 * period
    noise = np.where(np.arange(n) % period == 0, 0.01, 0.4)
    y = np.sin(3 * X[:, 0]) + noise * rng.normal(size=n)
    model = KANRegressor((2,), n_init=1, max_iter=15, random_state=0).fit(X, y)
    assert_allclose(model.sigma_, np.sqrt(np.mean(noise**2)), rtol=0.06)


def test_a_formula_of_sorted_rows():
    """A column that moves late matters all the same."""
    rng = np.random.RandomState(0)
    X = rng.uniform(0.5, 2, (1500, 2))
    X[:600, 1] = 1.0
    model = SymbolicRegressor(max_time=3, random_state=0).fit(X, X[:, 0] * X[:, 1])
    assert model.score(X[600:], X[600:, 0] * X[600:, 1]) > 0.999
