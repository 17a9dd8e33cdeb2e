"""Structures, and formulas of splines made of them."""

import numpy as np
from problems import inputs

from sklearn_kan.symbolic.sketches import flat, from_sketch, joined, repeated, splines_of, splines_of_parts


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


def test_sketches_become_formulas_of_splines():
    X = inputs(60)
    graph = from_sketch(("*", (("+", (0, 1)), 0)), X, 3, 3, np.random.RandomState(0), linked=True)
    assert len(graph.places()) == 5
    assert graph.nodes[1].product and not graph.nodes[0].product
    assert graph.forward(X).shape == (60, 1)
