r"""Losses for classification: minus the log probability of the class.

Softmax couples its outputs. The second derivative of one row is diag(p) - p p^T, and with J_k the
derivative of raw score k,

    sum_kl (diag(p) - p p^T)_kl J_k J_l^T = sum_k p_k (J_k - J') (J_k - J')^T,    J' = sum_k p_k J_k,

so that its curvature is p, for derivatives that have been centred with the weights p.
"""

import numpy as np
from scipy.special import expit, log_softmax, softmax

from ..utils.weighted import weights_of_sum_one
from .base import SELF_CONCORDANT, Loss

# Classes that are rarer, or not there yet, start as if they had this share.
_RARE = 1e-4


class _ClassLoss(Loss):
    """A loss of class probabilities: a network of output 0 predicts the shares of the classes.

    Parameters
    ----------
    offset : ndarray of shape (n_outputs, 1), default=0
        Added to f: the raw prediction is f + offset.
    """

    trust = SELF_CONCORDANT

    def __init__(self, offset=0.0):
        self.offset = offset

    def location_and_scale(self, Y, weight):
        """The raw prediction of the shares, and 1."""
        return self.fit_intercept_only(Y, weight), np.ones(Y.shape[1])

    @staticmethod
    def standardised(Y, location, scale):
        """The targets as they are."""
        return Y

    def fitted_to(self, data, location):
        """The same loss for f that are to be added to the location."""
        return type(self)(self.offset + np.reshape(location, (-1, 1)))


class LogisticLoss(_ClassLoss):
    """log(1 + exp(f)) - y f for y in [0, 1]: minus the log probability of the class."""

    link = "logit"

    def value(self, y, f):
        """Loss of each entry, shape kept."""
        f = f + self.offset
        return np.logaddexp(0.0, f) - y * f

    def gradient(self, y, f):
        """Derivative with respect to f, shape kept."""
        return expit(f + self.offset) - y

    def curvature(self, y, f):
        """Second derivative with respect to f, shape kept."""
        return self.inverse_link_slope(f + self.offset)

    @staticmethod
    def inverse_link(f):
        """Probability of class 1, shape kept."""
        return expit(f)

    @staticmethod
    def inverse_link_slope(f):
        """Derivative of the probability, shape kept."""
        return expit(f) * expit(-f)

    def fit_intercept_only(self, Y, weight):
        """The logit of the weighted share of class 1."""
        share = np.clip(weights_of_sum_one(weight, len(Y)) @ Y, _RARE, 1 - _RARE)
        return np.log(share) - np.log1p(-share) - np.ravel(self.offset)


class SoftmaxLoss(_ClassLoss):
    """-sum_k y_k log p_k with p = softmax(f), for y of one 1 in each row."""

    coupled, link = True, "softmax"

    def value(self, y, f):
        """Loss of each entry, shape kept."""
        return -y * log_softmax(f + self.offset, axis=0)

    def gradient(self, y, f):
        """Derivative of the sum over outputs with respect to f, shape kept."""
        return softmax(f + self.offset, axis=0) - y

    def curvature(self, y, f):
        """Weights of the centred derivatives, shape kept."""
        return softmax(f + self.offset, axis=0)

    @staticmethod
    def inverse_link(f):
        """Probabilities of the classes, which are the last axis as in predictions."""
        return softmax(f, axis=-1)

    def fit_intercept_only(self, Y, weight):
        """The logarithms of the weighted shares of the classes, of mean 0."""
        f = np.log(np.maximum(weights_of_sum_one(weight, len(Y)) @ Y, _RARE)) - np.ravel(self.offset)
        return f - f.mean()
