"""The search for a structure: which sketches there are, and functions of functions."""

import numpy as np
import pytest

from sklearn_kan.symbolic.compositions import compositions
from sklearn_kan.symbolic.edge_fit import degenerate
from sklearn_kan.symbolic.library import get_function, make_library
from sklearn_kan.symbolic.naming import convert
from sklearn_kan.symbolic.refit import error
from sklearn_kan.symbolic.search import Search, flat, joined, repeated, splines_of
from sklearn_kan.symbolic.sketches import from_sketch, splines_of_parts

LIBRARY = [function for function in make_library() if function.name not in ("0", "sgn", "silu")]


def test_flat_sketches():
    assert flat([0]) == [(("+", (0,)), False)]
    assert flat([0, 1]) == [
        (("+", (0, 1)), False),
        (("*", (0, 1)), False),
        (("+", (0, 1)), True),
        (("*", (0, 1)), True),
    ]


def test_joined_parts():
    children = joined([0, 1, 2])
    assert [("*", (0, 2)), 1] in children and [("+", (1, 2)), 0] in children
    assert len(children) == 6
    # A part joined to a sum may become one of its summands.
    assert [("+", (0, 1, 2))] in joined([("+", (0, 1)), 2])


def test_repeated_parts():
    trees = [tree for tree, link in repeated([0, 1]) if not link]
    assert ("*", (("+", (0, 1)), 1)) in trees and len(set(trees)) == 8
    assert {splines_of(tree) for tree in trees} == {4}


def test_a_part_that_comes_twice_is_one_node():
    part = ("+", (1, 2))
    X = np.random.RandomState(0).uniform(-1, 1, (50, 3))
    sketch = ("*", (("+", (part, 0)), part))
    formula = from_sketch(sketch, X, 3, 3, np.random.RandomState(0))
    assert len(formula.nodes) == 4
    known = splines_of_parts(sketch, formula)
    assert list(known) == [part, ("+", (part, 0)), sketch]
    starts = [from_sketch(sketch, X, 3, 3, np.random.RandomState(seed), known=known) for seed in range(6)]
    same = [np.array_equal(start.nodes[0].edges[0].coef, known[part][0].coef) for start in starts]
    assert any(same) and not all(same)


@pytest.mark.parametrize(
    ("curve", "half"),
    [
        (lambda u: 1 / (2 * np.cosh(u)), 2.0),
        (lambda u: np.sinc(1.1 * u / np.pi) ** 2, 6.0),
    ],
)
def test_functions_of_functions(curve, half):
    u = np.random.RandomState(0).uniform(-half, half, 300)
    best = compositions(u, curve(u), LIBRARY)[:5]
    assert min(error(formula, u[:, None], curve(u)[:, None]) for formula in best) < 1e-9


@pytest.mark.parametrize(
    ("name", "a", "b", "expected"),
    [
        ("exp", 1e-3, 0.0, True),
        ("exp", 0.1, 0.0, False),
        ("sin", 0.1, 0.0, True),
        ("tanh", 1e3, 0.0, True),
        ("log", 1.0, 1e3, True),
        ("log", 1.0, 1.1, False),
        ("abs", 1.0, 1.0, True),
        ("abs", 1.0, 0.5, False),
    ],
)
def test_functions_that_are_as_good_as_straight_lines_or_steps(name, a, b, expected):
    assert degenerate(get_function(name), a, b) is expected


def test_a_product_is_found():
    X = np.random.RandomState(0).uniform(0.5, 2, (300, 2))
    y = (X[:, 0] - 1) * np.log(X[:, 1])
    y = ((y - y.mean()) / y.std())[:, None]
    search = Search(X, y, LIBRARY, 10, np.random.RandomState(0)).run()
    assert search.exact
    formula = min(search.found, key=lambda entry: entry[0])[2]
    assert not formula.places() and error(formula, X, y) < 1e-12


def test_conversion_stops_when_told_to():
    X = np.random.RandomState(0).uniform(-1, 1, (100, 2))
    formula = from_sketch(("+", (0, 1)), X, 3, 3, np.random.RandomState(0))
    left = convert(formula, X, X[:, :1] + X[:, 1:] ** 2, LIBRARY, stop=lambda: True)
    assert len(left.places()) == 2
