"""Contributions are those that other explainers give where they mean the same."""

import itertools

import numpy as np
import pytest
from numpy.testing import assert_allclose

from sklearn_kan import KANClassifier, KANRegressor, explain

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


def correlated(n=200):
    rng = np.random.RandomState(0)
    common = rng.normal(size=n)
    return np.column_stack([common + 0.5 * rng.normal(size=n), common, rng.normal(size=n)])


def additive_regressor(X, weight=None):
    y = np.sin(X[:, 0]) + X[:, 1] ** 2 / 4 - X[:, 2]
    return KANRegressor((), alpha=1e-5, max_iter=30, random_state=0).fit(X, y, weight)


def boosting_machine(raw_prediction, X, rows, weight):
    """What an explainable boosting machine calls a local explanation, of any additive function.

    Its terms are centred over the training rows by their weights, its intercept is what is left [1]_.

    References
    ----------
    .. [1] H. Nori et al., "InterpretML: a unified framework for machine learning interpretability", 2019.
    """
    base = X[0]

    def term(i, values):
        moved = np.tile(base, (len(values), 1))
        moved[:, i] = values
        return raw_prediction(moved) - raw_prediction(base[None])

    centres = [np.average(term(i, X[:, i]), weights=weight) for i in range(X.shape[1])]
    scores = np.column_stack([term(i, rows[:, i]) - centre for i, centre in enumerate(centres)])
    return scores, raw_prediction(base[None])[0] + sum(centres)


@pytest.mark.parametrize("weighted", [False, True])
def test_of_additive_functions_they_are_those_of_boosting_machines(weighted):
    X = correlated()
    weight = np.random.RandomState(1).randint(1, 4, len(X)).astype(float) if weighted else np.ones(len(X))
    model = additive_regressor(X, weight if weighted else None)
    scores, intercept = boosting_machine(model.predict, X, X[:9], weight)
    explanation = explain(model, X[:9])
    assert_allclose(explanation.values, scores, atol=1e-10)
    assert_allclose(explanation.baseline, intercept, atol=1e-10)


def test_of_additive_classifiers_they_are_log_odds():
    X = correlated()
    label = X[:, 0] + np.random.RandomState(1).normal(size=len(X)) > 0
    model = KANClassifier((), alpha=1e-2, max_iter=30, random_state=0).fit(X, label)
    scores, intercept = boosting_machine(model.decision_function, X, X[:9], np.ones(len(X)))
    explanation = explain(model, X[:9])
    assert_allclose(explanation.values, scores, atol=1e-10)
    assert_allclose(explanation.baseline, intercept, atol=1e-10)


@pytest.fixture(scope="module")
def exact():
    """The exact explainer of shap with all rows as background."""
    # Why this may be left out: shap needs numba, which is late for each new Python and lacks platforms, so that with it
    # in the extra `test` whoever has none could run no test at all. Nothing goes unchecked without: `test_explanation`
    # has the same Shapley values by their definition, summed over all orders of the features.
    shap = pytest.importorskip("shap", reason="shap needs numba; the same values by definition are in test_explanation")

    def explained(model, background, rows):
        masker = shap.maskers.Independent(background, max_samples=len(background))
        return shap.explainers.Exact(model.predict, masker)(rows)

    return explained


def test_of_additive_models_they_are_those_of_shap(exact):
    X = correlated()
    model = additive_regressor(X)
    theirs, ours = exact(model, X, X[:9]), explain(model, X[:9])
    assert_allclose(ours.values, theirs.values, atol=1e-8)
    assert_allclose(ours.baseline, theirs.base_values, atol=1e-8)


def test_of_pairs_of_independent_features_they_are_those_of_shap(exact):
    grid = np.array(list(itertools.product(np.linspace(-1, 1, 12), repeat=2)))
    y = np.sin(2 * grid[:, 0]) + grid[:, 0] * grid[:, 1]
    model = KANRegressor((3,), n_init=1, alpha=1e-5, max_iter=60, random_state=0).fit(grid, y)
    theirs, ours = exact(model, grid, grid[::17]), explain(model, grid[::17])
    assert_allclose(ours.values, theirs.values, atol=0.01)
    assert_allclose(ours.values.sum(axis=1) + ours.remainder, theirs.values.sum(axis=1), atol=0.01)
