r"""Losses that grow linearly: Huber's and quantiles.

Where second derivatives vanish the curvature that steps are made of is that of the parabola in r = f - y that touches
the loss at r and lies above it everywhere, l'(r) / r for a symmetric loss [1]_: a step to its minimum cannot raise
the loss.

The pinball loss has a kink, which is rounded over a width w,

    l_w(r) = (sqrt(r^2 + w^2) + (1 - 2 q) r) / 2,    0 <= l_w(r) - l_0(r) <= w / 2,    r = f - y;

training starts from a wide one and goes on with narrower ones (see `sharpened`).

**What the data know.** That parabola says how far to go, not how well the data determine f: it is many times too
steep at a narrow kink. The information of an observation is the mean second derivative A = E[l''] and its variance
B = E[l'^2]: estimates spread as B / A^2, and the precision of a likelihood as informative is b = A / B [2]_. For the
pinball loss A is the density of y at its quantile, which is the mean second derivative of a loss rounded over a width
h that suits a density [3]_, h l_h'' being a kernel, and B is q (1 - q). Both are taken row by row, so that noise
that differs along X is seen.

References
----------
.. [1] D. R. Hunter and K. Lange, "Quantile regression via an MM algorithm", Journal of Computational
   and Graphical Statistics 9, 2000.
.. [2] P. J. Huber, "The behavior of maximum likelihood estimates under nonstandard conditions", Fifth Berkeley
   Symposium 1, 1967; the use for posteriors: U. K. Mueller, "Risk of Bayesian inference in misspecified models, and
   the sandwich covariance matrix", Econometrica 81, 2013.
.. [3] P. Hall and S. J. Sheather, "On the distribution of a studentized quantile", JRSS B 50, 1988; R. Koenker,
   "Quantile Regression", Cambridge 2005, section 3.4.
"""

import numpy as np
from scipy.special import ndtr, ndtri

from ..utils.weighted import column_quantile, robust_spread, weighted_quantiles, weights_of_sum_one
from .base import Loss
from .noise import SandwichNoise

# Standard deviation over median absolute deviation, of a normal variable.
_MEDIAN_DEVIATION = 1.482602218505602
# Width of the rounded kink at first, in units of the spread of y.
_FIRST_WIDTH = 0.1
# Later widths, last first, in units of the spread of the residuals.
_WIDTHS = (0.01, 0.03)
# Least width and threshold, in units of the spread of y.
_LEAST_WIDTH = 1e-6
# Width of the density's kernel in units of half the distance of two quantiles around the one sought: by simulation of
# normal, exponential, uniform and t variables, 100 to 3000 of them, the density is within 10 % on average then.
_BANDWIDTH = 0.6
# Part of the levels beyond the quantile that the two quantiles may take.
_MOST_LEVELS = 0.5
# Huber's threshold, in standard deviations of the residuals.
_HUBER_THRESHOLD = 1.35
# How often it is estimated anew.
_HUBER_UPDATES = 3


class _RobustLoss(Loss):
    """A loss that grows linearly: the unit of y is not to be ruled by its outliers."""

    def location_and_scale(self, Y, weight):
        """As `Loss.location_and_scale`, with a robust spread about the median for scale."""
        scale = robust_spread(Y, weight, column_quantile(Y, weight, 0.5))
        return self._location(Y, weight), scale


