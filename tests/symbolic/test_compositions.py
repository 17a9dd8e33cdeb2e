"""Functions of functions, and products of functions."""

import numpy as np
import pytest
from formulas import AUTOMATIC

from sklearn_kan.symbolic.compositions import compositions, functions, powers_of_compositions, products, sums
from sklearn_kan.symbolic.refit import error, refit
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


@pytest.mark.parametrize(
    ("find", "curve", "lo", "hi"),
    [
        (functions, lambda u: 2 * np.sin(3 * u + 1) - 4, -1, 1),
        (sums, lambda u: u + 1 / u, 0.2, 5),
        (sums, lambda u: np.sin(3 * u) - u**2 / 2 + 1, -1, 1),
        (sums, lambda u: u**3 - 2 * u**2 + u, -1, 2),
        (products, lambda u: 0.5 * np.sin(4 * u) * np.exp(-u - 1), -1, 1),
        (products, lambda u: u * np.sin(5 * u), -1, 1),
        (products, lambda u: np.log(u) / u, 0.5, 4),
        (compositions, lambda u: np.sqrt((1 + u) / (1 - u)), 0, 0.8),
        (compositions, lambda u: 1 / np.sqrt(1 - u**2), 0.1, 0.67),
        (compositions, lambda u: np.exp(2 / u) - 1, 0.5, 4),
        (powers_of_compositions, lambda u: u**3 / (np.exp(u) - 1), 0.1, 3),
        (powers_of_compositions, lambda u: u / np.sqrt(1 - u**2), 0.1, 0.8),
    ],
)
def test_curves_are_found_exactly(find, curve, lo, hi):
    u = np.random.RandomState(0).uniform(lo, hi, 200)
    rows, found = Rows(u[:, None], curve(u)[:, None]), find(u, curve(u), AUTOMATIC, 1e-6)[:6]
    assert min(error(refit(formula, rows), rows) for formula in found) < 1e-8
    assert all(formula.n_inputs == 1 and len(formula.outputs) == 1 for formula in found)


@pytest.mark.parametrize("find", [functions, products, sums, compositions, powers_of_compositions])
def test_constant_curves_have_no_formulas_of_functions(find):
    assert find(np.linspace(1, 2, 50), np.ones(50), AUTOMATIC) == []
