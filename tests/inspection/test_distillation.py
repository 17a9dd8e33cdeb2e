"""Small twins of large models."""

import itertools

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import clone, is_classifier

from sklearn_kan import KANClassifier, KANRegressor, distill, effects, export_text

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


def cube(n, d, seed=0):
    return np.random.RandomState(seed).uniform(-1, 1, (n, d))


def n_edges(est):
    return sum(int(layer.edges.sum()) for layer in est.network_.spline_layers)


@pytest.fixture(scope="module")
def product():
    X = cube(400, 4)
    y = 10 + np.sin(3 * X[:, 0]) + 2 * X[:, 1] * X[:, 2]
    frame = pd.DataFrame(X, columns=list("abcd"))
    return KANRegressor((6,), n_init=2, max_iter=60, random_state=0).fit(frame, y), frame, y


def test_an_additive_model_has_an_additive_twin_of_few_edges():
    """Seven features of which three matter, behind 49 edges."""
    X = cube(500, 7)
    y = np.sin(3 * X[:, 0]) + X[:, 1] ** 2 + X[:, 2] + 0.05 * np.random.RandomState(1).normal(size=500)
    model = KANRegressor((6,), n_init=1, max_iter=60, random_state=0).fit(X, y)
    twin = distill(model, fidelity=0.99)
    assert twin.hidden_layer_sizes == ()
    assert n_edges(twin) == 3
    assert twin.fidelity_ > 0.99
    new = cube(200, 7, 5)
    assert np.mean((twin.predict(new) - model.predict(new)) ** 2) < 0.02 * np.var(model.predict(new))


def test_a_pair_makes_it_grow_and_no_further(product):
    model, X, y = product
    twin = distill(model, X, y, fidelity=0.98)
    assert twin.hidden_layer_sizes != ()
    assert n_edges(twin) < 25
    assert twin.fidelity_ >= 0.98
    assert [effects(twin).surfaces[0].features] == [(1, 2)]
    assert twin.scores_["twin"] > 0.97
    for first, second in itertools.pairwise(twin.trade_):
        assert second.n_edges > first.n_edges
        assert second.fidelity > first.fidelity
    assert (twin.hidden_layer_sizes, n_edges(twin), twin.fidelity_) in twin.trade_


def test_what_is_returned_is_an_ordinary_estimator(product):
    model, X, _ = product
    twin = distill(model, fidelity=0.9)
    assert_array_equal(twin.feature_names_in_, list("abcd"))
    assert twin.predict(X).shape == (400,)
    assert clone(twin).hidden_layer_sizes == twin.hidden_layer_sizes
    assert twin.posterior_ is None
    assert f"R² to its predictions {twin.fidelity_:.4f}" in export_text(twin, encoding="utf-8")
    assert_array_equal(distill(model, fidelity=0.9).predict(X), twin.predict(X))


def test_if_none_is_good_enough_the_best_is_returned(product):
    twin = distill(product[0], fidelity=1.0, max_edges=10, n_starts=2)
    assert twin.fidelity_ < 1
    assert n_edges(twin) <= 10
    assert twin.fidelity_ == max(trade.fidelity for trade in twin.trade_)


@pytest.mark.parametrize("n_classes", [2, 3])
def test_classes_and_links(n_classes):
    X = cube(300, 3)
    y = np.digitize(X[:, 0] + X[:, 1] ** 2, np.linspace(0, 0.6, n_classes - 1))
    model = KANClassifier((3,), n_init=1, max_iter=20, random_state=0).fit(X, np.array(["p", "q", "r"])[y])
    twin = distill(model, fidelity=0.9)
    assert is_classifier(twin)
    assert_array_equal(twin.classes_, model.classes_)
    assert np.mean(twin.predict(X) == model.predict(X)) > 0.9
    counts = np.random.RandomState(0).poisson(np.exp(1 + X[:, 0]))
    model = KANRegressor((2,), loss="poisson", n_init=1, max_iter=20, random_state=0).fit(X, counts)
    twin = distill(model)
    assert twin.loss == "poisson"
    assert_allclose(np.log(twin.predict(X)), np.log(model.predict(X)), atol=0.4)


def test_too_few_rows_and_none(product):
    model, X, _ = product
    with pytest.raises(ValueError, match="at least 8 different rows"):
        distill(model, X[:5])
    batches = KANRegressor((2,), solver="adam", random_state=0).partial_fit(X, X["a"])
    with pytest.raises(ValueError, match="Pass X"):
        distill(batches)
    with pytest.raises(TypeError, match="fitted KANRegressor"):
        distill(object())
