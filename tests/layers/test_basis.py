"""B-spline bases against the Cox-de Boor recursion, SciPy and scikit-learn."""

import numpy as np
import pytest
import reference
from problems import make_knots
from scipy.interpolate import BSpline
from sklearn.preprocessing import SplineTransformer

from sklearn_kan.layers.basis import BSplineBasis
from sklearn_kan.layers.knots import extend, refit_coefficients

DEGREES = (1, 2, 3, 4, 5)
RULES = ("linear", "constant", "continue")
# Three inputs: of width 2, in the tens of thousands, in the millionths.
LO, HI = np.array([-1.0, -3e4, 2e-6]), np.array([1.0, 5e4, 9e-6])


@pytest.fixture(params=("uniform", "unequal"))
def kind(request):
    return request.param


@pytest.fixture(params=DEGREES)
def k(request):
    return request.param


def points(lo=LO, hi=HI, n=41, beyond=0.0, seed=0):
    """Random points of each input, up to `beyond` widths outside, shape (n_in, n)."""
    place = np.random.RandomState(seed).uniform(-beyond, 1 + beyond, (len(lo), n))
    return lo[:, None] * (1 - place) + hi[:, None] * place


def scipy_design(t, k, x, nu=0):
    """All basis functions of each input by SciPy, extrapolated as polynomials."""
    return np.stack([BSpline(row, np.eye(len(row) - k - 1), k)(z, nu=nu).T for row, z in zip(t, x, strict=True)])


def by_width(slopes, basis):
    """Derivatives with respect to place in the grid."""
    return slopes * (basis.hi - basis.lo)[:, None, None]


def test_values_are_those_of_bspline(kind, k):
    t = make_knots(kind, k, lo=LO, hi=HI)
    x = np.hstack([points(), t[:, k:-k]])
    np.testing.assert_allclose(BSplineBasis(t, k).design(x), scipy_design(t, k, x), rtol=0, atol=1e-13)


def test_slopes_are_those_of_bspline(kind, k):
    t = make_knots(kind, k, lo=LO, hi=HI)
    basis, x = BSplineBasis(t, k), points()
    slopes = basis.design(x, slopes=True)[1]
    expected = scipy_design(t, k, x, nu=1)
    np.testing.assert_allclose(by_width(slopes, basis), by_width(expected, basis), rtol=0, atol=1e-12)


def test_values_and_slopes_follow_the_recursion(kind, k):
    t = make_knots(kind, k, n_cells=4, lo=LO, hi=HI)
    basis, x = BSplineBasis(t, k), points(n=15)
    values, slopes = basis.design(x, slopes=True)
    for i in range(len(t)):
        np.testing.assert_allclose(values[i], reference.design(t[i], k, x[i]), rtol=0, atol=1e-12)
        expected = reference.design(t[i], k, x[i], reference.basis_slope) * (HI - LO)[i]
        np.testing.assert_allclose(slopes[i] * (HI - LO)[i], expected, rtol=0, atol=1e-12)


def test_values_do_not_depend_on_whether_slopes_are_wanted(kind):
    basis = BSplineBasis(make_knots(kind, 3, lo=LO, hi=HI), 3)
    x = points(beyond=1.0)
    assert np.array_equal(basis.design(x), basis.design(x, slopes=True)[0])


@pytest.mark.parametrize("width", (1e-300, 1e-150, 1e150, 1e300))
def test_columns_of_extreme_width_lose_nothing(kind, k, width):
    plain = make_knots(kind, k, lo=[-0.5], hi=[0.5])
    x = points(np.array([-0.5]), np.array([0.5]))
    values = BSplineBasis(plain * width, k).design(x * width)
    np.testing.assert_allclose(values, scipy_design(plain, k, x), rtol=0, atol=1e-13)


def test_knots_that_are_nearly_uniform_are_taken_at_their_word(k):
    """A knot a ten-thousandth of a cell off its place."""
    t = make_knots("uniform", k)
    t[0, k + 2] += 1e-4 / 3
    x = points(LO[:1], HI[:1])
    np.testing.assert_allclose(BSplineBasis(t, k).design(x), scipy_design(t, k, x), rtol=0, atol=1e-13)


