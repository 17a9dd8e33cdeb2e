"""Networks: composition, derivatives, the flat parameter vector."""

import copy
import pickle

import numpy as np
import pytest
import reference
from problems import ALL_NETWORKS, inputs, make_layer

import sklearn_kan.network.network
from sklearn_kan.layers import SplineLayer, Tanh
from sklearn_kan.layers.base import Layer, Linearization
from sklearn_kan.network import KANNetwork
from sklearn_kan.network.averaging import average_networks
from sklearn_kan.network.importance import profile


@pytest.fixture(params=ALL_NETWORKS)
def network(request):
    return ALL_NETWORKS[request.param]()


def test_forward_is_the_composition_of_naive_layers():
    """With tanh between, so that no value leaves a grid and the recursion holds."""
    network = ALL_NETWORKS["tanh between"]()
    X = expected = inputs()
    for layer in network.layers:
        if isinstance(layer, Tanh):
            expected = np.tanh(expected)
        else:
            expected = reference.layer_forward(layer.basis.t, layer.degree, layer.weights, expected)
    np.testing.assert_allclose(network.forward(X), expected, rtol=0, atol=1e-12)


def test_hidden_values_are_those_on_the_way(network):
    X = inputs()
    values = network.hidden_values(X.T)
    assert len(values) == len(network.layers) + 1
    for layer, before, after in zip(network.layers, values, values[1:], strict=False):
        np.testing.assert_allclose(after, layer.linearize(before).output, rtol=0, atol=1e-13)
    np.testing.assert_allclose(values[-1], network.linearize(X.T)[-1].output, rtol=0, atol=1e-13)
    np.testing.assert_allclose(values[-1].T, network.forward(X), rtol=1e-13, atol=1e-13)


def test_jacobian_matches_differences(network):
    X, theta = inputs(n=12), network.theta

    def output(values):
        network.theta = values
        return network.forward(X)

    J = network.jacobian(X)
    expected = reference.numerical_jacobian(output, theta)
    assert J.shape == (12, network.n_outputs, network.n_params)
    np.testing.assert_allclose(J, expected, rtol=0, atol=1e-7 * np.abs(J).max())


@pytest.mark.parametrize("spread", (1.0, 2.0))
def test_gradient_matches_differences(network, spread):
    X = inputs(n=12, spread=spread)
    slopes = network.gradient(X)
    assert slopes.shape == (12, network.n_outputs, 2)
    h = 1e-6
    for i, unit in enumerate(np.eye(2)):
        expected = (network.forward(X + h * unit) - network.forward(X - h * unit)) / (2 * h)
        np.testing.assert_allclose(slopes[:, :, i], expected, rtol=0, atol=1e-7 * np.abs(slopes).max())


def test_gradient_of_a_single_layer_is_the_slope_of_its_edges():
    network, X = ALL_NETWORKS["single"](), inputs()
    slopes, layer = network.gradient(X), network.layers[0]
    for i, j in np.ndindex(2, 3):
        np.testing.assert_allclose(slopes[:, j, i], layer.edge(i, j)(X[:, i], nu=1), rtol=0, atol=1e-12)


def test_backward_is_the_jacobian_transposed(network):
    X = inputs()
    sensitivity = np.random.RandomState(1).normal(size=(network.n_outputs, len(X)))
    gradient = network.backward(network.linearize(X.T), sensitivity)
    expected = np.einsum("nop,on->p", network.jacobian(X), sensitivity)
    np.testing.assert_allclose(gradient, expected, rtol=0, atol=1e-12 * np.abs(expected).max())


def test_known_first_design_is_used():
    network, x = ALL_NETWORKS["two layers"](), inputs().T
    design = network.layers[0].design(x)
    assert network.linearize(x, design=design)[0].design is design
    expected, chain = network.linearize(x), network.linearize(x, design=design)
    assert np.array_equal(chain[-1].output, expected[-1].output)
    assert not np.array_equal(network.linearize(x, design=2 * design)[-1].output, expected[-1].output)


def test_blocks_make_no_difference(network, monkeypatch):
    X = inputs(n=333, spread=1.5)
    forward, slopes = network.forward(X), network.gradient(X)
    whole = network.block_rows()
    monkeypatch.setattr(sklearn_kan.network.network, "_BLOCK_BYTES", 1)
    assert network.block_rows() == 64 < len(X) < whole
    np.testing.assert_allclose(network.forward(X), forward, rtol=0, atol=1e-14 * np.abs(forward).max())
    np.testing.assert_allclose(network.gradient(X), slopes, rtol=0, atol=1e-14 * np.abs(slopes).max())


def test_each_row_is_on_its_own(network):
    X = inputs(n=7)
    alone = np.vstack([network.forward(row[None]) for row in X])
    np.testing.assert_allclose(network.forward(X), alone, rtol=0, atol=1e-13 * np.abs(alone).max())


def test_no_rows_give_no_rows(network):
    X = np.empty((0, 2))
    assert network.forward(X).shape == (0, network.n_outputs)
    assert network.gradient(X).shape == (0, network.n_outputs, 2)
    assert network.jacobian(X).shape == (0, network.n_outputs, network.n_params)