class PinballLoss(_RobustLoss):
    """q max(y - f, 0) + (1 - q) max(f - y, 0), its kink rounded; half the absolute error for q = 1/2.

    Parameters
    ----------
    quantile : float, default=0.5
    width : float or ndarray of shape (n_outputs, 1), default=0.1
        Width of the rounded kink; 0 is the exact loss.
    bandwidth : float or ndarray of shape (n_outputs, 1), default=None
        Width of the kernel of the density of y at its quantile; None: that of the kink.
    """

    def __init__(self, quantile=0.5, width=_FIRST_WIDTH, bandwidth=None):
        self.quantile, self.width = quantile, width
        self.bandwidth = width if bandwidth is None else bandwidth
        self.steps_left = len(_WIDTHS) if np.any(width) else 0

    @property
    def noise(self):
        """B is known, and A the density at the quantile."""
        q, width = self.quantile, np.reshape(self.bandwidth, (-1, 1))
        return SandwichNoise(
            _normal_density(q) ** 2 / (q * (1 - q)), peak=0.5 / np.maximum(width, np.finfo(float).tiny)
        )

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
        return 0.5 * (r / np.hypot(r, np.maximum(self.width, np.finfo(float).tiny)) + 1 - 2 * self.quantile)

    def curvature(self, y, f):
        """Curvature of the parabola above, shape kept."""
        return 0.5 / np.hypot(f - y, np.maximum(self.width, np.finfo(float).tiny))

    def information(self, y, f):
        """Second derivative of the loss rounded over the bandwidth, shape kept."""
        return 0.5 * self.bandwidth**2 / np.hypot(f - y, self.bandwidth) ** 3

    def fit_intercept_only(self, Y, weight):
        """The weighted quantile."""
        return column_quantile(Y, weight, self.quantile)

    def sharpened(self, y, f, weight):
        """A narrower kink, by the robust spread of the residuals of each output, and a bandwidth for them."""
        size = robust_spread((f - y).T, weight, np.zeros(len(y)))[:, None]
        width = np.minimum(self.width, np.maximum(_WIDTHS[self.steps_left - 1] * size, _LEAST_WIDTH))
        bandwidth = np.array([[self._bandwidth(row, weight)] for row in y - f])
        return self._sharper(width=width, bandwidth=np.maximum(bandwidth, width))

    def _bandwidth(self, error, weight):
        """Width of a kernel for the density of y - f at its quantile."""
        q, n = self.quantile, len(error) if weight is None else weight.sum()
        level = hall_sheather(q, n)
        below, above = weighted_quantiles(error, weight, np.array([q - level, q + level]))
        return _BANDWIDTH * (above - below) / 2


class HuberLoss(_RobustLoss):
    """r^2 / 2 up to a threshold, and a straight line from there on; r = f - y.

    Parameters
    ----------
    threshold : float or ndarray of shape (n_outputs, 1), default=1.35
        In units of the targets.
    """

    def __init__(self, threshold=_HUBER_THRESHOLD):
        self.threshold, self.steps_left = threshold, _HUBER_UPDATES
        self.noise = SandwichNoise(0.5, _huber_precision(_HUBER_THRESHOLD))

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

    def information(self, y, f):
        """Second derivative: 1 up to the threshold and 0 from there on, shape kept."""
        return (np.abs(f - y) <= self.threshold).astype(float)

    def fit_intercept_only(self, Y, weight):
        """The constant of least loss, by reweighted means from the median."""
        weight, f = weights_of_sum_one(weight, len(Y)), column_quantile(Y, weight, 0.5)
        for _ in range(100):
            part = weight[:, None] * self.curvature(Y.T, f[:, None]).T
            f = f + np.sum(part * (Y - f), axis=0) / part.sum(axis=0)
        return f

    def location_and_scale(self, Y, weight):
        """As `Loss.location_and_scale`; the threshold counts in units of the scale."""
        median = column_quantile(Y, weight, 0.5)
        _, scale = super().location_and_scale(Y, weight)
        return median + scale * self.fit_intercept_only((Y - median) / scale, weight), scale

    def sharpened(self, y, f, weight):
        """The threshold in units of the residuals of each output: 1.35 times their deviation, by the median."""
        deviation = _MEDIAN_DEVIATION * column_quantile(np.abs(f - y).T, weight, 0.5)[:, None]
        return self._sharper(threshold=np.maximum(_HUBER_THRESHOLD * deviation, _LEAST_WIDTH))


def hall_sheather(q, n):
    """How far from q the levels of two quantiles are whose difference tells the density at q, from n observations."""
    density, z = _normal_density(q), ndtri(q)
    best = n ** (-1 / 3) * ndtri(0.975) ** (2 / 3) * (1.5 * density**2 / (2 * z**2 + 1)) ** (1 / 3)
    return min(best, _MOST_LEVELS * min(q, 1 - q))


def _normal_density(q):
    """Density of a standard normal variable at its quantile q."""
    return float(np.exp(-(ndtri(q) ** 2) / 2) / np.sqrt(2 * np.pi))


def _huber_precision(threshold):
    """A / B of a standard normal variable."""
    inside = 2 * float(ndtr(threshold)) - 1
    density = float(np.exp(-(threshold**2) / 2) / np.sqrt(2 * np.pi))
    return inside / (inside - 2 * threshold * density + threshold**2 * (1 - inside))
