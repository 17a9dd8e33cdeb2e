"""Losses for regression with a second derivative that is positive everywhere: squares, counts, gamma variables.

Their curvature is that derivative, which makes the Gauss-Newton step a Newton step.
"""

import numpy as np
from scipy.special import xlogy

from ..utils.weighted import weights_of_sum_one
from .base import SELF_CONCORDANT, Loss
from .noise import CountNoise, GammaNoise, PowerNoise, events_per_observation

# Beyond this, exp is continued by its parabola: a step too far gives large numbers, not infinite ones.
_LARGEST_EXPONENT = 30.0


class HalfSquaredError(Loss):
    """(f - y)^2 / 2 with the identity link."""

    noise = PowerNoise(0.5)

    @staticmethod
    def value(y, f):
        """Loss of each entry, shape kept."""
        return 0.5 * (f - y) ** 2

    @staticmethod
    def gradient(y, f):
        """Derivative with respect to f, shape kept."""
        return f - y

    @staticmethod
    def curvature(y, f):
        """Second derivative with respect to f; None stands for 1 everywhere."""
        return None


class _LogLink(Loss):
    """A loss with the mean exp(f). Its unit is the mean of y: a network of output 0 predicts that."""

    trust = SELF_CONCORDANT

    link = "log"

    @staticmethod
    def inverse_link(f):
        """exp f, finite and positive."""
        return np.exp(np.clip(f, -700.0, 700.0))

    @staticmethod
    def inverse_link_slope(f):
        """exp f, finite and positive."""
        return np.exp(np.clip(f, -700.0, 700.0))

    def fit_intercept_only(self, Y, weight):
        """The logarithm of the weighted mean."""
        return np.log(weights_of_sum_one(weight, len(Y)) @ Y)

    def location_and_scale(self, Y, weight):
        """The logarithm of the mean, and 1."""
        return self.fit_intercept_only(Y, weight), np.ones(Y.shape[1])

    @staticmethod
    def standardised(Y, location, scale):
        """Targets in units of their mean, shape kept."""
        return Y / np.exp(location)


class HalfPoissonLoss(_LogLink):
    """exp(f) - y f + y log y - y, half the Poisson deviance.

    Parameters
    ----------
    noise : CountNoise, default=None
        None stands for that of targets that are no counts.
    """

    domain = "non-negative, and not 0 for all rows,"

    def __init__(self, noise=None):
        self.noise = CountNoise() if noise is None else noise

    def fitted_to(self, data, location):
        """The same loss, told how many events an observation has."""
        return HalfPoissonLoss(CountNoise(events_per_observation(data)))

    def n_informative(self, n_observed):
        """The number of events, where that is less than the number of observations."""
        return n_observed * min(1.0, self.noise.largest)

    @staticmethod
    def in_domain(Y):
        """No negative entry."""
        return bool(np.all(Y >= 0))

    @staticmethod
    def value(y, f):
        """Loss of each entry, shape kept."""
        return _exp(f)[0] - y * f + xlogy(y, y) - y

    @staticmethod
    def gradient(y, f):
        """Derivative with respect to f, shape kept."""
        return _exp(f)[1] - y

    @staticmethod
    def curvature(y, f):
        """Second derivative with respect to f, shape kept."""
        return _exp(f)[2]


class HalfGammaLoss(_LogLink):
    """y exp(-f) + f - log y - 1, half the gamma deviance."""

    domain, noise = "positive", GammaNoise()

    @staticmethod
    def in_domain(Y):
        """No entry of 0 or less."""
        return bool(np.all(Y > 0))

    @staticmethod
    def value(y, f):
        """Loss of each entry, shape kept."""
        return y * _exp(-f)[0] + f - np.log(y) - 1

    @staticmethod
    def gradient(y, f):
        """Derivative with respect to f, shape kept."""
        return 1 - y * _exp(-f)[1]

    @staticmethod
    def curvature(y, f):
        """Second derivative with respect to f, shape kept."""
        return y * _exp(-f)[2]


def _exp(f):
    """exp, its slope and its curvature; beyond _LARGEST_EXPONENT those of its parabola there."""
    near = np.minimum(f, _LARGEST_EXPONENT)
    far, top = f - near, np.exp(near)
    return top * (1 + far + far**2 / 2), top * (1 + far), top
