"""Functions of functions."""

import numpy as np
import pytest
from formulas import AUTOMATIC

from sklearn_kan.symbolic.compositions import compositions
from sklearn_kan.symbolic.refit import error
from sklearn_kan.symbolic.rows import Rows


@pytest.mark.parametrize(
    ("curve", "half"),
    [
        (lambda u: 1 / (2 * np.cosh(u)), 2.0),
        (lambda u: np.sinc(1.1 * u / np.pi) ** 2, 6.0),
    ],
)
def test_functions_of_functions(curve, half):
    u = np.random.RandomState(0).uniform(-half, half, 300)
    best = compositions(u, curve(u), AUTOMATIC)[:5]
    assert min(error(formula, Rows(u[:, None], curve(u)[:, None])) for formula in best) < 1e-9
