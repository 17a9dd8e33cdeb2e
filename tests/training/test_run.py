"""One run: grids from coarse to fine, pruning, an early end."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from problems import additive, friedman1
from sklearn.base import clone
from small_fits import data, evidence_fit, make, outputs, theta, unconverged
from small_plans import make_plan, rng, table, train

from sklearn_kan import KANRegressor
from sklearn_kan.solvers import LevenbergMarquardt
from sklearn_kan.training.monitor import Monitor


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


def test_training_may_go_on_from_a_network():
    plan, data = make_plan(n_init=3, max_iter=4), table()
    first = train(plan, data, rng())
    second = train(plan, data, rng(), network=first.network)
    assert second.loss < first.loss and second.n_iter == 4


@unconverged
def test_grid_schedule_ends_on_its_last_size_with_a_lower_loss():
    X, y = data()
    first = make(grid_size=2, alpha=1e-8, max_iter=30).fit(X, y)
    model = make(grid_schedule=(2, 4, 8), alpha=1e-8, max_iter=30).fit(X, y)
    assert [layer.grid_size for layer in model.network_.layers] == [8, 8]
    assert model.loss_curve_[: first.n_iter_] == first.loss_curve_
    assert model.loss_ < 0.2 * first.loss_
    assert first.n_iter_ < model.n_iter_ <= 90


@pytest.mark.parametrize("n_outputs", [1, 2])
@unconverged
def test_pruning_removes_what_does_nothing(n_outputs):
    X, y, *_ = additive(200, noise=0.01)
    y = y if n_outputs == 1 else np.column_stack([y, np.sin(X[:, 1])])
    model = make(hidden=(), alpha=1e-5).fit(X, y)
    pruned = clone(model).set_params(prune=0.01).fit(X, y)
    edges = pruned.network_.layers[0].edges
    assert model.network_.layers[0].edges.all()
    expected = np.array([[True, True, True, False], [False, True, False, False]])[:n_outputs]
    assert_array_equal(edges.T, expected)
    assert np.abs(pruned.predict(X) - model.predict(X)).max() < 0.03 * y.std()


@unconverged
def test_pruning_a_deep_network():
    X, y, *_ = friedman1(200)
    X, y = X[:, 2:], 20 * (X[:, 2] - 0.5) ** 2 + 10 * X[:, 3] + 5 * X[:, 4]
    model = make(max_iter=60).fit(X, y)
    pruned = clone(model).set_params(prune=0.01).fit(X, y)
    first, last = pruned.network_.layers
    assert not first.edges[3:].any() and first.edges[:3].any(axis=1).all()
    assert last.edges.any(axis=0).all()
    assert theta(pruned).size < theta(model).size
    assert pruned.score(X, y) > 0.99
    assert np.abs(pruned.predict(X) - model.predict(X)).max() < 0.1 * y.std()
    moved = X.copy()
    moved[:, 3:] = 0.5
    assert_array_equal(pruned.predict(moved), pruned.predict(X))


@pytest.mark.parametrize("hidden", [(), (3,)])
@unconverged
def test_every_output_keeps_an_edge_however_much_is_pruned(hidden):
    X, Y = outputs()
    model = make(hidden=hidden, prune=0.999, max_iter=30).fit(X, Y)
    assert (model.network_.layers[-1].edges.sum(axis=0) == 1).all()
    assert np.ptp(model.predict(X), axis=0).min() > 0


def test_pruning_keeps_the_predictions():
    X, y, *_ = friedman1(200, noise=0.5)
    whole, pruned = (evidence_fit(X, y, hidden_layer_sizes=(4,), prune=prune) for prune in (None, 0.02))
    assert pruned.network_.n_params < whole.network_.n_params
    assert np.std(pruned.predict(X) - whole.predict(X)) < 0.5


def test_all_rows_are_fitted_with_the_last_loss_of_the_sample(monkeypatch):
    """A quantile whose kink is as wide as a tenth of the spread of y lies elsewhere where the noise is narrower."""
    monkeypatch.setattr("sklearn_kan.training.train.SAMPLE_ROWS", 400)
    rng = np.random.RandomState(0)
    X = rng.uniform(-1, 1, (1200, 1))
    y = X[:, 0] + 0.02 * rng.normal(size=1200)
    model = KANRegressor((), loss="quantile", quantile=0.9, random_state=0).fit(X, y)
    assert abs(np.mean(y <= model.predict(X)) - 0.9) < 0.015


def test_all_rows_are_fitted_with_the_noise_of_the_sample(monkeypatch):
    """An output without noise beside one of much: each as exact and as sure as it is."""
    monkeypatch.setattr("sklearn_kan.training.train.SAMPLE_ROWS", 300)
    random = rng()
    X, noise = random.uniform(size=(450, 2)), np.array([0.01, 3.0])
    Y = np.column_stack([np.sin(4 * X[:, 0] * X[:, 1]), X[:, 0] ** 2]) + noise * random.normal(size=(450, 2))
    model = KANRegressor((2,), n_init=1, random_state=0).fit(X, Y)
    assert_allclose(model.sigma_, noise, rtol=0.15)
    assert model.predict(X, return_std="epistemic")[1][:, 1].mean() > 0.03 * noise[1]
