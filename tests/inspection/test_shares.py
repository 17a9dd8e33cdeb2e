"""A variance divided among correlated parts."""

import itertools

import numpy as np
from numpy.testing import assert_allclose

from sklearn_kan.inspection.shares import shapley_shares


def parts_of(n_parts, correlation, n=3000, seed=0):
    rng = np.random.RandomState(seed)
    common = rng.normal(size=n)
    rows = np.sqrt(correlation) * common + np.sqrt(1 - correlation) * rng.normal(size=(n_parts, n))
    return (rows - rows.mean(axis=1, keepdims=True))[:, :, None]


def test_uncorrelated_parts_have_the_shares_of_their_variances():
    n = 4096
    signs = np.array([[(row >> k) & 1 for row in range(n)] for k in range(8)]) * 2.0 - 1  # Exactly orthogonal.
    parts = (signs * np.arange(1, 9)[:, None])[:, :, None]
    left = signs[0] * signs[1] * 5
    shares, rest = shapley_shares(parts, parts.sum(axis=0) + left[:, None], np.full(n, 1 / n))
    total = np.sum(np.arange(1, 9) ** 2) + 25
    assert_allclose(shares, np.arange(1, 9) ** 2 / total, rtol=1e-6)
    assert_allclose(rest, 25 / total, rtol=1e-6)


def test_shares_are_shapley_values_of_explained_variance():
    parts = parts_of(4, 0.6) * np.array([1.0, -0.9, 0.5, 0.2])[:, None, None]
    target = parts.sum(axis=0)
    weight = np.full(target.shape[0], 1 / target.shape[0])

    def explained(chosen):
        if not chosen:
            return 0.0
        A = parts[list(chosen), :, 0].T
        fit = A @ np.linalg.lstsq(A, target[:, 0])[0]
        return fit @ fit / (target[:, 0] @ target[:, 0])

    expected = np.zeros(4)
    for order in itertools.permutations(range(4)):
        for place, k in enumerate(order):
            expected[k] += (explained(order[: place + 1]) - explained(order[:place])) / 24
    shares, rest = shapley_shares(parts, target, weight)
    assert_allclose(shares, expected, atol=1e-6)
    assert rest < 1e-7


def test_random_orders_are_close_and_twins_divide_what_they_say():
    parts = np.concatenate([parts_of(7, 0.3), np.zeros((1, 3000, 1))])
    parts[1] = parts[0]
    shares, _ = shapley_shares(parts, parts.sum(axis=0), np.full(3000, 1 / 3000))
    assert_allclose(shares[0], shares[1], atol=0.02)
    assert_allclose(shares.sum(), 1, atol=1e-6)
    assert shares[-1] == 0
    assert shares.min() >= 0


def test_nothing_to_explain():
    assert shapley_shares(np.zeros((2, 9, 1)), np.zeros((9, 1)), np.full(9, 1 / 9))[1] == 0
    assert shapley_shares(np.zeros((2, 9, 1)), np.arange(9.0)[:, None] - 4, np.full(9, 1 / 9))[1] == 1
