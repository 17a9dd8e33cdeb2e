"""KANRegressor from the outside: what it learns, how fits end, how they go on, who may watch."""

import copy
import pickle
import warnings

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from problems import additive, damped_sine, exp_sin, friedman1
from sklearn.base import clone
from sklearn.exceptions import ConvergenceWarning, NotFittedError
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sklearn_kan import KANRegressor
from sklearn_kan.objective.objective import Objective
from sklearn_kan.solvers import Result, choose_solver
from sklearn_kan.training.monitor import Monitor

try:
    from sklearn.callback import FitCallback, ProgressBar
except ImportError:  # scikit-learn < 1.9
    FitCallback = ProgressBar = None

SOLVERS = {
    "lm": {},
    "lbfgs": {},
    "adam": {"learning_rate_init": 0.05, "batch_size": 50},
    "sgd": {"learning_rate_init": 0.2, "batch_size": 20},
}
unconverged = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
all_solvers = pytest.mark.parametrize("solver", SOLVERS)
stochastic = pytest.mark.parametrize("solver", ["adam", "sgd"])


def make(solver="lm", hidden=(2,), **options):
    """With a fixed penalty: test_evidence.py has the other kind."""
    fixed = {"alpha": 1e-3, "knots": "uniform", "random_state": 0}
    return KANRegressor(hidden, **{"solver": solver, **fixed, **SOLVERS.get(solver, {}), **options})


def data(n=120, noise=0.0, seed=0):
    X, y, *_ = exp_sin(n, noise, seed)
    return X, y


def outputs(n=120):
    """Two targets of unlike size."""
    X, y = data(n)
    return X, np.column_stack([y, 100 * X[:, 0] - 7])


def theta(model):
    return model.network_.theta


# --- shapes -----------------------------------------------------------------------------------------------------


@all_solvers
@unconverged
def test_predictions_have_the_shape_of_y(solver):
    X, y = data(40)
    model = make(solver, max_iter=2)
    flat = model.fit(X, y).predict(X[:7])
    assert flat.shape == (7,) and model.n_outputs_ == 1
    column = model.fit(X, y[:, None]).predict(X[:7])
    assert column.shape == (7, 1)
    assert_array_equal(column[:, 0], flat)
    wide = model.fit(X, np.column_stack([y, -y, 2 * y])).predict(X[:7])
    assert wide.shape == (7, 3) and model.n_outputs_ == 3


def test_outputs_are_scaled_and_learned_each_by_its_own_spread():
    X, Y = outputs()
    model = make(hidden=(3,), alpha=1e-5).fit(X, Y)
    assert_allclose(model.y_mean_, Y.mean(axis=0))
    assert_allclose(model.y_scale_, Y.std(axis=0))
    assert (np.sqrt(np.mean((model.predict(X) - Y) ** 2, axis=0)) < 0.02 * Y.std(axis=0)).all()


def test_fitted_attributes():
    X, y = data(40)
    model = make(hidden=(3, 2))
    with pytest.raises(AttributeError, match="after fit"):
        _ = model.n_layers_
    with pytest.raises(NotFittedError):
        model.predict(X)
    model.set_params(tol=0.1).fit(X, y)
    assert (model.n_layers_, model.n_features_in_, model.n_outputs_) == (4, 2, 1)
    assert model.validation_scores_ is None and model.best_validation_score_ is None
    assert not hasattr(model, "feature_names_in_")


# --- learning ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("solver, bound", [("lm", 0.999), ("lbfgs", 0.999), ("adam", 0.99), ("sgd", 0.98)])
@unconverged
def test_each_solver_learns_exp_sin(solver, bound):
    X, y = data(220)
    model = make(solver, alpha=1e-5, max_iter=150).fit(X[:170], y[:170])
    assert model.score(X[170:], y[170:]) > bound
    assert model.solver_ == solver


@pytest.mark.parametrize("degree, bound", [(1, 0.95), (2, 0.995), (3, 0.995), (4, 0.995), (5, 0.995)])
def test_each_degree_learns_one_spline(degree, bound):
    X, y, *_ = damped_sine(100)
    model = make(hidden=(), degree=degree, grid_size=8, alpha=1e-6).fit(X[:70], y[:70])
    assert model.score(X[70:], y[70:]) > bound
    assert model.network_.layers[0].degree == degree


