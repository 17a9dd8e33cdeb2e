"""Every loss through the same numerical checks."""

import inspect

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.optimize import minimize

from sklearn_kan import losses
from sklearn_kan.losses import (
    LOSSES,
    HalfGammaLoss,
    HalfPoissonLoss,
    HalfSquaredError,
    HuberLoss,
    LogisticLoss,
    Loss,
    PinballLoss,
    SoftmaxLoss,
    make_loss,
)
from sklearn_kan.utils.data import TrainingData
from sklearn_kan.utils.weighted import weights_of_sum_one

STEP = 1e-5
N_OUTPUTS, N = 3, 60


def normal(rng):
    return rng.normal(size=(N_OUTPUTS, N))


def one_hot(rng):
    return np.eye(N_OUTPUTS)[rng.permutation(np.arange(N) % N_OUTPUTS)].T


def bits(rng):
    return rng.randint(0, 2, (N_OUTPUTS, N)).astype(float)


# Each loss with a way to draw targets within its domain, by the name of its class.
CASES = {
    "squared": (HalfSquaredError(), normal),
    "pinball 0.5": (PinballLoss(), normal),
    "pinball 0.9": (PinballLoss(0.9, width=0.3), normal),
    "pinball 0.05": (PinballLoss(0.05, width=0.02), normal),
    "huber": (HuberLoss(), normal),
    "huber 0.3": (HuberLoss(0.3), normal),
    "poisson": (HalfPoissonLoss(), lambda rng: rng.poisson(2.0, (N_OUTPUTS, N)).astype(float)),
    "gamma": (HalfGammaLoss(), lambda rng: rng.gamma(2.0, size=(N_OUTPUTS, N))),
    "logistic": (LogisticLoss(), bits),
    "logistic, shifted": (LogisticLoss().fitted_to(None, np.array([1.0, -2.0, 0.5])), bits),
    "softmax": (SoftmaxLoss(), one_hot),
    "softmax, shifted": (SoftmaxLoss().fitted_to(None, np.array([1.0, -2.0, 0.5])), one_hot),
}
MAJORISED = ("pinball", "huber")


@pytest.fixture(params=CASES)
def case(request):
    """Name, loss, targets and raw predictions."""
    loss, draw = CASES[request.param]
    rng = np.random.RandomState(0)
    return request.param, loss, draw(rng), 2 * rng.normal(size=(N_OUTPUTS, N))


def row_losses(loss, y, f):
    """Loss of each row; summed over the outputs, whose derivatives do not mix unless the loss is coupled."""
    return loss.value(y, f).sum(axis=0)


def derivatives(function, f):
    """Central differences of function(f) of shape (..., N) with respect to each output, first axis."""
    steps = STEP * np.eye(len(f))[:, :, None]
    return np.array([(function(f + step) - function(f - step)) / (2 * STEP) for step in steps])


def hessians(loss, y, f):
    """What the curvature stands for: one matrix a row, shape (N_OUTPUTS, N_OUTPUTS, N)."""
    c = loss.curvature(y, f)
    c = np.ones(f.shape) if c is None else c
    matrices = np.eye(len(f))[:, :, None] * c
    return matrices - c[:, None] * c if loss.coupled else matrices


def test_every_loss_is_checked():
    public = {getattr(losses, name) for name in losses.__all__ if inspect.isclass(getattr(losses, name))}
    assert public - {Loss} == {type(loss) for loss, _ in CASES.values()}, "add each new loss to CASES"
    assert set(LOSSES.values()) < public


def test_gradient_is_the_derivative_of_the_value(case):
    _, loss, y, f = case
    expected = derivatives(lambda f: row_losses(loss, y, f), f)
    if isinstance(loss, HuberLoss):  # Differences across the threshold tell nothing.
        far = np.abs(np.abs(f - y) - loss.threshold) > 2 * STEP
        assert far.mean() > 0.9
        expected = np.where(far, expected, loss.gradient(y, f))
    assert_allclose(loss.gradient(y, f), expected, rtol=1e-6, atol=1e-6)


def test_curvature_is_the_second_derivative_or_above_it(case):
    name, loss, y, f = case
    expected = derivatives(lambda f: loss.gradient(y, f), f)
    actual = hessians(loss, y, f)
    if name.startswith(MAJORISED):
        assert np.all(actual >= expected - 1e-9)
    else:
        assert_allclose(actual, expected, rtol=1e-5, atol=1e-7)
    curvature = loss.curvature(y, f)
    assert curvature is None or np.all(curvature > 0)


