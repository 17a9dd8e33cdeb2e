"""Constants become simple numbers."""

import numpy as np
import pytest
import sympy

from sklearn_kan.symbolic.edges import Exact, SymbolicEdge
from sklearn_kan.symbolic.graph import FormulaGraph, Node
from sklearn_kan.symbolic.library import get_function
from sklearn_kan.symbolic.notation import to_sympy
from sklearn_kan.symbolic.refit import refit
from sklearn_kan.symbolic.rows import Rows
from sklearn_kan.symbolic.simple_constants import simple_numbers, snap


@pytest.mark.parametrize(
    ("value", "spread", "expected"),
    [
        (1.0 + 1e-9, 1e-9, "1"),
        (-0.5 + 1e-9, 1e-9, "-1/2"),
        (np.pi, 1e-9, "pi"),
        (-2 * np.pi / 3, 1e-9, "-2*pi/3"),
        (0.75, 1e-3, "3/4"),
    ],
)
def test_simple_numbers(value, spread, expected):
    assert str(simple_numbers(value, spread)[0]) == expected


def test_accidents_are_not_simple_numbers():
    assert simple_numbers(0.737373, 1e-6) == []
    assert simple_numbers(1.02, 0.1) == []
    assert float(Exact(2, 3, True)) == 2 * np.pi / 3


def test_snapping_keeps_the_function_and_finds_the_constants():
    X = np.random.RandomState(0).uniform(0.2, 2, (200, 2))
    y = 2 * X[:, :1] * (1 / X[:, 1:] - 1)
    factors = Node(
        [
            SymbolicEdge(0, get_function("x"), c=2.677, d=1e-12, offset=True),
            SymbolicEdge(1, get_function("1/x"), 1.0, 1e-13, 0.797, -0.797, offset=True),
        ],
        product=True,
    )
    top = Node([SymbolicEdge(2, get_function("x"), c=2 / 2.677 / 0.797)], constant=1e-14)
    snapped = snap(FormulaGraph(2, [factors, top], [3]), Rows(X, y))
    assert snapped.n_params == 0
    assert np.allclose(snapped.forward(X), y, atol=1e-13)
    x0, x1 = sympy.symbols("x0 x1")
    assert sympy.simplify(to_sympy(snapped, ["x0", "x1"])[0] - 2 * x0 * (1 / x1 - 1)) == 0


def test_snapping_respects_noise():
    rng = np.random.RandomState(0)
    X = rng.uniform(-1, 1, (400, 1))
    y = 1.02 * X + 0.01 * rng.normal(size=X.shape)
    rows = Rows(X, y)
    top = Node([SymbolicEdge(0, get_function("x"), c=1.02)], constant=0.0)
    snapped = snap(refit(FormulaGraph(1, [top], [1]), rows), rows)
    assert abs(snapped.nodes[0].edges[0].constants.values[2] - 1.02) < 0.003
    assert snapped.nodes[0].constants.values[0] == 0.0
