"""Places of knots, and splines that move from one knot vector to another."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from problems import damped_sine, make_knots

from sklearn_kan.layers.basis import BSplineBasis
from sklearn_kan.layers.knots import extend, quantile_knots, refit_coefficients, uniform_knots

quick = settings(max_examples=25, deadline=None, database=None, derandomize=True)
counted = st.lists(st.tuples(st.integers(-9, 9), st.integers(1, 5)), min_size=1, max_size=30)
EIGHTHS = np.arange(9) / 8


def inner(t, k):
    """Knots without the k on each side."""
    return t[:, k:-k]


@pytest.mark.parametrize("k", (1, 3, 5))
def test_uniform_knots_are_equally_spaced_and_end_on_the_range(k):
    lo, hi = np.array([-1.0, 0.1, 1e-9]), np.array([2.0, 0.7, 3e-9])
    t = uniform_knots(lo, hi, 5, k)
    assert t.shape == (3, 5 + 2 * k + 1)
    assert np.array_equal(t[:, k], lo) and np.array_equal(t[:, -k - 1], hi)
    np.testing.assert_allclose(np.diff(t), np.repeat((hi - lo)[:, None] / 5, 5 + 2 * k, axis=1), rtol=1e-13)


def test_extension_repeats_the_outermost_cells():
    t = extend(np.array([[0.0, 1.0, 3.0, 7.0]]), 3)
    np.testing.assert_array_equal(t, [[-3, -2, -1, 0, 1, 3, 7, 11, 15, 19]])


def test_quantile_cells_hold_equal_numbers_of_rows():
    X = np.random.RandomState(0).exponential(size=(2, 600))
    t = inner(quantile_knots(X, np.ones(600), X.min(axis=1), X.max(axis=1), 6, 3), 3)
    for row, x in zip(t, X, strict=True):
        np.testing.assert_array_equal(np.histogram(x, row)[0], 100)


def test_quantile_knots_span_the_given_range():
    X = np.random.RandomState(0).normal(size=(2, 50))
    lo, hi = X.min(axis=1) - 0.3, X.max(axis=1) + np.array([0.0, 2.0])
    t = inner(quantile_knots(X, np.ones(50), lo, hi, 4, 2), 2)
    assert np.array_equal(t[:, 0], lo) and np.array_equal(t[:, -1], hi)


@pytest.mark.parametrize(
    "x",
    [
        np.repeat([0.0, 1.0], 20),
        np.concatenate([np.zeros(90), np.linspace(0, 1, 10)]),
        np.concatenate([np.zeros(50), np.full(50, 1e-12), [1.0]]),
        np.concatenate([np.linspace(0, 1, 10), np.ones(90)]),
    ],
    ids=("two values", "mostly the least", "nearly tied", "mostly the largest"),
)
@pytest.mark.parametrize("n_cells", (1, 2, 5, 8))
def test_ties_are_merged_and_cells_kept(x, n_cells):
    t = quantile_knots(x[None], np.ones(len(x)), x[:1].min(keepdims=True), x.max(keepdims=True), n_cells, 3)
    cells = np.diff(inner(t, 3)[0])
    assert len(cells) == n_cells and cells.min() > 5e-4 / n_cells
    assert BSplineBasis(t, 3).n_cells == n_cells


@quick
@given(st.lists(st.integers(-3, 3), min_size=2, max_size=40).filter(lambda x: len(set(x)) > 1), st.integers(1, 9))
def test_any_column_gives_valid_knots(x, n_cells):
    x = np.array([x], dtype=float)
    t = quantile_knots(x, np.ones(x.size), x.min(axis=1), x.max(axis=1), n_cells, 3)
    assert t.shape == (1, n_cells + 7) and np.all(np.diff(t) > 0)
    assert t[0, 3] == x.min() and t[0, -4] == x.max()


@pytest.mark.parametrize("kind", ("uniform", "unequal"))
@pytest.mark.parametrize("k", (1, 2, 3, 4, 5))
def test_refit_returns_the_coefficients_of_a_spline(kind, k):
    basis = BSplineBasis(make_knots(kind, k, lo=[-1.0, 0.0], hi=[1.0, 500.0]), k)
    coef = np.random.RandomState(k).normal(size=(2, 4, basis.n_basis))
    refitted = refit_coefficients(lambda x: coef @ basis.design(x), basis)
    np.testing.assert_allclose(refitted, coef, rtol=0, atol=1e-10)


@pytest.mark.parametrize("kind", ("uniform", "unequal"))
@pytest.mark.parametrize("k", (1, 2, 3, 4, 5))
@pytest.mark.parametrize("factor", (2, 3))
def test_refit_on_a_finer_nested_grid_is_exact(kind, k, factor):
    coarse = make_knots(kind, k, n_cells=5, lo=[-1.0, 0.0], hi=[1.0, 500.0])
    place = np.arange(5 * factor + 1) / factor
    finer = np.stack([np.interp(place, np.arange(6), row) for row in inner(coarse, k)])
    old, new = BSplineBasis(coarse, k), BSplineBasis(extend(finer, k), k)
    coef = np.random.RandomState(k).normal(size=(2, 3, old.n_basis))
    refitted = refit_coefficients(lambda x: coef @ old.design(x), new)
    x = old.lo[:, None] + (old.hi - old.lo)[:, None] * np.linspace(0, 1, 97)
    np.testing.assert_allclose(refitted @ new.design(x), coef @ old.design(x), rtol=0, atol=1e-10)


def test_refit_of_a_smooth_function_converges_with_the_order_of_the_spline():
    """Cubic splines: half the cells, about sixteen times the error."""
    problem, errors = damped_sine(), []
    for n_cells in (10, 20):
        basis = BSplineBasis(make_knots("uniform", 3, n_cells), 3)
        coef = refit_coefficients(lambda z: problem.truth(z.T)[None, None], basis)
        errors.append(np.abs(coef @ basis.design(problem.X.T) - problem.y).max())
    assert errors[1] < errors[0] / 10 and errors[1] < 1e-4
