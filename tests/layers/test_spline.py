"""Layers against a layer of plain loops, SciPy splines and finite differences."""

import numpy as np
import pytest
import reference
from problems import make_knots, make_layer

from sklearn_kan.layers import SplineLayer

MISSING = [(0, 1), (2, 0)]


@pytest.fixture(params=[("uniform", 3), ("unequal", 3), ("uniform", 1), ("unequal", 2), ("uniform", 5)], ids=str)
def layer(request):
    """Three inputs, two outputs, two of the six edges missing."""
    kind, degree = request.param
    return make_layer(3, 2, kind=kind, degree=degree, grid_size=4, missing=MISSING)


@pytest.fixture
def X():
    return np.random.RandomState(1).uniform(-1, 1, (9, 3))


@pytest.fixture
def dY():
    return np.random.RandomState(2).normal(size=(9, 2))


def test_forward_follows_the_definition(layer, X):
    expected = reference.layer_forward(layer.basis.t, layer.degree, layer.weights, X)
    np.testing.assert_allclose(layer.forward(X), expected, rtol=0, atol=1e-12)


def test_backward_follows_the_definition(layer, X, dY):
    dcoef, dX = layer.backward(X, dY)
    expected, expected_dX = reference.layer_backward(layer.basis.t, layer.degree, layer.weights, X, dY)
    expected[~layer.edges] = 0
    np.testing.assert_allclose(dcoef, expected, rtol=0, atol=1e-12)
    np.testing.assert_allclose(dX, expected_dX, rtol=0, atol=1e-12)


@pytest.mark.parametrize("base_function", (None, "silu"))
@pytest.mark.parametrize("rule", ("linear", "constant", "continue"))
@pytest.mark.parametrize("max_excess", (np.inf, 0.25))
def test_backward_matches_differences_outside_the_grid_too(base_function, rule, max_excess, dY):
    options = {"extrapolation": rule, "max_excess": max_excess, "base_function": base_function}
    layer = make_layer(3, 2, missing=MISSING, **options)
    X = np.random.RandomState(3).uniform(-2, 2, (9, 3))
    theta = layer.theta

    def of_theta(values):
        layer.theta = values
        return np.sum(layer.forward(X) * dY)

    dcoef, dX = layer.backward(X, dY)
    expected = reference.numerical_jacobian(of_theta, theta)
    layer.theta = theta
    np.testing.assert_allclose(dcoef[layer.edges].ravel(), expected, rtol=0, atol=1e-8)
    expected = reference.numerical_jacobian(lambda x: np.sum(layer.forward(x.reshape(X.shape)) * dY), X.ravel())
    np.testing.assert_allclose(dX.ravel(), expected, rtol=0, atol=1e-6)


def test_edges_are_scipy_splines_that_sum_to_the_output(layer, X):
    total = np.zeros((len(X), 2))
    for i in range(3):
        for j in range(2):
            total[:, j] += layer.edge(i, j)(X[:, i])
    np.testing.assert_allclose(layer.forward(X), total, rtol=0, atol=1e-13)


def test_edges_are_in_the_units_of_their_input():
    knots = make_knots("unequal", 3, lo=[0.0, -5e3], hi=[1e-3, 5e3])
    layer = SplineLayer(2, 1, knots=knots)
    layer.theta = np.random.RandomState(0).normal(size=layer.n_params)
    X = knots[:, 3] + np.random.RandomState(1).uniform(size=(20, 2)) * (knots[:, -4] - knots[:, 3])
    expected = layer.edge(0, 0)(X[:, 0]) + layer.edge(1, 0)(X[:, 1])
    np.testing.assert_allclose(layer.forward(X)[:, 0], expected, rtol=0, atol=1e-13)


def test_edge_is_a_copy():
    layer = make_layer(2, 2)
    before = layer.theta
    layer.edge(0, 0).c[:] = 0
    assert np.array_equal(layer.theta, before)


def test_functions_are_the_edges(layer, X):
    values = layer.functions(X.T)
    for i, j in np.ndindex(3, 2):
        np.testing.assert_allclose(values[i, j], layer.edge(i, j)(X[:, i]), rtol=0, atol=1e-13)


def test_missing_edges_are_zero_and_have_no_parameters(layer, X):
    assert layer.n_params == 4 * layer.n_coef == len(layer.theta)
    for i, j in MISSING:
        assert not layer.coef[i, j].any()
        assert not layer.edge(i, j)(X[:, i]).any()


def test_theta_makes_a_round_trip(layer):
    values = np.random.RandomState(5).normal(size=layer.n_params)
    layer.theta = values
    assert np.array_equal(layer.theta, values)
    edges = [edge for edge in np.ndindex(3, 2) if edge not in MISSING]
    for part, (i, j) in zip(values.reshape(4, -1), edges, strict=True):
        assert np.array_equal(layer.coef[i, j], part)


def test_theta_is_a_copy(layer):
    layer.theta[:] = 7.0
    assert not (layer.theta == 7.0).any()


def test_sizes():
    layer = SplineLayer(2, 3, degree=2, grid_size=7, base_function="silu")
    assert layer.weights.shape == (2, 3, 9) and layer.coef.shape == (2, 3, 10)
    assert (layer.degree, layer.grid_size, layer.n_basis, layer.n_coef, layer.n_params) == (2, 7, 9, 10, 60)
    assert not layer.coef.any() and layer.edges.all()


