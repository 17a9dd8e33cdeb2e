"""The estimators: what a person gives, checked, and what a person gets."""

from .classifier import KANClassifier
from .regressor import KANRegressor

__all__ = ["KANClassifier", "KANRegressor"]
