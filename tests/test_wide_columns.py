"""Columns with a few values far away, by a slip, a code for "missing" or a heavy tail: none is lost for them."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from sklearn_kan import KANRegressor

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


def wide_columns():
    """Columns with a curve in most of their values, and few or many values far away; each with its target."""
    rng, n = np.random.RandomState(0), 300
    x, code, z = rng.uniform(size=n), rng.uniform(size=n) < 0.1, rng.normal(size=n)
    y = np.sin(6 * x)
    return {
        "one at 20": (np.where(np.arange(n) == 3, 20.0, x), y),
        "one at 1e6": (np.where(np.arange(n) == 3, 1e6, x), y),
        "codes for missing": (np.where(code, -9999.0, x), np.where(code, 0.0, y)),
        "two clusters": (np.where(np.arange(n) % 2, x, 100 + x), y),
        "lognormal": (np.exp(3 * z), np.sin(2 * z)),
        "Cauchy": (np.tan(np.pi * (x - 0.5)), np.sin(6 * x)),
    }


def with_another(x):
    """A table of this column and one that says nothing."""
    return np.column_stack([x, np.random.RandomState(1).uniform(size=len(x))])


@pytest.mark.parametrize("knots", ["mixed", "quantile"])
@pytest.mark.parametrize("name", wide_columns())
def test_a_column_is_not_lost_for_values_far_away(name, knots):
    x, y = wide_columns()[name]
    X = with_another(x)
    assert KANRegressor((), grid_size=10, knots=knots, random_state=0).fit(X, y).score(X, y) > 0.9


@pytest.mark.parametrize("name", ["one at 1e6", "codes for missing"])
def test_nor_within_a_network(name):
    x, y = wide_columns()[name]
    X = with_another(x)
    assert KANRegressor((4,), n_init=1, max_iter=60, random_state=0).fit(X, y).score(X, y) > 0.96


def test_one_row_far_away_does_not_ruin_a_score():
    """Where the truth levels off: R^2 of 300 new rows, one of them at twice the range of one column and farther."""
    rng = np.random.RandomState(0)

    def truth(X):
        X = np.clip(X, -1.5, 1.5)
        return np.tanh(3 * X[:, 0]) + X[:, 1] * X[:, 2]

    X, new = rng.uniform(-1, 1, (300, 3)), rng.uniform(-1, 1, (300, 3))
    y = truth(X) + 0.2 * rng.normal(size=300)
    model = KANRegressor((6,), n_init=1, random_state=0).fit(X, y)
    scores = [model.score(new, truth(new))]
    for column in range(3):
        for far in (-3.0, 3.0, 1e3):
            moved = new.copy()
            moved[0, column] = far
            scores.append(model.score(moved, truth(moved)))
    assert scores[0] > 0.95 and min(scores) > scores[0] - 0.05


def test_rows_left_out_of_the_grid_are_no_error_and_weights_repeat_them():
    x, y = wide_columns()["one at 1e6"]
    X, weight = with_another(x), np.random.RandomState(2).randint(1, 4, len(x))
    repeated = np.repeat(np.arange(len(x)), weight)
    quick = {"alpha": 1e-3, "max_iter": 5, "tol": 1e-2, "random_state": 0}
    one = KANRegressor((), **quick).fit(X, y, sample_weight=weight)
    other = KANRegressor((), **quick).fit(X[repeated], y[repeated])
    assert one.network_.layers[0].basis.hi[0] < 1
    assert_allclose(one.predict(X), other.predict(X), atol=1e-7)


def test_a_stream_is_not_stretched_by_one_value():
    """Nor does its grid move with every batch because of a value that it has left out."""
    x, y = wide_columns()["one at 1e6"]
    X, model = with_another(x), KANRegressor((3,), solver="kaczmarz", random_state=0)
    for _ in range(8):
        for rows in np.array_split(np.arange(len(x)), 3):
            model.partial_fit(X[rows], y[rows])
    t = model.network_.layers[0].basis.t
    assert model.score(X, y) > 0.9
    assert_array_equal(model.partial_fit(X[:100], y[:100]).network_.layers[0].basis.t, t)
