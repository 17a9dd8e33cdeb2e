"""Likelihoods with a precision: against simulations and derivatives of their own normalisers."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy import integrate

from sklearn_kan.losses import HalfGammaLoss, HalfPoissonLoss, HalfSquaredError
from sklearn_kan.losses.noise import CountNoise, GammaNoise, PowerNoise, events_per_observation, mean_half_deviance
from sklearn_kan.utils.data import TrainingData

# A loss, its noise, and how to draw targets of a precision b at raw predictions of 0.
DRAWN = {
    "normal": (HalfSquaredError(), PowerNoise(0.5), lambda rng, b, n: rng.normal(size=n) / np.sqrt(b)),
    "gamma": (HalfGammaLoss(), GammaNoise(), lambda rng, b, n: rng.gamma(b, 1 / b, n)),
    "counts": (HalfPoissonLoss(), CountNoise(), lambda rng, b, n: rng.poisson(b, n) / b),
}


@pytest.mark.parametrize("b", [0.03, 0.7, 5.0, 200.0])
@pytest.mark.parametrize("name", DRAWN)
def test_precision_is_that_of_the_noise(name, b):
    """Of 40,000 draws the mean loss is known to some percent, and so is b."""
    loss, noise, draw = DRAWN[name]
    y = draw(np.random.RandomState(0), b, 40_000)
    mean = loss.value(y[None], np.zeros((1, len(y)))).mean(axis=1)
    assert_allclose(noise.precision(mean, np.zeros(1)), [b], rtol=0.1)


@pytest.mark.parametrize("name", DRAWN)
def test_normaliser_is_the_one_that_the_precision_is_of(name):
    """a'(b) = L at the precision of a mean loss L; degrees of freedom take their part of it."""
    _, noise, _ = DRAWN[name]
    for mean in (1e-4, 0.02, 0.6, 3.0):
        (b,) = noise.precision(np.array([mean]), np.zeros(1))
        step = 1e-4 * b
        sides = noise.log_normaliser(np.array([b - step, b + step]))
        assert_allclose(np.diff(sides) / (2 * step), [mean], rtol=1e-6)
        (fitted,) = noise.precision(np.array([mean]), np.array([0.25]))
        assert_allclose(fitted, noise.precision(np.array([mean / 0.75]), np.zeros(1))[0], rtol=1e-9)


@pytest.mark.parametrize("shape", [0.4, 2.0, 50.0])
def test_normaliser_of_gamma_makes_a_density(shape):
    """exp(-b l + a(b)) / y integrates to 1."""
    loss, a = HalfGammaLoss(), GammaNoise().log_normaliser(np.array([shape]))[0]

    def density(t):
        return np.exp(-shape * loss.value(np.array([[np.exp(t)]]), np.zeros((1, 1)))[0, 0] + a)

    assert_allclose(integrate.quad(density, -60, 5, limit=200)[0], 1.0, rtol=1e-6)


@pytest.mark.parametrize("mean", [1e-6, 0.01, 1.0, 29.9, 30.1, 400.0])
def test_mean_half_deviance_of_counts(mean):
    expected = mean * np.log(1 / mean) if mean < 1e-3 else None
    if mean > 29:
        expected = 0.5 + 1 / (12 * mean) + 1 / (12 * mean**2)
    if expected is None:
        z = np.random.RandomState(0).poisson(mean, 400_000)
        expected = HalfPoissonLoss().value(z, np.log(mean)).mean()
    assert_allclose(mean_half_deviance(mean), expected, rtol=0.02)


def test_counts_are_never_more_regular_than_poisson():
    noise = CountNoise(events=3.0)
    assert noise.precision(np.array([1e-9]), np.zeros(1)) == 3.0
    twice = noise.precision(np.array([2 * mean_half_deviance(1.5) / 3.0]), np.zeros(1))
    assert_allclose(twice, 1.5, rtol=1e-9)  # phi = 2


def test_what_counts_as_an_event():
    counts = np.array([[0.0], [3.0], [1.0], [4.0]])
    exposure = np.array([0.1, 2.0, 0.7, 1.3])
    X = np.zeros((4, 1))

    def events(Y, weight):
        return events_per_observation(TrainingData.observed(X, Y, weight))

    assert events(counts, None) == 2.0
    assert_allclose(events(counts, np.array([1.0, 3.0, 1.0, 1.0])), 14 / 6)
    for unit in (1.0, 365.25, 1e-4):
        rates = counts / (unit * exposure)[:, None]
        assert_allclose(events(rates, unit * exposure), 2.0)  # Those that were counted.
        assert events(rates, None) == np.inf
    assert events(counts + 0.5, exposure) == np.inf
    assert events(1e-12 * counts, None) == np.inf
