"""Weighted means of networks under the evidence."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from problems import exp_sin, friedman1
from small_fits import evidence_fit

from sklearn_kan import KANRegressor


def test_average_is_better_than_its_members():
    X, y, *_ = friedman1(200, noise=1.0)
    new = friedman1(1000, seed=1)
    model = evidence_fit(X, y, hidden_layer_sizes=(6,), n_init=4)

    def error(network):
        return np.mean((network.forward(new.X)[:, 0] * model.y_scale_ + model.y_mean_ - new.y) ** 2)

    assert len(model.posterior_.members) == 4
    assert error(model.network_) < np.mean([error(member) for member in model.posterior_.members])


def test_structures_are_mixed_by_their_evidence(monkeypatch):
    monkeypatch.setattr("sklearn_kan.training.model_selection._NATS", 2.0)
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


def test_warm_start_goes_on_with_each_member():
    X, y, *_ = exp_sin(100, noise=0.1)
    model = evidence_fit(X, y, hidden_layer_sizes=(2,), n_init=2, warm_start=True)
    before = model.log_evidence_
    model.fit(X, y)
    assert len(model.posterior_.members) == 2
    assert model.log_evidence_ > before - 3.0  # Strengths are found anew.


@pytest.mark.parametrize(
    "options", [{"extrapolation": "error"}, {"extrapolation": "constant", "base_function": "silu"}]
)
def test_an_additive_model_among_others(monkeypatch, options):
    monkeypatch.setattr("sklearn_kan.training.model_selection._NATS", 20.0)
    X, y, *_ = exp_sin(150, noise=0.3)
    model = evidence_fit(X, y, hidden_layer_sizes="auto", knots="uniform", **options)
    widths = [member.spline_layers[0].out_features for member in model.posterior_.members]
    assert 1 in widths and max(widths) > 4
    inside = X * 0.99
    outputs = [member.forward(inside) for member in model.posterior_.members]
    mean = np.average(outputs, axis=0, weights=model.posterior_.weights)
    assert_allclose(model.network_.forward(inside), mean, atol=1e-10)
    assert np.isfinite(model.predict(inside, return_std=True)).all()