@pytest.mark.parametrize(
    "options",
    [
        {"squash": "tanh"},
        {"base_function": "silu"},
        {"squash": "tanh", "base_function": "silu"},
        {"knots": "quantile"},
        {"hidden": (3, 3, 3)},
        {"hidden": 3},
        {"hidden": [3, 2]},
        {"grid_size": (6, 4)},
        {"extrapolation": "constant"},
        {"extrapolation": "continue"},
    ],
    ids=str,
)
@unconverged
def test_each_kind_of_network_learns_exp_sin(options):
    X, y = data(220)
    model = make(alpha=1e-5, max_iter=80, **options).fit(X[:170], y[:170])
    assert model.score(X[170:], y[170:]) > 0.999


def test_additive_model_is_the_sum_of_its_parts():
    X, y, *_ = additive(200)
    model = make(hidden=(), alpha=1e-6).fit(X[:150], y[:150])
    assert model.n_layers_ == 2 and len(model.network_.layers) == 1
    assert model.score(X[150:], y[150:]) > 0.999
    a, b = X[:1].copy(), X[1:2].copy()
    mixed = np.where([True, True, False, False], a, b)
    other = np.where([True, True, False, False], b, a)
    assert_allclose(model.predict(mixed) + model.predict(other), model.predict(a) + model.predict(b))


def test_network_has_the_shape_asked_for():
    X, y = data(40)
    model = make(hidden=(4, 3), grid_size=(2, 3, 4), degree=2, tol=0.5).fit(X, y)
    assert [layer.coef.shape for layer in model.network_.layers] == [(2, 4, 4), (4, 3, 5), (3, 1, 6)]
    model = make(base_function="silu", tol=0.5).fit(X, y)
    assert [layer.coef.shape for layer in model.network_.layers] == [(2, 2, 9), (2, 1, 9)]


def test_quantile_knots_follow_the_data_and_merge_ties():
    rng = np.random.RandomState(0)
    X = np.column_stack([rng.uniform(0, 1, 100) ** 4, rng.randint(3, size=100)])
    y = np.sqrt(X[:, 0]) + (X[:, 1] - 1) ** 2
    model = make(knots="quantile", grid_size=4).fit(X, y)
    basis = model.network_.layers[0].basis
    inner = basis.t[:, basis.k : -basis.k]
    assert_allclose(inner[0], np.quantile(X[:, 0], [0, 0.25, 0.5, 0.75, 1]), rtol=0.1)
    assert (np.diff(inner) > 0).all()
    assert set(X[:, 1]) <= set(inner[1]) and inner.shape == (2, 5)
    assert model.score(X, y) > 0.99


# --- choice of solver -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "n_params, n_samples, expected",
    [(3000, 10**6, "lm"), (3001, 4999, "lbfgs"), (3001, 5000, "kaczmarz"), (10**6, 10, "lbfgs"), (1, 1, "lm")],
)
def test_auto_goes_by_parameters_then_rows(n_params, n_samples, expected):
    assert choose_solver("auto", n_params, n_samples) == expected
    assert choose_solver("sgd", n_params, n_samples) == "sgd"


@pytest.mark.parametrize("hidden, grid_size, expected", [((4,), 5, "lm"), ((10,), 97, "lm"), ((10,), 98, "lbfgs")])
@unconverged
def test_auto_counts_the_parameters_of_the_network(hidden, grid_size, expected, monkeypatch):
    # 3 edges a hidden node, degree 3: 30 (97 + 3) = 3000 parameters.
    monkeypatch.setattr("sklearn_kan.solvers.LevenbergMarquardt.solve", stand_still)
    X, y = data(10)
    model = make("auto", hidden, grid_size=grid_size, max_iter=1).fit(X, y)
    assert model.solver_ == expected
    assert theta(model).size == 3 * hidden[0] * (grid_size + 3)


def stand_still(self, objective, theta, on_iteration, max_iter):
    """Instead of a Levenberg-Marquardt step on thousands of parameters."""
    return Result(theta, 1.0, 1, True)


