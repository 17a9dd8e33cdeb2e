"""The posterior of one network and of the mean of several, written out."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from problems import NETWORKS, inputs

from sklearn_kan.evidence.posterior import Posterior
from sklearn_kan.network.averaging import average_networks


@pytest.mark.parametrize("name", ["two layers", "tanh between", "missing edges", "silu and reach"])
def test_posterior_of_one_network(name):
    network, X = NETWORKS[name](), inputs(30)
    root = np.random.RandomState(0).normal(size=(network.n_params, network.n_params))
    posterior = Posterior([network], [root @ root.T], np.ones(1))
    J = network.jacobian(X)
    assert_allclose(posterior.variance(X), np.einsum("nop,pq,noq->no", J, root @ root.T, J), rtol=1e-10)
    start = 0
    for number, layer in enumerate(network.spline_layers):
        for i, j in np.ndindex(layer.edges.shape):
            block = posterior.edge_covariance(number, i, j)
            if layer.edges[i, j]:
                stop = start + layer.n_coef
                assert_array_equal(block, (root @ root.T)[start:stop, start:stop])
                start = stop
            else:
                assert not block.any()


def test_posterior_of_a_mean_of_networks():
    networks, X = [NETWORKS["deep, unlike layers"]() for _ in range(3)], inputs(30, spread=1.5)
    for seed, network in enumerate(networks):
        network.theta = np.random.RandomState(seed).normal(size=network.n_params) / 2
        network.spline_layers[1].keep_edges(np.random.RandomState(seed).uniform(size=(3, 4)) < 0.7)
    weights = np.array([0.5, 0.2, 0.3])
    mean = average_networks(networks, weights)
    outputs = [network.forward(X) for network in networks]
    posterior = Posterior(networks, [np.eye(network.n_params) for network in networks], weights)
    last, owner = mean.spline_layers[-1], np.repeat(weights, [len(n.spline_layers[-1].edges) for n in networks])
    for number, layer in enumerate(mean.spline_layers):
        for i, j in zip(*np.nonzero(layer.edges), strict=True):
            share = owner[i] ** 2 if layer is last else 1.0
            assert_allclose(posterior.edge_covariance(number, i, j), share * np.eye(layer.n_coef), rtol=1e-12)
    within = [Posterior([n], [c], np.ones(1)).variance(X) for n, c in zip(networks, posterior.covariances, strict=True)]
    among = [(output - np.average(outputs, axis=0, weights=weights)) ** 2 for output in outputs]
    expected = np.average(np.add(within, among), axis=0, weights=weights)
    assert_allclose(posterior.variance(X), expected, rtol=1e-12)
