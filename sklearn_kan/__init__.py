"""Kolmogorov-Arnold networks for scikit-learn."""

from .inspection import edge_importance, explain, feature_interactions, node_importance
from .regressor import KANRegressor

__all__ = ["KANRegressor", "edge_importance", "explain", "feature_interactions", "node_importance"]
__version__ = "0.1.0"
