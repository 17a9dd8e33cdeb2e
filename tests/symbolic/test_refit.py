"""Whole formulas fitted to data."""

import numpy as np
from problems import inputs

from sklearn_kan.symbolic.edges import SymbolicEdge
from sklearn_kan.symbolic.graph import FormulaGraph, Node
from sklearn_kan.symbolic.library import get_function
from sklearn_kan.symbolic.refit import error, polish, refit
from sklearn_kan.symbolic.rows import Rows


def test_a_whole_formula_is_fitted_to_the_last_digit():
    X = inputs(200)
    y = np.exp(np.sin(np.pi * X[:, :1]) + X[:, 1:] ** 2)
    inner = Node([SymbolicEdge(0, get_function("sin"), 3, 0.1, 0.9), SymbolicEdge(1, get_function("x^2"), 1, 0.1, 1.1)])
    graph = FormulaGraph(2, [inner, Node([SymbolicEdge(2, get_function("exp"), 1.1)])], [3])
    polish(refit(graph, Rows(X, y), max_iter=100), Rows(X, y))
    assert error(graph, Rows(X, y)) < 1e-13


def test_fits_do_not_leave_the_domain():
    X = np.linspace(0.01, 1, 50)[:, None]
    graph = FormulaGraph(1, [Node([SymbolicEdge(0, get_function("log"), 1.0, 0.5, 0.1)])], [1])
    refit(graph, Rows(X, np.sqrt(X)))
    assert graph.nodes[0].edges[0].constants.values[1] > -0.01
    assert np.isfinite(error(graph, Rows(X, np.sqrt(X))))