def test_weights_are_a_view_without_the_residual():
    layer = make_layer(2, 2, base_function="silu")
    residual = layer.coef[:, :, -1].copy()
    layer.weights = np.ones(layer.weights.shape)
    layer.weights[0, 1, 2] = 5.0
    assert layer.coef[0, 1, 2] == 5.0 and layer.coef[0, 0, 0] == 1.0
    assert np.array_equal(layer.coef[:, :, -1], residual)


def test_silu_is_added_on_the_grid_mapped_to_one():
    knots = make_knots("uniform", 3, lo=[0.0], hi=[10.0])
    layer, plain = SplineLayer(1, 1, knots=knots, base_function="silu"), SplineLayer(1, 1, knots=knots)
    layer.coef[0, 0] = np.arange(layer.n_coef)
    plain.coef[0, 0] = np.arange(plain.n_coef)
    X = np.array([[0.0], [3.0], [8.0], [10.0]])
    z = X / 5 - 1
    silu = z / (1 + np.exp(-z))
    np.testing.assert_allclose(layer.forward(X), plain.forward(X) + plain.n_coef * silu, rtol=1e-13)


def silu_layer(rule, max_excess=np.inf):
    """A layer of one edge that is silu on [-1, 1] and nothing else."""
    layer = SplineLayer(1, 1, base_function="silu", extrapolation=rule, max_excess=max_excess)
    layer.coef[0, 0, -1] = 1.0
    return layer


def test_silu_goes_on_by_the_rule_of_the_splines():
    gate = 1 / (1 + np.exp(-1.0))
    tangent = gate + 2.5 * gate * (2 - gate)  # silu(1) + 2.5 silu'(1)
    X = np.array([[3.5]])
    for rule, expected in (("constant", gate), ("linear", tangent), ("continue", 3.5 / (1 + np.exp(-3.5)))):
        np.testing.assert_allclose(silu_layer(rule).forward(X), expected, rtol=1e-14)


def test_the_bound_on_the_excess_is_that_of_the_splines():
    gate, far = 1 / (1 + np.exp(-1.0)), np.array([[1e300]])
    # In grid widths, of which [-1, 1] is one: 0.25 is a half.
    np.testing.assert_allclose(silu_layer("linear", 0.25).forward(far), gate + 0.5 * gate * (2 - gate), rtol=1e-14)
    np.testing.assert_allclose(silu_layer("continue", 0.25).forward(far), 1.5 / (1 + np.exp(-1.5)), rtol=1e-14)


def test_far_out_silu_is_finite():
    layer = SplineLayer(1, 1, grid_range=(0.0, 1e-10), base_function="silu")
    layer.coef[0, 0] = 1.0
    assert np.isfinite(layer.forward(np.array([[1e300], [-1e300]]))).all()


def test_grid_range_sets_uniform_knots():
    layer = SplineLayer(2, 1, degree=1, grid_size=4, grid_range=(0, 8))
    np.testing.assert_allclose(layer.basis.t, [[-2, 0, 2, 4, 6, 8, 10]] * 2, atol=1e-14)


def test_design_given_in_advance_is_used():
    layer, x = make_layer(2, 3), np.random.RandomState(0).uniform(-1, 1, (2, 5))
    design = layer.design(x)
    with_design, without = layer.linearize(x, slopes=False, design=2 * design), layer.linearize(x)
    np.testing.assert_allclose(with_design.output, 2 * without.output, rtol=1e-14)
    assert with_design.slopes is None and without.slopes.shape == (2, 3, 5)


def test_layer_jacobian_is_linear_in_the_parameters(layer, X):
    """Each output is its Jacobian times theta, and no parameter of one output moves another."""
    local = layer.linearize(X.T)
    for j, unit in enumerate(np.eye(2)):
        out = np.empty((layer.n_params, len(X)))
        layer.fill_jacobian(local, np.repeat(unit[:, None], len(X), axis=1), out)
        np.testing.assert_allclose(layer.theta @ out, layer.forward(X)[:, j], rtol=0, atol=1e-13)
        assert not out.reshape(4, layer.n_coef, -1)[np.nonzero(layer.edges)[1] != j].any()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"base_function": "relu"}, "base_function must be None or one of"),
        ({"extrapolation": "wrap"}, "extrapolation must be one of"),
        ({"knots": make_knots("uniform", 3, lo=[0.0], hi=[1.0])}, "one row an input: 2; got 1"),
        ({"grid_range": (1, -1)}, "strictly increasing"),
        ({"grid_range": (1, 1)}, "strictly increasing"),
    ],
    ids=lambda value: value if isinstance(value, str) else "-".join(value),
)
def test_bad_arguments_are_refused(options, message):
    with pytest.raises(ValueError, match=message):
        SplineLayer(2, 1, **options)


@pytest.mark.parametrize("length", (0, 8, 16, 31, 33, 40))
def test_theta_of_wrong_length_is_refused(length):
    layer = make_layer(2, 2)
    assert layer.n_params == 32
    with pytest.raises(ValueError, match=r"shape|size"):
        layer.theta = np.zeros(length)
