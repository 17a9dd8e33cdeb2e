"""Splines as powers and kinks, against SciPy's B-splines and against their design."""

import numpy as np
import pytest
from problems import make_knots
from scipy.interpolate import BSpline

from sklearn_kan.layers.basis import BSplineBasis
from sklearn_kan.layers.kinks import Kinks, kinks_of
from sklearn_kan.layers.knots import extend

DEGREES = (1, 2, 3, 4, 5)


def centred(cells, k):
    """Knots of one input with cells of given lengths, in mean cells from the middle of the grid."""
    ends = np.r_[0.0, np.cumsum(cells)]
    return extend(ends[None] * len(cells) / ends[-1], k) - 0.5 * len(cells)


@pytest.mark.parametrize("k", DEGREES)
@pytest.mark.parametrize("n_left", range(4))
def test_they_span_the_b_splines(k, n_left):
    """Whichever kinks look left, on cells of different lengths."""
    t = centred([1.0, 0.4, 1.6, 0.9], k)
    kinks, z = Kinks(t, k, n_left), np.random.RandomState(0).uniform(-2.0, 2.0, (1, 60))
    functions = np.vstack([np.ones(60), kinks.functions(z, kinks.knots)[:, 0]])
    expected = BSpline(t[0], np.eye(4 + k), k)(z[0]).T
    rounding = 10 * np.finfo(float).eps * kinks.amplification
    np.testing.assert_allclose(kinks.change[0] @ functions, expected, rtol=0, atol=rounding)


@pytest.mark.parametrize("k", DEGREES)
def test_ends_are_values_and_slopes_there(k):
    kinks, h = Kinks(centred([1.0, 0.4, 1.6, 0.9], k), k, 2), 1e-6
    ends, steps = np.array([[-2.0, 2.0]]), np.array([[h, -h]])
    np.testing.assert_array_equal(kinks.ends, kinks.functions(ends, kinks.knots))
    slopes = (kinks.functions(ends + steps, kinks.knots) - kinks.ends) / steps
    np.testing.assert_allclose(kinks.end_slopes, slopes, rtol=0, atol=1e-4 * np.abs(slopes).max())


@pytest.mark.parametrize("cells", [[0.01, 1, 1, 1, 1], [1, 1, 1, 1, 0.01], [0.1, 0.2, 0.5, 1, 1], [0.1, 1, 1, 1, 0.1]])
def test_small_cells_at_the_ends_amplify_nothing(cells):
    assert kinks_of(3, 5, 1, centred(cells, 3) + 2.5).amplification < 100


def test_equal_cells_amplify_as_little_as_documented():
    assert 25 < kinks_of(3, 5, 2).amplification < 27


@pytest.mark.parametrize("far", (1e-3, 1e-9, 1e-13))
def test_b_splines_stay_where_rounding_would_grow(far):
    """Small cells in the middle, and splines that are evaluated all the same."""
    t = centred([1.0, far, far, far, far, 1.0], 3) + 3.0
    assert kinks_of(3, 6, 1, t) is None
    basis, x = BSplineBasis(t, 3), np.linspace(0.0, 6.0, 31)[None]
    coef = np.random.RandomState(0).normal(size=(1, 2, basis.n_basis))
    np.testing.assert_allclose(basis.evaluator(coef)(x), coef[0] @ basis.design(x)[0], rtol=0, atol=1e-12)


def test_many_cells_are_searched():
    assert kinks_of(3, 13, 100) is None and kinks_of(3, 6, 1) is None


@pytest.mark.parametrize("kind", ("uniform", "unequal"))
def test_knots_are_remembered_and_not_mixed_up(kind):
    """Two layers of the same size with different knots, one after the other."""
    for seed in (0, 1, 0):
        basis = BSplineBasis(make_knots(kind, 3, lo=[-1.0, 0.0], hi=[1.0, 4.0], seed=seed), 3)
        x = np.random.RandomState(seed).uniform(basis.lo, basis.hi, (9, 2)).T
        coef = np.random.RandomState(seed).normal(size=(2, 1, basis.n_basis))
        expected = np.einsum("ijk,ikn->jn", coef, basis.design(x))
        np.testing.assert_allclose(basis.evaluator(coef)(x), expected, rtol=0, atol=1e-12)


@pytest.mark.parametrize("rule", ("linear", "constant", "continue"))
@pytest.mark.parametrize("max_excess", (np.inf, 0.25))
def test_far_outside_and_missing(rule, max_excess):
    """NaN is NaN by every rule and harms no other point; sizes that overflow count as the design has them."""
    basis = BSplineBasis(make_knots("unequal", 3), 3, rule, max_excess)
    x = np.array([[np.nan, 0.5, -1e308, 1e308, np.inf, -np.inf, 1e20, np.nan]])
    coef = np.random.RandomState(0).normal(size=(1, 2, basis.n_basis))
    y = basis.evaluator(coef)(x)
    assert np.array_equal(np.isnan(y).all(axis=0), np.isnan(x[0])) and np.isfinite(y[:, ~np.isnan(x[0])]).all()
    known = x[:, ~np.isnan(x[0])]
    np.testing.assert_allclose(y[:, ~np.isnan(x[0])], coef[0] @ basis.design(known)[0], rtol=1e-10)


@pytest.mark.parametrize("code", [1e3, 1e6, 1e9, 1e12])
@pytest.mark.parametrize("sign", [1, -1])
def test_splines_beside_a_code_far_away_are_exact(code, sign):
    k, rng = 3, np.random.RandomState(0)
    inner = np.sort(sign * np.array([[-2.7, -0.7, -0.1, 0.6, code / 2, code]]), axis=1)
    basis, coef = BSplineBasis(extend(inner, k), k), rng.normal(size=(1, 1, 8))
    x = sign * np.append(rng.uniform(-2.7, 0.6, 50), code)
    got = basis.evaluator(coef)(x[None])[0]
    assert np.allclose(got, BSpline(basis.t[0], coef[0, 0], k)(x), rtol=0, atol=1e-10)
