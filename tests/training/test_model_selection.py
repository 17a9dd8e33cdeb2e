"""Which architectures count, and how much."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from problems import additive, exp_sin, inputs, make_layer
from small_fits import evidence_fit

from sklearn_kan.network import KANNetwork
from sklearn_kan.training.model_selection import (
    _FARTHEST,
    _LEAST_WEIGHT,
    _NATS,
    additive_suffices,
    far_behind,
    log_probability,
    run_weights,
    runs_of_each,
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


@pytest.mark.parametrize(("fall", "suffices"), [(-0.5, False), (0.005, False), (0.02, True)])
def test_the_additive_model_is_kept_if_no_other_comes_close(fall, suffices):
    assert additive_suffices([-100.0, -200.0, -100.0 - fall * 100], 100.0) == suffices
    assert additive_suffices([-100.0], 100.0)
    assert not far_behind(-100.0 - fall * 100, -100.0, 100.0)


def test_far_behind_is_counted_for_each_observation():
    for n in (1.0, 50.0):
        assert not far_behind(-n * (1 + 0.99 * _FARTHEST), -n, n)
        assert far_behind(-n * (1 + 1.01 * _FARTHEST), -n, n)


def test_runs_go_by_weight():
    assert_array_equal(runs_of_each([1.0, 0.26, 0.25], 4), [4, 2, 1])


def test_each_run_counts_by_its_own_evidence():
    """What the approximation errs by grows with the degrees of freedom of the best run."""
    dof, least = 40.0, -np.log(_LEAST_WEIGHT) * _NATS
    falls = np.array([0.1, 0.0, 0.99 * least, 1.01 * least])
    expected = np.append(np.exp(-falls[:3] / _NATS), 0)
    assert_allclose(run_weights(-3.0 - dof * falls, [7.0, dof, 9.0, 99.0]), expected)
    assert_allclose(run_weights([-8.0, -8.0 - _NATS], [0.1, 3.0]), [1, np.exp(-1)])


def test_structure_follows_the_evidence():
    X, y, *_ = additive(200, noise=0.3)
    assert len(evidence_fit(X, y, hidden_layer_sizes="auto").network_.layers) == 1
    X, y, *_ = exp_sin(200, noise=0.05)
    assert len(evidence_fit(X, y, hidden_layer_sizes="auto").network_.layers) > 1


def test_tanh_layers_leave_one_structure(monkeypatch):
    monkeypatch.setattr("sklearn_kan.training.model_selection._NATS", 2.0)
    X, y, *_ = exp_sin(150, noise=0.3)
    model = evidence_fit(X, y, hidden_layer_sizes="auto", squash="tanh", n_init=2)
    assert len({len(member.layers) for member in model.posterior_.members}) == 1
    assert len(model.posterior_.members) <= 2 and model.score(X, y) > 0.8
