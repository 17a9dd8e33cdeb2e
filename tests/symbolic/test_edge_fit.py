"""Which function a curve is."""

import numpy as np
import pytest
from formulas import CURVES, LIBRARY

from sklearn_kan.symbolic.edge_fit import degenerate, fit_edge
from sklearn_kan.symbolic.library import get_function


def a_and_b(function):
    """Constants for u in [-1, 1] whose arguments stay in the domain."""
    lo, hi = function.domain
    if np.isfinite(lo):
        return (0.6, 0.2) if np.isfinite(hi) else (1.0, 1.2)
    return 1.3, 0.2


@pytest.mark.parametrize("function", CURVES, ids=lambda f: f.name)
def test_edge_fit_finds_the_constants_of_every_function(function):
    u = np.random.RandomState(0).uniform(-1, 1, 300)
    a, b = a_and_b(function)
    fits = fit_edge(u, 2.5 * function.f(a * u + b) - 0.7, LIBRARY)
    itself = next(fit for fit in fits if fit.function is function)
    assert itself.misfit < 1e-20
    assert fits[0].misfit < 1e-15
    again = itself.c * function.f(itself.a * u + itself.b) + itself.d
    assert np.allclose(again, 2.5 * function.f(a * u + b) - 0.7, atol=1e-9)


def test_edge_fit_does_not_depend_on_units():
    u = np.random.RandomState(0).uniform(-1, 1, 300)
    v = np.exp(-(u**2))
    here, there = fit_edge(u, v, LIBRARY)[0], fit_edge(1e5 + 1e3 * u, 1e-6 * v, LIBRARY)[0]
    assert here.function.name == there.function.name == "gaussian"
    assert np.isclose(abs(there.a), 1e-3, rtol=1e-6)


def test_edge_fit_of_a_constant_or_a_single_point_has_no_candidates():
    assert fit_edge(np.linspace(0, 1, 9), np.ones(9), LIBRARY) == []
    assert fit_edge(np.ones(9), np.linspace(0, 1, 9), LIBRARY) == []


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
