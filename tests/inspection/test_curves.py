"""Curves of edges and their bands."""

import numpy as np
from numpy.testing import assert_allclose
from problems import make_layer

from sklearn_kan.inspection.curves import layer_curves, legible_range, most_important
from sklearn_kan.network import KANNetwork


def test_curves_are_the_edges():
    network = KANNetwork([make_layer(2, 3), make_layer(3, 2, 1, missing=[(0, 1)])])
    means = np.full((3, 2), 0.5)
    curves = layer_curves(network, 1, scale=np.array([2.0, 10.0]), means=means)
    spline = network.layers[1].edge(2, 1)
    assert_allclose(curves.y[2, 1], 10 * (spline(curves.x[2]) - 0.5), rtol=1e-12, atol=1e-12)
    assert not np.any(curves.y[0, 1])


def test_bands_are_those_of_the_posterior():
    class Posterior:
        @staticmethod
        def edge_covariance(layer, i, j):
            return np.eye(8) * (1 + i)

    network = KANNetwork([make_layer(2, 1)])
    curves = layer_curves(network, 0, scale=3.0, posterior=Posterior())
    design = network.layers[0].design(curves.x)
    design -= design.mean(axis=2, keepdims=True)
    assert_allclose(curves.sd[1, 0], 3 * np.sqrt(2 * np.sum(design[1] ** 2, axis=0)), rtol=1e-12)


def test_bands_do_not_hold_what_edges_can_exchange():
    class Constants:
        @staticmethod
        def edge_covariance(layer, i, j):
            return np.ones((8, 8))

    curves = layer_curves(KANNetwork([make_layer(2, 1)]), 0, posterior=Constants())
    assert_allclose(curves.sd, 0, atol=1e-7)


def test_the_most_important_of_all_layers_come_layer_by_layer():
    masks = [np.array([[True, True], [False, True]]), np.array([[True], [True]])]
    importances = [np.array([[0.1, 0.5], [9.0, 0.3]]), np.array([[0.2], [0.8]])]
    assert most_important(masks, importances, 3) == [(0, 0, 1), (0, 1, 1), (1, 1, 0)]
    assert len(most_important(masks, importances, 99)) == 5


def test_curves_are_drawn_where_the_data_are():
    """One row far away takes the last of 81 points at most; grids without outliers are drawn whole."""
    quantiles = np.quantile(np.random.RandomState(0).uniform(-1, 1, 999), np.linspace(0, 1, 33))
    far = np.append(quantiles[:-1], 1e6)
    lo, hi = legible_range(np.full(3, -1.0), np.array([1.0, 1e6, 5.0]), np.array([quantiles, far, np.ones(33)]))
    assert_allclose(lo, -1)
    assert hi[0] == 1
    assert 1 < hi[1] < 3
    assert hi[2] == 5
    network = KANNetwork([make_layer(3, 1)])
    curves = layer_curves(network, 0, quantiles=np.tile(quantiles / 4, (3, 1)))
    assert_allclose(curves.x[:, 0], -0.48, atol=0.03)
    assert_allclose(curves.y[1, 0], network.layers[0].edge(1, 0)(curves.x[1]), atol=1e-12)
