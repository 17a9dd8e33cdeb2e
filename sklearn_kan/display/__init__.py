"""Pictures of a fitted model, by matplotlib."""

from .kan_display import KANDisplay

__all__ = ["KANDisplay"]
