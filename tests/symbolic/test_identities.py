"""Identities that shorten formulas keep their values."""

import numpy as np
import pytest

from sklearn_kan.symbolic.edges import Exact, SymbolicEdge
from sklearn_kan.symbolic.graph import FormulaGraph, Node
from sklearn_kan.symbolic.library import get_function
from sklearn_kan.symbolic.notation import to_text
from sklearn_kan.symbolic.simplify import tidy


def edge(source, name, a=1, b=0, c=1, d=0):
    """An edge with exact constants."""
    new = SymbolicEdge(source, get_function(name))
    for slot, value in enumerate((a, b, c, d)):
        new.constants.fix(slot, value if isinstance(value, Exact) else Exact(value))
    return new


def chain(top, edges, product=True, constant=0):
    """top of a node of two inputs."""
    inner = Node(edges, product=product)
    inner.constants.fix(0, Exact(constant))
    outer = Node([edge(2, top)])
    outer.constants.fix(0, Exact(0))
    return FormulaGraph(2, [inner, outer], [3])


@pytest.mark.parametrize(
    ("graph", "expected"),
    [
        (chain("exp", [edge(0, "log", c=2), edge(1, "log", c=-1)], product=False), "x0^2/x1"),
        (chain("log", [edge(0, "exp", Exact(1, 2)), edge(1, "exp", -3)]), "1/2*x0 - 3*x1"),
        (chain("x^2", [edge(0, "sqrt"), edge(1, "1/sqrt")]), "x0/x1"),
        (chain("x^2", [edge(0, "x", d=3), edge(1, "1/sqrt")]), "(x0 + 3)^2/x1"),
        (chain("x^3", [edge(0, "x", c=-1), edge(1, "1/x")]), "-x0^3/x1^3"),
        (chain("sqrt", [edge(0, "x^2"), edge(1, "x^2")]), "sqrt(x0^2*x1^2)"),
        (chain("x^2", [edge(0, "exp", Exact(1, 2)), edge(1, "exp")]), "exp(x0 + 2*x1)"),
        (chain("x", [edge(0, "exp"), edge(0, "x"), edge(1, "exp", -1)]), "exp(x0 - x1)*x0"),
    ],
)
def test_formulas_become_shorter_and_stay_the_same(graph, expected):
    X = np.random.RandomState(0).uniform(0.5, 2, (20, 2))
    short = tidy(graph)
    assert np.allclose(short.forward(X), graph.forward(X), rtol=1e-13)
    assert to_text(short, ["x0", "x1"]) == [expected]


def test_what_is_used_elsewhere_is_left_alone():
    graph = chain("exp", [edge(0, "log"), edge(1, "log")], product=False)
    graph.outputs = (3, 2)
    X = np.random.RandomState(0).uniform(0.5, 2, (20, 2))
    assert np.array_equal(tidy(graph).forward(X), graph.forward(X))


@pytest.mark.parametrize(
    ("edges", "constant", "expected"),
    [
        ([edge(0, "x"), edge(1, "x", c=0, d=2)], 1, "2*x0 + 1"),
        ([edge(0, "x", c=-1), edge(1, "0", c=0, d=-1)], 1, "x0 + 1"),
        ([edge(0, "x", c=Exact(1, 2)), edge(1, "x", c=4)], 0, "2*x0*x1"),
    ],
)
def test_factors_that_are_numbers_are_joined(edges, constant, expected):
    top = Node([edge(2, "x")])
    top.constants.fix(0, Exact(constant))
    graph = FormulaGraph(2, [Node(edges, product=True), top], [3])
    assert to_text(tidy(graph), ["x0", "x1"]) == [expected]