def test_theta_makes_a_round_trip(network):
    values = np.random.RandomState(9).normal(size=network.n_params)
    network.theta = values
    assert np.array_equal(network.theta, values)
    parts = [layer.theta for layer in network.spline_layers]
    assert np.array_equal(np.concatenate(parts), values)
    for layer in network.spline_layers:
        assert not layer.coef[~layer.edges].any()


def test_theta_is_a_copy(network):
    before = network.theta
    network.theta[:] = 7.0
    assert np.array_equal(network.theta, before)


def test_setting_theta_copies_it(network):
    values = network.theta
    network.theta = values
    values[:] = 7.0
    assert not np.array_equal(network.theta, values)


@pytest.mark.parametrize("change", (-16, -8, -1, 1, 8))
def test_theta_of_wrong_length_is_refused(change):
    network = ALL_NETWORKS["two layers"]()
    with pytest.raises(ValueError, match="theta must be of shape"):
        network.theta = np.zeros(network.n_params + change)


def test_sizes():
    network = KANNetwork([SplineLayer(2, 3, degree=2, grid_size=4), Tanh(), SplineLayer(3, 2, base_function="silu")])
    assert network.n_params == 6 * 6 + 6 * 9 and network.n_outputs == 2
    assert network.spline_layers == [network.layers[0], network.layers[2]]


def test_evaluation_leaves_everything_unchanged(network):
    X = inputs(spread=2.0)
    X.flags.writeable = False
    before = pickle.dumps(network)
    network.forward(X), network.jacobian(X), network.gradient(X), network.hidden_values(X.T)
    assert pickle.dumps(network) == before


def test_copies_and_pickles_are_independent_and_equal(network):
    X = inputs()
    expected = network.forward(X)
    for twin in (copy.deepcopy(network), pickle.loads(pickle.dumps(network))):
        assert np.array_equal(twin.forward(X), expected)
        twin.theta = np.zeros(twin.n_params)
        assert np.array_equal(network.forward(X), expected)


def test_pickles_hold_no_objects_of_scipy(network):
    """Its spline objects do not survive a change of version."""
    assert b"scipy" not in pickle.dumps(network)


def test_reach_bounds_a_stack_far_outside():
    """Linear extrapolations multiply from layer to layer; bounded excess keeps the output near what is inside."""
    X, largest = inputs(n=200, spread=500.0), {}
    for max_excess in (np.inf, 0.25):
        layers = [
            make_layer(2, 4),
            make_layer(4, 4, 1, max_excess=max_excess),
            make_layer(4, 4, 2, max_excess=max_excess),
        ]
        layers.append(make_layer(4, 1, 3, max_excess=max_excess))
        largest[max_excess] = np.abs(KANNetwork(layers).forward(X)).max()
    assert largest[np.inf] > 1e3
    assert largest[0.25] < 4 * np.abs(layers[-1].coef).max(axis=2).sum()


class Cube(Layer):
    """A kind of layer that the package does not know."""

    kind = "cube"

    def evaluator(self):
        return lambda x: x**3

    def linearize(self, x, slopes=True, design=None):
        return Linearization(x**3, None, 3 * x**2)

    def pull_to_input(self, local, sensitivity):
        return sensitivity * local.slopes

    def push(self, local, tangent, direction):
        return tangent * local.slopes

    def as_data(self):
        return {"type": self.kind}


@pytest.mark.parametrize("name", ALL_NETWORKS)
def test_pushing_is_the_jacobian_times_a_vector(name):
    network, X = ALL_NETWORKS[name](), inputs(20)
    direction = np.random.RandomState(0).normal(size=network.n_params)
    expected = network.jacobian(X) @ direction
    np.testing.assert_allclose(network.push(network.linearize(X.T), direction).T, expected, rtol=1e-10, atol=1e-12)


def test_a_new_kind_of_layer_is_one_class():
    """Values, gradients, Jacobian and importances of a network with one; nobody else has to know it."""
    lower, upper, X = make_layer(2, 3), make_layer(3, 1, 1), inputs(20)
    network = KANNetwork([lower, Cube(), upper])
    np.testing.assert_allclose(network.forward(X), upper.forward(lower.forward(X) ** 3), rtol=1e-12)
    theta = network.theta

    def of_theta(values):
        network.theta = values
        return network.forward(X)[:, 0]

    expected = reference.numerical_jacobian(of_theta, theta)
    network.theta = theta
    np.testing.assert_allclose(network.jacobian(X)[:, 0], expected, atol=1e-6)
    expected = [reference.numerical_jacobian(lambda x: network.forward(x[None])[0], row)[0] for row in X]
    np.testing.assert_allclose(network.gradient(X)[:, 0], expected, atol=1e-5)
    assert [data["type"] for data in (layer.as_data() for layer in network.layers)] == ["spline", "cube", "spline"]
    assert average_networks([network, network], np.array([0.5, 0.5])).forward(X) == pytest.approx(network.forward(X))
    assert len(profile(network, X).nodes) == 2
