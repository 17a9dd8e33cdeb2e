"""Kolmogorov-Arnold networks for scikit-learn."""

from .classifier import KANClassifier
from .display import KANDisplay
from .export import export_html, export_text
from .inspection import edge_importance, explain, feature_interactions, node_importance
from .regressor import KANRegressor
from .symbolic import SymbolicRegressor, symbolic_fit

__all__ = [
    "KANClassifier",
    "KANDisplay",
    "KANRegressor",
    "SymbolicRegressor",
    "edge_importance",
    "explain",
    "export_html",
    "export_text",
    "feature_interactions",
    "node_importance",
    "symbolic_fit",
]
__version__ = "0.1.0"