def test_one_cell_is_enough(k):
    t = make_knots("uniform", k, n_cells=1)
    x = points(LO[:1], HI[:1])
    np.testing.assert_allclose(BSplineBasis(t, k).design(x), scipy_design(t, k, x), rtol=0, atol=1e-13)


@pytest.mark.parametrize("rule", RULES)
def test_extrapolation_is_that_of_spline_transformer(kind, k, rule):
    inner, x = make_knots(kind, k, lo=LO, hi=HI)[:, k:-k], points(beyond=1.0)
    expected = []
    for knots, z in zip(inner, x, strict=True):
        # One at a time: scikit-learn 1.9 misplaces the ends of all inputs but the first for degree 1, linear.
        transformer = SplineTransformer(degree=k, knots=knots[:, None], extrapolation=rule).fit(knots[:, None])
        expected.append(transformer.transform(z[:, None]).T)
    values = BSplineBasis(extend(inner, k), k, rule).design(x)
    np.testing.assert_allclose(values, expected, rtol=0, atol=1e-13 * np.max(np.abs(expected)))


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("max_excess", (np.inf, 0.25))
def test_slopes_match_differences_inside_and_outside(kind, k, rule, max_excess):
    basis = BSplineBasis(make_knots(kind, k, lo=[-1.0, 0.0], hi=[1.0, 4.0]), k, rule, max_excess)
    x, h = points(basis.lo, basis.hi, beyond=1.0), 1e-6
    slopes = basis.design(x, slopes=True)[1]
    differences = (basis.design(x + h) - basis.design(x - h)) / (2 * h)
    np.testing.assert_allclose(slopes, differences, rtol=0, atol=1e-8 * np.abs(slopes).max())


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("max_excess", (np.inf, 0.25))
def test_basis_is_a_partition_of_unity_everywhere(kind, k, rule, max_excess):
    basis = BSplineBasis(make_knots(kind, k, lo=LO, hi=HI), k, rule, max_excess)
    values, slopes = basis.design(points(beyond=1.0), slopes=True)
    np.testing.assert_allclose(values.sum(axis=1), 1, rtol=0, atol=1e-13 * np.abs(values).max())
    slopes = by_width(slopes, basis)
    np.testing.assert_allclose(slopes.sum(axis=1), 0, rtol=0, atol=1e-13 * np.abs(slopes).max())


@pytest.mark.parametrize("rule", ("linear", "continue"))
@pytest.mark.parametrize("side", (-1, 1))
def test_reach_draws_a_point_outside_nearer(kind, rule, side):
    """An excess of e widths counts as max_excess e / (max_excess + e)."""
    t, max_excess, e = make_knots(kind, 3, lo=LO, hi=HI), 0.5, np.array([1e-3, 0.1, 1.0, 50.0])
    end, width = (LO if side < 0 else HI)[:, None], (HI - LO)[:, None]
    bounded = BSplineBasis(t, 3, rule, max_excess).design(end + side * width * e)
    expected = BSplineBasis(t, 3, rule).design(end + side * width * (max_excess * e / (max_excess + e)))
    np.testing.assert_allclose(bounded, expected, rtol=0, atol=1e-11 * np.abs(expected).max())


@pytest.mark.parametrize("rule", ("linear", "continue"))
def test_reach_is_smooth_at_the_boundary(kind, rule):
    """Values and slopes just outside differ from those just inside by no more than the step between them."""
    basis = BSplineBasis(make_knots(kind, 3), 3, rule, max_excess=0.25)
    for end in (basis.lo[0], basis.hi[0]):
        values, slopes = basis.design(np.array([[end - 1e-9, end + 1e-9]]), slopes=True)
        np.testing.assert_allclose(values[..., 0], values[..., 1], rtol=0, atol=1e-7)
        np.testing.assert_allclose(slopes[..., 0], slopes[..., 1], rtol=0, atol=1e-5)


def test_reach_changes_nothing_inside(kind):
    t, x = make_knots(kind, 3, lo=LO, hi=HI), points()
    assert np.array_equal(BSplineBasis(t, 3, max_excess=0.25).design(x), BSplineBasis(t, 3).design(x))


