"""Kolmogorov-Arnold networks for scikit-learn."""

from .display import KANDisplay
from .export import export_html, export_text
from .inspection import edge_importance, explain, feature_interactions, node_importance
from .regressor import KANRegressor

__all__ = [
    "KANDisplay",
    "KANRegressor",
    "edge_importance",
    "explain",
    "export_html",
    "export_text",
    "feature_interactions",
    "node_importance",
]
__version__ = "0.1.0"