@pytest.mark.parametrize("name", [name for name in CASES if name.startswith(MAJORISED)])
def test_parabola_of_the_curvature_lies_above(name):
    """Touching at f, so that its minimum cannot be a higher point of the loss."""
    loss, draw = CASES[name]
    rng = np.random.RandomState(1)
    y, f, step = draw(rng), normal(rng), 3 * normal(rng)
    parabola = loss.value(y, f) + loss.gradient(y, f) * step + loss.curvature(y, f) * step**2 / 2
    assert np.all(loss.value(y, f + step) <= parabola + 1e-12)


def test_values_are_deviances_and_convex(case):
    _, loss, y, f = case
    other = 2 * np.random.RandomState(5).normal(size=f.shape)
    a, b, middle = (row_losses(loss, y, point) for point in (f, other, (f + other) / 2))
    assert np.all(a >= 0) and np.all(middle <= (a + b) / 2 + 1e-12)


def test_shapes_are_kept_and_arguments_left_alone(case):
    _, loss, y, f = case
    y.flags.writeable = f.flags.writeable = False
    for array in (loss.value(y, f), loss.gradient(y, f), loss.inverse_link(f), loss.inverse_link_slope(f)):
        assert array.shape == f.shape
    curvature = loss.curvature(y, f)
    assert curvature is None or curvature.shape == f.shape


def test_far_predictions_are_finite(case):
    _, loss, y, _ = case
    for size in (100.0, 1e4, -1e4):
        f = np.full(y.shape, size) * np.array([[1.0], [-1.0], [0.5]])
        curvature = loss.curvature(y, f)
        parts = (loss.value(y, f), loss.gradient(y, f), loss.inverse_link(f), 0.0 if curvature is None else curvature)
        assert all(np.all(np.isfinite(part)) for part in parts)


def test_inverse_link_and_its_slope(case):
    _, loss, _, f = case
    if loss.coupled:
        assert_allclose(loss.inverse_link(f).sum(axis=-1), 1.0)
    else:
        slope = (loss.inverse_link(f + STEP) - loss.inverse_link(f - STEP)) / (2 * STEP)
        assert_allclose(loss.inverse_link_slope(f), slope, rtol=1e-6)
        assert np.all(slope > 0)


@pytest.mark.parametrize("name", ["squared", "huber", "poisson", "gamma", "logistic"])
def test_loss_is_least_where_the_prediction_is_the_target(name):
    loss, f = CASES[name][0], normal(np.random.RandomState(0))
    y = loss.inverse_link(f)
    assert_allclose(loss.gradient(y, f), 0, atol=1e-12)
    for step in (-0.1, 0.1):
        assert np.all(loss.value(y, f + step) > loss.value(y, f))


@pytest.mark.parametrize("weighted", [False, True])
def test_best_constant(case, weighted):
    _, loss, y, _ = case
    weight = np.random.RandomState(3).uniform(0.1, 2, N) if weighted else None
    constant = loss.fit_intercept_only(y.T, weight)
    assert constant.shape == (N_OUTPUTS,)

    def total(f):
        return row_losses(loss.exact, y, np.broadcast_to(f[:, None], y.shape)) @ weights_of_sum_one(weight, N)

    least = minimize(total, constant, method="Nelder-Mead", options={"xatol": 1e-9, "fatol": 1e-12}).fun
    assert total(constant) == pytest.approx(least, rel=1e-9)


def test_best_constant_takes_weights_for_rows(case):
    _, loss, y, _ = case
    weight = np.random.RandomState(3).randint(1, 4, N)
    expected = loss.fit_intercept_only(np.repeat(y.T, weight, axis=0), None)
    assert_allclose(loss.fit_intercept_only(y.T, weight.astype(float)), expected, rtol=1e-9)
    for a, b in zip(
        loss.location_and_scale(y.T, weight.astype(float)),
        loss.location_and_scale(np.repeat(y.T, weight, axis=0), None),
        strict=True,
    ):
        assert_allclose(a, b, rtol=1e-9)


