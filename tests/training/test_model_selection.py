"""Which architectures count, and how much."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from problems import additive, exp_sin, inputs, make_layer
from small_fits import evidence_fit

from sklearn_kan.network import KANNetwork
from sklearn_kan.training.model_selection import (
    _LEAST_WEIGHT,
    _SHARPNESS,
    far_behind,
    log_probability,
    runs_of_each,
    select,
    shares,
)


def test_modes_of_a_network_are_counted():
    """All 3! 2^3 ways to permute three nodes and turn their signs are one network; dead nodes do not count."""
    network = KANNetwork([make_layer(2, 3), make_layer(3, 1)])
    X = inputs(20)
    before = network.forward(X)
    network.layers[0].coef, network.layers[1].coef = network.layers[0].coef[:, ::-1], network.layers[1].coef[::-1]
    assert_allclose(network.forward(X), before, atol=1e-12)
    assert_allclose(log_probability(-10.0, network), -10 + np.log(6 * 8))
    network.layers[1].keep_edges(np.array([[True], [False], [True]]))
    assert_allclose(log_probability(-10.0, network), -10 + np.log(2 * 4))
    assert log_probability(-10.0, KANNetwork([make_layer(2, 3)])) == -10


def test_weights_fall_with_the_evidence_of_an_observation():
    n = 50.0
    selected, weights = select([-2.0 * n, -1.0 * n, -1.02 * n, -1.5 * n], n)
    assert_array_equal(selected, [1, 2])
    assert_allclose(weights, [1.0, np.exp(-_SHARPNESS * 0.02)])
    assert_array_equal(select([-2.0 * n, -1.0 * n, -1.02 * n], n, only_best=True)[0], [1])
    # Twice the observations of the same evidence each change nothing.
    for got, expected in zip(select(np.array([-2.0, -1.0, -1.02]) * 2 * n, 2 * n), (selected, weights), strict=True):
        assert_allclose(got, expected)


@pytest.mark.parametrize(("fall", "first_alone"), [(0.005, False), (0.02, True)])
def test_the_additive_model_is_kept_if_no_other_comes_close(fall, first_alone):
    selected, weights = select([-100.0, -100.0 - fall * 100], 100.0)
    assert (len(selected) == 1) == first_alone and weights[0] == 1.0
    assert not far_behind(-100.0 - fall * 100, -100.0, 100.0)


def test_far_behind_is_where_the_weight_is_too_small_to_count():
    farthest = -np.log(_LEAST_WEIGHT) / _SHARPNESS
    for fall, expected in ((0.99 * farthest, 2), (1.01 * farthest, 1)):
        assert len(select([-10.0, -1.0, -1.0 - fall], 1.0)[0]) == expected
        assert far_behind(-1.0 - fall, -1.0, 1.0) == (expected == 1)


def test_runs_go_by_weight_and_share_it():
    assert_array_equal(runs_of_each([1.0, 0.26, 0.25], 4), [4, 2, 1])
    assert_allclose(shares(np.array([1.0, 0.5]), np.array([0, 1, 0, 0, 0])), [0.25, 0.5, 0.25, 0.25, 0.25])


def test_structure_follows_the_evidence():
    X, y, *_ = additive(200, noise=0.3)
    assert len(evidence_fit(X, y, hidden_layer_sizes="auto").network_.layers) == 1
    X, y, *_ = exp_sin(200, noise=0.05)
    assert len(evidence_fit(X, y, hidden_layer_sizes="auto").network_.layers) > 1


def test_tanh_layers_leave_one_structure(monkeypatch):
    monkeypatch.setattr("sklearn_kan.training.model_selection._SHARPNESS", 2.0)
    X, y, *_ = exp_sin(150, noise=0.3)
    model = evidence_fit(X, y, hidden_layer_sizes="auto", squash="tanh", n_init=2)
    assert len({len(member.layers) for member in model.posterior_.members}) == 1
    assert len(model.posterior_.members) <= 2 and model.score(X, y) > 0.8