@pytest.mark.parametrize("option", [{"batch_size": 10}, {"learning_rate_init": 0.1}, {"shuffle": False}], ids=str)
@pytest.mark.parametrize("solver", ["auto", "lm", "lbfgs"])
def test_options_of_stochastic_solvers_are_refused_by_others(solver, option):
    with pytest.raises(ValueError, match=f"{next(iter(option))} can be set for"):
        make(solver, **option).fit(*data(10))


# --- how a fit ends ---------------------------------------------------------------------------------------------


@all_solvers
def test_history_and_warning_at_max_iter(solver):
    with pytest.warns(ConvergenceWarning, match=f"solver='{solver}' has not converged after max_iter=4"):
        model = make(solver, max_iter=4, tol=0).fit(*data())
    assert model.n_iter_ == len(model.loss_curve_) == 4
    assert all(type(loss) is float for loss in model.loss_curve_) and type(model.loss_) is float
    assert model.loss_curve_[-1] < model.loss_curve_[0]
    if solver in ("lm", "lbfgs"):
        assert model.loss_ == pytest.approx(model.loss_curve_[-1], rel=1e-12)
    else:
        # The curve is a mean over each epoch, loss_ is taken at its end.
        assert model.loss_ < model.loss_curve_[-1]


@all_solvers
def test_loss_is_half_the_mean_square_of_the_standardised_target(solver):
    X, y = data()
    model = make(solver, alpha=0, tol=0.2, n_iter_no_change=2).fit(X, y)
    error = (model.predict(X) - y) / y.std()
    assert model.loss_ == pytest.approx(np.mean(error**2) / 2, rel=1e-9)


@all_solvers
def test_no_warning_when_converged(solver):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        model = make(solver, tol=0.05, n_iter_no_change=3, max_iter=300).fit(*data())
    assert 3 <= model.n_iter_ < 300
    assert model.loss_curve_[-4] * 0.9 < min(model.loss_curve_[-3:])


@pytest.mark.parametrize("call", [1, 2, 8])
@pytest.mark.parametrize("solver", ["lm", "lbfgs", "adam"])
def test_interrupt_between_iterations_loses_nothing(solver, call, monkeypatch):
    original, calls = Monitor.__call__, []

    def interrupting(self, network, state):
        calls.append(state)
        if len(calls) == call:
            raise KeyboardInterrupt
        return original(self, network, state)

    X, y = data()
    model = make(solver, tol=0)
    with monkeypatch.context() as patch, pytest.warns(UserWarning, match="interrupted"):
        patch.setattr(Monitor, "__call__", interrupting)
        model.fit(X, y)
    assert model.n_iter_ == len(model.loss_curve_) == call - 1
    if call > 1:
        assert_array_equal(theta(model), calls[-2].theta)
    check_usable_after_interrupt(model, X, y)


@pytest.mark.parametrize("call", [1, 5, 30])
@pytest.mark.parametrize(
    "solver, method", [("lm", "normal_equations"), ("lm", "value"), ("lbfgs", "value_and_gradient")]
)
def test_interrupt_within_an_iteration_loses_nothing(solver, method, call, monkeypatch):
    original, calls = getattr(Objective, method), []

    def interrupting(self, *args):
        calls.append(1)
        result = original(self, *args)
        if len(calls) == call:
            self.network.theta = np.full(self.network.n_params, np.nan)
            raise KeyboardInterrupt
        return result

    X, y = data()
    model = make(solver, tol=0)
    with monkeypatch.context() as patch, pytest.warns(UserWarning, match="interrupted"):
        patch.setattr(Objective, method, interrupting)
        model.fit(X, y)
    check_usable_after_interrupt(model, X, y)


def check_usable_after_interrupt(model, X, y):
    assert np.isfinite(model.predict(X)).all() and np.isfinite(model.loss_)
    assert not model.loss_curve_ or model.loss_ <= model.loss_curve_[0]
    model.set_params(tol=0.2).fit(X, y)
    assert model.score(X, y) > 0.5
    assert theta(model).tolist() == theta(clone(model).fit(X, y)).tolist()


