"""Streams: what is learned does not hang on the first batch, nor on the order of the others."""

import pickle
import warnings

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from sklearn_kan import KANClassifier, KANRegressor


def go_through(model, X, y, order, n_batches=6, times=10, **options):
    """A model that has seen the rows so often, in batches of a given order."""
    for _ in range(times):
        for rows in np.array_split(order, n_batches):
            model.partial_fit(X[rows], y[rows], **options)
    return model


def error(model, X, y):
    return np.sqrt(np.mean((model.predict(X) - y) ** 2)) / np.std(y)


def wave(n=600, seed=0):
    X = np.random.RandomState(seed).uniform(size=(n, 2))
    return X, np.sin(6 * X[:, 0]) + X[:, 1]


@pytest.mark.parametrize("hidden", [(), (4,)])
@pytest.mark.parametrize("solver", ["kaczmarz", "adam"])
def test_a_stream_sorted_by_a_feature_is_learned_as_a_shuffled_one(solver, hidden):
    X, y = wave()
    options = {"learning_rate_init": 0.05, "batch_size": 50} if solver == "adam" else {}
    orders = np.argsort(X[:, 0]), np.random.RandomState(0).permutation(len(X))
    by_order = [
        error(go_through(KANRegressor(hidden, solver=solver, random_state=0, **options), X, y, order), X, y)
        for order in orders
    ]
    assert max(by_order) < 0.3 and by_order[0] < 2 * by_order[1] + 0.02


@pytest.mark.parametrize("solver", ["kaczmarz", "adam"])
def test_a_column_that_is_constant_at_first_is_learned(solver):
    X, _ = wave()
    X[:100, 1] = 0.3
    y = np.sin(4 * X[:, 0]) + 3 * X[:, 1]
    options = {"learning_rate_init": 0.05} if solver == "adam" else {}
    model = go_through(KANRegressor((4,), solver=solver, random_state=0, **options), X, y, np.arange(600))
    assert error(model, X, y) < 0.1
    never = X.copy()
    never[:, 1] = 0.3
    model = go_through(KANRegressor((4,), solver=solver, random_state=0, **options), never, y, np.arange(600), times=2)
    assert not model.network_.layers[0].edges[1].any()


@pytest.mark.parametrize("hidden", [(), (4,)])
@pytest.mark.parametrize("solver", ["kaczmarz", "adam"])
def test_a_first_batch_of_one_class_does_no_harm(solver, hidden):
    rng = np.random.RandomState(1)
    X = rng.uniform(size=(400, 2))
    y = X[:, 0] > 0.5
    options = {"learning_rate_init": 0.05} if solver == "adam" else {}
    model = KANClassifier(hidden, solver=solver, random_state=0, **options)
    model.partial_fit(X[:50], np.zeros(50, dtype=bool), classes=[False, True])
    go_through(model, X, y, rng.permutation(400), 4, 10)
    # Half of the labels of the first batch were wrong, and it is rehearsed.
    assert model.score(X, y) > 0.9
    # 50 + 4,000 rows so far, 50 of them of the first class beside the shares of the others.
    share = 10 * y.sum() / 4050
    assert model.y_mean_[0] == pytest.approx(np.log(share / (1 - share)), abs=0.25)


def test_units_grids_and_scale_follow_the_stream():
    """The first batch is narrow, and a thousandth of what comes."""
    X, y = wave()
    scale = np.where(np.arange(600) < 100, 1e-3, 1.0)
    narrow = X * np.where(np.arange(600) < 100, 0.01, 1.0)[:, None]
    model = KANRegressor((4,), solver="adam", learning_rate_init=0.05, random_state=0)
    go_through(model, narrow, y * scale, np.arange(600), times=15)
    assert_allclose(model.network_.layers[0].basis.lo, narrow.min(axis=0), atol=0.05)
    assert_allclose(model.network_.layers[0].basis.hi, narrow.max(axis=0), atol=0.05)
    assert model.y_scale_[0] == pytest.approx(np.std(y * scale), rel=0.1)
    assert error(model, narrow[100:], y[100:]) < 0.3


