r"""What all losses share.

A loss compares targets y with raw predictions f, both of shape (n_outputs, n). It gives the value, the
first derivative and a positive curvature with respect to f; solvers need no more. All values are
deviances, never negative, so that a relative fall means something.
"""

import copy

import numpy as np

from ..utils.weighted import spread, weights_of_sum_one

# Trust of losses with |l'''| <= l'': over a move of this size l'' changes by a factor e^2 at most.
SELF_CONCORDANT = 2.0


class Loss:
    """What losses share. Subclasses have value, gradient and curvature.

    Attributes
    ----------
    coupled : bool
        Whether all outputs of a row are one observation: their losses are added, not averaged, and the
        curvature holds for centred derivatives (see `SoftmaxLoss`).
    steps_left : int
        How often `sharpened` is to be called.
    exact : Loss
        The loss that this one approximates.
    domain : str or None
        What targets must be, in words.
    link : {"identity", "log", "logit", "softmax"}
        Name of the function whose inverse, `inverse_link`, turns raw predictions into predictions.
    trust : float
        How far the second derivative tells what the loss does: a move of the raw prediction, in its own unit.
    noise : PowerNoise, SandwichNoise, GammaNoise, CountNoise or None
        The likelihood with a precision to be estimated; None where exp(-l) is the likelihood.
    """

    coupled, steps_left, domain, noise = False, 0, None, None
    link, trust = "identity", np.inf

    @property
    def exact(self):
        """The loss itself."""
        return self

    @staticmethod
    def in_domain(Y):
        """Whether targets of shape (n_samples, n_outputs) are such that the loss is finite."""
        return True

    @staticmethod
    def inverse_link(f):
        """Prediction from raw prediction, shape kept."""
        return f

    @staticmethod
    def inverse_link_slope(f):
        """Derivative of the prediction with respect to the raw prediction, shape kept."""
        return np.ones(np.shape(f))

    def information(self, y, f):
        """Second derivative with respect to f as far as the data know it, for the evidence; shape kept."""
        return self.curvature(y, f)

    def fit_intercept_only(self, Y, weight):
        """The constant raw prediction of least loss, one for each output; Y has one row a sample."""
        return weights_of_sum_one(weight, len(Y)) @ Y

    def location_and_scale(self, Y, weight):
        """Raw prediction that a network of output 0 stands for, and the unit of its output.

        Parameters
        ----------
        Y : ndarray of shape (n_samples, n_outputs)
        weight : ndarray of shape (n_samples,) or None

        Returns
        -------
        location, scale : ndarray of shape (n_outputs,)
            A constant target has scale 1.
        """
        location = self._location(Y, weight)
        return location, spread(Y, weight, location)

    def _location(self, Y, weight):
        """What `fit_intercept_only` says, but of a constant target its value: rounding of a mean of 1e300 is 1e284."""
        return np.where(Y.min(axis=0) == Y.max(axis=0), Y[0], self.fit_intercept_only(Y, weight))

    def n_informative(self, n_observed):
        """How many of so many observations say something: all, unless they are counts of rare events."""
        return n_observed

    @staticmethod
    def standardised(Y, location, scale):
        """Targets for the output of the network, shape kept."""
        return (Y - location) / scale

    def fitted_to(self, data, location):
        """The loss of the output of a network on rows whose targets are in their own units.

        Parameters
        ----------
        data : TrainingData
        location : ndarray of shape (n_outputs,)
            The raw prediction that an output of 0 stands for.

        Returns
        -------
        loss : Loss
        """
        return self

    def sharpened(self, y, f, weight):
        """The next loss, closer to the exact one, given y and f of shape (n_outputs, n)."""
        return self

    def _sharper(self, **changes):
        """A copy with one step less to go."""
        other = copy.copy(self)
        vars(other).update(changes, steps_left=self.steps_left - 1)
        return other
