"""Questions to a fitted model."""

from .inspection import Explanation, edge_importance, explain, feature_interactions, node_importance

__all__ = ["Explanation", "edge_importance", "explain", "feature_interactions", "node_importance"]
