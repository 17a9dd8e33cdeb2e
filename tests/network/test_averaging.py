"""Means of networks, and deeper networks, are the functions that they should be."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from problems import NETWORKS, inputs

from sklearn_kan.network.averaging import average_networks, deepened, spread
from sklearn_kan.network.groups import features_seen


def test_mean_of_networks():
    """Values, and derivatives of those, of networks with other edges missing in each."""
    networks, X = [NETWORKS["deep, unlike layers"]() for _ in range(3)], inputs(30, spread=1.5)
    for seed, network in enumerate(networks):
        network.theta = np.random.RandomState(seed).normal(size=network.n_params) / 2
        network.spline_layers[1].keep_edges(np.random.RandomState(seed).uniform(size=(3, 4)) < 0.7)
    weights = np.array([0.5, 0.2, 0.3])
    mean = average_networks(networks, weights)
    outputs = [network.forward(X) for network in networks]
    assert_allclose(mean.forward(X), np.average(outputs, axis=0, weights=weights), atol=1e-12)
    gradients = [network.gradient(X) for network in networks]
    assert_allclose(mean.gradient(X), np.average(gradients, axis=0, weights=weights), atol=1e-12)
    assert mean.n_params == sum(network.n_params for network in networks)


@pytest.mark.parametrize("name", ["single", "two layers", "missing edges", "silu and reach"])
def test_deeper_network_is_the_same_function(name):
    network, X = NETWORKS[name](), inputs(50)
    deeper, units = deepened(network, X)
    assert len(deeper.layers) == len(network.layers) + 1
    beyond = inputs(50, spread=1.5)
    assert_allclose(deeper.forward(beyond), network.forward(beyond), atol=1e-11)
    # The derivatives by its parameters are those of the network in other units.
    J = network.jacobian(X)
    assert_allclose(deeper.jacobian(X)[..., : len(units)], J * units, atol=1e-10 * np.abs(J * units).max())


@pytest.mark.parametrize("name", ["single", "missing edges"])
def test_features_that_do_not_meet_in_a_network_do_not_in_a_deeper_one(name):
    network, X = NETWORKS[name](), inputs(50)
    strengths = np.random.RandomState(0).uniform(size=(2, *network.layers[-1].edges.shape))
    parts, by_part, sums = spread(network, strengths)
    np.testing.assert_array_equal(parts.theta, network.theta)
    assert_allclose(parts.forward(X) @ sums, network.forward(X), atol=1e-12)
    assert_allclose(by_part[:, parts.layers[-1].edges], strengths[:, network.layers[-1].edges])
    deeper, _ = deepened(parts, X, sums)
    assert_allclose(deeper.forward(X), network.forward(X), atol=1e-11)
    if len(network.layers) == 1:
        assert (features_seen(deeper)[1].sum(axis=0) == 1).all()
