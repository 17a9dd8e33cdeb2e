"""Rows of formulas: distinct, sorted, in bearable units."""

import numpy as np

from sklearn_kan.symbolic.rows import Rows, SplitRows, distinct, sizes


def test_distinct_rows_have_the_sum_of_weights():
    X, Y = np.array([[2.0], [1.0], [2.0], [1.0]]), np.array([[0.0], [5.0], [-0.0], [6.0]])
    rows = distinct(X, Y, np.array([1.0, 2.0, 3.0, 0.0]))
    assert np.array_equal(rows.X, [[1.0], [2.0]]) and np.array_equal(rows.Y, [[5.0], [0.0]])
    assert np.array_equal(rows.sample_weight, [2.0, 4.0])
    assert distinct(X, Y + np.arange(4)[:, None]).sample_weight is None


def test_means_and_spreads_are_weighted():
    rng = np.random.RandomState(0)
    X, Y, weight = rng.normal(size=(9, 1)), rng.normal(size=(9, 2)), rng.randint(1, 4, 9)
    rows, repeated = Rows(X, Y, weight.astype(float)), Rows(np.repeat(X, weight, axis=0), np.repeat(Y, weight, axis=0))
    assert rows.total_weight == len(repeated.X)
    assert np.allclose(rows.mean, repeated.Y.mean(axis=0)) and np.allclose(rows.spread, repeated.Y.std(axis=0))
    assert np.isclose(rows.mean_square(Y), np.mean(repeated.Y**2))


def test_only_extreme_columns_are_scaled_and_by_powers_of_two():
    found = sizes(np.array([[1.0, -1e-30, 3e200, 0.0], [1e9, 1e-32, 1.0, 0.0]]))
    assert np.array_equal(found[[0, 3]], [1.0, 1.0]) and np.all(np.frexp(found)[0] == 0.5)
    assert 0.5 < 1e-30 / found[1] <= 2 and 0.5 < 3e200 / found[2] <= 2


def test_held_out_rows_are_not_fitted_to():
    rng = np.random.RandomState(0)
    X, Y = rng.normal(size=(50, 2)), rng.normal(size=(50, 1))
    rows = SplitRows(X, Y, 0.2, np.random.RandomState(0))
    both = np.vstack([rows.raw.X, rows.raw_held_out.X])
    assert len(rows.raw_held_out.X) == 10 and np.array_equal(np.unique(both, axis=0), np.unique(X, axis=0))
    assert np.allclose(rows.fitted.mean, 0) and np.allclose(rows.fitted.spread, 1)
    assert np.allclose(rows.mean + rows.scale * rows.held_out.Y, rows.raw_held_out.Y)


def test_varying_columns():
    X = np.column_stack([np.ones(9), np.arange(9), 1e6 + 1e-9 * np.arange(9), np.zeros(9)])
    assert Rows(X, X[:, :1]).varying == [1]


def test_a_part_is_drawn_from_everywhere():
    X = np.arange(1000.0)[:, None]
    part = Rows(X, X).part(100, np.random.RandomState(0)).X[:, 0]
    assert len(part) == 100 and np.all(np.diff(part) > 0) and abs(part.mean() - 500) < 100
