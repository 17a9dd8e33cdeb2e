"""Monitor, schedule and first networks, below the estimator."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from problems import exp_sin, make_layer

from sklearn_kan.network import KANNetwork
from sklearn_kan.network.grids import MARGIN
from sklearn_kan.network.initialisation import column_order, initialise
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


# --- first network ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("hidden", [(2,), (3, 3, 3)])
@pytest.mark.parametrize("degree", [1, 3, 5])
def test_hidden_data_fill_their_grids_up_to_the_margin(hidden, degree):
    data = table()
    network = initialise(make_plan(hidden, degree=degree), data, rng())
    full = 1 / (1 + 2 * MARGIN)
    for layer, values in zip(network.layers[1:], network.hidden_values(data.X.T)[1:-1], strict=True):
        assert_allclose(values.min(axis=1), -full, rtol=1e-9)
        assert_allclose(values.max(axis=1), full, rtol=1e-9)
        assert_allclose(layer.basis.lo, -1), assert_allclose(layer.basis.hi, 1)


def test_input_grids_span_all_rows_given():
    data = table()
    wider = np.vstack([data.X, [[-3.0, 2.0], [1.5, 7.0]]])
    network = initialise(make_plan(), data, rng(), wider)
    assert_allclose(network.layers[0].basis.lo, wider.min(axis=0))
    assert_allclose(network.layers[0].basis.hi, wider.max(axis=0))
    network = initialise(make_plan(), data, rng())
    assert_allclose(network.layers[0].basis.lo, data.X.min(axis=0))


def test_original_weights_are_small_draws_on_fixed_grids():
    data = TrainingData(table().X * [-1.0, 1.0], table().Y)
    assert column_order(data)[1].min() == -1
    network = initialise(make_plan((40,), squash="tanh"), data, rng())
    first, second = network.spline_layers
    expected = rng()
    drawn = expected.normal(0, 0.1, first.coef.shape)
    # Draws are dealt to the columns by their correlation with the target.
    assert_array_equal(first.coef, drawn[np.argsort(column_order(data)[0])])
    assert_array_equal(second.coef, expected.normal(0, 0.1, second.coef.shape))
    assert_allclose((second.basis.lo, second.basis.hi), (-np.ones(40), np.ones(40)))


def test_constant_columns_get_no_edges():
    data = table()
    wider = TrainingData(np.column_stack([data.X[:, 0], np.full(120, 3.0), data.X[:, 1]]), data.Y)
    network = initialise(make_plan(), wider, rng())
    assert_array_equal(network.layers[0].edges, [[True, True], [False, False], [True, True]])
    assert_allclose(network.forward(wider.X), initialise(make_plan(), data, rng()).forward(data.X), atol=1e-12)


@pytest.mark.parametrize("hidden", [(), (3,), (2, 2)])
@pytest.mark.parametrize("squash", [None, "tanh"])
def test_first_network_does_not_depend_on_the_order_of_columns(hidden, squash):
    data, plan = table(), make_plan(hidden, squash=squash)
    turned = TrainingData(data.X[:, ::-1], data.Y)
    expected = initialise(plan, data, rng()).forward(data.X)
    assert_allclose(initialise(plan, turned, rng()).forward(turned.X), expected, atol=1e-12)


@pytest.mark.parametrize("scale, shift", [(1000.0, 0.0), (1.0, 5.0), (-1.0, 0.0), (-0.01, 3.0)])
def test_first_network_does_not_depend_on_units(scale, shift):
    data = table()
    other = TrainingData(data.X * [1.0, scale] + [0.0, shift], data.Y)
    expected = initialise(make_plan(), data, rng()).forward(data.X)
    assert_allclose(initialise(make_plan(), other, rng()).forward(other.X), expected, atol=1e-9)


# --- column_order -----------------------------------------------------------------------------------------------


def columns(weight=None):
    """Columns with correlations of about +0.3, 0 (constant), -0.9, 0.6 with the target."""
    noise = rng(1).normal(size=(200, 4))
    y = noise[:, 3]
    X = np.column_stack([0.3 * y + noise[:, 0], np.full(200, 0.1), -2 * y + noise[:, 1], 0.8 * y + noise[:, 2]])
    return TrainingData(X, y[:, None], weight)


def test_columns_are_ordered_by_correlation_and_constant_ones_left_out():
    order, sign, constant = column_order(columns())
    assert_array_equal(order, [2, 3, 0])
    assert_array_equal(sign, [1, 1, -1, 1])
    assert_array_equal(constant, [False, True, False, False])


@pytest.mark.parametrize("seed", range(3))
def test_order_goes_with_the_columns(seed):
    data, places = columns(), rng(seed).permutation(4)
    order, sign, constant = column_order(TrainingData(data.X[:, places], data.Y))
    assert_array_equal(places[order], [2, 3, 0])
    assert_array_equal(sign, np.array([1, 1, -1, 1])[places])
    assert_array_equal(constant, places == 1)


@pytest.mark.parametrize("scale", [1e-200, 1e-3, 1e6, 1e200])
def test_order_and_sign_do_not_depend_on_units(scale):
    data = columns()
    order, sign, constant = column_order(TrainingData(data.X * [scale, 1, -1, 1] + [0, 0, 100, 0], data.Y))
    assert_array_equal(order, [2, 3, 0])
    assert_array_equal(sign, 1.0)
    assert_array_equal(constant, [False, True, False, False])


def test_weights_count_as_repetition_in_the_order():
    counts = np.where(np.arange(200) < 20, 9, 1)
    data = columns()
    few = TrainingData(data.X[:40], data.Y[:40], counts[:40] * 0.25)
    many = TrainingData(np.repeat(few.X, counts[:40], axis=0), np.repeat(few.Y, counts[:40], axis=0))
    for a, b in zip(column_order(few), column_order(many), strict=True):
        assert_array_equal(a, b)


def test_sign_is_that_of_the_weighted_correlation():
    X, y = np.array([0.0, 1, 2, 0, 1, 2])[:, None], np.array([0.0, 1, 2, 2, 1, 0])[:, None]
    for weight, expected in [([3, 3, 3, 1, 1, 1], 1), ([1, 1, 1, 3, 3, 3], -1)]:
        weight = np.array(weight, dtype=float)
        standard = y - weight @ y / weight.sum()
        assert column_order(TrainingData(X, standard, weight))[1] == [expected]


@pytest.mark.parametrize("value", [0.0, 0.1, 1e300, -1e-300])
def test_constant_to_rounding_is_constant(value):
    data = columns()
    X = np.column_stack([data.X[:, 0], value * (1 + 1e-15 * (np.arange(200) % 2))])
    assert_array_equal(column_order(TrainingData(X, data.Y))[2], [False, True])
