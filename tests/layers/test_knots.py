"""Places of knots, and splines that move from one knot vector to another."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from problems import damped_sine, make_knots
from scipy.stats import norm

from sklearn_kan.layers.basis import BSplineBasis
from sklearn_kan.layers.knots import (
    extend,
    mixed_knots,
    quantile_knots,
    refit_coefficients,
    robust_ends,
    uniform_knots,
)

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
        np.concatenate([np.zeros(20), np.full(30, 0.3), np.full(30, 0.1 + 0.2), [1.0]]),
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


def test_only_tied_quantiles_are_merged():
    """Cells of equal weight though the widths of cells differ by ten orders."""
    x = np.exp(10 * norm.ppf((np.arange(500) + 0.5) / 500))
    t = inner(quantile_knots(x[None], np.full(500, 0.002), x[:1], x[-1:], 5, 3), 3)[0]
    np.testing.assert_array_equal(np.histogram(x, t)[0], 100)


def mixed(x, n_cells=5, weight=None, ends=None):
    """Ends of the cells of one column."""
    lo, hi = (x.min(), x.max()) if ends is None else ends
    weight = np.ones(len(x)) if weight is None else weight
    return inner(mixed_knots(x[None], weight / weight.sum(), np.array([lo]), np.array([hi]), n_cells, 3), 3)[0]


def test_mixed_knots_are_where_the_mean_of_both_distributions_takes_equal_steps():
    """F(x) = x^2 and L(x) = x on [0, 1]: (x^2 + x) / 2 = j / n."""
    x = np.sqrt(np.linspace(0, 1, 20_001))
    levels = np.arange(6) / 5
    np.testing.assert_allclose(mixed(x), (np.sqrt(1 + 8 * levels) - 1) / 2, atol=1e-3)


@pytest.mark.parametrize("n_cells", (1, 2, 5, 9))
def test_mixed_knots_of_even_values_are_equal_cells(n_cells):
    for x in (np.linspace(-2, 5, 100), np.array([0.0, 1.0]), np.arange(12.0), np.repeat([0.0, 3.0], [90, 10])):
        np.testing.assert_allclose(mixed(x, n_cells), np.linspace(x[0], x[-1], n_cells + 1), atol=0.02)


@pytest.mark.parametrize("far", (50.0, 1e6, 1e9))
@pytest.mark.parametrize("share", (0.1, 0.5))
def test_no_knot_is_wasted_on_a_gap(far, share):
    """Two clusters, or a code for "missing" and the rest: cells within the data however wide the gap is."""
    n = np.arange(500)
    for other in (far + n / 500, np.full(500, far)):
        x = np.where(n % 10 < 10 * share, other, n[::-1] / 500)
        t = mixed(x)
        lone = other[0] == other[-1]
        left, right = np.sum(t < 1.6), np.sum(t > far - 0.6)
        assert left + right == 6 and left >= (5 if lone else 3) and right >= (1 if lone else 2)
        assert np.sort(np.diff(t))[-2] < 1  # One cell holds the gap, and no other reaches far into it.


@quick
@given(counted.filter(lambda rows: len({x for x, _ in rows}) > 1), st.integers(1, 9), st.floats(-1e3, 1e3))
def test_mixed_knots_know_neither_order_nor_units_and_weights_are_repetitions(rows, n_cells, unit):
    x, weight = np.array(rows, dtype=float).T
    x = np.sign(x) * x**4
    expected = mixed(x, n_cells, weight)
    assert np.all(np.diff(expected) > 0)
    for other in (np.repeat(x, weight.astype(int)), np.repeat(x, weight.astype(int))[::-1]):
        np.testing.assert_allclose(mixed(other, n_cells), expected, rtol=1e-9, atol=1e-9)
    unit = unit if abs(unit) > 1e-3 else 1.0
    turned = mixed(unit * x, n_cells, weight) / unit
    if not np.any(
        np.diff(np.unique(x)) == np.median(np.diff(np.unique(x)))
    ):  # In the midst of a gap either side will do.
        np.testing.assert_allclose(np.sort(turned), expected, rtol=1e-6, atol=1e-6)


@quick
@given(st.lists(st.floats(-1e300, 1e300), min_size=2, max_size=40), st.integers(1, 9))
def test_any_column_gives_valid_mixed_knots(x, n_cells):
    x = np.array(x)
    if np.ptp(x) < 1e-9 * np.abs(x).max() + 1e-300:
        x = np.append(x[0], x[0] + max(1.0, abs(x[0])))
    t = mixed(x, n_cells)
    assert np.all(np.diff(t) > 0) and t[0] == x.min() and t[-1] == x.max()


NORMAL = norm.ppf((np.arange(300) + 0.5) / 300)


@pytest.mark.parametrize(
    "x",
    [NORMAL, np.linspace(0, 1, 50), np.arange(4.0), np.repeat([0.0, 1.0], [97, 3]), np.r_[np.zeros(900), -NORMAL[:40]]],
    ids=("normal", "uniform", "few values", "rare value", "mostly zero"),
)
def test_ends_of_ordinary_columns_are_their_extremes(x):
    lo, hi = robust_ends(x[None], np.full(len(x), 1 / len(x)), x[None])
    assert lo == x.min() and hi == x.max()


def test_ends_leave_out_what_is_far_and_rare():
    """On both sides, in any unit; what has more than 5 % of the weight stays."""
    x = np.r_[NORMAL, 1e6, -40.0]
    for unit in (1.0, -1e-9, 1e100):
        lo, hi = robust_ends(unit * x[None], np.full(302, 1 / 302), unit * x[None])
        np.testing.assert_allclose(np.sort([lo[0] / unit, hi[0] / unit]), NORMAL[[0, -1]], rtol=1e-12)
    weight = np.r_[np.ones(300), 20.0, 1.0]
    lo, hi = robust_ends(x[None], weight / weight.sum(), x[None])
    assert lo == NORMAL[0] and hi == 1e6


def test_ends_take_in_what_others_have_seen_nearby():
    lo, hi = robust_ends(NORMAL[None], np.full(300, 1 / 300), np.r_[NORMAL, 3.5, 1e3][None])
    assert lo == NORMAL[0] and hi == 3.5


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