@pytest.mark.filterwarnings("ignore:overflow")
@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("max_excess", (np.inf, 0.25))
def test_infinite_and_huge_points_stay_finite(kind, k, rule, max_excess):
    basis = BSplineBasis(make_knots(kind, k), k, rule, max_excess)
    values, slopes = basis.design(np.array([[np.inf, -np.inf, 1e308, -1e308, 1e40]]), slopes=True)
    assert np.isfinite(values).all() and np.isfinite(slopes).all()
    if np.isfinite(max_excess) or rule == "constant":
        assert np.abs(values).max() < 1e3


@pytest.mark.filterwarnings("ignore:invalid value")
@pytest.mark.parametrize("n", (1, 2, 5))
def test_nan_gives_nan_and_harms_no_other_point(kind, n):
    """A diverging solver meets NaN; it must end as a loss that is NaN, not as an IndexError."""
    basis, x = BSplineBasis(make_knots(kind, 3, lo=LO, hi=HI), 3), points(n=n)
    expected = basis.design(x)
    x[1, 0] = np.nan
    values = basis.design(x, slopes=True)[0]
    assert np.isnan(values[1, :, 0]).any()
    expected[1, :, 0] = values[1, :, 0]
    assert np.array_equal(values, expected, equal_nan=True)


def test_error_rule_names_the_input_and_its_range():
    basis = BSplineBasis(make_knots("uniform", 3, lo=[-1.0, 0.0], hi=[1.0, 4.0]), 3, "error")
    with pytest.raises(ValueError, match=r"Input 1 .*\[0, 4\]"):
        basis.design(np.array([[0.0, 1.0], [4.0, 4.001]]))


def test_error_rule_forgives_rounding_at_the_ends(kind):
    t = make_knots(kind, 3)
    x = np.array([[np.nextafter(-1.0, -2.0), np.nextafter(1.0, 2.0)]])
    values = BSplineBasis(t, 3, "error").design(x)
    np.testing.assert_allclose(values, scipy_design(t, 3, x), rtol=0, atol=1e-13)


def test_greville_abscissae_are_the_coefficients_of_a_straight_line(kind, k):
    basis, x = BSplineBasis(make_knots(kind, k, lo=LO, hi=HI), k), points()
    line = np.einsum("ir,irn->in", basis.greville(), basis.design(x))
    place = (x - LO[:, None]) / (HI - LO)[:, None]
    np.testing.assert_allclose(line, 2 * place - 1, rtol=0, atol=1e-13)
    np.testing.assert_allclose(basis.normalized(x), 2 * place - 1, rtol=0, atol=1e-13)


def test_straight_lines_have_no_roughness(kind, k):
    basis = BSplineBasis(make_knots(kind, k, lo=LO, hi=HI), k)
    R, g = basis.roughness(), basis.greville()
    for line in (np.ones(g.shape), g):
        assert np.abs(np.einsum("irs,is->ir", R, line)).max() <= 1e-13 * np.abs(R).max()


def test_only_straight_lines_have_no_roughness(kind, k):
    R = BSplineBasis(make_knots(kind, k), k).roughness()[0]
    eigenvalues = np.linalg.eigvalsh(R)
    assert np.abs(eigenvalues[:2]).max() < 1e-12 * eigenvalues[-1] < 1e-9 * eigenvalues[2]


def test_roughness_of_mirrored_knots_is_mirrored(k):
    t = make_knots("unequal", k)
    R, mirrored = BSplineBasis(t, k).roughness(), BSplineBasis(-t[:, ::-1], k).roughness()
    np.testing.assert_allclose(mirrored[:, ::-1, ::-1], R, rtol=0, atol=1e-13 * R.max())


def test_roughness_of_a_parabola_is_exact_for_degree_two():
    """s = z^2 has integral of s''^2 equal to 8 on [-1, 1], whatever the units of x."""
    basis = BSplineBasis(make_knots("uniform", 2, lo=LO, hi=HI), 2)
    c = refit_coefficients(lambda x: basis.normalized(x)[:, None] ** 2, basis)[:, 0]
    np.testing.assert_allclose(np.einsum("ir,irs,is->i", c, basis.roughness(), c), 8, rtol=1e-10)


