"""How fits end, and how they go on."""

import signal
import warnings

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from sklearn.base import clone
from sklearn.exceptions import ConvergenceWarning
from small_fits import all_solvers, data, evidence_fit, make, theta, unconverged

from sklearn_kan import KANClassifier
from sklearn_kan.estimators import base, fitted
from sklearn_kan.objective.objective import Objective
from sklearn_kan.training.evidence_stage import EvidenceStage
from sklearn_kan.training.fixed_stage import FixedStage
from sklearn_kan.training.mixture import Mixture
from sklearn_kan.training.monitor import Monitor


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


@unconverged
def test_warm_start_may_refine_the_grid():
    X, y = data()
    model = make(warm_start=True, grid_size=3, alpha=1e-7, max_iter=40).fit(X, y)
    coarse = model.loss_
    model.set_params(grid_size=8).fit(X, y)
    assert model.network_.layers[0].grid_size == 8
    assert model.loss_ < 0.7 * coarse


@pytest.mark.parametrize("place", ["evidence_stage.Stage", "mixture.Mixture.posterior", "importance.profile"])
def test_a_late_ctrl_c_loses_nothing(place, monkeypatch):
    """While the evidence of a run, the posterior or importances are being computed."""
    X, y = data(60, noise=0.1)
    if place == "mixture.Mixture.posterior":
        original = Mixture.posterior
        monkeypatch.setattr(Mixture, "posterior", property(interrupted(original.fget)))
    elif place == "importance.profile":
        monkeypatch.setattr(fitted, "profile", interrupted(fitted.profile))
    else:
        monkeypatch.setattr(EvidenceStage, "summary", interrupted(EvidenceStage.summary))
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        model = evidence_fit(X, y, hidden_layer_sizes=(2,))
    assert any("interrupted" in str(warning.message) for warning in told) == (place == "evidence_stage.Stage")
    assert model.score(X, y) > 0.9 and model.n_iter_ > 5 and model.predict(X, return_std=True)[1].shape == y.shape


def interrupted(function):
    """The function, during which somebody presses Ctrl-C."""

    def wrapped(*args, **kwargs):
        signal.raise_signal(signal.SIGINT)
        return function(*args, **kwargs)

    return wrapped


@pytest.mark.parametrize("error", [KeyboardInterrupt, MemoryError])
@pytest.mark.parametrize("name", ["evidence_attributes", "history_attributes", "prediction_attributes"])
def test_attributes_are_set_all_or_none(name, error, monkeypatch):
    X, y = data(60, noise=0.1)
    model = evidence_fit(X, y, hidden_layer_sizes=(2,))
    before = dict(vars(model))

    def fail(*args, **kwargs):
        raise error

    monkeypatch.setattr(base, name, fail)
    with pytest.raises(error):
        model.fit(X, -y)
    assert vars(model) == before


def test_a_fit_worse_than_a_constant_does_not_pass_for_converged(monkeypatch):
    X, y = data(60)

    def astray(self, network):
        network.theta = network.theta + 1.0
        return True

    monkeypatch.setattr(FixedStage, "fit", astray)
    with pytest.warns(ConvergenceWarning, match="worse than that of a constant.*Raise alpha, take solver='lbfgs'"):
        make("kaczmarz").fit(X, y)
    with pytest.warns(ConvergenceWarning, match="worse than that of a constant.*Lower learning_rate_init"):
        make("adam").fit(X, y)


@pytest.mark.parametrize("loss", ["squared_error", "absolute_error", "poisson"])
@pytest.mark.parametrize("options", [{"alpha": "auto"}, {"alpha": 10.0}, {"solver": "lbfgs"}], ids=str)
def test_fits_of_pure_noise_are_not_worse_than_a_constant(loss, options):
    rng = np.random.RandomState(0)
    X, y = rng.uniform(size=(60, 3)), rng.poisson(3.0, 60).astype(float)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        make(loss=loss, n_init=1, max_iter=500, **options).fit(X, y)


def test_a_fit_beyond_all_measure_is_refused():
    """Finite numbers, but none of them a prediction."""
    X, y = data()
    with pytest.raises(ValueError, match=r"diverged: its loss is .*, that of a constant 0.5. Lower"):
        make("sgd", learning_rate_init=8.0, max_iter=3, tol=0, hidden=()).fit(X, y)


@pytest.mark.parametrize("options", [{}, {"base_function": "silu"}, {"solver": "lbfgs"}], ids=str)
@pytest.mark.parametrize("seed", range(2))
@unconverged
def test_warm_starts_of_classifiers_lose_nothing(options, seed):
    """Moving the hidden grids of separable classes costs more than a few iterations win back: it is undone."""
    X = np.random.RandomState(seed).uniform(-1, 1, (100, 3))
    y = np.digitize(X[:, 0] * X[:, 1] + X[:, 2], [-0.3, 0.3])
    model = KANClassifier((3, 2), alpha=1e-3, max_iter=20, warm_start=True, random_state=seed, **options)
    losses = [model.fit(X, y).loss_ for _ in range(5)]
    assert (np.diff(losses) <= 1e-12 * losses[0]).all() and losses[-1] < losses[0]
