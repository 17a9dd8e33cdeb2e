"""alpha="auto": strengths, noise, structure and uncertainty by the evidence."""

import warnings

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from problems import additive, exp_sin, friedman1
from scipy.stats import norm

from sklearn_kan import KANRegressor
from sklearn_kan.evidence.evidence import estimate
from sklearn_kan.objective.penalty import RELEVANCES


def fit(X, y, weight=None, **options):
    return KANRegressor(**{"random_state": 0, "n_init": 1, **options}).fit(X, y, weight)


# --- what it finds ----------------------------------------------------------------------------------------------


def test_noise_is_estimated():
    X, y, *_ = additive(400, noise=0.3)
    model = fit(X, y, hidden_layer_sizes=())
    assert_allclose(model.sigma_, [0.3], rtol=0.08)
    assert 5 < model.effective_dof_ < 20


def test_each_output_has_its_own_noise():
    X, y, *_ = exp_sin(400)
    noise = np.random.RandomState(0).normal(size=(400, 2)) * [0.05, 30.0]
    model = fit(X, np.column_stack([y, 100 * X[:, 0]]) + noise, hidden_layer_sizes=(3,))
    assert_allclose(model.sigma_, [0.05, 30.0], rtol=0.15)


def test_pure_noise_ends_near_the_constant():
    rng = np.random.RandomState(0)
    X, y = rng.normal(size=(150, 6)), rng.normal(size=150)
    model = fit(X, y, hidden_layer_sizes="auto", n_init="auto")
    assert model.predict(rng.normal(size=(500, 6))).std() < 0.25
    assert model.effective_dof_ < 8


def test_structure_follows_the_evidence():
    X, y, *_ = additive(200, noise=0.3)
    assert len(fit(X, y, hidden_layer_sizes="auto").network_.layers) == 1
    X, y, *_ = exp_sin(200, noise=0.05)
    assert len(fit(X, y, hidden_layer_sizes="auto").network_.layers) > 1


def test_irrelevant_inputs_are_seen_to_be():
    X, y, *_ = friedman1(300, noise=1.0, n_features=10)
    model = fit(X, y, hidden_layer_sizes=(4,))
    assert model.feature_importances_[5:].sum() < 0.01
    assert model.feature_importances_[:5].min() > 0.02


def test_data_without_noise_are_not_held_back():
    X, y, *_ = exp_sin(400)
    new = exp_sin(500, seed=1)
    model = fit(X, y, hidden_layer_sizes=(1,), degree=5, grid_schedule=(4, 8, 16))
    assert np.sqrt(np.mean((model.predict(new.X) - new.y) ** 2)) < 1e-5


def test_average_is_better_than_its_members():
    X, y, *_ = friedman1(200, noise=1.0)
    new = friedman1(1000, seed=1)
    model = fit(X, y, hidden_layer_sizes=(6,), n_init=4)

    def error(network):
        return np.mean((network.forward(new.X)[:, 0] * model.y_scale_ + model.y_mean_ - new.y) ** 2)

    assert len(model.posterior_.members) == 4
    assert error(model.network_) < np.mean([error(member) for member in model.posterior_.members])


@pytest.mark.parametrize("relevance", RELEVANCES)
def test_strengths_are_shared_within_groups(relevance):
    X, y, *_ = additive(150, noise=0.1)
    model = fit(X, y, hidden_layer_sizes=(2,), relevance=relevance)
    for strengths, layer in zip(model.alpha_, model.network_.layers, strict=True):
        assert strengths.shape == (2, *layer.edges.shape)
        distinct = {"layer": 1, "input": layer.edges.any(axis=1).sum(), "edge": layer.edges.sum()}[relevance]
        assert len(np.unique(strengths[0][layer.edges])) <= distinct


# --- uncertainty ------------------------------------------------------------------------------------------------


def test_intervals_cover_and_epistemic_part_is_smaller():
    X, y, *_ = exp_sin(300, noise=0.2)
    new = exp_sin(2000, noise=0.2, seed=1)
    model = fit(X, y, hidden_layer_sizes=(3,), n_init=2)
    mean, std = model.predict(new.X, return_std=True)
    assert_array_equal(mean, model.predict(new.X))
    assert 0.92 < np.mean(np.abs(new.y - mean) < norm.ppf(0.975) * std) < 0.98
    _, epistemic = model.predict(new.X, return_std="epistemic")
    assert_allclose(std**2, epistemic**2 + model.sigma_**2, rtol=1e-12)
    truth = new.truth(new.X)
    assert 0.5 < np.sqrt(np.mean(((mean - truth) / epistemic) ** 2)) < 2


