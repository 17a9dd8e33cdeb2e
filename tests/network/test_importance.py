"""Importances of edges, nodes and pairs, against functions whose variance shares are known."""

import numpy as np
import pytest
from known_networks import ALONE, JOINT, PRODUCT, UNIFORM, layer_of, same, zero
from numpy.testing import assert_allclose, assert_array_equal
from problems import NETWORKS, inputs, make_layer

from sklearn_kan.layers import SplineLayer
from sklearn_kan.network import KANNetwork
from sklearn_kan.network.importance import Pairs, interactions, profile, representative_rows


def brute_force(network, X, sample_weight, total):
    """Importance of edges and nodes by changing one function of one layer at a time."""
    pairs = Pairs(X, sample_weight, 1024)
    edges, nodes = [], []
    for depth, layer in enumerate(network.layers):
        if not isinstance(layer, SplineLayer):
            continue
        values = network.hidden_values(pairs.x)
        functions = layer.functions(values[depth])

        def effect(where, functions=functions, depth=depth, output=values[-1]):
            x = np.where(where[:, :, None], functions[:, :, pairs.other], functions).sum(axis=0)
            for upper in network.layers[depth + 1 :]:
                x = upper.forward(x.T).T
            return np.mean(np.sum((x - output) ** 2, axis=0)) / (2 * total)

        def only(i, j, shape=layer.edges.shape):
            mask = np.zeros(shape, bool)
            mask[i, j] = True
            return mask

        alone = np.array([[effect(only(i, j)) for j in range(layer.out_features)] for i in range(layer.in_features)])
        nodes.append(np.array([effect(only(i, slice(None))) for i in range(layer.in_features)]))
        edges.append(nodes[-1][:, None] * alone / np.maximum(alone.sum(axis=1, keepdims=True), 1e-300))
    return edges, nodes


@pytest.mark.parametrize("name", NETWORKS)
def test_changing_one_function_at_a_time_gives_the_same(name):
    network, X = NETWORKS[name](), inputs(300, spread=0.9)
    weight = np.random.RandomState(1).uniform(0.2, 1, len(X))
    output = network.forward(X)
    total = np.sum(np.average((output - np.average(output, axis=0, weights=weight)) ** 2, axis=0, weights=weight))
    edges, nodes = brute_force(network, X, weight, total)
    kept = profile(network, X, weight)
    for ours, expected in zip(kept.edges[:-1], edges[:-1], strict=True):
        assert_allclose(ours, expected, rtol=1e-9, atol=1e-12)
    for ours, expected in zip(kept.nodes[:-1], nodes[:-1], strict=True):
        assert_allclose(ours, expected, rtol=1e-9, atol=1e-12)
    assert_allclose(kept.edges[-1], edges[-1], rtol=0.2, atol=0.01)  # closed form beside a sample
    assert all(np.all(edge[~layer.edges] == 0) for edge, layer in zip(kept.edges, network.spline_layers, strict=True))


def test_a_product_has_its_sobol_indices():
    kept = profile(PRODUCT, UNIFORM)
    expected = np.array([JOINT, JOINT, ALONE, 0]) / (JOINT + ALONE)
    assert_allclose(kept.nodes[0], expected, rtol=0.1, atol=1e-20)
    assert kept.nodes[0][3] == 0


def test_parts_that_cancel_do_not_count():
    """f = x1, written as (10 x0 + x1) - 10 x0."""
    big = [[lambda x: 10 * x, lambda x: 10 * x], [same, zero]]
    network = KANNetwork([layer_of(big), layer_of([[same], [lambda h: -h]], -12, 12)])
    kept = profile(network, UNIFORM[:, :2])
    assert_allclose(kept.edges[0], [[0, 0], [1, 0]], rtol=0.1, atol=1e-12)
    assert_allclose(kept.nodes[0], [0, 1], rtol=0.1, atol=1e-12)


def test_additive_importances_are_variances_exactly():
    network, X = KANNetwork([make_layer(3, 2)]), inputs(200, spread=0.9)
    X = np.column_stack([X, X[:, 0] ** 2])
    values = network.layers[0].functions(X.T)
    expected = values.var(axis=2) / np.sum(values.sum(axis=0).var(axis=1))
    kept = profile(network, X)
    assert_allclose(kept.edges[0], expected, rtol=1e-9)
    assert_allclose(kept.nodes[0], expected.sum(axis=1), rtol=1e-9)
    assert_allclose(kept.means, values.mean(axis=2), rtol=1e-9)


def test_a_product_interacts_and_a_sum_does_not():
    shares = interactions(PRODUCT, UNIFORM)
    expected = np.zeros((4, 4))
    expected[0, 1] = expected[1, 0] = JOINT / (JOINT + ALONE)
    assert_allclose(shares, expected, rtol=0.1, atol=1e-20)
    assert_array_equal(interactions(KANNetwork([make_layer(4, 1)]), UNIFORM), np.zeros((4, 4)))


def test_a_constant_output_has_no_importances():
    kept = profile(KANNetwork([SplineLayer(2, 3), SplineLayer(3, 1)]), inputs(50))
    assert all(np.all(part == 0) for part in (*kept.edges, *kept.nodes))


def test_a_weight_is_a_repeated_row():
    weight = np.random.RandomState(0).randint(0, 4, 60)
    X, network = inputs(60, spread=0.9), NETWORKS["two layers"]()
    weighted, repeated = profile(network, X, weight.astype(float)), profile(network, np.repeat(X, weight, axis=0))
    for ours, expected in zip(weighted[:3], repeated[:3], strict=True):
        for part, other in zip(ours, expected, strict=True):
            assert_allclose(part, other, rtol=1e-9, atol=1e-14)


def test_quantiles_are_those_of_each_layers_input():
    network, X = NETWORKS["two layers"](), inputs(5000, spread=0.9)
    kept = profile(network, X)
    for depth, quantiles in enumerate(kept.quantiles):
        expected = np.quantile(network.hidden_values(X.T)[depth], [0.25, 0.5, 0.75], axis=1).T
        assert_allclose(quantiles[:, [8, 16, 24]], expected, atol=0.1)


def test_rows_are_kept_by_weight_and_never_many():
    rng = np.random.RandomState(0)
    X = rng.uniform(size=(5000, 20))
    rows, weights = representative_rows(X[:100], np.arange(100.0))
    assert_allclose(weights @ rows, np.average(X[:100], axis=0, weights=np.arange(100.0)))
    again, counted = representative_rows(np.repeat(X[:40], np.arange(40), axis=0)[::-1], None)
    assert np.array_equal(again, rows[np.isin(rows[:, 0], X[1:40, 0])])  # Weight k is k rows, in any order.
    assert_allclose(counted @ again, np.average(X[:40], axis=0, weights=np.arange(40.0)))
    X[:, 0] = np.arange(5000) % 2  # Of any pattern in the order of rows the kept ones have their part.
    rows, weights = representative_rows(X, None)
    assert rows.size <= 2**15
    assert_allclose(weights.sum(), 1)
    assert_allclose(weights @ rows[:, 0], 0.5, atol=0.04)
    rows, weights = representative_rows(X, np.where(X[:, 0], 9.0, 1.0))
    assert_allclose(weights @ rows[:, 0], 0.9, atol=0.03)
