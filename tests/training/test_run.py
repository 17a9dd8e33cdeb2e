"""Monitor and schedule, below the estimator."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from problems import exp_sin, make_layer

from sklearn_kan.network import KANNetwork
from sklearn_kan.network.initialisation import initialise
from sklearn_kan.solvers import Adam, LevenbergMarquardt, State
from sklearn_kan.training.monitor import Monitor
from sklearn_kan.training.plan import Plan
from sklearn_kan.training.run import build_objective, train_epoch
from sklearn_kan.training.runs import train as train_all
from sklearn_kan.utils.data import TrainingData


def table(n=120, seed=0, weighted=False):
    """exp-sin with a standardised target."""
    X, y, *_ = exp_sin(n, seed=seed)
    weight = np.random.RandomState(seed).uniform(0.5, 2, n) if weighted else None
    return TrainingData(X, ((y - y.mean()) / y.std())[:, None], weight)


def make_plan(hidden=(2,), grid_sizes=None, **options):
    given = {"max_iter": 20, "alpha": 1e-3, "make_solver": lambda rng: LevenbergMarquardt(), **options}
    return Plan(hidden, grid_sizes or ((4,) * (len(hidden) + 1),), **given)


def train(plan, data, random_state, make_monitor=Monitor, network=None):
    """The outcome of a fit with a fixed penalty."""
    return train_all(plan, data, random_state, make_monitor, None if network is None else [network]).outcome


def rng(seed=0):
    return np.random.RandomState(seed)


# --- Monitor ----------------------------------------------------------------------------------------------------


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
    assert not monitor.stalled and monitor.validation_scores == []


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
    assert answers == [False, True] and monitor.asked
    assert seen == [(1.0, 0.0), (0.9, 1.0)]


# --- schedule ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("weighted", [False, True])
def test_outcome_tells_the_loss_of_its_network(weighted):
    plan, data = make_plan(), table(weighted=weighted)
    outcome = train(plan, data, rng())
    assert outcome.loss == build_objective(plan, data, outcome.network).value(outcome.network.theta)
    assert outcome.loss < 0.1 * outcome.loss_curve[0]
    assert outcome.n_iter == len(outcome.loss_curve) <= plan.max_iter
    assert outcome.best_validation_score is None and outcome.validation_scores == []
    assert not outcome.interrupted


def test_stages_end_on_their_grids_and_share_out_iterations():
    sizes = []
    monitors = []

    def make_monitor():
        monitors.append(Monitor(listener=lambda monitor, network: sizes.append(network.layers[0].grid_size)))
        return monitors[-1]

    plan = make_plan(grid_sizes=((3, 2), (5, 4)), max_iter=7, make_solver=lambda rng: LevenbergMarquardt(tol=0))
    outcome = train(plan, table(), rng(), make_monitor)
    assert sizes == [3] * 7 + [5] * 7
    assert [layer.grid_size for layer in outcome.network.layers] == [5, 4]
    assert len(monitors) == 1 and not outcome.converged


def test_a_listener_that_asks_to_stop_ends_all_stages_pruning_and_starts():
    counts = []

    def make_monitor():
        counts.append(0)

        def listener(monitor, network):
            counts[-1] += 1
            return counts[-1] == 3

        return Monitor(listener=listener)

    plan = make_plan(grid_sizes=((3, 3), (5, 5)), prune=0.5, n_init=3)
    outcome = train(plan, table(), rng(), make_monitor)
    assert counts == [3] and outcome.n_iter == 3 and outcome.converged
    assert outcome.network.layers[0].grid_size == 3 and outcome.network.layers[0].edges.all()


def test_best_of_several_starts_is_kept():
    plan, data, generator = make_plan(n_init=4, max_iter=3), table(), rng()
    best = train(plan, data, generator)
    generator, single = rng(), make_plan(max_iter=3)
    losses = [train(single, data, generator).loss for _ in range(4)]
    assert best.loss == min(losses) < max(losses)
    assert losses.index(best.loss) > 0


def test_a_start_that_diverged_is_never_the_best():
    rates = iter([1e200, 0.01])

    def make_solver(generator):
        return Adam(learning_rate=next(rates), random_state=generator)

    with np.errstate(all="ignore"):
        outcome = train(make_plan(n_init=2, make_solver=make_solver), table(), rng())
    assert np.isfinite(outcome.loss)


def test_an_interrupt_in_a_later_start_is_told_though_the_first_is_kept():
    calls = []

    def listener(monitor, network):
        calls.append(1)
        if len(calls) == 21:
            raise KeyboardInterrupt
        return False

    plan = make_plan(n_init=5, make_solver=lambda rng: LevenbergMarquardt(tol=0))
    outcome = train(plan, table(), rng(), lambda: Monitor(listener=listener))
    assert outcome.interrupted and outcome.n_iter == 20 and len(calls) == 21


def test_training_may_go_on_from_a_network():
    plan, data = make_plan(n_init=3, max_iter=4), table()
    first = train(plan, data, rng())
    second = train(plan, data, rng(), network=first.network)
    assert second.loss < first.loss and second.n_iter == 4


def test_an_epoch_changes_the_network_and_tells_the_mean_loss_of_its_batches():
    plan, data = make_plan(), table()
    network, solver = initialise(plan, data, rng()), Adam(batch_size=len(data.X), random_state=rng())
    before = network.theta
    start = build_objective(plan, data, network).value(before)
    assert_allclose(train_epoch(plan, data, network, solver), start, rtol=1e-12)
    assert_allclose(np.abs(network.theta - before), solver.learning_rate, rtol=1e-3)


def test_batches_of_unlike_size_count_by_their_rows():
    plan, data = make_plan(alpha=0), table()
    network = initialise(plan, data, rng())
    start = build_objective(plan, data, network).value(network.theta)
    solver = Adam(batch_size=50, learning_rate=1e-13, random_state=rng())
    assert_allclose(train_epoch(plan, data, network, solver), start, rtol=1e-9)
