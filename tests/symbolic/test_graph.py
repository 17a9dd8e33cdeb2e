"""Formulas as graphs: values, derivatives, copies, units."""

import numpy as np
from formulas import mixed_graph
from problems import inputs

from sklearn_kan.symbolic.edges import SymbolicEdge
from sklearn_kan.symbolic.graph import FormulaGraph, Node
from sklearn_kan.symbolic.library import get_function


def test_jacobian_is_that_of_central_differences():
    graph, X, step = mixed_graph(), inputs(30), 1e-6
    theta = graph.theta
    Y, J = graph.linearize(X, graph.input_designs(X))
    assert np.allclose(Y, graph.forward(X), atol=1e-14)
    for p in range(len(theta)):
        sides = []
        for sign in (1, -1):
            graph.theta = theta + sign * step * (np.arange(len(theta)) == p)
            sides.append(graph.forward(X))
        assert np.allclose(J[:, p], (sides[0] - sides[1]).T / (2 * step), atol=1e-7)


def test_copies_share_nothing():
    graph = mixed_graph()
    before, copied = graph.theta, graph.copy()
    copied.theta = before + 1
    assert np.array_equal(graph.theta, before)


def test_units_of_a_formula():
    graph, X = mixed_graph(), inputs(10)
    scaled = graph.in_units(np.array([3.0, -1.0]), np.array([2.0, 0.5]))
    # Output 1 is a node that output 0 uses, so only output 0 can be compared as a whole.
    assert np.allclose(scaled.forward(X)[:, 1], 0.5 * graph.forward(X)[:, 1] - 1.0)


def test_complex_numbers_on_the_way_are_allowed_if_the_result_is_real():
    log, exp, sqrt = (get_function(name) for name in ("log", "exp", "sqrt"))
    product = [
        Node([SymbolicEdge(0, log), SymbolicEdge(1, log)]),
        Node([SymbolicEdge(2, exp)]),
        Node([SymbolicEdge(0, sqrt)]),
    ]
    X = np.array([[2.0, 3.0], [-2.0, 3.0], [-2.0, -3.0]])
    Y = FormulaGraph(2, product, [3, 4]).evaluate(X)
    assert np.allclose(Y[:, 0], X.prod(axis=1))
    assert np.array_equal(np.isnan(Y[:, 1]), X[:, 0] < 0)
