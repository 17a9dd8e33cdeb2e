"""First networks: grids that fit the data, and nothing that depends on how the table is written."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from small_plans import make_architecture, rng, table

from sklearn_kan.network.grids import MARGIN
from sklearn_kan.network.initialisation import column_order, initialise
from sklearn_kan.utils.data import TrainingData


@pytest.mark.parametrize("hidden", [(2,), (3, 3, 3)])
@pytest.mark.parametrize("degree", [1, 3, 5])
def test_hidden_data_fill_their_grids_up_to_the_margin(hidden, degree):
    data = table()
    network = initialise(make_architecture(hidden, degree=degree), data, rng())
    full = 1 / (1 + 2 * MARGIN)
    for layer, values in zip(network.layers[1:], network.hidden_values(data.X.T)[1:-1], strict=True):
        assert_allclose(values.min(axis=1), -full, rtol=1e-9)
        assert_allclose(values.max(axis=1), full, rtol=1e-9)
        assert_allclose(layer.basis.lo, -1), assert_allclose(layer.basis.hi, 1)


def test_input_grids_span_all_rows_given_that_are_near():
    data = table()
    wider = np.vstack([data.X, [[-1.5, 1e3], [-30.0, 1.7]]])
    basis = initialise(make_architecture(), data, rng(), wider).layers[0].basis
    assert_allclose((basis.lo, basis.hi), ([-1.5, data.X[:, 1].min()], [data.X[:, 0].max(), 1.7]))
    basis = initialise(make_architecture(), data, rng()).layers[0].basis
    assert_allclose((basis.lo, basis.hi), (data.X.min(axis=0), data.X.max(axis=0)))


@pytest.mark.parametrize("rule", ("error", "continue"))
def test_input_grids_span_all_rows_where_none_may_lie_outside(rule):
    data = table()
    wider = np.vstack([data.X, [[-1e3, 1e3]]])
    basis = initialise(make_architecture(extrapolation=rule), data, rng(), wider).layers[0].basis
    assert_allclose((basis.lo, basis.hi), (wider.min(axis=0), wider.max(axis=0)))


def test_original_weights_are_small_draws_on_fixed_grids():
    data = TrainingData(table().X * [-1.0, 1.0], table().Y)
    assert column_order(data)[1].min() == -1
    network = initialise(make_architecture((40,), squash="tanh"), data, rng())
    first, second = network.spline_layers
    expected = rng()
    drawn = expected.normal(0, 0.1, first.coef.shape)
    # Draws are dealt to the columns by their correlation with the target.
    assert_array_equal(first.coef, drawn[np.argsort(column_order(data)[0])])
    assert_array_equal(second.coef, expected.normal(0, 0.1, second.coef.shape))
    assert_allclose((second.basis.lo, second.basis.hi), (-np.ones(40), np.ones(40)))


def test_constant_columns_get_no_edges():
    data = table()
    wider = TrainingData(np.column_stack([data.X[:, 0], np.full(120, 3.0), data.X[:, 1]]), data.Y)
    network = initialise(make_architecture(), wider, rng())
    assert_array_equal(network.layers[0].edges, [[True, True], [False, False], [True, True]])
    assert_allclose(network.forward(wider.X), initialise(make_architecture(), data, rng()).forward(data.X), atol=1e-12)


@pytest.mark.parametrize("hidden", [(), (3,), (2, 2)])
@pytest.mark.parametrize("squash", [None, "tanh"])
def test_first_network_does_not_depend_on_the_order_of_columns(hidden, squash):
    data, architecture = table(), make_architecture(hidden, squash=squash)
    turned = TrainingData(data.X[:, ::-1], data.Y)
    expected = initialise(architecture, data, rng()).forward(data.X)
    assert_allclose(initialise(architecture, turned, rng()).forward(turned.X), expected, atol=1e-12)


@pytest.mark.parametrize("scale, shift", [(1000.0, 0.0), (1.0, 5.0), (-1.0, 0.0), (-0.01, 3.0)])
def test_first_network_does_not_depend_on_units(scale, shift):
    data = table()
    other = TrainingData(data.X * [1.0, scale] + [0.0, shift], data.Y)
    expected = initialise(make_architecture(), data, rng()).forward(data.X)
    assert_allclose(initialise(make_architecture(), other, rng()).forward(other.X), expected, atol=1e-9)


# --- column_order -----------------------------------------------------------------------------------------------


def columns(weight=None):
    """Columns with correlations of about +0.3, 0 (constant), -0.9, 0.6 with the target."""
    noise = rng(1).normal(size=(200, 4))
    y = noise[:, 3]
    X = np.column_stack([0.3 * y + noise[:, 0], np.full(200, 0.1), -2 * y + noise[:, 1], 0.8 * y + noise[:, 2]])
    return TrainingData(X, y[:, None], weight)


def test_columns_are_ordered_by_correlation_and_constant_ones_left_out():
    order, sign, constant = column_order(columns())
    assert_array_equal(order, [2, 3, 0])
    assert_array_equal(sign, [1, 1, -1, 1])
    assert_array_equal(constant, [False, True, False, False])


@pytest.mark.parametrize("seed", range(3))
def test_order_goes_with_the_columns(seed):
    data, places = columns(), rng(seed).permutation(4)
    order, sign, constant = column_order(TrainingData(data.X[:, places], data.Y))
    assert_array_equal(places[order], [2, 3, 0])
    assert_array_equal(sign, np.array([1, 1, -1, 1])[places])
    assert_array_equal(constant, places == 1)


@pytest.mark.parametrize("scale", [1e-200, 1e-3, 1e6, 1e200])
def test_order_and_sign_do_not_depend_on_units(scale):
    data = columns()
    order, sign, constant = column_order(TrainingData(data.X * [scale, 1, -1, 1] + [0, 0, 100, 0], data.Y))
    assert_array_equal(order, [2, 3, 0])
    assert_array_equal(sign, 1.0)
    assert_array_equal(constant, [False, True, False, False])


def test_weights_count_as_repetition_in_the_order():
    counts = np.where(np.arange(200) < 20, 9, 1)
    data = columns()
    few = TrainingData(data.X[:40], data.Y[:40], counts[:40] * 0.25)
    many = TrainingData(np.repeat(few.X, counts[:40], axis=0), np.repeat(few.Y, counts[:40], axis=0))
    for a, b in zip(column_order(few), column_order(many), strict=True):
        assert_array_equal(a, b)


def test_sign_is_that_of_the_weighted_correlation():
    X, y = np.array([0.0, 1, 2, 0, 1, 2])[:, None], np.array([0.0, 1, 2, 2, 1, 0])[:, None]
    for weight, expected in [([3, 3, 3, 1, 1, 1], 1), ([1, 1, 1, 3, 3, 3], -1)]:
        weight = np.array(weight, dtype=float)
        standard = y - weight @ y / weight.sum()
        assert column_order(TrainingData(X, standard, weight))[1] == [expected]


@pytest.mark.parametrize("value", [0.0, 0.1, 1e300, -1e-300])
def test_constant_to_rounding_is_constant(value):
    data = columns()
    X = np.column_stack([data.X[:, 0], value * (1 + 1e-15 * (np.arange(200) % 2))])
    assert_array_equal(column_order(TrainingData(X, data.Y))[2], [False, True])
