"""The estimator in the hands of scikit-learn's tools, of savers, and of threads."""

import copy
import io
import os
import pickle
import pickletools
import random
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import joblib
import numpy as np
import pandas as pd
import persistence
import pytest
import skops.io
from numpy.testing import assert_allclose, assert_array_equal
from problems import additive, exp_sin
from scipy.stats import loguniform
from sklearn import config_context
from sklearn.base import clone
from sklearn.compose import ColumnTransformer, TransformedTargetRegressor
from sklearn.ensemble import BaggingRegressor, StackingRegressor
from sklearn.impute import SimpleImputer
from sklearn.inspection import partial_dependence, permutation_importance
from sklearn.linear_model import Ridge
from sklearn.model_selection import GridSearchCV, RandomizedSearchCV, cross_val_score
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from sklearn_kan import KANRegressor

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

PROBLEM = exp_sin(80)
X, y = PROBLEM.X, PROBLEM.y
NEW = exp_sin(50, seed=1)
WEIGHT = np.random.RandomState(0).uniform(0.1, 3, len(X))
MODES = list(persistence.MODES)


def make(**options):
    return KANRegressor(**{"hidden_layer_sizes": (2,), "max_iter": 20, "random_state": 0, **options})


@pytest.fixture(scope="module")
def saved():
    """Models of several modes, as (model, X, predictions)."""
    return persistence.fitted_models()


def reload_pickle(model):
    return pickle.loads(pickle.dumps(model))


def reload_joblib(model):
    file = io.BytesIO()
    joblib.dump(model, file)
    file.seek(0)
    return joblib.load(file)


def reload_skops(model):
    data = skops.io.dumps(model)
    types = skops.io.get_untrusted_types(data=data)
    assert types and all(name.startswith("sklearn_kan.") for name in types), types
    return skops.io.loads(data, trusted=types)


# Composition


def test_pipeline_does_its_steps_in_turn():
    holes = np.where(np.random.RandomState(0).uniform(size=X.shape) < 0.1, np.nan, X)
    pipeline = make_pipeline(SimpleImputer(), StandardScaler(), make()).fit(holes, y)
    imputer, scaler = SimpleImputer().fit(holes), StandardScaler()
    by_hand = make().fit(scaler.fit_transform(imputer.transform(holes)), y)
    assert_array_equal(pipeline.predict(NEW.X), by_hand.predict(scaler.transform(imputer.transform(NEW.X))))


def test_column_transformer_with_categories():
    colour = np.random.RandomState(0).choice(["red", "green", "blue"], len(X))
    table = pd.DataFrame({"colour": colour, "x": X[:, 0]})
    target = np.sin(3 * X[:, 0]) + np.select([colour == "red", colour == "green"], [2.0, -1.0], 0.0)
    encode = ColumnTransformer([("one-hot", OneHotEncoder(sparse_output=False), ["colour"])], remainder="passthrough")
    model = make_pipeline(encode, make(hidden_layer_sizes=(), alpha=1e-6)).fit(table, target)
    assert model.score(table, target) > 0.999
    shift = model.predict(table.assign(colour="red")) - model.predict(table.assign(colour="green"))
    assert_allclose(shift, 3.0, atol=0.05)


def test_grid_search_finds_the_better_parameter():
    search = GridSearchCV(make(), {"alpha": [1e2, 1e-3], "grid_size": [5]}, cv=3, n_jobs=2).fit(X, y)
    assert search.best_params_ == {"alpha": 1e-3, "grid_size": 5}
    assert_allclose(search.predict(NEW.X), make(alpha=1e-3).fit(X, y).predict(NEW.X), rtol=1e-6)


def test_randomized_search():
    search = RandomizedSearchCV(make(), {"alpha": loguniform(1e-6, 10)}, n_iter=4, cv=3, n_jobs=2, random_state=0)
    search.fit(X, y)
    assert search.best_params_["alpha"] < 0.05 < max(search.cv_results_["param_alpha"])
    assert search.score(NEW.X, NEW.y) > 0.9


def test_number_of_jobs_does_not_matter():
    one, two = (cross_val_score(make(), X, y, cv=3, n_jobs=n_jobs) for n_jobs in (1, 2))
    assert_allclose(one, two, rtol=1e-6)
    assert one.min() > 0.8