@pytest.mark.parametrize("hidden", [(), (3,)])
def test_doubt_grows_outside_the_training_range(hidden):
    X, y, *_ = exp_sin(200, noise=0.1)
    model = fit(X, y, hidden_layer_sizes=hidden)
    inside = model.predict(X, return_std="epistemic")[1]
    doubts = [model.predict(np.full((1, 2), far), return_std="epistemic")[1][0] for far in (0.5, 1.2, 1.5, 2.5)]
    assert (np.diff(doubts) > 0).all() and doubts[-1] > 3 * np.median(inside)


def test_shape_and_units_with_several_outputs():
    X, y, *_ = exp_sin(120, noise=0.1)
    one = fit(X, y, hidden_layer_sizes=(2,))
    assert one.predict(X[:5], return_std=True)[1].shape == (5,)
    two = fit(X, np.column_stack([y, X[:, 0]]), hidden_layer_sizes=(2,))
    assert two.predict(X[:5], return_std=True)[1].shape == (5, 2)
    scaled = fit(X, 1000 * y, hidden_layer_sizes=(2,))
    assert_allclose(scaled.predict(X, return_std=True)[1], 1000 * one.predict(X, return_std=True)[1], rtol=1e-6)


def test_structures_are_mixed_by_their_evidence(monkeypatch):
    monkeypatch.setattr("sklearn_kan.training.runs._SHARPNESS", 2.0)
    X, y, *_ = exp_sin(150, noise=0.3)
    model = KANRegressor(random_state=0).fit(X, y)
    posterior = model.posterior_
    structures = {tuple(layer.out_features for layer in member.spline_layers) for member in posterior.members}
    assert len(structures) > 1 and len({len(member.layers) for member in posterior.members}) == 1
    assert_allclose(posterior.weights.sum(), 1.0)
    raw = np.average([member.forward(X)[:, 0] for member in posterior.members], axis=0, weights=posterior.weights)
    assert_allclose(model.predict(X), raw * model.y_scale_ + model.y_mean_, rtol=1e-9)
    again = KANRegressor(random_state=0, warm_start=True).fit(X, y)
    again.fit(X, y)
    assert_allclose(again.posterior_.weights, posterior.weights, rtol=1e-12)


# --- in all circumstances ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("n", "n_features", "make_y"),
    [
        (10, 2, lambda X, rng: X[:, 0] + 0.1 * rng.normal(size=len(X))),
        (2, 3, lambda X, rng: X[:, 0]),
        (15, 12, lambda X, rng: rng.normal(size=len(X))),
        (40, 2, lambda X, rng: np.full(len(X), 7.0)),
        (40, 2, lambda X, rng: 2 * X[:, 0] + 1),
        (60, 2, lambda X, rng: (X[:, 0] > 0).astype(float)),
    ],
    ids=["n = 10", "n = 2", "n < p", "constant", "exactly linear", "step"],
)
def test_odd_tables(n, n_features, make_y):
    rng = np.random.RandomState(0)
    X = rng.normal(size=(n, n_features))
    X = np.column_stack([X, X[:, 0], np.ones(n)])  # A copied and a constant column.
    y = make_y(X, rng)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        model = fit(X, y, hidden_layer_sizes="auto", n_init=2)
    mean, std = model.predict(np.vstack([X, 100 * X]), return_std=True)
    assert np.isfinite(mean).all() and np.isfinite(std).all() and (std >= 0).all()
    assert np.sqrt(np.mean((mean[:n] - y) ** 2)) <= 1.0001 * np.std(y) + 1e-6
    assert np.abs(mean).max() < 1e4


def test_weights_count_observations():
    X, y, *_ = exp_sin(60, noise=0.3)
    weight = np.random.RandomState(0).randint(0, 4, 60)
    weighted = fit(X, y, weight, hidden_layer_sizes=(2,))
    repeated = fit(np.repeat(X, weight, axis=0), np.repeat(y, weight), hidden_layer_sizes=(2,))
    for got, expected in zip(weighted.predict(X, return_std=True), repeated.predict(X, return_std=True), strict=True):
        assert_allclose(got, expected, rtol=1e-6)
    assert_allclose(weighted.log_evidence_, repeated.log_evidence_, rtol=1e-7)