def test_network_of_output_zero_stands_for_the_best_constant(case):
    _, loss, y, _ = case
    location, scale = loss.location_and_scale(y.T, None)
    own = loss.fitted_to(TrainingData(y.T, y.T), location).fit_intercept_only(
        loss.standardised(y.T, location, scale), None
    )
    assert_allclose(own - own.mean() if loss.coupled else own, 0, atol=1e-9)
    assert np.all(scale > 0)


@pytest.mark.parametrize("name", LOSSES)
def test_unit_of_the_target_does_not_matter(name):
    loss, rng = make_loss(name, 0.3 if name == "quantile" else 0.5), np.random.RandomState(0)
    Y, unit = rng.gamma(2.0, size=(N, 2)), np.array([1e-3, 7e4])
    one, other = (loss.standardised(y, *loss.location_and_scale(y, None)) for y in (Y, Y * unit))
    assert_allclose(one, other, rtol=1e-9, atol=1e-9)
    if name not in ("poisson", "gamma"):
        shifted = loss.standardised(Y - 3.0, *loss.location_and_scale(Y - 3.0, None))
        assert_allclose(shifted, one, rtol=1e-9, atol=1e-9)
        assert_allclose(loss.location_and_scale(np.full((N, 1), 7.0), None), [[7.0], [1.0]])


@pytest.mark.parametrize("quantile", [0.05, 0.5, 0.8])
def test_rounded_kink_is_above_the_exact_loss_by_half_its_width_at_most(quantile):
    rng = np.random.RandomState(0)
    loss, y, f = PinballLoss(quantile, width=0.2), normal(rng), normal(rng)
    exact = np.where(y > f, quantile * (y - f), (1 - quantile) * (f - y))
    assert_allclose(loss.exact.value(y, f), exact, atol=1e-15)
    assert np.all(loss.value(y, f) >= exact) and np.all(loss.value(y, f) <= exact + 0.1 + 1e-15)


def test_kinks_become_sharper_and_come_to_an_end():
    rng = np.random.RandomState(0)
    loss, y, f = PinballLoss(0.3), normal(rng), normal(rng)
    widths = [loss.width]
    while loss.steps_left:
        loss = loss.sharpened(y, f, None)
        widths.append(loss.width)
    assert np.all(widths[1] < widths[0]) and np.all(widths[2] < widths[1]) and len(widths) == 3
    assert_allclose(widths[-1], 0.01 * np.sqrt(2), rtol=0.3)


def test_threshold_of_huber_is_that_of_scikit_learn_for_normal_residuals():
    rng, loss = np.random.RandomState(0), HuberLoss()
    f = np.zeros((1, 20_000))
    y = 0.2 * rng.normal(size=f.shape)
    y[0, :1000] = 1e6
    while loss.steps_left:
        loss = loss.sharpened(y, f, None)
    assert loss.threshold == pytest.approx(1.35 * 0.2, rel=0.1)


@pytest.mark.parametrize("name, good, bad", [("poisson", [0.0, 3.0], [-1.0, 3.0]), ("gamma", [1e-3, 3.0], [0.0, 3.0])])
def test_domains(name, good, bad):
    loss = make_loss(name, 0.5)
    assert loss.in_domain(np.array([good])) and not loss.in_domain(np.array([bad])) and loss.domain
    assert HalfSquaredError().in_domain(np.array([bad]))


def test_values_by_hand():
    y, f = np.array([[1.0, -2.0]]), np.array([[4.0, -2.5]])
    assert_allclose(HalfSquaredError().value(y, f), [[4.5, 0.125]])
    assert_allclose(HuberLoss(1.0).value(y, f), [[2.5, 0.125]])
    assert_allclose(PinballLoss(0.9).exact.value(y, f), [[0.3, 0.45]])
    y, f = np.array([[2.0, 3.0]]), np.log([[2.0, 1.0]])
    assert_allclose(HalfPoissonLoss().value(y, f), [[0.0, 1 - 3 * 0 + 3 * np.log(3) - 3]], atol=1e-15)
    assert_allclose(HalfGammaLoss().value(y, f), [[0.0, 3 - np.log(3) - 1]], atol=1e-15)
    assert_allclose(LogisticLoss().value(np.array([1.0, 0.0]), np.array([0.0, np.log(3)])), np.log([2.0, 4.0]))
    assert_allclose(SoftmaxLoss().value(np.eye(2), np.log([[1.0, 3.0], [3.0, 1.0]])), np.eye(2) * np.log(4))