def test_transformed_target():
    model = TransformedTargetRegressor(make(), func=np.log, inverse_func=np.exp).fit(X, y)
    assert_allclose(model.predict(NEW.X), np.exp(make().fit(X, np.log(y)).predict(NEW.X)), rtol=1e-12)


def test_bagging_averages_different_models():
    model = BaggingRegressor(make(), n_estimators=3, random_state=0).fit(X, y)
    each = np.array([member.predict(NEW.X) for member in model.estimators_])
    assert_allclose(model.predict(NEW.X), each.mean(axis=0), rtol=1e-12)
    assert np.ptp(each, axis=0).max() > 1e-3
    assert model.score(NEW.X, NEW.y) > 0.95


def test_stacking_prefers_the_network_to_a_line():
    model = StackingRegressor([("kan", make()), ("ridge", Ridge())], final_estimator=Ridge(), cv=3).fit(X, y)
    network, line = model.final_estimator_.coef_
    assert network > 0.7 and abs(line) < 0.3
    assert model.score(NEW.X, NEW.y) > 0.95


def test_inspection_recovers_additive_parts():
    problem = additive(200)
    model = make(hidden_layer_sizes=(), alpha=1e-6).fit(problem.X, problem.y)
    for i, part in enumerate(problem.parts):
        curve = partial_dependence(model, problem.X, [i], kind="average", grid_resolution=20)
        expected = part(curve["grid_values"][0])
        assert_allclose(curve["average"][0] - curve["average"].mean(), expected - expected.mean(), atol=0.05)
    importance = permutation_importance(model, problem.X, problem.y, n_repeats=3, random_state=0).importances_mean
    assert_array_equal(np.argsort(-importance), [0, 1, 2, 3])
    assert abs(importance[3]) < 1e-3


# Tables and metadata


def test_data_frame_names():
    table = pd.DataFrame(X, columns=["a", "b"])
    model = make().fit(table, pd.Series(y))
    assert_array_equal(model.feature_names_in_, ["a", "b"])
    assert_array_equal(model.predict(table), make().fit(X, y).predict(X))
    with pytest.raises(ValueError, match="feature names"):
        model.predict(table[["b", "a"]])
    with pytest.warns(UserWarning, match="feature names"):
        model.predict(X)
    assert not hasattr(model.fit(X, y), "feature_names_in_")


def test_weights_are_routed_through_a_pipeline():
    with config_context(enable_metadata_routing=True):
        scaler = StandardScaler().set_fit_request(sample_weight=False)
        pipeline = make_pipeline(scaler, make().set_fit_request(sample_weight=True))
        routed = pipeline.fit(X, y, sample_weight=WEIGHT).predict(NEW.X)
    Z, Z_new = StandardScaler().fit(X).transform(X), StandardScaler().fit(X).transform(NEW.X)
    assert_array_equal(routed, make().fit(Z, y, sample_weight=WEIGHT).predict(Z_new))
    assert np.abs(routed - make().fit(Z, y).predict(Z_new)).max() > 1e-3


def test_validation_rows_are_routed_through_a_pipeline():
    model = make(early_stopping=True)
    with config_context(enable_metadata_routing=True):
        steps = [("scale", StandardScaler()), ("kan", clone(model).set_fit_request(X_val=True, y_val=True))]
        pipeline = Pipeline(steps, transform_input=["X_val"]).fit(X, y, X_val=NEW.X, y_val=NEW.y)
        routed = pipeline.predict(NEW.X)
    Z, Z_new = StandardScaler().fit(X).transform(X), StandardScaler().fit(X).transform(NEW.X)
    by_hand = model.fit(Z, y, X_val=Z_new, y_val=NEW.y)
    assert_array_equal(routed, by_hand.predict(Z_new))
    assert pipeline[-1].validation_scores_ == by_hand.validation_scores_


# Copies


def test_clone_is_unfitted_and_fits_the_same():
    model = make(knots="quantile", extrapolation="continue").fit(X, y)
    again = clone(model)
    assert [name for name in vars(again) if name.endswith("_")] == []
    assert again.get_params() == model.get_params()
    assert_array_equal(again.fit(X, y).predict(NEW.X), model.predict(NEW.X))


