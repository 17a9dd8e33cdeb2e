"""A fit on a cluster of two processes is the local fit, whatever the partitions, and its predictions are lazy."""

import builtins
import importlib
import os
import pickle
import sys

import numpy as np
import pandas as pd
import pytest
from conftest import needed
from numpy.testing import assert_allclose
from problems import additive
from sklearn.base import clone

import sklearn_kan
from sklearn_kan import KANClassifier, KANRegressor
from sklearn_kan.objective.curved_by_part import Part
from sklearn_kan.objective.objective import Objective
from sklearn_kan.objective.penalty import Penalty
from sklearn_kan.utils.data import TrainingData

dask, distributed = needed("dask"), needed("distributed")
da, dd = needed("dask.array"), needed("dask.dataframe")

# Fits are stopped early: that both are the same is all that matters.
pytestmark = [
    pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
]

# What watches a cluster, and imports of each process, cost as much as these small fits.
QUIET = {
    "distributed.worker.profile.enabled": False,
    "distributed.admin.system-monitor.interval": "10s",
    "distributed.admin.tick.interval": "10s",
    "distributed.scheduler.work-stealing": False,
    "distributed.worker.multiprocessing-method": "forkserver" if sys.platform != "win32" else "spawn",
}
N, SAMPLE, SORTED = 600, 100, 300
CHUNKS = {"more than a branch of the tree": (250, 349, 1), "one": (600,)}
QUICK = {"n_init": 1, "max_iter": 5, "tol": 1e-2, "random_state": 0}


def cluster(processes):
    """Two workers of one thread each, as processes or in this one, where they are quicker to start; nobody watches."""
    dask.config.set(QUIET)
    return distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, processes=processes, dashboard_address=":0", memory_limit=0
    )


@pytest.fixture(scope="module")
def client():
    with cluster(processes=False) as workers, distributed.Client(workers) as client:
        yield client


@pytest.fixture(autouse=True)
def small_samples(monkeypatch):
    """So few rows decide on structure, and are drawn from so few, that 600 are many, and three parts make a tree."""
    monkeypatch.setattr("sklearn_kan.dask.rows._BRANCHES", 2)
    monkeypatch.setattr("sklearn_kan.utils.sampling._ENOUGH_KINDS", SORTED)
    monkeypatch.setattr("sklearn_kan.training.evidence_stage.WHERE_STRENGTHS_STAND", Part(1, 0, 4))
    for module in ("training.train", "estimators.base", "dask.estimators"):
        __import__(f"sklearn_kan.{module}")
        part = sklearn_kan
        for name in module.split("."):
            part = getattr(part, name)
        monkeypatch.setattr(part, "SAMPLE_ROWS", SAMPLE)


@pytest.fixture(scope="module")
def problem():
    X, y, _, _ = additive(N, noise=0.2)
    return X, 5 * (y + X[:, 0] * X[:, 1]) + 12


def models(**parameters):
    """A model on the cluster, and the local one."""
    from sklearn_kan.dask import DaskKANRegressor

    return DaskKANRegressor(**parameters), KANRegressor(**parameters)


def cut(chunks, *arrays):
    """Dask arrays of these chunks of rows."""
    return [da.from_array(a, chunks=(chunks, *((k,) for k in a.shape[1:]))) for a in arrays]


def assert_same_fit(model, local, X):
    assert_allclose(model.network_.theta, local.network_.theta, rtol=0, atol=1e-8)
    for name in ("y_mean_", "y_scale_", "sigma_", "log_evidence_"):
        if getattr(local, name) is not None:
            assert_allclose(getattr(model, name), getattr(local, name), rtol=1e-8)
    assert_allclose(model.to_local().predict(X), local.predict(X), rtol=0, atol=1e-8)


def test_the_extra_is_named_where_it_is_missing(monkeypatch):
    original = builtins.__import__

    def without(name, *args):
        if name.split(".")[0] == "distributed":
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
        return original(name, *args)

    for module in [name for name in sys.modules if name.startswith("sklearn_kan.dask")]:
        monkeypatch.delitem(sys.modules, module)
    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(ImportError, match=r"sklearn_kan\[dask\]"):
        importlib.import_module("sklearn_kan.dask")


