"""A stack of layers, and all that makes, moves, prunes and averages one."""

from .network import KANNetwork

__all__ = ["KANNetwork"]