@pytest.mark.parametrize("options", [{}, {"n_init": 2}, {"early_stopping": True, "batch_size": 10}], ids=str)
def test_divergence_is_refused(options):
    X, y = data()
    model = make("sgd", **{"learning_rate_init": 1e6, "max_iter": 100, **options})
    if options.get("early_stopping"):
        model.set_params(learning_rate_init=1e200)
    with pytest.raises(ValueError, match=r"diverged.*learning_rate_init"):
        model.fit(X, y)
    assert not hasattr(model, "network_") and not hasattr(model, "loss_")


def test_divergence_leaves_the_fitted_model_alone():
    X, y = data()
    model = make("sgd", tol=0.1).fit(X, y)
    before, loss = model.predict(X), model.loss_
    model.set_params(learning_rate_init=1e6)
    with pytest.raises(ValueError, match="diverged"):
        model.fit(X, y)
    assert_array_equal(model.predict(X), before)
    assert model.loss_ == loss
    with pytest.raises(ValueError, match="diverged"):
        for _ in range(100):
            model.partial_fit(X, y)
    model.set_params(warm_start=True, max_iter=100)
    with pytest.raises(ValueError, match="diverged"):
        model.fit(X, y)
    assert np.isfinite(model.loss_) and np.isfinite(model.predict(X)).all()


def test_partial_fit_refuses_a_last_step_that_leaves_nothing_finite():
    X, y = data()
    model = make("sgd", batch_size=120, tol=0.1).fit(X, y)
    before = model.predict(X)
    model.set_params(learning_rate_init=1e305)
    # One batch, whose loss is taken before the step.
    with pytest.raises(ValueError, match="diverged"):
        model.partial_fit(X, 1e6 * y)
    assert_array_equal(model.predict(X), before)


@pytest.mark.parametrize("refused", ["more outputs", "more features", "unknown option"])
def test_a_refused_fit_leaves_the_fitted_model_alone(refused):
    X, y = data()
    model = make("lm", tol=0.1).fit(X, y)
    before = model.predict(X)
    other_X, other_y = (np.hstack([X, X]) if refused == "more features" else X), np.column_stack([y, y])
    model.set_params(batch_size=10)  # Refused with solver="lm", after the data have been read.
    with pytest.raises(ValueError, match="batch_size"):
        model.fit(other_X, y if refused == "unknown option" else other_y)
    assert_array_equal(model.predict(X), before)


@pytest.mark.parametrize("solver", ["lm", "adam"])
@pytest.mark.parametrize("verbose", [True, 2])
@unconverged
def test_verbose_prints_a_line_an_iteration(solver, verbose, capsys):
    model = make(solver, max_iter=3, tol=0, verbose=verbose).fit(*data())
    lines = capsys.readouterr().out.splitlines()
    assert [line.split(",")[0] for line in lines] == ["Iteration 1", "Iteration 2", "Iteration 3"]
    assert [float(line.split("loss = ")[1]) for line in lines] == pytest.approx(model.loss_curve_, rel=1e-7)


@unconverged
def test_verbose_tells_validation_scores_and_default_is_silent(capsys):
    model = make(max_iter=3, tol=0, early_stopping=True).fit(*data())
    printed = capsys.readouterr()
    assert printed.out == printed.err == ""
    model.set_params(verbose=True).fit(*data())
    scores = [float(line.split("validation score = ")[1]) for line in capsys.readouterr().out.splitlines()]
    assert scores == pytest.approx(model.validation_scores_, abs=1e-6)


# --- early stopping ---------------------------------------------------------------------------------------------


def noisy():
    """Few noisy rows for many splines: validation scores rise, then fall."""
    X, y = data(60, noise=0.5)
    X_val, y_val = data(40, noise=0.5, seed=1)
    return X, y, X_val, y_val


def r2(model, X, y, weight=None):
    """R^2 against the training spread, as validation scores are."""
    return 1 - np.average((model.predict(X) - y) ** 2, weights=weight) / model.y_scale_[0] ** 2


@all_solvers
@pytest.mark.parametrize("weighted", [False, True])
@unconverged
def test_best_network_on_given_validation_rows_is_kept(solver, weighted):
    X, y, X_val, y_val = noisy()
    weight = np.random.RandomState(0).uniform(0, 2, 40) if weighted else None
    model = make(solver, (5,), alpha=1e-6, early_stopping=True, max_iter=60)
    if solver == "sgd":
        model.set_params(learning_rate_init=1.0)
    model.fit(X, y, X_val=X_val, y_val=y_val, sample_weight_val=weight)
    scores = model.validation_scores_
    assert len(scores) == model.n_iter_
    assert model.best_validation_score_ == max(scores) > scores[-1]
    assert r2(model, X_val, y_val, weight) == pytest.approx(max(scores), abs=1e-9)


