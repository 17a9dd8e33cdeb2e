"""Formulas in writing."""

import numpy as np
import pytest
import sympy
from formulas import evaluate, mixed_graph
from problems import inputs
from scipy.interpolate import PPoly

from sklearn_kan.symbolic.criterion import complexity
from sklearn_kan.symbolic.edges import Exact, SymbolicEdge
from sklearn_kan.symbolic.graph import FormulaGraph, Node
from sklearn_kan.symbolic.library import get_function
from sklearn_kan.symbolic.notation import polynomials, to_latex, to_sympy, to_text


@pytest.mark.parametrize("spread", [2.0, 3.0])
def test_sympy_is_the_same_function_inside_and_outside_the_grids(spread):
    graph, X = mixed_graph(), inputs(40, spread=spread)
    at = dict(zip(sympy.symbols("x0 x1"), X[0], strict=True))
    assert np.isclose(float(to_sympy(graph, ["x0", "x1"])[0].evalf(subs=at)), graph.forward(X[:1])[0, 0])
    assert np.allclose(evaluate(graph, X), graph.forward(X), rtol=1e-10, atol=1e-10)


def test_splines_are_polynomials_and_straight_lines():
    spline = mixed_graph().nodes[0].edges[1]
    coef, knots = polynomials(spline)
    u = np.linspace(-2, 2, 31)
    assert np.allclose(PPoly(coef, knots)(u), spline.value(u), atol=1e-13)
    assert np.allclose(np.diff(spline.value(np.linspace(2, 9, 5)), 2), 0, atol=1e-12)


def test_text_and_complexity():
    edge = SymbolicEdge(0, get_function("sin"))
    edge.constants.fix(0, Exact(1, 1, True))
    graph = FormulaGraph(2, [Node([edge, SymbolicEdge(1, get_function("x^2"), c=-2.5)], constant=1.5)], [2])
    assert to_text(graph, ["speed", "x"]) == ["sin(pi*speed) - 2.5*x^2 + 1.5"]
    # sin, pi and its sign, speed, +, 2.5 and its sign, square, x, + and 1.5.
    assert complexity(graph) == 1 + 2 + 1 + 1 + 2 + 1 + 1 + 2


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["alpha", "x_1"], r"\alpha + x_{1}"),
        (["pi", "e"], r"\text{pi} + \text{e}"),
        (["x1", "x_1"], r"\text{x1} + \text{x\_1}"),
        (["50%", "cost ($)"], r"\text{50\%} + \text{cost (\$)}"),
        ([r"\input{/etc/passwd}", "a}b{c"], r"\text{\textbackslash{}input\{/etc/passwd\}} + \text{a\}b\{c}"),
        (["a^b", "~#&"], r"\text{a\textasciicircum{}b} + \text{\textasciitilde{}\#\&}"),
    ],
)
def test_names_in_latex_are_no_commands(names, expected):
    text = to_latex(sympy.Symbol(names[0]) + sympy.Symbol(names[1]), names)
    assert sorted(text.split(" + ")) == sorted(expected.split(" + "))
