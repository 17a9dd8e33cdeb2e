"""Problems in fewer variables, and their formulas in the old ones."""

import numpy as np
import pytest

from sklearn_kan.symbolic.edges import SymbolicEdge
from sklearn_kan.symbolic.graph import FormulaGraph, Node
from sklearn_kan.symbolic.library import get_function
from sklearn_kan.symbolic.reduction import Reduction, monomial
from sklearn_kan.symbolic.rows import Rows

INNER = FormulaGraph(2, [Node([SymbolicEdge(0, get_function("sin"), 2.0), SymbolicEdge(1, get_function("x^2"))])], [2])


@pytest.mark.parametrize(
    ("powers", "basis", "factor", "lo"),
    [
        (True, [[1, -2, 0], [0, 0.5, 1]], [0, 0, -1], 0.5),
        (True, [[1, -2, 0], [0, 0, 1]], [0, 0, 0], 0.5),
        (True, [[1, -1, 0], [0, -3, 2]], [1, 1, 0], -2.0),
        (False, [[1, -1, 0], [0, 0.5, 2]], [0, 0, 0], -2.0),
    ],
)
def test_formulas_of_new_variables_are_lifted_to_the_old_ones(powers, basis, factor, lo):
    X = np.random.RandomState(0).uniform(lo, lo + 1, (30, 3))
    reduction = Reduction(powers, np.array(basis, dtype=float), np.array(factor, dtype=float))
    expected = reduction.size(X) * INNER.forward(reduction.columns(X))[:, 0]
    assert np.allclose(reduction.lift(INNER, X).forward(X)[:, 0], expected, rtol=1e-12)


def test_what_is_left_has_the_factor_divided_out():
    X = np.random.RandomState(0).uniform(0.5, 2, (30, 2))
    rows = Rows(X, 3 * X[:, :1] ** 2 * np.sin(X[:, :1] / X[:, 1:]), np.arange(30.0))
    left = Reduction(True, np.array([[1.0, -1.0]]), np.array([2.0, 0.0])).apply(rows)
    assert np.allclose(left.Y, 3 * np.sin(left.X)) and left.sample_weight is rows.sample_weight


def test_what_is_not_finite_is_no_problem():
    rows = Rows(np.zeros((9, 2)), np.ones((9, 1)))
    assert Reduction(True, np.array([[1.0, -1.0]]), np.zeros(2)).apply(rows) is None


def test_monomials():
    X = np.array([[2.0, -3.0, 4.0]])
    assert np.allclose(monomial(X, np.array([1.0, -2.0, 0.5])), 2 / 9 * 2)
    assert np.array_equal(monomial(X, np.zeros(3)), [1.0])