def test_fit_stops_when_the_score_stands_still():
    X, y, X_val, y_val = noisy()
    model = make(hidden=(5,), alpha=1e-6, early_stopping=True, n_iter_no_change=4)
    model.fit(X, y, X_val=X_val, y_val=y_val)
    best = int(np.argmax(model.validation_scores_))
    assert best < model.n_iter_ <= best + 5 + 4
    assert model.n_iter_ < 60


@unconverged
def test_rows_set_aside_are_scored_and_not_trained_on():
    X, y, *_ = noisy()
    model = make(hidden=(5,), early_stopping=True, validation_fraction=0.25, max_iter=30).fit(X, y)
    assert model.best_validation_score_ == max(model.validation_scores_)
    # Grids and scale come from all rows; the rows set aside are the first draw of the seed.
    assert model.y_mean_[0] == pytest.approx(y.mean())
    aside = np.zeros(60, dtype=bool)
    aside[np.lexsort(X.T[::-1])[np.random.RandomState(0).permutation(60)[:15]]] = True
    assert r2(model, X[aside], y[aside]) == pytest.approx(model.best_validation_score_, abs=1e-9)
    other = y.copy()
    other[aside] = np.random.RandomState(1).permutation(y[aside])
    again = clone(model).fit(X, other)
    assert again.loss_curve_[0] == pytest.approx(model.loss_curve_[0], rel=1e-9)
    assert again.validation_scores_[0] != model.validation_scores_[0]


def test_validation_rows_are_checked():
    X, y, X_val, y_val = noisy()
    model = make(early_stopping=True)
    with pytest.raises(ValueError, match="pass both or neither"):
        model.fit(X, y, X_val=X_val)
    with pytest.raises(ValueError, match="must be the same"):
        model.fit(X, y, X_val=X_val, y_val=np.column_stack([y_val, y_val]))
    with pytest.raises(ValueError, match="early_stopping=True"):
        make().fit(X, y, X_val=X_val, y_val=y_val)


# --- going on ---------------------------------------------------------------------------------------------------


@all_solvers
@unconverged
def test_warm_start_goes_on_from_the_last_network(solver):
    X, y = data()
    model = make(solver, warm_start=True, max_iter=12, tol=1e-9).fit(X, y)
    losses = [model.loss_]
    for _ in range(3):
        losses.append(model.fit(X, y).loss_)
    if solver in ("lm", "lbfgs"):
        assert (np.diff(losses) <= 0).all()
        assert model.loss_curve_[0] < 1.01 * losses[-2]
    # Steps on mini-batches go up and down, but never back to where they began.
    assert max(losses[1:]) < losses[0]
    cold = model.set_params(warm_start=False).fit(X, y)
    assert cold.loss_ == losses[0]


def test_warm_start_keeps_the_scale_of_y():
    X, y = data()
    model = make(warm_start=True).fit(X, y)
    scale = model.y_mean_, model.y_scale_
    model.fit(X, 3 * y + 1)
    assert_array_equal((model.y_mean_, model.y_scale_), scale)
    assert model.score(X, 3 * y + 1) > 0.99


@pytest.mark.parametrize(
    "change", [{"hidden_layer_sizes": (3,)}, {"hidden_layer_sizes": (2, 2)}, {"degree": 2}], ids=str
)
def test_warm_start_refuses_another_shape(change):
    X, y = data()
    model = make(warm_start=True, tol=0.1).fit(X, y)
    before = model.predict(X)
    model.set_params(**change)
    with pytest.raises(ValueError, match="warm_start=False"):
        model.fit(X, y)
    assert_array_equal(model.predict(X), before)


def test_warm_start_refuses_other_outputs_and_keeps_the_model():
    X, y = data()
    model = make(warm_start=True).fit(X, y)
    before = model.predict(X)
    with pytest.raises(ValueError, match="warm_start=False"):
        model.fit(X, np.column_stack([y, y]))
    assert_array_equal(model.predict(X), before)