@pytest.mark.parametrize("reload", [reload_pickle, reload_joblib, reload_skops, copy.deepcopy])
@pytest.mark.parametrize("mode", MODES)
def test_copies_predict_the_same(saved, mode, reload):
    model, new, expected = saved[mode]
    again = reload(model)
    assert again.get_params() == model.get_params()
    assert_array_equal(again.predict(new), expected)
    assert_array_equal(again.predict_gradient(new), model.predict_gradient(new))


@pytest.mark.parametrize("reload", [reload_pickle, reload_joblib, reload_skops, copy.deepcopy])
def test_a_copy_goes_on_learning_as_the_original(reload):
    model = make(solver="adam").partial_fit(X, y).partial_fit(X, y)
    again = reload(model)
    assert_array_equal(again.partial_fit(X, y).predict(NEW.X), model.partial_fit(X, y).predict(NEW.X))


def test_deepcopy_shares_nothing():
    model = make(solver="adam").fit(X, y)
    before, again = model.predict(NEW.X), copy.deepcopy(model)
    again.partial_fit(X, y)
    again.network_.theta = again.network_.theta + 1
    assert_array_equal(model.predict(NEW.X), before)


@pytest.mark.parametrize("mode", MODES)
def test_a_pickle_names_only_stable_modules(saved, mode):
    names = [str(arg) for _, arg, _ in pickletools.genops(pickle.dumps(saved[mode][0])) if isinstance(arg, str)]
    assert any(name.startswith("sklearn_kan.") for name in names)
    assert [name for name in names if "scipy" in name or name.startswith(("sklearn.", "functools"))] == []


def test_models_outlive_the_process(tmp_path):
    path = tmp_path / "models.pickle"
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])}
    for action in ("write", "read"):
        command = [sys.executable, persistence.__file__, action, str(path)]
        done = subprocess.run(command, env=environment, cwd=tmp_path, capture_output=True, text=True, check=False)
        assert done.returncode == 0 and not done.stderr, done.stderr
        assert f"{len(MODES)} models" in done.stdout


def test_persistence_script_notices_a_difference(saved, tmp_path):
    model, new, expected = saved["default"]
    for shift, message in [(1e-9, "default: predictions differ"), (np.nan, "default: predictions differ")]:
        path = tmp_path / "models.pickle"
        path.write_bytes(pickle.dumps({"default": (model, new, expected + shift)}))
        with pytest.raises(SystemExit, match=message):
            persistence.read(path)


# Side effects


@pytest.mark.parametrize("mode", MODES)
def test_prediction_writes_nothing(saved, mode):
    model, new, _ = saved[mode]
    before = pickle.dumps(model)
    model.predict(new)
    model.predict_gradient(10 * new)
    assert pickle.dumps(model) == before


@pytest.mark.parametrize("mode", MODES)
def test_threads_predict_at_once(saved, mode):
    model, new, _ = saved[mode]
    batches = [new[i:] * (1 + i / 10) for i in range(40)]
    expected = [model.predict(batch) for batch in batches]
    with ThreadPoolExecutor(8) as pool:
        for got, wanted in zip(pool.map(model.predict, batches), expected, strict=True):
            assert_array_equal(got, wanted)


@pytest.mark.parametrize("solver", ["lm", "lbfgs", "adam"])
def test_fit_leaves_data_parameters_and_global_state_alone(solver, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    data = [X.copy(), y.copy(), WEIGHT.copy()]
    model = make(solver=solver, early_stopping=True)
    parameters = model.get_params()
    numpy_state, python_state = pickle.dumps(np.random.get_state()), random.getstate()
    model.fit(*data)
    model.predict(data[0])
    assert pickle.dumps(np.random.get_state()) == numpy_state and random.getstate() == python_state
    assert np.geterr() == {"divide": "warn", "over": "warn", "under": "ignore", "invalid": "warn"}
    assert list(tmp_path.iterdir()) == []
    assert model.get_params() == parameters
    for after, before in zip(data, [X, y, WEIGHT], strict=True):
        assert_array_equal(after, before)
    assert capsys.readouterr() == ("", "")


def test_fit_does_not_depend_on_global_state():
    np.random.seed(0)
    first = make().fit(X, y).predict(NEW.X)
    np.random.seed(1)
    assert_array_equal(make().fit(X, y).predict(NEW.X), first)
    shared = np.random.RandomState(0)
    one, two = (make(random_state=shared).fit(X, y).predict(NEW.X) for _ in range(2))
    assert_array_equal(one, first)
    assert np.abs(one - two).max() > 0
