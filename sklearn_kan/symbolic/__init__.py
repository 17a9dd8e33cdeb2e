"""Formulas: for fitted networks and for data."""

from .library import Function, get_function, make_library
from .regressor import SymbolicRegressor, symbolic_fit

__all__ = ["Function", "SymbolicRegressor", "get_function", "make_library", "symbolic_fit"]
