r"""How much of a loss is noise: likelihoods in proportion to exp(-b l + a(b)), with a precision b of each output.

The normalising constant a(b) says how large losses are that the noise alone makes: their mean is a'(b). A fit of d
degrees of freedom to N observations leaves a part 1 - d / (2 c N) of them, where c = b a'(b), near 1/2 for all losses
that are near to squares. So b is where

    a'(b) = L / (1 - d / (2 c N)),        L the mean loss at the fit.

**Squares and the like** (`PowerNoise`): a = c log b, so a' = c / b.

**Losses that grow linearly** (`SandwichNoise`). They are no likelihoods in earnest: b is the precision of one as
informative, E[l''] / E[l'^2] (see `robust`), and the likelihood b^c exp(-b l), whose c holds for normal noise, is left
to compare networks.

**Gamma** (`GammaNoise`): b is the shape, 1 / b the square of the coefficient of variation, and

    a = b log b - b - log Gamma(b),        a' = log b - psi(b).

**Counts** (`CountNoise`). Of y / phi ~ Poisson(mu / phi), which has the variance phi mu, the loss in units of the
mean m is one of a Poisson variable with the mean b = m / phi, divided by b. With

    h(b) = E[z log(z / b) - z + b],        z ~ Poisson(b),

the mean half-deviance of such counts, near 1/2 for many events and b log(1 / b) for few, a' = h(b) / b. Thus rows of
few events say as little about the noise as they do, and about the rate as many events as there are: b N is their
number over phi. phi is estimated, and at least 1 for counts, which are never more regular than Poisson's: unbounded, a
network could pass through rare events and take them for no noise. Targets that are no counts, such as amounts, have
a phi in their own unit; so nothing depends on that unit, nor on that of an exposure (see `events_per_observation`).
"""

import numpy as np
from scipy.special import digamma, gammaln, xlogy

# Part of the observations that counts as noise even where a fit comes through all of them.
_LEAST_SPARE = 1e-3
# Variance below which noise cannot be told from rounding, in units of standardised targets, and the largest variance.
_LEAST_VARIANCE = 1e-16
_MOST_VARIANCE = 1e16
# Mean from which on a series replaces the sum over counts.
_MANY_EVENTS = 30.0
# Halvings of the range of log b, about 74, in the search for b.
_HALVINGS = 60


class PowerNoise:
    """Likelihoods in proportion to b^c exp(-b l): losses made by noise alone have the mean c / b.

    Parameters
    ----------
    power : float
        The c: 1/2 for squares, of which normal noise is made.

    Attributes
    ----------
    normal_variance : float or None
        b times the variance of the noise; None where the noise is not told as a variance.
    """

    def __init__(self, power):
        self.power, self.normal_variance = power, 1.0

    def precision(self, loss, dof):
        """The b at which losses are as large as noise makes them.

        Parameters
        ----------
        loss : ndarray of shape (n_outputs,)
            Mean loss of an observation.
        dof : ndarray of shape (n_outputs,)
            Degrees of freedom of the fit for each observation: each takes 1 / (2 b) from the losses.

        Returns
        -------
        precision : ndarray of shape (n_outputs,)
        """
        spare = np.maximum(1 - dof / (2 * self.power), _LEAST_SPARE)
        return np.minimum(self.power * spare / np.maximum(loss, np.finfo(float).tiny), 1 / _LEAST_VARIANCE)

    def log_normaliser(self, precision):
        """a(b) of one observation, shape kept."""
        return self.power * np.log(precision / (2 * np.pi))


class SandwichNoise(PowerNoise):
    """A likelihood for comparisons, and the information of a loss for all else.

    Parameters
    ----------
    power : float
        The c of the likelihood.
    normal_variance : float, default=None
        b for normal noise of variance 1; None where the noise is not told as a variance.
    peak : ndarray of shape (n_outputs, 1), default=None
        Second derivative of a loss without error where it is an estimated density: a fit of d degrees of freedom
        goes through d observations, which say nothing about that density. None: it is what it is.
    """

    def __init__(self, power, normal_variance=None, peak=None):
        super().__init__(power)
        self.normal_variance, self.peak = normal_variance, peak

    def informative_precision(self, curvature, square, dof):
        """The b of a likelihood as informative as the loss.

        Parameters
        ----------
        curvature, square : ndarray of shape (n_outputs,)
            Mean second derivative and mean squared derivative.
        dof : ndarray of shape (n_outputs,)
            Degrees of freedom for each observation.

        Returns
        -------
        precision : ndarray of shape (n_outputs,)
        """
        spare = 1 - dof if self.peak is None else (1 - dof * self.peak[:, 0] / curvature) ** 2
        spare = np.maximum(spare, _LEAST_SPARE)
        return np.minimum(spare * curvature / np.maximum(square, np.finfo(float).tiny), 1 / _LEAST_VARIANCE)


