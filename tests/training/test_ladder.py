"""Which candidates are run, and how they share strengths."""

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from problems import additive, exp_sin

from sklearn_kan import KANClassifier
from sklearn_kan.estimators.defaults import SHARED_BY
from sklearn_kan.training.model_selection import best_shared
from sklearn_kan.training.plan import Architecture

SHORT = {(): 3, (1,): 3, (2,): 3, (3,): 3, (2, 1): 3}
pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


def classes_fit(X, score, **options):
    """A classifier of noisy classes with odds exp(4 score)."""
    y = np.random.RandomState(1).uniform(size=len(X)) < 1 / (1 + np.exp(-4 * (score - np.median(score))))
    return KANClassifier(**{"random_state": 0, "max_iter": 15, "grid_size": 3, **options}).fit(X, y)


def tried(model):
    """Structures and the number of their runs."""
    return {structure["hidden_layer_sizes"]: structure["n_runs"] for structure in model.structures_}


@pytest.mark.parametrize("suffices", [True, False])
def test_wider_networks_are_tried_unless_two_are_behind(monkeypatch, suffices):
    monkeypatch.setattr("sklearn_kan.estimators.defaults.LADDER", SHORT)
    monkeypatch.setattr("sklearn_kan.training.model_selection._FARTHEST", 9.0)
    monkeypatch.setattr("sklearn_kan.training.ladder.additive_suffices", lambda log_p, n: suffices)
    X, y, *_ = additive(120, noise=0.3)
    model = classes_fit(X, y, n_init=1)
    expected = {(): 1, (1,): 2, (2,): 1} if suffices else {(): 1, (1,): 2, (2,): 1, (3,): 1, (2, 1): 1}
    assert tried(model) == expected
    assert (model.n_layers_ == 2) == suffices


def test_of_one_relevance_each_structure_has_one_run(monkeypatch):
    monkeypatch.setattr("sklearn_kan.estimators.defaults.LADDER", SHORT)
    X, y, *_ = exp_sin(200)
    assert set(tried(classes_fit(X, y, relevance="edge")).values()) == {1}


@pytest.mark.parametrize(("n", "relevance"), [(1000, "input"), (60, "layer")])
def test_many_rows_ask_for_strengths_of_each_input(monkeypatch, n, relevance):
    """Of 12 features ten say nothing: a thousand rows show it, sixty do not; a warm start keeps what was chosen."""
    monkeypatch.setattr("sklearn_kan.estimators.defaults.LADDER", {(): 3, (2,): 9})
    monkeypatch.setattr("sklearn_kan.training.ladder.additive_suffices", lambda log_p, n: False)
    monkeypatch.setattr("sklearn_kan.training.model_selection._FARTHEST", 9.0)
    X, y, *_ = exp_sin(n)
    X = np.hstack([X, np.random.RandomState(0).uniform(-1, 1, (n, 10))])
    model = classes_fit(X, y, warm_start=True)
    hidden = {source.relevance for source in model.posterior_.sources if len(source.network.layers) > 1}
    assert hidden == {relevance}
    again = model.fit(X, model.predict(X)).posterior_.sources
    assert hidden <= {source.relevance for source in again}


def test_strengths_are_paid_for():
    assert best_shared([-10.0, -4.9], [4, 9]) == 1
    assert best_shared([-10.0, -5.1], [4, 9]) == 0


def test_strengths_are_those_of_the_penalty():
    counts = [Architecture((4, 3), ((5,) * 3,), relevance=r).n_strengths(6, 2) for r in ("layer", "input", "edge")]
    assert_array_equal(counts, [2 * 3, 2 * (6 + 4 + 3), 2 * (24 + 12 + 6)])
    assert SHARED_BY == ("layer", "input")
