"""A posterior is computed anew where that takes less room than to keep it."""

import copy
import pickle

import numpy as np
import pytest
from numpy.testing import assert_allclose
from problems import exp_sin

from sklearn_kan import KANClassifier, KANRegressor

X, y, *_ = exp_sin(150, noise=0.1)
COUNTS = np.random.RandomState(0).poisson(np.exp(y / 2))
NEW = 1.3 * X[:20]

MODELS = {
    "average of two depths": (KANRegressor((3,), n_init=2, max_iter=15), y),
    "two outputs": (KANRegressor((2,), max_iter=15, n_init=1), np.column_stack([y, X[:, 0]])),
    "counts": (KANRegressor((2,), loss="poisson", max_iter=15, n_init=1), COUNTS),
    "median": (KANRegressor((), loss="absolute_error", max_iter=15), y),
    "classes": (KANClassifier((2,), max_iter=15, n_init=1), y > np.median(y)),
}
pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize("weighted", [False, True])
def test_loaded_posterior_is_the_one_that_was_saved(name, weighted):
    model, target = MODELS[name]
    weight = np.random.RandomState(1).uniform(0.5, 2, len(X)) if weighted else None
    posterior = copy.deepcopy(model).set_params(random_state=0).fit(X, target, weight).posterior_
    loaded = pickle.loads(pickle.dumps(posterior))
    assert_allclose(np.sqrt(loaded.variance(NEW)), np.sqrt(posterior.variance(NEW)), rtol=1e-6)


def test_deepened_members_are_computed_anew(monkeypatch):
    """Weights of two architectures: the shallower one is written as a network of the depth of the other."""
    monkeypatch.setattr("sklearn_kan.training.model_selection._NATS", 50.0)
    monkeypatch.setattr("sklearn_kan.estimators.defaults.LADDER", {(): 3, (2,): 3, (2, 2): 3})
    posterior = KANRegressor(n_init=1, max_iter=15, random_state=0).fit(X, y).posterior_
    assert len({member.n_params for member in posterior.members}) > 1
    loaded = pickle.loads(pickle.dumps(posterior))
    assert_allclose(np.sqrt(loaded.variance(NEW)), np.sqrt(posterior.variance(NEW)), rtol=1e-6)


def test_the_smaller_of_both_is_kept():
    few = KANRegressor((4,), max_iter=5, n_init=1, random_state=0).fit(X, y)
    assert len(pickle.dumps(few)) < 4 * few.posterior_.members[0].n_params ** 2
    many = KANRegressor((), max_iter=5).fit(*(np.tile(a.T, 20).T for a in (X, y)))
    assert many.posterior_.__getstate__()["sources"] is None
    assert_allclose(
        pickle.loads(pickle.dumps(many)).predict(NEW, return_std=True), many.predict(NEW, return_std=True), rtol=1e-6
    )


def test_without_the_posterior_a_model_predicts_and_says_what_it_lacks():
    model = KANRegressor((2,), max_iter=5, n_init=1, random_state=0).fit(X, y)
    with_rows = len(pickle.dumps(model))
    model.posterior_ = None
    assert len(pickle.dumps(model)) < with_rows - X.nbytes
    pickle.loads(pickle.dumps(model)).predict(NEW)
    with pytest.raises(ValueError, match="posterior_"):
        model.predict(NEW, return_std=True)