@pytest.mark.parametrize("loss", ["absolute_error", "huber", "poisson", "gamma"])
def test_other_losses(loss):
    X, y, *_ = exp_sin(200, noise=0.2)
    model = fit(X, np.abs(y), hidden_layer_sizes=(2,), loss=loss, degree=2)
    assert model.score(X, np.abs(y)) > 0.9
    assert 2 < model.effective_dof_ < model.network_.n_params
    assert (model.predict(X, return_std="epistemic")[1] > 0).all()


def test_pruning_keeps_the_predictions():
    X, y, *_ = friedman1(200, noise=0.5)
    whole, pruned = (fit(X, y, hidden_layer_sizes=(4,), prune=prune) for prune in (None, 0.02))
    assert pruned.network_.n_params < whole.network_.n_params
    assert np.std(pruned.predict(X) - whole.predict(X)) < 0.5


def test_warm_start_goes_on_with_each_member():
    X, y, *_ = exp_sin(100, noise=0.1)
    model = fit(X, y, hidden_layer_sizes=(2,), n_init=2, warm_start=True)
    before = model.log_evidence_
    model.fit(X, y)
    assert len(model.posterior_.members) == 2
    assert model.log_evidence_ > before - 3.0  # Strengths are found anew.


@pytest.mark.parametrize(("sizes", "least"), [((2,), 0.9), ("auto", 0.5)])
def test_interrupt_keeps_the_network(monkeypatch, sizes, least):
    calls = []

    def interrupt(*args):
        """Once, at the ninth call."""
        calls.append(args)
        if len(calls) == 9:
            raise KeyboardInterrupt
        return estimate(*args)

    X, y, *_ = exp_sin(100, noise=0.1)
    monkeypatch.setattr("sklearn_kan.training.evidence_stage.estimate", interrupt)
    model = KANRegressor(sizes, n_init=3, random_state=0)
    with pytest.warns(UserWarning, match="interrupted"):
        model.fit(X, y)
    assert model.score(X, y) > least and model.n_iter_ > 8


def test_what_cannot_be_said_is_refused():
    X, y, *_ = exp_sin(40)
    fixed = fit(X, y, hidden_layer_sizes=(), alpha=1e-3)
    assert fixed.alpha_ == 1e-3 and fixed.sigma_ is None and fixed.posterior_ is None
    with pytest.raises(ValueError, match="return_std needs a fit with alpha='auto'"):
        fixed.predict(X, return_std=True)
    counts = fit(X, np.abs(y), hidden_layer_sizes=(), loss="poisson")
    with pytest.raises(ValueError, match="return_std=True needs loss='squared_error'"):
        counts.predict(X, return_std=True)
    with pytest.raises(ValueError, match="return_std must be"):
        counts.predict(X, return_std="noise")
    with pytest.raises(ValueError, match="grid_size must be one int"):
        fit(X, y, grid_size=(4, 5))


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


@pytest.mark.parametrize(
    "options", [{"extrapolation": "error"}, {"extrapolation": "constant", "base_function": "silu"}]
)
def test_an_additive_model_among_others(monkeypatch, options):
    monkeypatch.setattr("sklearn_kan.training.runs._SHARPNESS", 1.0)
    X, y, *_ = exp_sin(150, noise=0.3)
    model = fit(X, y, hidden_layer_sizes="auto", knots="uniform", **options)
    widths = [member.spline_layers[0].out_features for member in model.posterior_.members]
    assert 1 in widths and max(widths) > 4
    inside = X * 0.99
    outputs = [member.forward(inside) for member in model.posterior_.members]
    mean = np.average(outputs, axis=0, weights=model.posterior_.weights)
    assert_allclose(model.network_.forward(inside), mean, atol=1e-10)
    assert np.isfinite(model.predict(inside, return_std=True)).all()


def test_tanh_layers_leave_one_structure(monkeypatch):
    monkeypatch.setattr("sklearn_kan.training.runs._SHARPNESS", 2.0)
    X, y, *_ = exp_sin(150, noise=0.3)
    model = fit(X, y, hidden_layer_sizes="auto", squash="tanh", n_init=2)
    assert len({len(member.layers) for member in model.posterior_.members}) == 1
    assert len(model.posterior_.members) <= 2 and model.score(X, y) > 0.8


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