@unconverged
def test_warm_start_may_refine_the_grid():
    X, y = data()
    model = make(warm_start=True, grid_size=3, alpha=1e-7, max_iter=40).fit(X, y)
    coarse = model.loss_
    model.set_params(grid_size=8).fit(X, y)
    assert model.network_.layers[0].grid_size == 8
    assert model.loss_ < 0.7 * coarse


def test_partial_fit_exists_for_stochastic_solvers_only():
    assert hasattr(make("adam"), "partial_fit") and hasattr(make("sgd"), "partial_fit")
    assert not any(hasattr(make(solver), "partial_fit") for solver in ["auto", "lm", "lbfgs"])
    with pytest.raises(AttributeError, match="partial_fit"):
        make("lm").partial_fit(*data(20))


@stochastic
@pytest.mark.parametrize("squash", [None, "tanh"])
@unconverged
def test_partial_fit_is_the_first_epoch_of_fit(solver, squash):
    X, y = data()
    for shuffle in (False, True):
        a = make(solver, max_iter=1, shuffle=shuffle, squash=squash).fit(X, y)
        b = make(solver, shuffle=shuffle, squash=squash).partial_fit(X, y)
        assert_array_equal(theta(a), theta(b))
        assert a.loss_curve_ == b.loss_curve_ == [b.loss_]
        assert b.n_iter_ == 1 and b.solver_ == solver


@stochastic
@unconverged
def test_epochs_of_partial_fit_are_those_of_fit(solver):
    X, y = data()
    a, b = make(solver, squash="tanh", max_iter=5).fit(X, y), make(solver, squash="tanh")
    for _ in range(5):
        b.partial_fit(X, y)
    assert_array_equal(theta(a), theta(b))
    assert a.loss_curve_ == b.loss_curve_ and b.n_iter_ == 5


@stochastic
def test_partial_fit_improves(solver):
    X, y = data()
    model = make(solver)
    scores = [model.partial_fit(X, y).score(X, y) for _ in range(60)]
    assert scores[-1] > max(0.9, scores[4], scores[0])
    assert model.loss_curve_[-1] < 0.3 * model.loss_curve_[0]


@stochastic
@pytest.mark.parametrize("carry", [lambda m: pickle.loads(pickle.dumps(m)), copy.deepcopy], ids=["pickle", "deepcopy"])
def test_partial_fit_resumed_elsewhere_equals_uninterrupted(solver, carry):
    X, y = data()
    model = make(solver)
    for _ in range(3):
        model.partial_fit(X, y)
    carried = carry(model)
    for _ in range(3):
        model.partial_fit(X, y)
        carried.partial_fit(X, y)
    assert_array_equal(theta(model), theta(carried))
    assert model.loss_curve_ == carried.loss_curve_


def test_partial_fit_takes_single_rows_after_the_first_batch_and_keeps_the_scale():
    X, Y = outputs()
    model = make("adam").partial_fit(X, Y)
    scale, before = model.y_scale_, theta(model)
    model.partial_fit(X[:1], 10 * Y[:1], [2.0])
    assert_array_equal(model.y_scale_, scale)
    assert np.any(theta(model) != before)
    with pytest.raises(ValueError, match="at least 2 rows"):
        make("adam").partial_fit(X[:1], Y[:1])


# --- starts, schedules, pruning ---------------------------------------------------------------------------------


@unconverged
def test_n_init_keeps_the_lowest_loss():
    X, y = data()
    rng = np.random.RandomState(3)
    singles = [make(max_iter=5, random_state=rng).fit(X, y).loss_ for _ in range(4)]
    best = make(max_iter=5, random_state=3, n_init=4).fit(X, y)
    assert best.loss_ == min(singles) < max(singles)
    assert best.n_iter_ == 5


@unconverged
def test_n_init_keeps_the_best_validation_score():
    X, y, X_val, y_val = noisy()
    rng = np.random.RandomState(0)
    model = make(hidden=(5,), alpha=1e-6, early_stopping=True, max_iter=8)
    singles = []
    for _ in range(3):
        model.set_params(random_state=rng).fit(X, y, X_val=X_val, y_val=y_val)
        singles.append(model.best_validation_score_)
    model.set_params(random_state=0, n_init=3).fit(X, y, X_val=X_val, y_val=y_val)
    assert model.best_validation_score_ == max(singles) > min(singles)


