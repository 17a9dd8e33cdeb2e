"""Who may watch a fit: printed lines and scikit-learn's callbacks."""

import pickle
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from small_fits import all_solvers, data, make, theta, unconverged
from threadpoolctl import threadpool_limits

from sklearn_kan import KANRegressor
from sklearn_kan.estimators.callbacks import Watcher
from sklearn_kan.training.monitor import Monitor

try:
    from sklearn.callback import FitCallback, ProgressBar
    from sklearn.callback._callback_context import CallbackContext
except ImportError:  # scikit-learn < 1.9
    FitCallback = ProgressBar = None


@pytest.mark.parametrize("solver", ["lm", "adam"])
@unconverged
def test_verbose_2_prints_a_line_an_iteration(solver, capsys):
    model = make(solver, max_iter=3, tol=0, verbose=2).fit(*data())
    *lines, last = capsys.readouterr().out.splitlines()
    assert last.startswith("Hidden layers (")
    assert [line.split(",")[0] for line in lines] == ["Iteration 1", "Iteration 2", "Iteration 3"]
    assert [float(line.split("loss = ")[1]) for line in lines] == pytest.approx(model.loss_curve_, rel=1e-7)


@unconverged
def test_verbose_tells_validation_scores_and_default_is_silent(capsys):
    model = make(max_iter=3, tol=0, early_stopping=True).fit(*data())
    printed = capsys.readouterr()
    assert printed.out == printed.err == ""
    model.set_params(verbose=2).fit(*data())
    scores = [float(line.split("validation score = ")[1]) for line in capsys.readouterr().out.splitlines()[:-1]]
    assert scores == pytest.approx(model.validation_scores_, abs=1e-6)


@unconverged
def test_verbose_prints_a_line_a_run_and_structures_say_what_was_tried(capsys):
    X, y = data(60, noise=0.1)
    model = KANRegressor(n_init=2, max_iter=8, random_state=0, verbose=1).fit(X, y)
    lines, tried = capsys.readouterr().out.splitlines(), model.structures_
    assert len(lines) == sum(structure["n_runs"] for structure in tried) > len(tried) > 1
    for structure in tried:
        of_it = [line for line in lines if line.startswith(f"Hidden layers {structure['hidden_layer_sizes']}, run ")]
        assert [int(line.split("run ")[1].split(":")[0]) for line in of_it] == [*range(1, structure["n_runs"] + 1)]
        evidences = [float(line.split("log evidence = ")[1].split(",")[0]) for line in of_it]
        assert max(evidences) == pytest.approx(structure["log_evidence"], abs=0.06)
        assert structure["seconds"] > 0 and all("iterations, " in line for line in of_it)
    assert tried[0]["hidden_layer_sizes"] == ()
    assert sum(structure["weight"] for structure in tried) == pytest.approx(1)
    assert max(structure["log_evidence"] for structure in tried if structure["weight"]) == model.log_evidence_
    edges = sum(layer.edges.sum() for layer in model.network_.spline_layers)
    assert max(structure["n_edges"] for structure in tried) <= edges or tried[0]["weight"] == 1


@unconverged
def test_a_fit_without_evidence_has_one_structure(capsys):
    model = make(max_iter=3, tol=0.5, hidden=(3,), verbose=True).fit(*data(20))
    (structure,) = model.structures_
    assert structure["hidden_layer_sizes"] == (3,) and structure["weight"] == 1 and structure["log_evidence"] is None
    assert f"loss = {structure['loss']:.8g}, " in capsys.readouterr().out


def test_callbacks_exist_where_scikit_learn_has_them():
    assert hasattr(KANRegressor, "set_callbacks") == (FitCallback is not None)
    model = make(tol=0.5).fit(*data(20))
    assert not any("callback" in name for name in vars(model))


