"""What a fit leaves on an estimator."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from problems import exp_sin
from sklearn.exceptions import NotFittedError
from small_fits import all_solvers, data, evidence_fit, make


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
