"""Formulas: for fitted networks and for data."""

from .library import Function, get_function, make_library
from .regressor import SymbolicRegressor
from .symbolic_fit import symbolic_fit

__all__ = ["Function", "SymbolicRegressor", "get_function", "make_library", "symbolic_fit"]