@pytest.mark.parametrize("n_kinds", [SAMPLE // 2, SORTED + 100])
def test_rows_that_repeat_in_many_partitions(client, problem, n_kinds):
    """Whether all kinds of them are in the sample or not even among those that are sorted."""
    kinds = np.random.RandomState(0).randint(0, n_kinds, N)
    X, y = problem[0][kinds], np.round(problem[1][kinds], 1)
    model, local = models(hidden_layer_sizes=(2,), **QUICK)
    assert_same_fit(model.fit(*cut((7, 293, 299, 1), X, y)), local.fit(X, y), X)


@pytest.mark.parametrize("chunks", CHUNKS.values(), ids=CHUNKS)
def test_coefficients_are_those_of_the_local_fit(client, problem, chunks):
    model, local = models(hidden_layer_sizes=(3,), **QUICK)
    assert_same_fit(model.fit(*cut(chunks, *problem)), local.fit(*problem), problem[0])


@pytest.mark.parametrize("unit", [1.0, 0.3])
def test_weights_are_a_collection_too(client, problem, unit):
    """Repetitions, and weights that only say how rows compare."""
    X, y = problem
    weight = unit * np.random.RandomState(0).randint(0, 4, N)
    model, local = models(hidden_layer_sizes=(2,), **QUICK)
    model.fit(*cut((250, 350), X, y), sample_weight=cut((250, 350), weight)[0])
    assert_same_fit(model, local.fit(X, y, weight), X)


def test_missing_values(client, problem):
    """Of one column in some partitions, in one of them all; of another only in rows that come later."""
    X, y = problem[0].copy(), problem[1]
    X[np.random.RandomState(0).uniform(size=N) < 0.2, 0] = np.nan
    X[:50, 0] = np.nan
    model, local = models(hidden_layer_sizes=(2,), **QUICK)
    model.fit(*cut((50, 550), X, y)), local.fit(X, y)
    later = X.copy()
    later[::7, 1] = np.nan
    assert_same_fit(model, local, later)
    assert_allclose(model.predict(cut((300, 300), later)[0]).compute(), local.predict(later), atol=1e-8)


@pytest.mark.parametrize("n", [N, SAMPLE])
@pytest.mark.parametrize("kind", ["text", "category"])
def test_categories(client, problem, kind, n):
    """Levels of which partitions know some, or that no row has; a row of weight 0 alone has one."""
    X, y = problem[0][:n], problem[1][:n]
    level = np.where(np.arange(n) < n // 2, "b", np.where(X[:, 1] > 0, "a", "c")).astype(object)
    level[-1], weight = "of no weight", np.append(np.ones(n - 1), 0.0)
    frame = pd.DataFrame({"x": X[:, 0], "level": level, "flag": X[:, 2] > 0, "z": X[:, 1]}).assign(target=y, w=weight)
    frame.loc[::9, "level"] = None
    if kind == "category":
        frame["level"] = pd.Categorical(frame["level"], categories=["never", "c", "b", "of no weight", "a"])
    names, rows = ["x", "level", "flag", "z"], dd.from_pandas(frame, npartitions=3)
    model, local = models(hidden_layer_sizes=(2,), **QUICK)
    model.fit(rows[names], rows["target"], sample_weight=rows["w"])
    local.fit(frame[names], frame["target"], frame["w"])
    assert model.is_categorical_.tolist() == [False, True, True, False]
    assert sorted(model._columns.levels[1]) == ["a", "b", "c"]
    later = frame[names].head(30).astype({"level": object})
    later.loc[3, "level"] = "new"
    assert_same_fit(model, local, later)
    assert_allclose(model.predict(rows[names]).compute(), local.predict(frame[names]), atol=1e-8)


def test_categories_of_an_array(client, problem):
    X, y = problem[0].copy(), problem[1]
    X[:, 1] = np.arange(N) % 4 * 2.5
    model, local = models(hidden_layer_sizes=(), categorical_features=[1], **QUICK)
    assert_same_fit(model.fit(*cut((250, 350), X, y)), local.fit(X, y), X)


def test_several_outputs(client, problem):
    X, y = problem
    Y = np.column_stack([y, np.sin(3 * X[:, 0]) + 5])
    model, local = models(hidden_layer_sizes=(2,), **QUICK)
    assert_same_fit(model.fit(*cut((250, 350), X, Y)), local.fit(X, Y), X)


@pytest.mark.parametrize("loss", ["absolute_error", "poisson"])
def test_other_losses(client, problem, loss):
    X, y = problem
    y = np.round(np.abs(y))
    model, local = models(hidden_layer_sizes=(), loss=loss, **QUICK)
    assert_same_fit(model.fit(*cut((250, 350), X, y)), local.fit(X, y), X)


def test_architectures_are_chosen_as_in_the_local_fit(client, problem):
    model, local = models(n_init=1, max_iter=5, random_state=0)
    assert_same_fit(model.fit(*cut((250, 350), *problem)), local.fit(*problem), problem[0])


def test_a_data_frame_has_names(client, problem):
    X, y = problem
    frame = pd.DataFrame(X, columns=["a", "b", "größe", "d"]).assign(target=y)
    collection = dd.from_pandas(frame, npartitions=3)
    features = [name for name in frame if name != "target"]
    model, local = models(hidden_layer_sizes=(2,), **QUICK)
    model.fit(collection[features], collection["target"])
    assert_same_fit(model, local.fit(frame[features], frame["target"]), frame[features])
    assert model.feature_names_in_.tolist() == features
    y = model.predict(collection[features])
    assert isinstance(y, da.Array)
    assert_allclose(y.compute(), local.predict(frame[features]), atol=1e-8)


@pytest.mark.parametrize("class_weight", ["balanced", {"low": 3.0, "high": 0.0}])
def test_classes(client, problem, class_weight):
    from sklearn_kan.dask import DaskKANClassifier

    X, y = problem
    labels = np.where(y > 21, "high", np.where(y > 17, "middle", np.where(y > 12, "low", "least")))
    parameters = {"hidden_layer_sizes": (2,), "class_weight": class_weight, **QUICK}
    local = KANClassifier(**parameters).fit(X, labels)
    model = DaskKANClassifier(client=client, **parameters).fit(*cut((250, 350), X, labels))
    assert model.classes_.tolist() == local.classes_.tolist()
    assert_allclose(model.network_.theta, local.network_.theta, rtol=0, atol=1e-8)
    (rows,) = cut((599, 0, 1), X)
    assert model.predict(rows).compute().tolist() == local.predict(X).tolist()
    assert_allclose(model.predict_proba(rows).compute(), local.predict_proba(X), atol=1e-8)


def test_few_rows_are_fitted_as_they_are(client, problem):
    X, y = problem[0][:SAMPLE], problem[1][:SAMPLE]
    model, local = models(hidden_layer_sizes=(2,), **QUICK)
    model.fit(*cut((50, 0, 50), X, y))
    assert np.array_equal(model.network_.theta, local.fit(X, y).network_.theta)
    assert np.array_equal(model.fit(X, y).network_.theta, local.network_.theta)


@pytest.mark.parametrize("solver", ["lm", "lbfgs"])
def test_with_a_fixed_penalty_all_rows_are_at_the_optimum(client, problem, solver):
    """On the grids that the sample has set."""
    X, y = problem
    model, _ = models(hidden_layer_sizes=(), alpha=1e-3, solver=solver, tol=1e-12, max_iter=100, random_state=0)
    model.fit(*cut((250, 350), X, y))
    data = TrainingData(X, (y[:, None] - model.y_mean_) / model.y_scale_)
    network = model.network_
    objective = Objective(network, model._fitted_loss, Penalty.fixed(network, 1e-3), data)
    value, gradient = objective.value_and_gradient(network.theta)
    assert np.abs(gradient).max() < (1e-10 if solver == "lm" else 1e-4)
    assert_allclose(model.loss_, value, rtol=1e-9)


def test_predictions_are_lazy(client, problem):
    X, y = problem
    model, local = models(hidden_layer_sizes=(2,), **QUICK)
    model.fit(*cut((300, 300), X, y))
    local.fit(X, y)
    never = da.from_array(X, chunks=(100, 3)).map_blocks(lambda block: 1 / 0, dtype=float, meta=np.zeros((0, 0)))
    lazy = model.predict(never)
    assert lazy.shape == (N,) and lazy.dtype == np.float64
    mean, std = model.predict(da.from_array(X, chunks=(100, 3)), return_std=True)
    expected = local.predict(X, return_std=True)
    assert_allclose(mean.compute(), expected[0], atol=1e-8)
    assert_allclose(std.compute(), expected[1], rtol=1e-6)
    assert_allclose(model.predict(X), expected[0], atol=1e-8)


def test_a_model_goes_on_without_its_cluster(client, problem):
    model, local = models(hidden_layer_sizes=(), **QUICK)
    model.set_params(client=client).fit(*cut((300, 300), *problem))
    alone = model.to_local()
    assert type(alone) is KANRegressor and alone.get_params() == local.get_params()
    again = pickle.loads(pickle.dumps(model))
    assert again.client is None
    assert np.array_equal(again.predict(problem[0]), alone.predict(problem[0]))
    assert clone(model).client is client and model.client_ is client
    assert "client" in model.get_params()


def test_processes_one_of_which_is_lost(problem, monkeypatch):
    """In the midst of a fit a process ends; dask computes again what it held."""
    from sklearn_kan.dask.rows import ClusterRows

    X, y = (values[:SORTED] for values in problem)  # As processes know nothing of what is patched here.
    original, calls = ClusterRows.sum_over_blocks, []

    def lose_one(rows, sums, step, n_bytes=0):
        calls.append(step)
        if len(calls) == 2:
            address = next(iter(rows._client.scheduler_info(n_workers=-1)["workers"]))
            rows._client.run(os._exit, 1, workers=[address], on_error="ignore")
        return original(rows, sums, step, n_bytes)

    monkeypatch.setattr(ClusterRows, "sum_over_blocks", lose_one)
    with cluster(processes=True) as workers, distributed.Client(workers) as client:
        model, local = models(hidden_layer_sizes=(2,), **QUICK)
        model.set_params(client=client).fit(*cut((1, 0, 148, 0, 1, 150), X, y))
    assert len(calls) > 2
    assert_same_fit(model, local.fit(X, y), X)


def test_bad_input_is_refused(client, problem):
    X, y = problem
    rows, targets = cut((300, 300), X, y)
    model, local = models(hidden_layer_sizes=(), **QUICK)
    with pytest.raises(ValueError, match="cut into the same partitions"):
        model.fit(dd.from_pandas(pd.DataFrame(X), npartitions=3), dd.from_pandas(pd.Series(y), npartitions=2))
    with pytest.raises(ValueError, match="numbers from 0 to"):
        clone(model).set_params(categorical_features=[9]).fit(rows, targets)
    with pytest.raises(ValueError, match="X must have rows and columns"):
        model.fit(targets, targets)
    with pytest.raises(ValueError, match="X has 600 rows and y has 500"):
        model.fit(rows, targets[:500])
    with pytest.raises(ValueError, match="infinity"):
        model.fit(da.where(rows > 0.99, np.inf, rows), targets)
    with pytest.raises(ValueError, match="NaN"):
        model.fit(rows, da.where(targets > 25, np.nan, targets))
    with pytest.raises(ValueError, match="negative weights"):
        model.fit(rows, targets, sample_weight=targets - 17)
    with pytest.raises(TypeError, match="y must be a dask collection"):
        model.fit(rows, y)
    with pytest.raises(ValueError, match="partition by partition"):
        clone(model).set_params(solver="adam").fit(rows, targets)
    with pytest.raises(ValueError, match="needs X_val and y_val"):
        clone(model).set_params(early_stopping=True).fit(rows, targets)
    with pytest.raises(ValueError, match="must be non-negative"):
        clone(model).set_params(loss="poisson").fit(rows, targets - 100)
    assert not hasattr(model, "network_") and not hasattr(model, "n_features_in_")
    with pytest.raises(TypeError, match="DaskKANRegressor"):
        local.fit(rows, targets)
    with pytest.raises(TypeError, match="DaskKANRegressor"):
        local.fit(X, targets)


def test_without_a_cluster_the_way_to_one_is_named(problem, monkeypatch):
    model, _ = models()
    monkeypatch.setattr("sklearn_kan.dask.estimators.get_client", no_client)
    assert not hasattr(model, "client_") and "DaskKANRegressor" in model._repr_html_()
    with pytest.raises(ValueError, match="Start one, distributed"):
        model.fit(*cut((600,), *problem))


def no_client():
    raise ValueError("No global client found and no address provided")


def test_early_stopping_on_rows_in_memory(client, problem):
    X, y = problem
    model, _ = models(hidden_layer_sizes=(), alpha=1e-3, early_stopping=True, max_iter=20, random_state=0)
    model.fit(*cut((300, 300), X, y), X_val=X[:100], y_val=y[:100])
    assert model.best_validation_score_ > 0.5