@unconverged
def test_grid_schedule_ends_on_its_last_size_with_a_lower_loss():
    X, y = data()
    first = make(grid_size=2, alpha=1e-8, max_iter=30).fit(X, y)
    model = make(grid_schedule=(2, 4, 8), alpha=1e-8, max_iter=30).fit(X, y)
    assert [layer.grid_size for layer in model.network_.layers] == [8, 8]
    assert model.loss_curve_[: first.n_iter_] == first.loss_curve_
    assert model.loss_ < 0.2 * first.loss_
    assert first.n_iter_ < model.n_iter_ <= 90


@pytest.mark.parametrize("n_outputs", [1, 2])
@unconverged
def test_pruning_removes_what_does_nothing(n_outputs):
    X, y, *_ = additive(200, noise=0.01)
    y = y if n_outputs == 1 else np.column_stack([y, np.sin(X[:, 1])])
    model = make(hidden=(), alpha=1e-5).fit(X, y)
    pruned = clone(model).set_params(prune=0.01).fit(X, y)
    edges = pruned.network_.layers[0].edges
    assert model.network_.layers[0].edges.all()
    expected = np.array([[True, True, True, False], [False, True, False, False]])[:n_outputs]
    assert_array_equal(edges.T, expected)
    assert np.abs(pruned.predict(X) - model.predict(X)).max() < 0.03 * y.std()


@unconverged
def test_pruning_a_deep_network():
    X, y, *_ = friedman1(200)
    X, y = X[:, 2:], 20 * (X[:, 2] - 0.5) ** 2 + 10 * X[:, 3] + 5 * X[:, 4]
    model = make(max_iter=60).fit(X, y)
    pruned = clone(model).set_params(prune=0.01).fit(X, y)
    first, last = pruned.network_.layers
    assert not first.edges[3:].any() and first.edges[:3].any(axis=1).all()
    assert last.edges.any(axis=0).all()
    assert theta(pruned).size < theta(model).size
    assert pruned.score(X, y) > 0.99
    assert np.abs(pruned.predict(X) - model.predict(X)).max() < 0.1 * y.std()
    moved = X.copy()
    moved[:, 3:] = 0.5
    assert_array_equal(pruned.predict(moved), pruned.predict(X))


@pytest.mark.parametrize("hidden", [(), (3,)])
@unconverged
def test_every_output_keeps_an_edge_however_much_is_pruned(hidden):
    X, Y = outputs()
    model = make(hidden=hidden, prune=0.999, max_iter=30).fit(X, Y)
    assert (model.network_.layers[-1].edges.sum(axis=0) == 1).all()
    assert np.ptp(model.predict(X), axis=0).min() > 0


# --- derivatives ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("options", [{}, {"hidden": ()}, {"squash": "tanh"}, {"base_function": "silu"}], ids=str)
@unconverged
def test_gradient_is_that_of_the_prediction(options):
    X, Y = outputs(60)
    X = X * [1.0, 50.0]
    model = make(max_iter=15, **options)
    points, step = 0.9 * X[:10], np.array([1e-5, 5e-4])
    for y, shape in [(Y, (10, 2, 2)), (Y[:, 0], (10, 2)), (Y[:, :1], (10, 1, 2))]:
        gradient = model.fit(X, y).predict_gradient(points)
        assert gradient.shape == shape
        for i in range(2):
            e = np.eye(2)[i] * step
            expected = (model.predict(points + e) - model.predict(points - e)) / (2 * step[i])
            size = np.abs(expected).max()
            assert_allclose(gradient[..., i], expected, rtol=1e-5, atol=1e-5 * size)


def test_gradient_needs_a_fit_and_the_right_columns():
    X, y = data(20)
    with pytest.raises(NotFittedError):
        make().predict_gradient(X)
    with pytest.raises(ValueError, match="3 features"):
        make(tol=0.5).fit(X, y).predict_gradient(np.zeros((2, 3)))


# --- scikit-learn's callbacks -----------------------------------------------------------------------------------


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
