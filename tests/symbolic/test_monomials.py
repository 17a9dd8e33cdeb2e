"""Products within products are one, and an input has one power in it."""

import numpy as np
import pytest
from problems import inputs

from sklearn_kan.symbolic.edges import Constants, SymbolicEdge
from sklearn_kan.symbolic.graph import FormulaGraph, Node
from sklearn_kan.symbolic.library import get_function
from sklearn_kan.symbolic.monomials import with_joined_products
from sklearn_kan.symbolic.notation import to_text


def factor(source, name, c=1.0, **constants):
    """A fixed edge."""
    edge = SymbolicEdge(source, get_function(name), c=c, **constants)
    edge.constants = Constants(edge.constants.values, [False] * 4)
    return edge


def joined(*products):
    """A product of products of powers (source, name, factor), before and after; the source -1 is the product before."""
    nodes = []
    for number, edges in enumerate(products):
        edges = [factor(source if source >= 0 else 2 + number - 1, name, c) for source, name, c in edges]
        nodes.append(Node(edges, product=True))
    graph = FormulaGraph(2, nodes, [2 + len(nodes) - 1])
    return graph, with_joined_products(graph)


@pytest.mark.parametrize(
    ("products", "text"),
    [
        ([[(0, "x^2", 1), (1, "x", 1)], [(-1, "x", 2), (0, "x", 1), (1, "1/x", 3)]], "6*x0^3"),
        ([[(0, "sqrt", 1), (1, "1/x^2", 1)], [(0, "1/sqrt", 4), (-1, "x", 1)]], "4/x1^2"),
        ([[(0, "x^3", 1), (1, "x", 1)], [(-1, "x", 1), (0, "1/x", 1), (0, "exp", 1)]], "x0^2*exp(x0)*x1"),
        ([[(0, "x^5", 1), (1, "x", 1)], [(-1, "x", 1), (0, "x", 1)]], None),
        ([[(0, "x", 1), (1, "x", 1)], [(-1, "sqrt", 1), (0, "x", 1)]], None),
    ],
)
def test_the_function_is_the_same_and_shorter(products, text):
    graph, new = joined(*products)
    X = np.abs(inputs(30)) + 0.1
    assert np.allclose(new.forward(X), graph.forward(X), rtol=1e-13)
    if text is not None:
        assert len(new.nodes) == 1
        assert sorted(to_text(new, ["x0", "x1"])[0]) == sorted(text)


def test_what_is_used_elsewhere_or_is_a_sum_stays():
    shared = Node([factor(0, "x"), factor(1, "x")], product=True)
    total = Node([factor(0, "x"), factor(1, "x")])
    top = Node([factor(2, "x"), factor(2, "exp"), factor(3, "x")], product=True)
    graph = FormulaGraph(2, [shared, total, top], [4])
    new = with_joined_products(graph)
    assert len(new.nodes) == 3
    assert np.allclose(new.forward(inputs(20)), graph.forward(inputs(20)))
