"""The search for a structure."""

import numpy as np
from formulas import AUTOMATIC

from sklearn_kan.symbolic.clock import Clock
from sklearn_kan.symbolic.refit import error
from sklearn_kan.symbolic.rows import Rows
from sklearn_kan.symbolic.search import Search


def test_a_product_is_found():
    X = np.random.RandomState(0).uniform(0.5, 2, (300, 2))
    y = (X[:, 0] - 1) * np.log(X[:, 1])
    y = ((y - y.mean()) / y.std())[:, None]
    search = Search(Rows(X, y), AUTOMATIC, Clock(10), np.random.RandomState(0)).run()
    assert search.exact
    formula = min(search.found, key=lambda entry: entry[0])[2]
    assert not formula.places() and error(formula, Rows(X, y)) < 1e-12