class Recorder:
    """Notes every event; asks to stop at the end of iteration `stop_at`; predicts on `X` then."""

    def __init__(self, stop_at=None, X=None):
        self.stop_at, self.X = stop_at, X
        self.events, self.fitted, self.predictions = [], [], []

    def count(self, event, task):
        return self.events.count((event, task))

    def setup(self, estimator, context):
        self.events.append(("setup", context.task_name))

    def teardown(self, estimator, context):
        self.events.append(("teardown", context.task_name))

    def on_fit_task_begin(self, estimator, context, *, X=None, y=None):
        self.events.append(("begin", context.task_name))

    def on_fit_task_end(self, estimator, context, *, fitted_estimator=None):
        self.events.append(("end", context.task_name))
        if self.X is not None:
            self.fitted.append(fitted_estimator)
            self.predictions.append(fitted_estimator.predict(self.X))
        return context.task_name == "iteration" and self.count("end", "iteration") == self.stop_at


if FitCallback is not None:

    @all_solvers
    @unconverged
    def test_callback_sees_each_iteration_once(solver):
        recorder = Recorder()
        model = make(solver, max_iter=7, n_init=2, tol=0, prune=0.01, hidden=()).set_callbacks(recorder)
        model.fit(*data())
        events, n = recorder.events, recorder.count("end", "iteration")
        assert 7 < n <= 28
        assert events[:2] == [("setup", "fit"), ("begin", "fit")]
        assert events[2:-2] == [("begin", "iteration"), ("end", "iteration")] * n
        assert events[-2:] == [("end", "fit"), ("teardown", "fit")]

    @all_solvers
    def test_callback_stops_the_fit_without_a_warning(solver):
        recorder = Recorder(stop_at=3)
        options = {"tol": 0, "n_init": 2, "grid_schedule": (3, 5), "prune": 0.01}
        model = make(solver, **options).set_callbacks(recorder).fit(*data())
        assert model.n_iter_ == recorder.count("end", "iteration") == 3
        assert recorder.count("end", "fit") == recorder.count("teardown", "fit") == 1
        assert np.isfinite(model.predict(data()[0])).all()

    @pytest.mark.parametrize("solver", ["lm", "adam"])
    @unconverged
    def test_fitted_estimator_stays_as_it_was_given(solver):
        X, y = data()
        recorder = Recorder(X=X)
        model = make(solver, max_iter=4, tol=0).set_callbacks(recorder).fit(X, y)
        assert len(recorder.fitted) == 5
        for given, predicted in zip(recorder.fitted, recorder.predictions, strict=True):
            assert_array_equal(given.predict(X), predicted)
        assert np.any(recorder.predictions[0] != recorder.predictions[-1])
        assert_array_equal(recorder.predictions[-1], model.predict(X))
        losses = [np.mean((p - y) ** 2) for p in recorder.predictions]
        assert losses[-1] < losses[0]

    @unconverged
    def test_callbacks_change_nothing_in_the_fit():
        X, y = data()
        watched = make(max_iter=8).set_callbacks(Recorder(X=X)).fit(X, y)
        assert_array_equal(theta(watched), theta(make(max_iter=8).fit(X, y)))

    @pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
    def test_callbacks_are_torn_down_when_the_fit_ends_badly(error, monkeypatch):
        def fail(self, network, state):
            raise error("now")

        recorder = Recorder()
        monkeypatch.setattr(Monitor, "__call__", fail)
        model = make().set_callbacks(recorder)
        if error is ValueError:
            with pytest.raises(ValueError, match="now"):
                model.fit(*data())
        else:
            with pytest.warns(UserWarning, match="interrupted"):
                model.fit(*data())
        assert recorder.events[-1] == ("teardown", "fit")

    def test_pickle_of_a_model_with_callbacks():
        X, y = data()
        model = make(tol=0.1).set_callbacks(Recorder()).fit(X, y)
        again = pickle.loads(pickle.dumps(model))
        assert_array_equal(again.predict(X), model.predict(X))
        assert not hasattr(again, "_callback_fit_ctx")
        assert_array_equal(theta(again.fit(X, y)), theta(model))

    @unconverged
    def test_progress_bar_in_a_plain_fit(capfd):
        X, y = data()
        model = make(max_iter=5).set_callbacks(ProgressBar()).fit(X, y)
        assert "KANRegressor" in capfd.readouterr().out
        assert_array_equal(pickle.loads(pickle.dumps(model)).predict(X), model.predict(X))

    @unconverged
    def test_callbacks_within_pipeline_and_search():
        X, y = data(60)
        recorder = Recorder()
        pipe = make_pipeline(StandardScaler(), make(max_iter=3).set_callbacks(recorder)).fit(X, y)
        assert recorder.count("end", "iteration") == 3
        assert pipe.score(X, y) > 0
        recorder = Recorder()
        model = make(max_iter=2, tol=0).set_callbacks(recorder)
        search = GridSearchCV(model, {"alpha": [1e-3, 1e-1]}, cv=2).fit(X, y)
        assert recorder.count("end", "fit") == recorder.count("teardown", "fit") == 5
        assert recorder.count("end", "iteration") == 10
        assert search.best_params_["alpha"] in (1e-3, 1e-1)

    @unconverged
    def test_progress_bar_of_a_search(capfd):
        X, y = data(60)
        search = GridSearchCV(make(max_iter=2), {"alpha": [1e-3, 1e-1]}, cv=2)
        search.set_callbacks(ProgressBar()).fit(X, y)
        assert "GridSearchCV" in capfd.readouterr().out

    class SlowToRegister:
        """Lets other threads in between counting the children of a task and adding one."""

        def __init__(self, monkeypatch):
            self.original, self.calls = CallbackContext._add_child, 0
            monkeypatch.setattr(CallbackContext, "_add_child", lambda *args: self(*args))

        def __call__(self, parent, child):
            self.calls += 1
            time.sleep(0.002)
            return self.original(parent, child)

    @unconverged
    def test_parallel_runs_do_not_race_for_callback_tasks(monkeypatch):
        """Without callbacks iterations are no tasks at all: nothing is registered from threads."""
        slow = SlowToRegister(monkeypatch)
        X, y = data(60, noise=0.1)
        with threadpool_limits(2, user_api="blas"):
            KANRegressor((2,), n_init=4, max_iter=6, random_state=0).fit(X, y)
        assert slow.calls == 0

    def test_iterations_seen_by_several_threads_are_all_counted(monkeypatch):
        slow, recorder = SlowToRegister(monkeypatch), Recorder()
        X, y = data(20)
        model = make().set_callbacks(recorder)
        watcher = Watcher(model, 40, X, y, lambda network: {})
        with ThreadPoolExecutor(4) as pool:
            assert not any(pool.map(lambda _: watcher(None, None), range(40)))
        watcher.finish(None)
        assert slow.calls == recorder.count("end", "iteration") == 40

    @pytest.mark.parametrize(
        "options",
        [
            {"alpha": "auto"},
            {"alpha": "auto", "hidden": "auto", "n_init": 2},
            {"alpha": "auto", "loss": "absolute_error", "prune": 0.01},
            {"loss": "huber", "grid_schedule": (3, 5), "n_init": 2, "prune": 0.01},
            {"solver": "adam", "n_init": 3},
            {"solver": "kaczmarz", "grid_schedule": (3, 4)},
        ],
        ids=str,
    )
    @unconverged
    def test_no_fit_has_more_iterations_than_its_task_has_room_for(options, monkeypatch):
        """Also where a sample of the rows is continued on all of them, and where the mean of many is continued."""
        monkeypatch.setattr("sklearn_kan.training.train.SAMPLE_ROWS", 50)
        X, y = data(80, noise=0.3)
        model = make(**{"max_iter": 6, "tol": 0, "warm_start": True, **options})
        for n_init in (model.n_init, 1):
            model.set_params(n_init=n_init).set_callbacks(Recorder()).fit(X, y)