def test_units_alone_change_no_prediction():
    """A pass that moves nothing: only grids and units follow."""
    X, y = wave(200)
    model = KANRegressor((), solver="sgd", learning_rate_init=1e-13, random_state=0).partial_fit(X, y)
    before, scale = model.predict(X), model.y_scale_
    model.partial_fit(0.9 * X[:50], 100 * y[:50])
    assert np.all(model.y_scale_ > 5 * scale)
    assert_allclose(model.predict(X), before, rtol=1e-9)


def test_a_repeated_batch_has_no_past():
    """A stream of one batch is an ordinary fit, whatever the number of rows that are kept."""
    X, y = wave(1500)
    model = KANRegressor((), solver="sgd", random_state=0)
    theta = [go_through(model, X, y, np.arange(1500), 1, 1).network_.theta for _ in range(3)][-1]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        fitted = KANRegressor((), solver="sgd", max_iter=3, tol=0, random_state=0).fit(X, y)
    assert_array_equal(theta, fitted.network_.theta)


def test_streams_of_the_same_seed_are_the_same_and_survive_pickling():
    X, y = wave(300)
    first, second = (KANRegressor((2,), solver="kaczmarz", random_state=0) for _ in range(2))
    for rows in np.array_split(np.arange(300), 6):
        first.partial_fit(X[rows], y[rows])
        second = pickle.loads(pickle.dumps(second)).partial_fit(X[rows], y[rows])
    assert_array_equal(first.network_.theta, second.network_.theta)


def test_a_fit_goes_on_as_a_stream_in_its_own_units():
    X, y = wave(300)
    model = KANRegressor((), solver="adam", random_state=0, tol=0.01).fit(X, y)
    scale, mean = model.y_scale_, model.y_mean_
    model.partial_fit(X[:20] + 0.5, 10 * y[:20])
    assert_array_equal((model.y_scale_, model.y_mean_), (scale, mean))
    assert (model.network_.layers[0].basis.hi > X.max(axis=0)).all()


def test_another_solver_takes_over():
    X, y = wave(200)
    model = KANRegressor((), solver="adam", random_state=0).partial_fit(X, y)
    model.set_params(solver="kaczmarz").partial_fit(X, y)
    assert model.solver_ == "kaczmarz" and error(model, X, y) < 0.5


def test_a_stream_may_begin_without_an_event():
    """The first batch has no count; the rate is learned as if the batches had come in another order."""
    rng = np.random.RandomState(0)
    X = rng.uniform(size=(2000, 1))
    rate = np.exp(1.5 * X[:, 0])
    y = rng.poisson(rate).astype(float)
    first = np.flatnonzero(y == 0)[:100]
    order = np.concatenate([first, np.setdiff1d(rng.permutation(2000), first, assume_unique=True)])
    model = KANRegressor((), loss="poisson", solver="adam", random_state=0).partial_fit(X[first], y[first])
    go_through(model, X, y, order)
    assert np.sqrt(np.mean(np.log(model.predict(X) / rate) ** 2)) < 0.2


@pytest.mark.parametrize("second", [300, 600])
def test_units_follow_a_batch_that_holds_all_of_the_past(second):
    """Of rows among which the first batch is, mean and deviation are those of all rows so far."""
    X, y = wave()
    order = np.argsort(y)
    model = KANRegressor((), solver="adam", random_state=0).partial_fit(X[order[:100]], y[order[:100]])
    model.partial_fit(X[order[:second]], y[order[:second]])
    seen = np.concatenate([y[order[:100]], y[order[:second]]])
    assert_allclose(model.y_mean_, seen.mean())
    assert_allclose(model.y_scale_, seen.std())
