"""Known functions are undone where what is left has rank two."""

import numpy as np
import pytest

from sklearn_kan import SymbolicRegressor
from sklearn_kan.symbolic.library import automatic_library
from sklearn_kan.symbolic.linear_forms import constant_form
from sklearn_kan.symbolic.transformations import TRANSFORMATIONS, transformations


def found(f, noise=0.0):
    """Names of what undoes the transformations of a function of inputs 0 and 2."""
    rng = np.random.RandomState(0)

    def value(X):
        return f(X[:, 0], X[:, 2]) + noise * rng.normal(size=len(X))

    X = rng.uniform(1, 3, (100, 3))
    steps = transformations(value, max(noise, 1e-9), X, (0, 2), automatic_library(None))
    return [step.undone_by for step in steps]


@pytest.mark.parametrize("noise", [0.0, 1e-5])
def test_what_makes_rank_two_is_found(noise):
    assert found(lambda u, v: np.sqrt(4 + u**2 - 2 * u * np.cos(2 * v)), noise)[:1] == ["sqrt"]
    assert found(lambda u, v: 1 / (u**2 + np.exp(u) * np.sin(2 * v) + 23), noise)[:1] == ["1/x"]


def test_nothing_is_undone_where_that_does_not_help():
    assert found(lambda u, v: 5 + np.exp(-u) + u * np.cos(v), 1e-5) == []
    assert found(lambda u, v: u - v, 1e-5) == []
    assert found(lambda u, v: np.exp(np.sin(3 * u * v)), 1e-5) == []


@pytest.mark.parametrize("step", TRANSFORMATIONS)
def test_a_lifted_formula_undoes_the_transformation(step):
    y = np.array([2.5])
    formula = step.lift(constant_form(_OneRow, float(step.targets(y)[0])))
    assert np.allclose(formula.forward(np.zeros((1, 1)))[0], y)
    assert formula.n_params == 0 or not formula.nodes[-1].constants.free[0]


class _OneRow:
    """Rows of one input."""

    X = np.zeros((1, 1))


def test_the_cosine_law_is_found():
    X = np.random.RandomState(0).uniform([0.2, 0], [1, 6], (300, 2))
    y = np.sqrt(1 + X[:, 0] ** 2 - 2 * X[:, 0] * np.cos(X[:, 1]))
    model = SymbolicRegressor(random_state=0).fit(X, y)
    assert model.n_splines_ == 0
    assert np.abs(model.predict(X) - y).max() < 1e-9
