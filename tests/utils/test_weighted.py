"""Weighted statistics: a weight of k is k rows."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from sklearn_kan.utils.weighted import column_quantile, robust_spread, spread, weighted_quantiles

quick = settings(max_examples=25, deadline=None, database=None, derandomize=True)
counted = st.lists(st.tuples(st.integers(-9, 9), st.integers(1, 5)), min_size=1, max_size=30)
EIGHTHS = np.arange(9) / 8


@quick
@given(counted)
def test_integer_weights_are_repetitions(rows):
    x, weight = np.array(rows, dtype=float).T
    expected = np.quantile(np.repeat(x, weight.astype(int)), EIGHTHS, method="averaged_inverted_cdf")
    np.testing.assert_array_equal(weighted_quantiles(x, weight, EIGHTHS), expected)


@quick
@given(counted, st.floats(1e-6, 1e6), st.integers(2, 13), st.randoms())
def test_quantiles_ignore_the_order_of_rows_and_the_unit_of_weights(rows, unit, n_cells, random):
    shuffled = random.sample(rows, len(rows))
    levels = np.linspace(0, 1, n_cells + 1)
    first, second = np.array(rows, dtype=float).T, np.array(shuffled, dtype=float).T
    expected = weighted_quantiles(*first, levels)
    np.testing.assert_array_equal(weighted_quantiles(second[0], unit * second[1], levels), expected)


@pytest.mark.parametrize("q", [0.1, 0.25, 0.5, 0.9])
def test_quantiles_of_columns(q):
    Y = np.random.RandomState(0).normal(size=(40, 2))
    assert_allclose(column_quantile(Y, None, q), np.quantile(Y, q, axis=0, method="averaged_inverted_cdf"))
    assert_allclose(column_quantile(-Y, None, 1 - q), -column_quantile(Y, None, q))


def test_spread_by_hand():
    Y = np.array([[0.0, 5.0, 1e300], [4.0, 5.0, -1e300]])
    location = Y.mean(axis=0)
    assert_allclose(spread(Y, None, location), [2.0, 1.0, 1e300])
    assert_allclose(spread(Y, np.array([3.0, 1.0]), np.array([1.0, 5.0, 0.0])), [np.sqrt(3), 1.0, 1e300])


def test_robust_spread_is_the_deviation_of_a_normal_and_ignores_a_tenth():
    Y = 3.0 * np.random.RandomState(0).normal(size=(50_000, 3))
    Y[:2000, 1] = 1e9
    Y[:, 2] = 7.0
    assert_allclose(robust_spread(Y, None, np.array([0.0, 0.0, 7.0])), [3.0, 3.0, 1.0], rtol=0.1)
    weight = np.random.RandomState(1).randint(1, 4, 100)
    repeated = robust_spread(np.repeat(Y[:100], weight, axis=0), None, np.zeros(3))
    assert_allclose(robust_spread(Y[:100], weight.astype(float), np.zeros(3)), repeated, rtol=1e-12)
    mostly_equal = np.zeros((100, 1))
    mostly_equal[0] = 5.0
    assert robust_spread(mostly_equal, None, np.zeros(1)) > 0
