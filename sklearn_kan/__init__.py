"""Kolmogorov-Arnold networks for scikit-learn."""

from .regressor import KANRegressor

__all__ = ["KANRegressor"]
__version__ = "0.1.0"
