"""A variance divided among correlated parts."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.optimize import lsq_linear

from sklearn_kan.network.shares import explained_shares


def parts_of(n_parts, correlation, n=500, seed=0):
    rng = np.random.RandomState(seed)
    common = rng.normal(size=n)
    rows = np.sqrt(correlation) * common + np.sqrt(1 - correlation) * rng.normal(size=(n_parts, n))
    return (rows - rows.mean(axis=1, keepdims=True))[:, :, None]


def explained(parts, target, chosen):
    """What parts that are damped explain of a target, by another algorithm."""
    if not len(chosen):
        return 0.0
    fit = lsq_linear(parts[chosen, :, 0].T, target[:, 0], (0, 1), tol=1e-13)
    return 1 - 2 * fit.cost / np.sum(target**2)


@pytest.mark.parametrize("scales", [[1.0, 0.8, 0.5, 0.2], [1.0, -0.9, 0.5, 0.2], [5.0, -5.0, 1.0, 1e-3]])
def test_shares_are_the_mean_of_alone_and_lost(scales):
    parts = parts_of(4, 0.8) * np.array(scales)[:, None, None]
    target = parts.sum(axis=0) + 0.3 * parts_of(1, 0, seed=1)[0]
    found, rest = explained_shares(parts, target, np.full(500, 1 / 500))
    everything = explained(parts, target, [0, 1, 2, 3])
    alone = [explained(parts, target, [k]) for k in range(4)]
    lost = [everything - explained(parts, target, [j for j in range(4) if j != k]) for k in range(4)]
    means = np.add(alone, lost) / 2
    assert_allclose(found, everything * means / means.sum(), atol=1e-5)
    assert_allclose(rest, 1 - everything, atol=1e-6)


def test_uncorrelated_parts_have_the_shares_of_their_variances():
    n = 256
    signs = np.array([[(row >> k) & 1 for row in range(n)] for k in range(8)]) * 2.0 - 1  # Exactly orthogonal.
    parts = (signs * np.arange(1, 9)[:, None])[:, :, None]
    left = signs[0] * signs[1] * 5
    shares, rest = explained_shares(parts, parts.sum(axis=0) + left[:, None], np.full(n, 1 / n))
    total = np.sum(np.arange(1, 9) ** 2) + 25
    assert_allclose(shares, np.arange(1, 9) ** 2 / total, rtol=1e-9)
    assert_allclose(rest, 25 / total, rtol=1e-9)


def test_two_parts_by_hand():
    """x - b z with unit variances and the covariance c: alone z explains nothing, x (1 - b c)^2 as it is damped."""
    b, c = 0.5, 0.9
    first = np.array([1.0, 1.0, -1.0, -1.0])
    second = c * first + np.sqrt(1 - c**2) * np.array([1.0, -1.0, 1.0, -1.0])
    parts = np.stack([first, -b * second])[:, :, None]
    variance = 1 + b**2 - 2 * b * c
    x_alone = (1 - b * c) ** 2 / variance
    shares, rest = explained_shares(parts, parts.sum(axis=0), np.full(4, 0.25))
    assert_allclose(shares, [(x_alone + 1) / 2, (1 - x_alone) / 2], rtol=1e-9)
    assert abs(rest) < 1e-12


def test_parts_that_say_the_same_divide_it_whatever_their_order():
    parts = np.concatenate([parts_of(7, 0.3), np.zeros((1, 500, 1))])
    parts[1] = parts[0]
    shares, _ = explained_shares(parts, parts.sum(axis=0), np.full(500, 1 / 500))
    assert_allclose(shares[0], shares[1], rtol=1e-6)
    assert_allclose(shares.sum(), 1, atol=1e-9)
    assert shares[-1] == 0
    assert shares.min() >= 0
    order = np.random.RandomState(0).permutation(8)
    again, _ = explained_shares(parts[order], parts.sum(axis=0), np.full(500, 1 / 500))
    assert_allclose(again, shares[order], atol=1e-6)


def test_a_flat_part_has_next_to_nothing_though_it_is_correlated():
    parts = parts_of(2, 0.99) * np.array([1.0, 1e-4])[:, None, None]
    shares, _ = explained_shares(parts, parts.sum(axis=0), np.full(500, 1 / 500))
    assert 0 < shares[1] < 2e-4


def test_large_parts_that_cancel_have_little():
    parts = parts_of(2, 0.9999) * np.array([10.0, -10.0])[:, None, None]
    rest = parts_of(1, 0, seed=1)
    both = np.concatenate([parts, rest])
    shares, _ = explained_shares(both, both.sum(axis=0), np.full(500, 1 / 500))
    assert shares[2] > 0.9


def test_nothing_to_explain():
    weight = np.full(9, 1 / 9)
    assert explained_shares(np.zeros((2, 9, 1)), np.zeros((9, 1)), weight)[1] == 0
    assert explained_shares(np.zeros((2, 9, 1)), np.arange(9.0)[:, None] - 4, weight)[1] == 1
    wobble = 1e-8 * (np.arange(9.0) - 4)[None, :, None]
    shares, rest = explained_shares(wobble, wobble[0], weight)
    assert not shares.any() and rest == 0
