"""Edges that are removed: which ones, and what is kept of them."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from problems import additive, make_layer, smooth_network, unit_inputs

from sklearn_kan.network import KANNetwork
from sklearn_kan.network.pruning import edge_variances, prune_edges


def additive_network(problem):
    """One layer whose edges are the parts of an additive function, with constants that sum to 1."""
    layer = make_layer(4, 1, grid_size=20)
    offsets = np.array([3.0, -4.0, 1.5, 0.5])
    parts = [f(layer.basis.normalized(layer.basis.greville())[i]) for i, f in enumerate(problem.parts)]
    layer.weights = (np.array(parts) + offsets[:, None])[:, None]
    return KANNetwork([layer]), offsets


def test_edge_variances_are_weighted_moments_of_the_edges():
    network, X = smooth_network(), unit_inputs()
    weight = np.random.RandomState(0).uniform(0, 1, len(X))
    values = [X.T, *network.hidden_values(X.T)[1:-1]]
    for layer, h, (mean, variance) in zip(network.layers, values, edge_variances(network, X, weight), strict=True):
        for i, j in np.ndindex(layer.edges.shape):
            edge = layer.edge(i, j)(h[i])
            assert_allclose(mean[i, j], np.average(edge, weights=weight), rtol=0, atol=1e-13)
            expected = np.average((edge - mean[i, j]) ** 2, weights=weight)
            assert_allclose(variance[i, j], expected, rtol=0, atol=1e-13)


def test_edge_variances_without_weights_are_those_of_equal_weights():
    network, X = smooth_network(), unit_inputs()
    for a, b in zip(edge_variances(network, X, None), edge_variances(network, X, np.full(300, 7.0)), strict=True):
        assert_allclose(a, b, rtol=0, atol=1e-13)


def test_pruning_an_edge_without_effect_keeps_the_function():
    """The part that is constant goes; its constant moves to the others."""
    problem = additive()
    network, _ = additive_network(problem)
    before = network.forward(problem.X)
    assert prune_edges(network, problem.X, None, 1e-6) == 1
    assert network.layers[0].edges.ravel().tolist() == [True, True, True, False]
    assert network.n_params == 3 * network.layers[0].n_coef and not network.layers[0].coef[3].any()
    assert_allclose(network.forward(problem.X), before, rtol=0, atol=1e-12)


@pytest.mark.parametrize(("threshold", "kept"), [(0.0, 3), (0.05, 3), (0.15, 2), (0.5, 1), (2.0, 1)])
def test_pruning_follows_the_shares_of_variance(threshold, kept):
    """Shares on [-1, 1] are about 0.70, 0.19 and 0.11; the mean output stays, the largest edge always stays."""
    problem = additive(n=4000)
    network, _ = additive_network(problem)
    mean = network.forward(problem.X).mean()
    assert prune_edges(network, problem.X, None, threshold) == 4 - kept
    assert network.layers[0].edges.ravel().tolist() == [True] * kept + [False] * (4 - kept)
    assert_allclose(network.forward(problem.X).mean(), mean, rtol=0, atol=1e-12)


def test_pruning_cuts_off_units_that_lead_nowhere():
    """Unit 2 leads to nothing that varies, so its inputs go too; units that remain keep their function."""
    network, X = smooth_network(missing=()), unit_inputs()
    network.layers[1].weights[2, 1] = 0.3
    before, n_before = network.forward(X), sum(layer.edges.sum() for layer in network.layers)
    removed = prune_edges(network, X, None, 1e-9)
    assert not network.layers[0].edges[:, 2].any() and not network.layers[1].edges[2].any()
    assert removed == n_before - sum(layer.edges.sum() for layer in network.layers) == 3
    assert_allclose(network.forward(X), before, rtol=0, atol=1e-12)
    assert all(not layer.coef[~layer.edges].any() for layer in network.layers)


def test_pruning_adds_no_edges():
    """Not even to a unit that has none."""
    network, X = smooth_network(missing=((0, 1), (1, 1))), unit_inputs()
    edges = [layer.edges.copy() for layer in network.layers]
    prune_edges(network, X, None, 0.0)
    assert all(not layer.edges[~before].any() for layer, before in zip(network.layers, edges, strict=True))


def test_pruning_keeps_one_edge_of_each_unit_that_is_used():
    network, X = smooth_network(missing=()), unit_inputs()
    prune_edges(network, X, None, 2.0)
    used = np.ones(1, dtype=bool)
    for layer in network.layers[::-1]:
        assert layer.edges[:, used].sum(axis=0).tolist() == [1] * used.sum()
        assert not layer.edges[:, ~used].any()
        used = layer.edges.any(axis=1)
    assert np.ptp(network.forward(X)) > 0


def test_pruning_with_integer_weights_is_pruning_of_repeated_rows():
    X, weight = unit_inputs(), np.random.RandomState(0).randint(1, 4, 300)
    weighted, repeated = smooth_network(missing=()), smooth_network(missing=())
    removed = prune_edges(weighted, X, weight.astype(float), 0.2)
    assert removed == prune_edges(repeated, np.repeat(X, weight, axis=0), None, 0.2) > 0
    assert_allclose(weighted.theta, repeated.theta, rtol=0, atol=1e-12)
