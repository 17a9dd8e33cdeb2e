"""Splines become functions."""

import numpy as np
from formulas import AUTOMATIC

from sklearn_kan.symbolic.naming import convert
from sklearn_kan.symbolic.refit import error, refit
from sklearn_kan.symbolic.rows import Rows
from sklearn_kan.symbolic.sketches import from_sketch


def test_conversion_stops_when_told_to():
    X = np.random.RandomState(0).uniform(-1, 1, (100, 2))
    formula = from_sketch(("+", (0, 1)), X, 3, 3, np.random.RandomState(0))
    left = convert(formula, Rows(X, X[:, :1] + X[:, 1:] ** 2), AUTOMATIC, stop=lambda: True)
    assert len(left.places()) == 2


def test_splines_that_do_not_matter_become_constants():
    X = np.random.RandomState(0).uniform(0.5, 2, (200, 3))
    for op, truth in (("*", X[:, 0] * X[:, 1] ** 2), ("+", X[:, 0] + X[:, 1] ** 2)):
        rows = Rows(X, truth[:, None])
        formula = refit(from_sketch((op, (0, 1, 2)), X, 4, 5, np.random.RandomState(0)), rows, max_iter=200)
        named = convert(formula, rows, AUTOMATIC)
        assert all(edge.source != 2 for node in named.nodes for edge in node.edges[:3])
        assert error(refit(named, rows, max_iter=100), rows) < 1e-6
