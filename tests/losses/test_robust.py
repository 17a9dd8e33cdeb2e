"""Losses that grow linearly: what the data know, and one scale for each output."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy import stats

from sklearn_kan.losses import HuberLoss, PinballLoss
from sklearn_kan.losses.robust import hall_sheather


def narrowest(loss, y, f):
    while loss.steps_left:
        loss = loss.sharpened(y, f, None)
    return loss


@pytest.mark.parametrize("noise", [stats.norm(0, 0.3), stats.expon(0, 2.0), stats.uniform(-1, 2)], ids=["n", "e", "u"])
@pytest.mark.parametrize("q", [0.1, 0.5, 0.9])
def test_information_of_a_quantile_is_the_density_there(noise, q):
    y = noise.rvs(size=(1, 5000), random_state=0)
    f = np.full(y.shape, noise.ppf(q))
    loss = narrowest(PinballLoss(q), y, f)
    density = noise.pdf(noise.ppf(q))
    assert_allclose(loss.information(y, f).mean(), density, rtol=0.2)
    precision = loss.noise.informative_precision(
        loss.information(y, f).mean(axis=1), (loss.gradient(y, f) ** 2).mean(axis=1), np.zeros(1)
    )
    assert_allclose(precision, density / (q * (1 - q)), rtol=0.25)


def test_information_is_the_second_derivative_of_a_wider_kink():
    loss, wide = PinballLoss(0.3, width=0.01, bandwidth=0.4), PinballLoss(0.3, width=0.4)
    f, step = np.linspace(-2, 2, 41), 1e-5
    second = (wide.gradient(0.0, f + step) - wide.gradient(0.0, f - step)) / (2 * step)
    assert_allclose(loss.information(0.0, f), second, atol=1e-8)


def test_levels_stay_between_0_and_1():
    for q in (0.001, 0.5, 0.99):
        levels = [hall_sheather(q, n) for n in (1, 10, 1e3, 1e9)]
        assert np.all(np.diff(levels) <= 0) and levels[0] < min(q, 1 - q)
    assert hall_sheather(0.5, 1000) == pytest.approx(0.097, rel=0.02)


def test_precision_of_huber_is_that_of_normal_noise_and_ignores_outliers():
    y = 0.2 * np.random.RandomState(0).normal(size=(2, 20_000))
    y[1, :1000] = 1e6
    f = np.zeros(y.shape)
    loss = narrowest(HuberLoss(), y, f)
    precision = loss.noise.informative_precision(
        loss.information(y, f).mean(axis=1), (loss.gradient(y, f) ** 2).mean(axis=1), np.zeros(2)
    )
    sigma = np.sqrt(loss.noise.normal_variance / precision)
    assert_allclose(sigma[0], 0.2, rtol=0.02)
    assert_allclose(sigma[1], 0.2, rtol=0.1)


@pytest.mark.parametrize("loss", [HuberLoss(), PinballLoss(0.8)], ids=["huber", "pinball"])
def test_each_output_has_its_own_scale(loss):
    rng = np.random.RandomState(0)
    y, f = rng.normal(size=(2, 300)) * [[0.01], [5.0]], np.zeros((2, 300))
    both, alone = narrowest(loss, y, f), [narrowest(loss, y[[o]], f[[o]]) for o in (0, 1)]
    for o in (0, 1):
        for name in ("value", "gradient", "curvature", "information"):
            expected = getattr(alone[o], name)(y[[o]], f[[o]])
            assert_allclose(getattr(both, name)(y, f)[[o]], expected, rtol=1e-12, atol=1e-15)
