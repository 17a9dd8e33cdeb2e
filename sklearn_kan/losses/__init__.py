"""Losses, each with its link: value, gradient, positive curvature, domain of y, best constant."""

from .base import Loss
from .classes import LogisticLoss, SoftmaxLoss
from .regression import HalfGammaLoss, HalfPoissonLoss, HalfSquaredError
from .robust import HuberLoss, PinballLoss

__all__ = [
    "LOSSES",
    "HalfGammaLoss",
    "HalfPoissonLoss",
    "HalfSquaredError",
    "HuberLoss",
    "LogisticLoss",
    "Loss",
    "PinballLoss",
    "SoftmaxLoss",
    "make_loss",
]

# Losses for regression by name.
LOSSES = {
    "squared_error": HalfSquaredError,
    "absolute_error": PinballLoss,
    "quantile": PinballLoss,
    "huber": HuberLoss,
    "poisson": HalfPoissonLoss,
    "gamma": HalfGammaLoss,
}


def make_loss(name, quantile):
    """The loss for regression of a given name; `quantile` is for "quantile"."""
    return PinballLoss(quantile) if name == "quantile" else LOSSES[name]()
