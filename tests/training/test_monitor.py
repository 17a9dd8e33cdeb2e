"""What watches a run: history, best network, early stopping, listeners."""

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from problems import make_layer

from sklearn_kan.network import KANNetwork
from sklearn_kan.solvers import State
from sklearn_kan.training.monitor import Monitor


def watched(scores, **options):
    """A monitor that has seen networks of given scores, and the parameters of each."""
    remaining = iter(scores)
    monitor, network = Monitor(score=lambda network: next(remaining), **options), KANNetwork([make_layer(1, 1)])
    monitor.start_solve(network)
    thetas = [np.full(network.n_params, float(i)) for i in range(len(scores))]
    answers = [monitor(network, State(theta, 1.0 / (1 + i))) for i, theta in enumerate(thetas)]
    return monitor, thetas, answers


def test_monitor_keeps_history_and_best_network():
    monitor, thetas, _ = watched([0.1, 0.7, 0.3], patience=10)
    assert monitor.loss_curve == [1.0, 1 / 2, 1 / 3] and monitor.validation_scores == [0.1, 0.7, 0.3]
    assert monitor.best_score == 0.7
    assert_array_equal(monitor.best().theta, thetas[1])
    assert_array_equal(monitor.latest().theta, thetas[2])


@pytest.mark.parametrize(
    "scores, stops_at",
    [([0.1, 0.1, 0.1, 0.1], 2), ([0.1, 0.2, 0.15, 0.3, 0.2, 0.2], 5), ([0.1, 0.105, 0.109, 0.2], 2)],
)
def test_monitor_stops_after_patience_without_a_rise_of_tol(scores, stops_at):
    _, _, answers = watched(scores, tol=0.01, patience=2)
    assert answers.index(True) == stops_at


def test_slow_rises_add_up_to_progress():
    _, _, answers = watched([0.1, 0.106, 0.112, 0.118, 0.124, 0.130], tol=0.01, patience=2)
    assert not any(answers)


def test_after_forgetting_only_later_scores_count():
    scores = iter([0.9, 0.1, 0.2, 0.3])
    monitor, network = Monitor(score=lambda network: next(scores), patience=1), KANNetwork([make_layer(1, 1)])
    monitor.start_solve(network)
    monitor(network, State(network.theta, 1.0))
    monitor.forget_best()
    monitor.start_stage()
    assert not any(monitor(network, State(network.theta + i, 1.0)) for i in range(3))
    assert monitor.best_score == 0.3


def test_a_score_that_is_not_a_number_is_never_best():
    monitor, thetas, _ = watched([np.nan, 0.2, np.nan], patience=5)
    assert monitor.best_score == 0.2
    assert_array_equal(monitor.best().theta, thetas[1])


def test_without_scores_the_last_network_is_the_best():
    monitor, network = Monitor(), KANNetwork([make_layer(1, 1)])
    monitor.start_solve(network)
    assert monitor(network, State(np.ones(network.n_params), 0.5)) is False
    assert_array_equal(monitor.best().theta, 1.0)
    assert not monitor.no_progress and monitor.validation_scores == []


def test_monitor_is_not_disturbed_by_later_changes_of_the_network():
    monitor, network = Monitor(), KANNetwork([make_layer(1, 1, grid_size=5)])
    monitor.start_solve(network)
    monitor(network, State(np.ones(network.n_params), 0.5))
    network.theta = np.zeros(network.n_params)
    network.layers[0] = make_layer(1, 1, grid_size=9)
    assert monitor.latest().n_params == 8
    assert_array_equal(monitor.latest().theta, 1.0)


def test_listener_sees_each_iteration_and_may_stop():
    seen = []

    def listener(monitor, network):
        seen.append((monitor.loss_curve[-1], network.theta[0]))
        return len(seen) == 2

    monitor, network = Monitor(listener=listener), KANNetwork([make_layer(1, 1)])
    monitor.start_solve(network)
    answers = [monitor(network, State(np.full(network.n_params, i), 1.0 - i / 10)) for i in range(2)]
    assert answers == [False, True] and monitor.stop_requested
    assert seen == [(1.0, 0.0), (0.9, 1.0)]
