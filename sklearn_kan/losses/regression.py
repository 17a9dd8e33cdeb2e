r"""Losses for regression, each with its link.

Curvatures that are second derivatives make the Gauss-Newton step a Newton step. Where those vanish
(Huber, quantile) the curvature is that of the parabola in r = f - y that touches the loss at r and lies
above it everywhere, l'(r) / r for a symmetric loss [1]_: a step to its minimum cannot raise the loss.

The pinball loss has a kink, which is rounded over a width w,

    l_w(r) = (sqrt(r^2 + w^2) + (1 - 2 q) r) / 2,    0 <= l_w(r) - l_0(r) <= w / 2,    r = f - y;

training starts from a wide one and goes on with narrower ones (see `sharpened`).

References
----------
.. [1] D. R. Hunter and K. Lange, "Quantile regression via an MM algorithm", Journal of Computational
   and Graphical Statistics 9, 2000.
"""

import numpy as np
from scipy.special import xlogy

from ..utils.weighted import robust_spread, weighted_quantile, weights_of_sum_one
from .base import Loss
from .noise import PowerNoise

# Beyond this, exp is continued by its parabola: a step too far gives large numbers, not infinite ones.
_LARGEST_EXPONENT = 30.0
# Standard deviation over median absolute deviation, of a normal variable.
_MEDIAN_DEVIATION = 1.482602218505602
# Width of the rounded kink at first, in units of the spread of y.
_FIRST_WIDTH = 0.1
# Later widths, last first, in units of the spread of the residuals.
_WIDTHS = (0.01, 0.03)
# Huber's threshold, in standard deviations of the residuals.
_HUBER_THRESHOLD = 1.35
# How often it is estimated anew.
_HUBER_UPDATES = 3


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


class _RobustLoss(Loss):
    """A loss that grows linearly: the unit of y is not to be ruled by its outliers."""

    def location_and_scale(self, Y, weight):
        """As `Loss.location_and_scale`, with a robust spread about the median for scale."""
        scale = robust_spread(Y, weight, weighted_quantile(Y, weight, 0.5))
        return self.fit_intercept_only(Y, weight), scale


class PinballLoss(_RobustLoss):
    """q max(y - f, 0) + (1 - q) max(f - y, 0), its kink rounded; half the absolute error for q = 1/2.

    Parameters
    ----------
    quantile : float, default=0.5
    width : float, default=0.1
        Width of the rounded kink; 0 is the exact loss.
    """

    noise = PowerNoise(1.0)

    def __init__(self, quantile=0.5, width=_FIRST_WIDTH):
        self.quantile, self.width = quantile, width
        self.steps_left = len(_WIDTHS) if width else 0

    @property
    def exact(self):
        """The loss with its kink."""
        return PinballLoss(self.quantile, 0.0)

    def value(self, y, f):
        """Loss of each entry, shape kept."""
        r = f - y
        return 0.5 * (np.hypot(r, self.width) + (1 - 2 * self.quantile) * r)

    def gradient(self, y, f):
        """Derivative with respect to f, shape kept."""
        r = f - y
        return 0.5 * (r / np.hypot(r, max(self.width, np.finfo(float).tiny)) + 1 - 2 * self.quantile)

    def curvature(self, y, f):
        """Curvature of the parabola above, shape kept."""
        return 0.5 / np.hypot(f - y, max(self.width, np.finfo(float).tiny))

    def fit_intercept_only(self, Y, weight):
        """The weighted quantile."""
        return weighted_quantile(Y, weight, self.quantile)

    def sharpened(self, y, f, weight):
        """A narrower kink, by the robust spread of the residuals."""
        size = float(np.mean(robust_spread((f - y).T, weight, np.zeros(len(y)))))
        width = max(_WIDTHS[self.steps_left - 1] * size, 1e-6)
        return self._sharper(width=min(self.width, width))


class HuberLoss(_RobustLoss):
    """r^2 / 2 up to a threshold, and a straight line from there on; r = f - y.

    Parameters
    ----------
    threshold : float, default=1.35
        In units of the targets.
    """

    noise = PowerNoise(0.5)

    def __init__(self, threshold=_HUBER_THRESHOLD):
        self.threshold, self.steps_left = threshold, _HUBER_UPDATES

    def value(self, y, f):
        """Loss of each entry, shape kept."""
        size = np.abs(f - y)
        inner = np.minimum(size, self.threshold)
        return inner * (size - 0.5 * inner)

    def gradient(self, y, f):
        """Derivative with respect to f, shape kept."""
        return np.clip(f - y, -self.threshold, self.threshold)

    def curvature(self, y, f):
        """Curvature of the parabola above, shape kept."""
        return self.threshold / np.maximum(np.abs(f - y), self.threshold)

    def fit_intercept_only(self, Y, weight):
        """The constant of least loss, by reweighted means from the median."""
        weight, f = weights_of_sum_one(weight, len(Y)), weighted_quantile(Y, weight, 0.5)
        for _ in range(100):
            part = weight[:, None] * self.curvature(Y, f)
            f = f + np.sum(part * (Y - f), axis=0) / part.sum(axis=0)
        return f

    def location_and_scale(self, Y, weight):
        """As `Loss.location_and_scale`; the threshold counts in units of the scale."""
        median = weighted_quantile(Y, weight, 0.5)
        _, scale = super().location_and_scale(Y, weight)
        return median + scale * self.fit_intercept_only((Y - median) / scale, weight), scale

    def sharpened(self, y, f, weight):
        """The threshold in units of the residuals: 1.35 times their standard deviation, by the median."""
        sizes = np.abs(f - y).ravel()[:, None]
        weight = None if weight is None else np.tile(weight, len(y))
        deviation = _MEDIAN_DEVIATION * float(weighted_quantile(sizes, weight, 0.5)[0])
        return self._sharper(threshold=max(_HUBER_THRESHOLD * deviation, 1e-6))


class _LogLink(Loss):
    """A loss with the mean exp(f). Its unit is the mean of y: a network of output 0 predicts that."""

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
    """exp(f) - y f + y log y - y, half the Poisson deviance."""

    domain = "non-negative, and not 0 for all rows,"

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

    domain, noise = "positive", PowerNoise(0.5)

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
