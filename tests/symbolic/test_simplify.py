"""The same formula written more simply."""

import numpy as np
from formulas import evaluate
from problems import inputs

from sklearn_kan.symbolic.edges import Exact, SymbolicEdge
from sklearn_kan.symbolic.graph import FormulaGraph, Node
from sklearn_kan.symbolic.library import get_function
from sklearn_kan.symbolic.notation import to_text
from sklearn_kan.symbolic.simplify import flatten, tidy


def test_tidying_keeps_the_function():
    sin, cos, cube, exp = (get_function(name) for name in ("sin", "cos", "x^3", "exp"))
    edges = [SymbolicEdge(0, sin, -2.0, 0.3), SymbolicEdge(1, cube, -1.0, 0.2), SymbolicEdge(0, cos, 1.0)]
    edges[2].constants.fix(1, Exact(-3, 2, True))
    edges[0].constants.fix(2, Exact(-1))
    inner = Node(edges, constant=0.4)
    factors = [SymbolicEdge(2, exp, -1.0, offset=True), SymbolicEdge(1, get_function("x"), c=-1.0, d=0.5, offset=True)]
    factors[1].constants.fix(2, Exact(-1))
    nodes = [inner, Node(factors, product=True), Node([SymbolicEdge(3, get_function("x"), c=2.0)], constant=0.1)]
    nodes.append(Node([SymbolicEdge(4, get_function("x"), c=-3.0), SymbolicEdge(0, sin)], constant=0.2))
    graph, X = FormulaGraph(2, nodes, [5]), inputs(30)
    flat = flatten(graph)
    tidied = tidy(flat)
    assert len(flat.nodes) == 3
    assert np.allclose(flat.forward(X), graph.forward(X), atol=1e-14)
    assert np.allclose(tidied.forward(X), graph.forward(X), atol=1e-14)
    assert np.allclose(evaluate(tidied, X), graph.forward(X), atol=1e-12)
    text = to_text(tidied, ["x0", "x1"])[0]
    assert "pi" not in text and "cos" not in text


def test_functions_of_nothing_are_numbers():
    exp, x = get_function("exp"), get_function("x")
    edges = [SymbolicEdge(0, exp), SymbolicEdge(1, x)]
    edges[0].constants.fix(0, Exact(0))
    edges[0].constants.fix(2, Exact(1))
    product = FormulaGraph(2, [Node(edges, product=True), Node([SymbolicEdge(2, x, c=3.0)])], [3])
    total = FormulaGraph(2, [Node([edge.copy() for edge in edges], constant=0.5)], [2])
    assert to_text(tidy(flatten(product)), ["x0", "x1"]) == ["3*x1"]
    assert to_text(tidy(flatten(total)), ["x0", "x1"]) == ["x1 + 1.5"]


def test_numbers_that_cancel_are_not_written():
    edge = SymbolicEdge(0, get_function("log"), offset=True, d=-0.25)
    edge.constants.fix(1, Exact(0))
    tidied = flatten(FormulaGraph(1, [Node([edge], constant=0.25)], [1]))
    assert tidied.nodes[0].edges[0].constants.values[3] == tidied.nodes[0].constants.values[0] == 0


def test_signs_stand_before_factors_that_are_sums():
    x = get_function("x")
    total = Node([SymbolicEdge(0, x, c=-1.0), SymbolicEdge(1, get_function("cos"), c=-2.0)], constant=-1.0)
    product = Node([SymbolicEdge(0, x), SymbolicEdge(2, x, c=-1.0)], product=True)
    for node in (total, product):
        for edge in node.edges:
            edge.constants.free[:] = False
        node.constants.free[:] = False
    product.edges[1].constants.fix(2, Exact(-1))
    top = Node([SymbolicEdge(3, x)])
    top.constants.free[:] = False
    graph, X = FormulaGraph(2, [total, product, top], [4]), inputs(20)
    tidied = tidy(graph)
    assert np.allclose(tidied.forward(X), graph.forward(X), atol=1e-14)
    assert "-" not in to_text(tidied, ["x0", "x1"])[0]
