"""Who has how many threads, and that it makes no difference to results."""

import threading
from contextlib import redirect_stdout
from io import StringIO

import numpy as np
import pytest
from problems import make_layer
from threadpoolctl import ThreadpoolController, threadpool_limits

import sklearn_kan.utils.threads
from sklearn_kan import KANRegressor
from sklearn_kan.losses import HalfSquaredError
from sklearn_kan.network import KANNetwork
from sklearn_kan.objective.objective import Objective
from sklearn_kan.objective.penalty import Penalty
from sklearn_kan.utils.data import TrainingData
from sklearn_kan.utils.threads import map_threads, one_blas_thread


def blas_threads():
    """Threads that each BLAS library has now."""
    return {lib["num_threads"] for lib in ThreadpoolController().select(user_api="blas").info()}


@pytest.fixture
def two_threads():
    with threadpool_limits(2, user_api="blas"):
        yield


@pytest.fixture
def workers(monkeypatch):
    """Names of the threads that blocks of rows were worked on by."""
    seen = set()
    pool = sklearn_kan.utils.threads.ThreadPoolExecutor

    class Watched(pool):
        def submit(self, run, function, *args):
            def watched(*args):
                seen.add(threading.get_ident())
                assert sklearn_kan.utils.threads._threads.get() == 1
                return function(*args)

            return super().submit(run, watched, *args)

    monkeypatch.setattr(sklearn_kan.utils.threads, "ThreadPoolExecutor", Watched)
    return seen


def test_blas_is_limited_inside_and_as_before_outside(two_threads):
    before = blas_threads()
    with one_blas_thread():
        assert blas_threads() <= {1}
        with one_blas_thread():
            assert blas_threads() <= {1}
        assert blas_threads() <= {1}
    assert blas_threads() == before
    with pytest.raises(ZeroDivisionError), one_blas_thread():
        1 / 0  # noqa: B018
    assert blas_threads() == before


def test_callers_that_overlap_leave_blas_as_it_was(two_threads):
    """The first leaves while another, which came later, is still inside."""
    before, inside, left = blas_threads(), threading.Event(), threading.Event()

    def late():
        with one_blas_thread():
            inside.set()
            left.wait()

    thread = threading.Thread(target=late)
    with one_blas_thread():
        thread.start()
        inside.wait()
    left.set()
    thread.join()
    assert blas_threads() == before


def test_map_keeps_order_settings_and_errors(two_threads):
    with one_blas_thread(), np.errstate(over="ignore"):
        assert map_threads(lambda x: np.float64(10.0) ** x, [400, 2, 3]) == [np.inf, 100.0, 1000.0]
        with pytest.raises(ZeroDivisionError):
            map_threads(lambda x: 1 / x, [1, 0, 2])
    assert map_threads(str, range(0)) == []


def test_results_do_not_depend_on_threads(two_threads, workers):
    network = KANNetwork([make_layer(2, 6), make_layer(6, 1, 1)])
    rng = np.random.RandomState(0)
    X, Y = rng.uniform(-1, 1, (40_000, 2)), rng.normal(size=(40_000, 1))
    objective, theta = (
        Objective(network, HalfSquaredError(), Penalty.fixed(network, 0.1), TrainingData(X, Y)),
        network.theta,
    )

    def results():
        with one_blas_thread():
            sums = [objective.value(theta), *objective.value_and_gradient(theta), *objective.normal_equations(theta)]
        return [network.forward(X), *sums]

    shared = results()
    assert workers
    with threadpool_limits(1, user_api="blas"):
        workers.clear()
        alone = results()
    assert not workers
    for a, b in zip(shared, alone, strict=True):
        np.testing.assert_array_equal(a, b)


def test_interrupt_lets_running_calls_end(two_threads):
    begun, told, ended = threading.Barrier(2), threading.Event(), []

    def work(item):
        begun.wait()
        if item == 0:
            raise KeyboardInterrupt
        told.wait()
        ended.append(item)

    with one_blas_thread(), pytest.raises(KeyboardInterrupt):
        map_threads(work, [0, 1], told.set)
    assert ended == [1]


def test_runs_side_by_side_give_the_same_model(two_threads, workers):
    X = np.random.RandomState(0).uniform(-1, 1, (60, 2))
    y = np.sin(3 * X[:, 0]) * X[:, 1]
    models = [KANRegressor((2,), n_init=3, random_state=0, verbose=verbose) for verbose in (False, True)]
    with redirect_stdout(StringIO()):
        together, one_by_one = (model.fit(X, y) for model in models)
    assert workers
    np.testing.assert_array_equal(together.predict(X), one_by_one.predict(X))
