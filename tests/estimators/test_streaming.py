"""partial_fit: epochs over batches of rows."""

import copy
import pickle

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from small_fits import data, make, outputs, stochastic, theta, unconverged


def test_partial_fit_refuses_a_last_step_that_leaves_nothing_finite():
    X, y = data()
    model = make("sgd", batch_size=120, tol=0.1).fit(X, y)
    before = model.predict(X)
    model.set_params(learning_rate_init=1e305)
    # One batch, whose loss is taken before the step.
    with pytest.raises(ValueError, match="diverged"):
        model.partial_fit(X, 1e6 * y)
    assert_array_equal(model.predict(X), before)


def test_partial_fit_exists_for_stochastic_solvers_only():
    assert hasattr(make("adam"), "partial_fit") and hasattr(make("sgd"), "partial_fit")
    assert not any(hasattr(make(solver), "partial_fit") for solver in ["auto", "lm", "lbfgs"])
    with pytest.raises(AttributeError, match="needs solver='kaczmarz', 'adam' or 'sgd'; got solver='lm'"):
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


def test_partial_fit_takes_single_rows_after_the_first_batch():
    X, Y = outputs()
    model = make("adam").partial_fit(X, Y)
    before = theta(model)
    model.partial_fit(X[:1], 10 * Y[:1], [2.0])
    # The scale is that of all rows so far, by their weights.
    weight = np.append(np.ones(120), 2.0)
    seen = np.vstack([Y, 10 * Y[:1]])
    mean = np.average(seen, axis=0, weights=weight)
    assert_allclose(model.y_mean_, mean)
    assert_allclose(model.y_scale_, np.sqrt(np.average((seen - mean) ** 2, axis=0, weights=weight)))
    assert np.any(theta(model) != before)
    with pytest.raises(ValueError, match="at least 2 rows"):
        make("adam").partial_fit(X[:1], Y[:1])
