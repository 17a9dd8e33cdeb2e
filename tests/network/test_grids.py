"""Grids that follow the data, and finer grids: what is kept and what changes."""

import copy

import numpy as np
import pytest
from numpy.testing import assert_allclose
from problems import ALL_NETWORKS, inputs, make_layer, make_linear, relative_change, smooth_network, unit_inputs

from sklearn_kan.layers.basis import BSplineBasis
from sklearn_kan.layers.knots import uniform_knots
from sklearn_kan.network import KANNetwork
from sklearn_kan.network.grids import (
    MARGIN,
    hidden_ranges,
    map_to_grid,
    refine,
    regrid,
    replace_basis,
    rescale_output,
)

# How far data reach on a hidden grid [-1, 1].
FULL = 1 / (1 + 2 * MARGIN)
UNIFORM = [name for name, build in ALL_NETWORKS.items() if all(x.basis.uniform for x in build().spline_layers)]


def hidden_data(network, X):
    """Inputs of all layers but the first, one array each."""
    return network.hidden_values(X.T)[1:-1]


# --- pieces -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ALL_NETWORKS)
def test_hidden_ranges_are_those_of_all_rows(name):
    network, X = ALL_NETWORKS[name](), inputs(n=5000, spread=1.5)
    ranges = hidden_ranges(network, X)
    assert network.block_rows() < len(X)
    for (lo, hi), values in zip(ranges, network.hidden_values(X.T), strict=True):
        assert_allclose((lo, hi), (values.min(axis=1), values.max(axis=1)), rtol=0, atol=1e-13)


def test_map_to_grid_fills_the_grid_up_to_the_margins():
    lo, hi = np.array([-1.0, 5.0, -1e-8]), np.array([3.0, 5.5, 1e-8])
    shift, stretch = map_to_grid(lo, hi)
    assert_allclose((lo - shift) / stretch, -FULL, rtol=1e-12)
    assert_allclose((hi - shift) / stretch, FULL, rtol=1e-12)


@pytest.mark.parametrize("value", (0.0, 3.0, -1e300, 5e-324))
def test_map_to_grid_leaves_constant_values_alone(value):
    shift, stretch = map_to_grid(np.array([value]), np.array([np.nextafter(value, np.inf)]))
    assert shift == 0 and stretch == 1


@pytest.mark.parametrize("base_function", (None, "silu"))
@pytest.mark.parametrize("rule", ("linear", "constant", "continue"))
def test_rescale_output_is_exact(base_function, rule):
    layer = make_layer(2, 3, missing=[(0, 0), (1, 1)], base_function=base_function, extrapolation=rule)
    X, stretch, shift = inputs(spread=2.0), np.array([0.1, 3.0, 1.0]), np.array([5.0, -2.0, 0.0])
    expected = (layer.forward(X) - shift) / stretch
    rescale_output(layer, stretch, shift)
    assert_allclose(layer.forward(X), expected, rtol=0, atol=1e-12)
    assert not layer.coef[~layer.edges].any()


@pytest.mark.parametrize("base_function", (None, "silu"))
def test_replace_basis_carries_over_what_lies_in_the_new_space(base_function):
    """Twice as many cells over half the range: phi(z / 2 + 1 / 2) is a spline on them."""
    layer = make_layer(2, 3, missing=[(0, 2)], grid_size=4)
    old = copy.deepcopy(layer)
    basis = BSplineBasis(uniform_knots([-1.0, -1.0], [1.0, 1.0], 4, 3), 3)
    replace_basis(layer, basis, stretch=0.5, shift=0.5)
    X = inputs()
    assert_allclose(layer.forward(X), old.forward(X / 2 + 0.5), rtol=0, atol=1e-12)
    assert not layer.coef[~layer.edges].any() and layer.basis is basis


# --- regrid -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("knots", ("uniform", "quantile"))
@pytest.mark.parametrize("slope", (1e-3, 1.0, 1e3))
def test_regrid_keeps_linear_networks_exactly(knots, slope):
    """Even if the data lie far outside or within a small part of the grids."""
    layers = [make_layer(2, 3), make_layer(3, 2, 1, missing=[(1, 0)]), make_layer(2, 2, 2)]
    network, X = KANNetwork([make_linear(layer, slope, seed=i) for i, layer in enumerate(layers)]), unit_inputs()
    before = network.forward(X)
    regrid(network, X, None, knots)
    assert relative_change(network, X, before) < 1e-11
    for values in hidden_data(network, X):
        assert_allclose(values.min(axis=1), -FULL, rtol=1e-9)
        assert_allclose(values.max(axis=1), FULL, rtol=1e-9)


@pytest.mark.parametrize("knots", ("uniform", "quantile"))
@pytest.mark.parametrize("base_function", (None, "silu"))
@pytest.mark.parametrize("max_excess", (np.inf, 0.25))
def test_regrid_keeps_the_function_nearly(knots, base_function, max_excess):
    network, X = smooth_network(base_function=base_function, max_excess=max_excess), unit_inputs()
    before = network.forward(X)
    drift = regrid(network, X, np.ones(len(X)), knots)
    assert drift > 0.2
    assert relative_change(network, X, before) < 1e-4
    for values in hidden_data(network, X):
        assert np.abs(values).max() < 1


def test_regrid_error_falls_with_the_grid():
    """Cubic splines: twice the cells, about a sixteenth of the change."""
    X, changes = unit_inputs(), []
    for grid_size in (8, 16):
        network = smooth_network(grid_size)
        before = network.forward(X)
        regrid(network, X, None)
        changes.append(relative_change(network, X, before))
    assert changes[1] < changes[0] / 8


