"""Every loss through the same numerical checks."""

import inspect

import numpy as np
import pytest
from numpy.testing import assert_allclose

from sklearn_kan import losses
from sklearn_kan.losses import HalfSquaredError

STEP = 1e-4


def real_targets(rng):
    return rng.normal(size=(2, 50))


# How to draw targets within the domain of each loss.
LOSSES = {HalfSquaredError: real_targets}


@pytest.fixture(params=LOSSES, ids=lambda cls: cls.__name__)
def case(request):
    """A loss, targets and raw predictions."""
    rng = np.random.RandomState(0)
    return request.param(), LOSSES[request.param](rng), rng.normal(size=(2, 50))


def test_every_loss_is_checked():
    public = {cls for _, cls in inspect.getmembers(losses, inspect.isclass) if cls.__module__ == losses.__name__}
    assert public == set(LOSSES), "add each new loss, with a way to draw targets, to LOSSES"


def test_gradient_is_the_derivative_of_the_value(case):
    loss, y, f = case
    expected = (loss.value(y, f + STEP) - loss.value(y, f - STEP)) / (2 * STEP)
    assert_allclose(loss.gradient(y, f), expected, rtol=0, atol=1e-8)


def test_curvature_is_the_derivative_of_the_gradient(case):
    loss, y, f = case
    expected = (loss.gradient(y, f + STEP) - loss.gradient(y, f - STEP)) / (2 * STEP)
    curvature = loss.curvature(y, f)
    curvature = np.ones(f.shape) if curvature is None else curvature
    assert_allclose(curvature, expected, rtol=0, atol=1e-8)
    assert np.all(curvature > 0)


def test_shapes_are_kept_and_arguments_left_alone(case):
    loss, y, f = case
    y.flags.writeable = f.flags.writeable = False
    for array in (loss.value(y, f), loss.gradient(y, f), loss.inverse_link(f)):
        assert array.shape == f.shape
    curvature = loss.curvature(y, f)
    assert curvature is None or curvature.shape == f.shape


def test_inverse_link_is_increasing(case):
    loss, _, f = case
    assert np.all(np.diff(loss.inverse_link(np.sort(f, axis=1)), axis=1) > 0)


def test_loss_is_least_where_the_prediction_is_the_target(case):
    """Over raw predictions f, the loss of the target inverse_link(f0) is least at f0."""
    loss, _, f = case
    y = loss.inverse_link(f)
    assert_allclose(loss.gradient(y, f), 0, atol=1e-12)
    for step in (-0.1, 0.1):
        assert np.all(loss.value(y, f + step) > loss.value(y, f))


def test_half_squared_error_by_hand():
    y, f = np.array([[1.0, -2.0]]), np.array([[4.0, -2.5]])
    loss = HalfSquaredError()
    assert_allclose(loss.value(y, f), [[4.5, 0.125]])
    assert_allclose(loss.gradient(y, f), [[3.0, -0.5]])
    assert_allclose(loss.inverse_link(f), f)
