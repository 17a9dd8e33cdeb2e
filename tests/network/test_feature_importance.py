"""Importances of features, against functions whose shares of the variance are known."""

import itertools

import numpy as np
from known_networks import ALONE, JOINT, PRODUCT, UNIFORM, layer_of, same, zero
from numpy.testing import assert_allclose
from problems import NETWORKS, inputs

from sklearn_kan.network import KANNetwork
from sklearn_kan.network.feature_importance import feature_importances
from sklearn_kan.network.importance import profile


def importances(network, X, sample_weight=None):
    return feature_importances(network, profile(network, X, sample_weight))


def test_a_pair_divides_what_it_does():
    """x0 x1 + x2^2 / 2 of uniform features."""
    expected = np.array([JOINT / 2, JOINT / 2, ALONE, 0]) / (JOINT + ALONE)
    assert_allclose(importances(PRODUCT, UNIFORM), expected, atol=0.02)


def test_three_together_divide_what_no_curve_and_no_surface_says():
    """x0 x1 x2 + 2 x3 over all corners: the product is (s^3 - 7 s) / 6 of the sum s of the three."""
    X = np.array(list(itertools.product([-1.0, 1.0], repeat=5)))
    first = layer_of([[same, zero], [same, zero], [same, zero], [zero, same], [zero, zero]])
    network = KANNetwork([first, layer_of([[lambda s: (s**3 - 7 * s) / 6], [lambda h: 2 * h]], -3, 3)])
    assert_allclose(network.forward(X)[:, 0], X[:, 0] * X[:, 1] * X[:, 2] + 2 * X[:, 3], atol=1e-9)
    # The share of the rest is divided by pairs of rows, 1,024 at random.
    assert_allclose(importances(network, X), [1 / 15, 1 / 15, 1 / 15, 4 / 5, 0], atol=0.01)


def test_curves_that_cancel_over_the_rows_are_not_what_matters():
    """5 (x0 - x1) + x2 with x1 next to x0: over rows that exist x2 is all; over shuffled ones it is 1 / 51."""
    rng = np.random.RandomState(0)
    X = rng.uniform(-1, 1, (1000, 3))
    X[:, 1] = X[:, 0] + 0.005 * rng.normal(size=1000)
    network = KANNetwork([layer_of([[lambda x: 5 * x], [lambda x: -5 * x], [same]], -2, 2)])
    assert importances(network, X)[2] > 0.95
    former = profile(network, X).nodes[0]
    assert former[2] / former.sum() < 0.03


def test_they_know_nothing_of_the_order_of_features():
    rng = np.random.RandomState(0)
    X = rng.normal(size=(300, 4)) @ rng.normal(size=(4, 4)) / 5
    layer = layer_of([[np.sin], [np.cos], [same], [lambda x: x**2]], -5, 5)
    order = [2, 0, 3, 1]
    other = layer_of([[same], [np.sin], [lambda x: x**2], [np.cos]], -5, 5)
    expected = importances(KANNetwork([layer]), X)[order]
    assert_allclose(importances(KANNetwork([other]), X[:, order]), expected, atol=1e-6)


def test_weights_are_repeated_rows():
    network, X = NETWORKS["two layers"](), inputs(60)
    k = np.random.RandomState(0).randint(1, 4, size=60)
    expected = importances(network, np.repeat(X, k, axis=0))
    assert_allclose(importances(network, X, k.astype(float)), expected, rtol=0.1)


def test_a_constant_has_none():
    network = NETWORKS["two layers"]()
    network.layers[-1].coef[...] *= 1e-9
    assert not importances(network, inputs(60)).any()
    assert not any(part.any() for part in profile(network, inputs(60)).edges)
