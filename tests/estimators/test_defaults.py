"""What each "auto" stands for."""

import warnings
from types import SimpleNamespace

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from problems import exp_sin

from sklearn_kan import KANClassifier, KANRegressor
from sklearn_kan.estimators.defaults import BATCH_ROWS, LADDER, LM_PARAMS, choose, choose_solver
from sklearn_kan.utils.data import TrainingData


@pytest.mark.parametrize(
    "n_params, n_samples, expected",
    [(3000, 10**6, "lm"), (3001, 4999, "lbfgs"), (3001, 5000, "kaczmarz"), (10**6, 10, "lbfgs"), (1, 1, "lm")],
)
def test_auto_goes_by_parameters_then_rows(n_params, n_samples, expected):
    assert choose_solver("auto", n_params, n_samples) == expected
    assert choose_solver("sgd", n_params, n_samples) == "sgd"


@pytest.mark.parametrize("hidden, grid_size, expected", [((4,), 5, "lm"), ((10,), 97, "lm"), ((10,), 98, "lbfgs")])
def test_auto_counts_the_parameters_of_the_network(hidden, grid_size, expected):
    # 3 edges a hidden node, degree 3: 30 (97 + 3) = 3000 parameters.
    chosen = choose(parameters(hidden_layer_sizes=hidden, grid_size=grid_size), rows(10))
    assert chosen.solver == expected
    assert chosen.candidates[0].architecture.n_params(2, 1) == 3 * hidden[0] * (grid_size + 3)


@pytest.mark.parametrize("options", [{"solver": "lbfgs"}, {"early_stopping": True}, {"solver": "adam"}], ids=str)
def test_without_evidence_auto_is_a_fixed_strength(options):
    X, y, *_ = exp_sin(60)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        auto = KANRegressor(random_state=0, max_iter=10, **options).fit(X, y)
        fixed = KANRegressor((4,), alpha=1e-3, n_init=1, random_state=0, max_iter=10, **options).fit(X, y)
    assert auto.alpha_ == 1e-3 and auto.posterior_ is None
    assert_array_equal(auto.predict(X), fixed.predict(X))


def test_many_features_make_an_additive_model():
    rng = np.random.RandomState(0)
    X = rng.uniform(-1, 1, (50, 400))
    model = KANRegressor(random_state=0, tol=0.1).fit(X, X[:, 0])
    assert len(model.network_.layers) == 1 and model.solver_ == "lbfgs" and model.alpha_ == 1e-3


@pytest.mark.filterwarnings("ignore:.*not converged")
def test_many_features_and_outputs_make_an_average_of_wide_networks():
    X = np.random.RandomState(0).uniform(-1, 1, (60, 30))
    Y, options = X[:, :14], {"tol": 0.1, "max_iter": 5}
    model = KANRegressor(random_state=0, n_init=2, **options).fit(X, Y)
    assert model.network_.spline_layers[0].out_features == 2 * 16
    assert model.solver_ == "lbfgs" and model.alpha_ == 1e-2 and model.posterior_ is None
    # Both starts come before both runs, from one stream of random numbers; L-BFGS draws none.
    single = KANRegressor((16,), alpha=1e-2, random_state=np.random.RandomState(0), **options)
    both = [single.fit(X, Y).predict(X) for _ in range(2)]
    assert_allclose(model.predict(X), np.mean(both, axis=0), rtol=1e-9, atol=1e-9)


def parameters(**options):
    """Parameters of an estimator without the estimator."""
    return SimpleNamespace(**(KANRegressor().get_params() | options))


def rows(n=100, n_features=2, n_outputs=1, weight=None):
    return TrainingData(np.zeros((n, n_features)), np.zeros((n, n_outputs)), weight)


def test_by_default_the_evidence_chooses_on_the_ladder():
    chosen = choose(parameters(), rows())
    assert [c.architecture.hidden_layer_sizes for c in chosen.candidates] == list(LADDER)
    assert [c.params_per_observation for c in chosen.candidates] == list(LADDER.values())
    assert (chosen.solver, chosen.alpha, chosen.n_init, chosen.averaged) == ("lm", "auto", 3, True)
    assert choose(parameters(), rows(2001)).n_init == choose(parameters(), rows(1001, n_outputs=2)).n_init == 1


@pytest.mark.parametrize(("n", "n_outputs", "n_init"), [(5000, 1, 4), (5001, 1, 2), (2500, 2, 4), (2501, 2, 2)])
def test_fewer_runs_of_many_observations(n, n_outputs, n_init):
    given = parameters(hidden_layer_sizes=(8,))
    assert choose(given, rows(n, 2, n_outputs)).n_init == n_init
    assert choose(parameters(n_init=7), rows(n, 2, n_outputs)).n_init == 7
    repeated = rows(n // 2 + 1, 2, n_outputs, weight=np.append(np.full(n // 2, 2.0), n - 2 * (n // 2)))
    assert choose(given, repeated).n_init == n_init
    assert choose(parameters(), repeated).n_init == 1


def test_architectures_of_too_many_parameters_for_the_solver_are_left_out():
    sizes = [c.architecture.hidden_layer_sizes for c in choose(parameters(), rows(n_features=30)).candidates]
    assert sizes == [(), (4,), (8,), (8, 4), (8, 8)]  # (16,) has 8 (30 + 1) 16 = 3,968.


def test_docstrings_say_the_figures_in_force():
    """What help() tells is taken from the constants, so a change of one is a change of the other."""
    for estimator in (KANRegressor, KANClassifier):
        words = " ".join(estimator.__doc__.split())
        assert f"{', '.join(map(str, list(LADDER)[1:-1]))} and {list(LADDER)[-1]}" in words
        assert f"Levenberg-Marquardt up to {LM_PARAMS:,} parameters" in words
        assert f"from {BATCH_ROWS:,} rows on" in words and "`early_stopping` it is 1e-3" in words
        assert "%(" not in words