@pytest.mark.parametrize("far", (3.0, 1e3, 1e15))
def test_a_cell_may_be_wider_than_others_by_any_factor(far):
    """Within the narrow cells values are as exact, and bends cost as much to a factor, as beside a cell like them."""
    inner = np.array([[0.0, 0.25, 0.5, 0.75, 1.0, 1.25], [0.0, 0.25, 0.5, 0.75, 1.0, far]])
    basis, coef = BSplineBasis(extend(inner, 3), 3), np.array([1.0, -1.0, 1.0, -1.0, 0.0, 0.0, 0.0, 0.0])
    even, uneven = np.einsum("r,irs,s->i", coef, basis.roughness(), coef)
    assert even / 2 < uneven < 2 * even
    x = np.linspace(0, 1, 50)
    values = coef @ basis.design(np.stack([x, x]))
    np.testing.assert_allclose(values[1], BSpline(basis.t[1], coef, 3)(x), rtol=0, atol=1e-13)


def test_roughness_nears_the_integral_of_the_squared_second_derivative(kind, k):
    """s = sin(2 z): the integral over [-1, 1] is 16 - 4 sin(4)."""
    inner = np.linspace(-1, 1, 301)
    inner = inner if kind == "uniform" else inner + 0.15 * np.sin(np.pi * inner)
    basis = BSplineBasis(extend(inner[None], k), k)
    c = refit_coefficients(lambda x: np.sin(2 * x)[:, None], basis)[0, 0]
    np.testing.assert_allclose(c @ basis.roughness()[0] @ c, 16 - 4 * np.sin(4), rtol=0.02)


@pytest.mark.parametrize(
    "t",
    [
        np.arange(8.0),
        np.arange(7.0)[None],
        np.arange(8.0)[None, ::-1],
        np.array([[0.0, 1, 2, 3, 3, 4, 5, 6]]),
        np.array([[0.0, 1, 2, 3, np.nan, 5, 6, 7]]),
    ],
    ids=("one-dimensional", "too few", "falling", "tied", "nan"),
)
def test_bad_knots_are_refused(t):
    with pytest.raises(ValueError, match="strictly increasing"):
        BSplineBasis(t, 3)


def test_unknown_extrapolation_is_refused():
    with pytest.raises(ValueError, match="extrapolation must be one of"):
        BSplineBasis(make_knots("uniform", 3), 3, "periodic")


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("n_cells, n_out", [(6, 2), (26, 2), (26, 5)], ids=["kinks", "pieces", "design"])
def test_ways_to_evaluate_give_what_the_design_gives(kind, k, rule, n_cells, n_out):
    """Powers and kinks, polynomials cell by cell, and outside the grid, against basis functions times coefficients."""
    x = points(beyond=1.0)
    for max_excess in (np.inf, 0.25):
        basis = BSplineBasis(make_knots(kind, k, n_cells, lo=LO, hi=HI), k, rule, max_excess)
        coef = np.random.RandomState(1).normal(size=(len(LO), n_out, basis.n_basis))
        expected = np.einsum("ijk,ikn->jn", coef, basis.design(x))
        np.testing.assert_allclose(basis.evaluator(coef)(x), expected, rtol=0, atol=1e-12 * np.abs(expected).max())


@pytest.mark.parametrize("n_cells", (6, 14))
def test_no_way_to_evaluate_takes_points_outside_under_error(n_cells):
    basis = BSplineBasis(make_knots("uniform", 3, n_cells), 3, "error")
    evaluate = basis.evaluator(np.ones((len(basis.t), 1, basis.n_basis)))
    with pytest.raises(ValueError, match="outside its training range"):
        evaluate(basis.hi[:, None] + 1.0)


def test_rounding_to_single_precision_is_not_outside():
    """Whatever the range is beside the size of the values: half a unit in the last place of either end."""
    lo, hi = np.array([0.1, 1e5 + 0.1, -3e-7]), np.array([0.7, 1e5 + 0.7, 1e-7])
    basis = BSplineBasis(make_knots("uniform", 3, lo=lo, hi=hi), 3, "error")
    ends = np.stack([lo, hi], axis=1)
    assert not basis.excesses(ends.astype(np.float32).astype(float)).any()
    beyond = ends + np.array([[-1.0, 1.0]]) * (0.05 * (hi - lo))[:, None]
    np.testing.assert_allclose(basis.excesses(beyond), np.repeat(0.05 * (hi - lo), 2).reshape(3, 2), rtol=1e-6)
    basis.design(ends.astype(np.float32).astype(float))
