"""Layers of a network: bases, knots, and the layer objects themselves."""

from .spline import SplineLayer
from .tanh import Tanh

__all__ = ["SplineLayer", "Tanh"]
