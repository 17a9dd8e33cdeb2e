"""Splines become functions."""

import numpy as np
from formulas import AUTOMATIC

from sklearn_kan.symbolic.naming import convert
from sklearn_kan.symbolic.sketches import from_sketch


def test_conversion_stops_when_told_to():
    X = np.random.RandomState(0).uniform(-1, 1, (100, 2))
    formula = from_sketch(("+", (0, 1)), X, 3, 3, np.random.RandomState(0))
    left = convert(formula, X, X[:, :1] + X[:, 1:] ** 2, AUTOMATIC, stop=lambda: True)
    assert len(left.places()) == 2