@pytest.mark.parametrize("knots", ("uniform", "quantile"))
def test_regridding_again_finds_nothing_to_do(knots):
    network, X = smooth_network(), unit_inputs()
    regrid(network, X, None, knots)
    theta = network.theta
    assert regrid(network, X, None, knots, tol=0.02) < 0.02
    assert np.array_equal(network.theta, theta)


def test_each_pass_settles_one_more_layer():
    """Refits of rough splines move the ranges above them; after as many passes as hidden layers all stand."""
    X = unit_inputs()
    network = KANNetwork([make_layer(2, 4), make_layer(4, 4, 1, max_excess=0.25), make_layer(4, 1, 2, max_excess=0.25)])
    drifts = [regrid(network, X, None) for _ in range(3)]
    assert drifts[0] > 0.1 and drifts[2] < 1e-12
    for values in hidden_data(network, X):
        assert_allclose(values.min(axis=1), -FULL, rtol=1e-9)
        assert_allclose(values.max(axis=1), FULL, rtol=1e-9)


def test_regrid_keeps_residual_weights_of_the_layer_above():
    network, X = smooth_network(base_function="silu"), unit_inputs()
    layer = network.layers[-1]
    layer.coef[:, :, -1] = [[0.3], [-0.7]]
    regrid(network, X, None)
    assert_allclose(layer.coef[:, :, -1], [[0.3], [-0.7]], rtol=1e-14)


def test_regrid_leaves_missing_edges_and_the_input_grid_alone():
    network, X = smooth_network(), unit_inputs()
    t, edges = network.layers[0].basis.t.copy(), [layer.edges.copy() for layer in network.layers]
    regrid(network, X, None, "quantile")
    assert np.array_equal(network.layers[0].basis.t, t)
    for layer, before in zip(network.layers, edges, strict=True):
        assert np.array_equal(layer.edges, before) and not layer.coef[~before].any()
        assert layer.basis.k == 3 and layer.grid_size == 10


def test_regrid_keeps_extrapolation_and_max_excess():
    network = smooth_network(max_excess=0.25, extrapolation="constant")
    regrid(network, unit_inputs(), None)
    assert all(layer.basis.max_excess == 0.25 and layer.basis.extrapolation == "constant" for layer in network.layers)


@pytest.mark.parametrize("knots", ("uniform", "quantile"))
def test_regrid_survives_units_that_are_constant(knots):
    """One unit without edges and one that is constant and far outside its grid."""
    network, X = smooth_network(missing=((0, 1), (1, 1))), unit_inputs()
    network.layers[0].weights[:, 2] = 2.5
    before = network.forward(X)
    regrid(network, X, None, knots)
    assert relative_change(network, X, before) < 1e-4


def test_regrid_quantiles_follow_the_weights():
    """Integer weights are repetitions; and each cell of the second layer holds the same number of rows."""
    X, weight = unit_inputs(), np.random.RandomState(0).randint(1, 4, 300)
    weighted, repeated = smooth_network(5), smooth_network(5)
    regrid(weighted, X, weight.astype(float), "quantile")
    regrid(repeated, np.repeat(X, weight, axis=0), None, "quantile")
    assert_allclose(weighted.theta, repeated.theta, rtol=0, atol=1e-10)
    basis, values = repeated.layers[1].basis, np.repeat(hidden_data(repeated, X)[0], weight, axis=1)
    for t, h in zip(basis.t, values, strict=True):
        counts = np.histogram(h, t[3:-3])[0]
        assert np.ptp(counts) <= 2 * weight.max()


# --- refine -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", UNIFORM)
@pytest.mark.parametrize("factor", (2, 3))
def test_refine_to_a_multiple_keeps_the_function(name, factor):
    """Inside and outside the grids."""
    network, X = ALL_NETWORKS[name](), inputs(n=100, spread=1.5)
    before, edges = network.forward(X), [layer.edges.copy() for layer in network.spline_layers]
    sizes = [factor * layer.grid_size for layer in network.spline_layers]
    refine(network, sizes, X, None)
    assert_allclose(network.forward(X), before, rtol=0, atol=1e-10 * np.abs(before).max())
    for layer, size, exist in zip(network.spline_layers, sizes, edges, strict=True):
        assert layer.grid_size == size and np.array_equal(layer.edges, exist)
        assert not layer.coef[~exist].any()


@pytest.mark.parametrize("knots", ("uniform", "quantile"))
def test_refine_leaves_layers_of_the_same_size_alone(knots):
    network, X = smooth_network(5), unit_inputs()
    bases = [layer.basis for layer in network.layers]
    refine(network, [5, 8, 5], X, None, knots)
    assert [layer.grid_size for layer in network.layers] == [5, 8, 5]
    assert network.layers[0].basis is bases[0] and network.layers[2].basis is bases[2]


def test_refine_at_quantiles_keeps_the_ends_of_the_grids_and_the_function():
    network, X = smooth_network(5), unit_inputs()
    before = network.forward(X)
    ends = [(layer.basis.lo, layer.basis.hi) for layer in network.layers]
    refine(network, [20, 20, 20], X, None, "quantile")
    for layer, (lo, hi) in zip(network.layers, ends, strict=True):
        assert np.array_equal(layer.basis.lo, lo) and np.array_equal(layer.basis.hi, hi)
        assert not layer.basis.uniform
    assert relative_change(network, X, before) < 1e-2


def test_coarser_grids_keep_straight_lines():
    network, X = KANNetwork([make_linear(make_layer(2, 2, grid_size=9))]), inputs(spread=2.0)
    before = network.forward(X)
    refine(network, [2], X, None)
    assert_allclose(network.forward(X), before, rtol=0, atol=1e-11)
