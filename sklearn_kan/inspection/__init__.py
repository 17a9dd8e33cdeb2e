"""Questions to a fitted model."""

from .distillation import Trade, distill
from .effects import Curve, Effects, Surface, effects
from .explanation import Explanation, explain
from .inspection import edge_importance, feature_interactions, node_importance

__all__ = [
    "Curve",
    "Effects",
    "Explanation",
    "Surface",
    "Trade",
    "distill",
    "edge_importance",
    "effects",
    "explain",
    "feature_interactions",
    "node_importance",
]
