"""Predictions explained by contributions that add up."""

import copy
import itertools
import math
import pickle

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from problems import additive

from sklearn_kan import KANClassifier, KANRegressor, effects, explain

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


@pytest.fixture(scope="module")
def additive_model():
    problem = additive(500, noise=0.1)
    return KANRegressor((), alpha=1e-6, random_state=0).fit(problem.X, problem.y), problem.X


def test_contributions_sum_to_the_prediction(additive_model):
    model, X = additive_model
    explanation = explain(model, X)
    kind, values, baseline = explanation
    assert kind == "additive"
    assert_allclose(baseline + values.sum(axis=1), model.predict(X), rtol=1e-12, atol=1e-12)
    assert_allclose(explanation.remainder, 0, atol=1e-12)
    assert_allclose(values.mean(axis=0), 0, atol=1e-12)
    assert_allclose(values[:, 2], -X[:, 2] / 2, atol=0.1)


def test_contributions_of_several_targets():
    X, y = additive(100)[:2]
    model = KANRegressor((), random_state=0).fit(X, np.column_stack([y, 100 - 5 * y]))
    _, values, baseline = explain(model, X)
    assert_allclose(baseline + values.sum(axis=1), model.predict(X), rtol=1e-10)


def shapley(model, X, background):
    """Shapley values of the prediction, features out of a coalition taken from all rows of the background."""
    d = X.shape[1]

    def value(row, chosen):
        rows = background.copy()
        rows[:, list(chosen)] = row[list(chosen)]
        return model.predict(rows).mean()

    values = np.zeros(X.shape)
    for r, row in enumerate(X):
        for i in range(d):
            others = [j for j in range(d) if j != i]
            for size, chosen in ((k, c) for k in range(d) for c in itertools.combinations(others, k)):
                share = math.factorial(size) * math.factorial(d - size - 1) / math.factorial(d)
                values[r, i] += share * (value(row, (*chosen, i)) - value(row, chosen))
    return values


def test_they_are_shapley_values_where_features_are_independent():
    grid = np.array(list(itertools.product(np.linspace(-1, 1, 7), repeat=3)))
    y = np.sin(2 * grid[:, 0]) + grid[:, 0] * grid[:, 1] + grid[:, 2] ** 2 - grid[:, 1] * grid[:, 2]
    model = KANRegressor((5,), n_init=1, alpha=1e-5, max_iter=60, random_state=0).fit(grid, y)
    rows = grid[::60]
    explanation = explain(model, rows)
    expected = shapley(model, rows, grid)
    assert explanation.kind == "effects"
    assert_allclose(explanation.values, expected, atol=0.02)
    total = explanation.baseline + explanation.values.sum(axis=1) + explanation.remainder
    assert_allclose(total, model.predict(rows), rtol=1e-10)


def test_effects_that_are_known_are_used(additive_model):
    model, X = additive_model
    found = effects(model, feature_names=list("abcd"))
    explanation = explain(model, X[:3], effects=found)
    assert explanation.feature_names == list("abcd")
    assert_array_equal(explanation.values, explain(model, X[:3]).values)
    batches = KANRegressor((2,), solver="adam", random_state=0).partial_fit(X, X[:, 0])
    with pytest.raises(ValueError, match="pass effects"):
        explain(batches, X)
    assert explain(batches, X[:3], effects=effects(batches, X)).values.shape == (3, 4)


def test_classes_are_explained_on_their_scores():
    X = additive(150)[0]
    model = KANClassifier((2,), n_init=1, max_iter=10, random_state=0).fit(X, np.digitize(X[:, 0], [-0.4, 0.4]))
    explanation = explain(model, X[:4])
    total = explanation.baseline + explanation.values.sum(axis=1) + explanation.remainder
    assert_allclose(total, model.decision_function(X[:4]), rtol=1e-9, atol=1e-9)


def test_explanations_can_be_copied(additive_model):
    model, X = additive_model
    explanation = explain(model, X[:2])
    for other in (copy.deepcopy(explanation), pickle.loads(pickle.dumps(explanation))):
        assert_array_equal(other.values, explanation.values)
        assert_array_equal(other.remainder, explanation.remainder)
        assert other.feature_names == explanation.feature_names
