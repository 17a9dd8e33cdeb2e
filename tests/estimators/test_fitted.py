"""What a fit leaves on an estimator."""

import warnings

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from problems import exp_sin
from sklearn.exceptions import NotFittedError
from small_fits import all_solvers, data, evidence_fit, make

from sklearn_kan import export_text


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


@all_solvers
def test_loss_is_half_the_mean_square_of_the_standardised_target(solver):
    X, y = data()
    model = make(solver, alpha=0, tol=0.2, n_iter_no_change=2).fit(X, y)
    error = (model.predict(X) - y) / y.std()
    assert model.loss_ == pytest.approx(np.mean(error**2) / 2, rel=1e-9)


def test_what_cannot_be_said_is_refused():
    X, y, *_ = exp_sin(40)
    fixed = evidence_fit(X, y, hidden_layer_sizes=(), alpha=1e-3)
    assert fixed.alpha_ == 1e-3 and fixed.sigma_ is None and fixed.posterior_ is None
    with pytest.raises(ValueError, match="return_std needs a fit with alpha='auto'"):
        fixed.predict(X, return_std=True)
    counts = evidence_fit(X, np.abs(y), hidden_layer_sizes=(), loss="poisson")
    with pytest.raises(ValueError, match="return_std=True needs loss='squared_error'"):
        counts.predict(X, return_std=True)
    with pytest.raises(ValueError, match="return_std must be"):
        counts.predict(X, return_std="noise")
    with pytest.raises(ValueError, match="grid_size must be one int"):
        evidence_fit(X, y, grid_size=(4, 5))


def test_shape_and_units_with_several_outputs():
    X, y, *_ = exp_sin(120, noise=0.1)
    one = evidence_fit(X, y, hidden_layer_sizes=(2,))
    assert one.predict(X[:5], return_std=True)[1].shape == (5,)
    two = evidence_fit(X, np.column_stack([y, X[:, 0]]), hidden_layer_sizes=(2,))
    assert two.predict(X[:5], return_std=True)[1].shape == (5, 2)
    scaled = evidence_fit(X, 1000 * y, hidden_layer_sizes=(2,))
    assert_allclose(scaled.predict(X, return_std=True)[1], 1000 * one.predict(X, return_std=True)[1], rtol=1e-6)


def noisy_fit(**options):
    X, y = data(60, noise=0.1)
    return evidence_fit(X, y, hidden_layer_sizes=(), **options), X, y


@pytest.mark.parametrize("yes", [True, np.True_, 1, np.int64(1)], ids=repr)
@pytest.mark.parametrize("no", [False, np.False_, 0], ids=repr)
def test_return_std_goes_by_truth(yes, no):
    model, X, _ = noisy_fit()
    mean, std = model.predict(X, return_std=yes)
    assert_array_equal(model.predict(X, return_std=no), mean)
    epistemic = model.predict(X, return_std="epistemic")[1]
    assert_allclose(std**2, model.sigma_**2 + epistemic**2)
    assert (std > model.sigma_).all()


@pytest.mark.parametrize("other", [None, "all", "True", 2, 1.0, [True], np.array([True, True])], ids=repr)
def test_other_return_std_is_refused(other):
    model, X, _ = noisy_fit()
    with pytest.raises(ValueError, match="return_std must be True, False or 'epistemic'"):
        model.predict(X, return_std=other)


@pytest.mark.parametrize("scale", [1e-170, 1e160])
def test_std_of_extreme_units_is_that_of_others(scale):
    model, X, y = noisy_fit()
    other = evidence_fit(X, scale * y, hidden_layer_sizes=())
    for kind in (True, "epistemic"):
        expected = model.predict(X, return_std=kind)[1]
        assert_allclose(other.predict(X, return_std=kind)[1] / scale, expected, rtol=1e-6)


@pytest.mark.parametrize("change", [{"loss": "squared_error"}, {"loss": "gamma"}, {"alpha": 3.0}, {"solver": "adam"}])
def test_a_fitted_model_does_not_ask_its_parameters(change):
    X, y = data(60, noise=0.1)
    for loss in ("squared_error", "poisson"):
        model = evidence_fit(X, np.abs(y), hidden_layer_sizes=(), loss=loss)
        kinds = [True, "epistemic"] if loss == "squared_error" else ["epistemic"]
        expected = [model.predict(X), model.predict_gradient(X)]
        expected += [model.predict(X, return_std=kind)[1] for kind in kinds]
        text = export_text(model)
        model.set_params(**change)
        found = [model.predict(X), model.predict_gradient(X)]
        found += [model.predict(X, return_std=kind)[1] for kind in kinds]
        for got, value in zip(found, expected, strict=True):
            assert_array_equal(got, value)
        assert export_text(model) == text
        if loss == "poisson":
            with pytest.raises(ValueError, match="return_std=True needs loss='squared_error'"):
                model.predict(X, return_std=True)


def test_partial_fit_forgets_what_the_evidence_said():
    X, y = data(60, noise=0.1)
    model = evidence_fit(X, y, hidden_layer_sizes=(2,), n_init=2)
    model.set_params(solver="adam", learning_rate_init=0.1)
    for _ in range(3):
        model.partial_fit(X, -y)
    assert model.posterior_ is model.sigma_ is model.log_evidence_ is model.effective_dof_ is None
    assert model.alpha_ == 1e-3
    with pytest.raises(ValueError, match="continued by partial_fit"):
        model.predict(X, return_std=True)
    # A warm start goes on from here, not from the networks before.
    before = np.mean((model.predict(X) + y) ** 2)
    model.set_params(solver="lbfgs", warm_start=True, max_iter=1, learning_rate_init=None, tol=0.5)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model.fit(X, -y)
    assert np.mean((model.predict(X) + y) ** 2) <= before


def test_the_posterior_may_be_dropped():
    """It is most of a file; what is left predicts, and a warm start goes on from the mean network."""
    X, y = data(60, noise=0.1)
    model = evidence_fit(X, y, hidden_layer_sizes=(2,), n_init=2, warm_start=True)
    expected, model.posterior_ = model.predict(X), None
    assert_array_equal(model.predict(X), expected)
    with pytest.raises(ValueError, match="posterior_, which has been removed"):
        model.predict(X, return_std=True)
    assert model.fit(X, y).score(X, y) > 0.9


def test_constant_features_leave_nothing_to_go_by():
    X, y = data(60, noise=0.1)
    with pytest.raises(ValueError, match="all features of the training rows are constant"):
        evidence_fit(np.ones_like(X), y).predict(X, return_std=True)
