"""Questions to a fitted model."""

from .effects import Curve, Effects, Surface, effects
from .inspection import Explanation, edge_importance, explain, feature_interactions, node_importance

__all__ = [
    "Curve",
    "Effects",
    "Explanation",
    "Surface",
    "edge_importance",
    "effects",
    "explain",
    "feature_interactions",
    "node_importance",
]