class _SolvedNoise:
    """A likelihood whose b is found by halving the range of its logarithm; `slope` is a', which falls."""

    largest = 1 / _LEAST_VARIANCE

    def precision(self, loss, dof):
        """As `PowerNoise.precision`."""
        return np.array([self._solve(one) for one in loss / np.maximum(1 - dof, _LEAST_SPARE)])

    def _solve(self, loss):
        """The b with a'(b) = loss, or the end of the range that is nearest."""
        low, high = np.log(1 / _MOST_VARIANCE), np.log(self.largest)
        if self.slope(self.largest) >= loss:
            return self.largest
        for _ in range(_HALVINGS):
            middle = (low + high) / 2
            low, high = (middle, high) if self.slope(np.exp(middle)) >= loss else (low, middle)
        return float(np.exp(low))


class GammaNoise(_SolvedNoise):
    """Gamma variables of shape b."""

    normal_variance = 1.0  # In units of the squared mean.

    @staticmethod
    def slope(b):
        """a'(b)."""
        return np.log(b) - digamma(b) if b < 1e6 else (0.5 + 1 / (12 * b)) / b

    @staticmethod
    def log_normaliser(precision):
        """a(b) of one observation, shape kept."""
        return xlogy(precision, precision) - precision - gammaln(precision)


class CountNoise(_SolvedNoise):
    """Poisson variables with b events, times a unit.

    Parameters
    ----------
    events : float, default=inf
        Mean number of events of an observation, the largest b; inf if targets are no counts.
    """

    normal_variance = None

    def __init__(self, events=np.inf):
        self.largest = min(float(events), 1 / _LEAST_VARIANCE)

    @staticmethod
    def slope(b):
        """a'(b) = h(b) / b."""
        return mean_half_deviance(b) / b

    @staticmethod
    def log_normaliser(precision):
        """a(b) - a(1) of one observation, shape kept: the integral of h over log b."""
        place, weight = np.polynomial.legendre.leggauss(64)
        half = np.log(precision) / 2
        values = [[mean_half_deviance(np.exp(x * (1 + p))) for p in place] for x in half]
        return half * (np.array(values) @ weight)


def mean_half_deviance(mean):
    """h: the mean half-deviance of Poisson counts about their own mean."""
    if mean > _MANY_EVENTS:
        return 0.5 + 1 / (12 * mean) + 1 / (12 * mean**2) + 19 / (120 * mean**3)
    z = np.arange(int(mean + 15 * np.sqrt(mean) + 60))
    return float(np.exp(z * np.log(mean) - mean - gammaln(z + 1)) @ (xlogy(z, z / mean) - z + mean))


def events_per_observation(data):
    """Mean number of events, if targets are counts or rates of them.

    Whole targets are counts. Otherwise weights may be exposures, the time or the area that a rate was counted over:
    then their products with the rates are whole, and those are the observations, whatever the unit of the exposure.

    Parameters
    ----------
    data : TrainingData
        Of one target in its own unit.

    Returns
    -------
    events : float
        inf if there are no counts.
    """
    if _are_whole(data.Y):
        return float((data.shares @ data.Y)[0])
    if data.sample_weight is not None:
        events = (data.sample_weight / data.weight_unit) @ data.Y
        if _are_whole((data.sample_weight / data.weight_unit)[:, None] * data.Y):
            return float(events[0]) / data.total_weight
    return np.inf


def _are_whole(values):
    """Whether values are whole numbers but for the rounding of a division."""
    return bool(np.all(np.abs(values - np.round(values)) <= 1e-9 * np.abs(values)))
