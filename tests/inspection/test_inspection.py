"""What a fitted estimator tells about itself."""

import pickle

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from problems import additive, friedman1
from sklearn.inspection import permutation_importance
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sklearn_kan import KANRegressor, edge_importance, explain, feature_interactions, node_importance

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


@pytest.fixture(scope="module")
def additive_model():
    problem = additive(500, noise=0.1)
    return KANRegressor((), alpha=1e-6, random_state=0).fit(problem.X, problem.y), problem.X


@pytest.fixture(scope="module")
def deep_model():
    problem = friedman1(400)
    return KANRegressor((4,), alpha=1e-4, max_iter=60, random_state=0).fit(problem.X, problem.y), problem


def test_additive_importances_are_those_of_permutation_importance(additive_model):
    model, X = additive_model
    prediction = model.predict(X)
    result = permutation_importance(
        model, X, prediction, scoring="neg_mean_squared_error", n_repeats=50, random_state=0
    ).importances_mean
    assert_allclose(model.feature_importances_, result / result.sum(), atol=0.02)  # Independent but for chance.
    assert_allclose(node_importance(model, X)[0], result / 2 / prediction.var(), rtol=0.03, atol=1e-3)


def test_importances_find_what_matters(deep_model):
    model, problem = deep_model
    result = permutation_importance(model, problem.X, problem.y, n_repeats=20, random_state=0).importances_mean
    order = np.argsort(-result)[:5]
    assert set(order) == set(range(5))
    assert_allclose(node_importance(model)[0] / node_importance(model)[0].sum(), result / result.sum(), atol=0.03)
    assert model.feature_importances_[5:].max() < 1e-3
    assert_allclose(model.feature_importances_.sum(), 1)
    # Variances of 10 sin(pi a b), 20 (c - 1/2)^2, 10 d and 5 e for uniform features; a and b are alike.
    parts = np.array([10 * np.sin(np.pi * np.prod(np.random.RandomState(0).uniform(size=(2, 10**5)), axis=0)).std()])
    variances = np.array([parts[0] ** 2 / 2, parts[0] ** 2 / 2, 20 / 9, 25 / 3, 25 / 12])
    assert_allclose(model.feature_importances_[:5], variances / variances.sum(), atol=0.05)


def test_the_only_interaction_is_found(deep_model):
    model, problem = deep_model
    shares = feature_interactions(model, problem.X)
    assert_allclose(feature_interactions(model), shares, rtol=0.1, atol=1e-5)  # The fit has kept its rows.
    assert np.unravel_index(shares.argmax(), shares.shape) == (0, 1)
    assert np.sort(shares[np.triu_indices(7, 1)])[-2] < 0.1 * shares.max()


def test_fit_keeps_what_the_functions_measure(deep_model):
    model, problem = deep_model
    model = pickle.loads(pickle.dumps(model))
    for function in (edge_importance, node_importance):
        for kept, measured in zip(function(model), function(model, problem.X), strict=True):
            # A fit has the rows in an order of its own, which rounds otherwise.
            assert_allclose(kept, measured, rtol=1e-12)
    weight = (problem.X[:, 0] > 0.5) * 1.0
    half = edge_importance(model, problem.X[weight > 0])
    for kept, measured in zip(edge_importance(model, problem.X, sample_weight=weight), half, strict=True):
        assert_allclose(kept, measured)


def test_what_cannot_be_asked(additive_model):
    model, X = additive_model
    with pytest.raises(TypeError, match="last step"):
        edge_importance(make_pipeline(StandardScaler(), KANRegressor(())).fit(X, X[:, 0]))
    with pytest.raises(TypeError, match="got StandardScaler"):
        edge_importance(StandardScaler().fit(X))
    with pytest.raises(ValueError, match="4 features"):
        edge_importance(model, X[:, :2])
    batches = KANRegressor((), solver="adam", random_state=0).partial_fit(X, X[:, 0])
    assert not hasattr(batches, "feature_importances_")
    with pytest.raises(ValueError, match="Pass X"):
        edge_importance(batches)
    with pytest.raises(ValueError, match="Pass X"):
        feature_interactions(batches)
    for ask in (explain, feature_interactions):
        with pytest.raises(TypeError, match="last step"):
            ask(make_pipeline(StandardScaler(), KANRegressor(())).fit(X, X[:, 0]), X)
    assert node_importance(batches, X)[0].shape == (4,)


@pytest.mark.parametrize("options", [{}, {"solver": "lbfgs"}, {"alpha": 1e-9}, {"loss": "gamma"}], ids=str)
def test_nothing_matters_to_a_constant(options):
    X = np.random.RandomState(0).uniform(size=(60, 2))
    model = KANRegressor((), random_state=0, **options).fit(X, np.full(60, 3.0))
    assert_array_equal(model.feature_importances_, 0)
    assert not any(part.any() for part in edge_importance(model))


def test_columns_that_are_alike_do_not_hide_the_one_that_matters():
    """Along a coast two coordinates cancel but for a little; shuffled alone, each makes points in the sea."""
    rng = np.random.RandomState(0)
    along = rng.uniform(-1, 1, 500)
    X = np.column_stack([along + 0.1 * rng.normal(size=500), 0.1 * rng.normal(size=500) - along, rng.normal(size=500)])
    y = 3 * (X[:, 0] + X[:, 1]) + X[:, 2] + 0.1 * rng.normal(size=500)
    model = KANRegressor((), random_state=0).fit(X, y)
    # Var 3 (a + b) = 9 * 2 * .01 and Var c = 1: the third has 1 / 1.18.
    assert_allclose(model.feature_importances_, [0.09 / 1.18, 0.09 / 1.18, 1 / 1.18], atol=0.03)
    assert np.argmax(node_importance(model)[0]) < 2
