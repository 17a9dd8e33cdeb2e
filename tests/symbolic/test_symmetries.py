"""Symmetries of functions: how many variables there are in truth, and which."""

import numpy as np
import pytest

from sklearn_kan.symbolic.clock import Clock
from sklearn_kan.symbolic.rows import Rows
from sklearn_kan.symbolic.surrogate import fit_surrogate
from sklearn_kan.symbolic.symmetries import reduced_problems, reductions, simple_basis


class Exact:
    """A function with derivatives by central differences."""

    def __init__(self, f):
        self.f = f

    def gradient(self, X):
        steps = 1e-6 * np.eye(X.shape[1])
        return np.stack([(self.f(X + step) - self.f(X - step)) / 2e-6 for step in steps], axis=1)


def best(f, n_inputs, lo=1.0, hi=3.0):
    """The first reduction that is suggested for a function."""
    X = np.random.RandomState(0).uniform(lo, hi, (200, n_inputs))
    found = reductions(Exact(f), X, f(X))
    return found[0] if found else None


def test_differences_are_found():
    found = best(lambda X: np.sqrt((X[:, 0] - X[:, 1]) ** 2 + (X[:, 2] - X[:, 3]) ** 2), 4)
    assert not found.powers
    assert {tuple(np.abs(row)) for row in found.basis} == {(1, 1, 0, 0), (0, 0, 1, 1)}
    assert np.all(found.basis.sum(axis=1) == 0)


def test_columns_that_are_constant_do_not_matter():
    X = np.random.RandomState(0).uniform(1.0, 3.0, (200, 3))
    X[:, 1] = 2.0
    found = reductions(Exact(lambda X: np.cos(X[:, 0] - X[:, 2]) + X[:, 1]), X, np.cos(X[:, 0] - X[:, 2]))[0]
    assert not found.powers and found.basis.tolist() in ([[1, 0, -1]], [[-1, 0, 1]])


def test_groups_without_dimension_are_found():
    found = best(lambda X: X[:, 0] * np.exp(-X[:, 1] * X[:, 2] / X[:, 3]), 4)
    assert found.powers and list(found.factor) == [1, 0, 0, 0]
    assert found.basis.tolist() in ([[0, 1, 1, -1]], [[0, -1, -1, 1]])


def test_a_homogeneous_function_has_one_variable_less():
    found = best(lambda X: (X[:, 0] + X[:, 1]) / (1 + X[:, 0] * X[:, 1] / X[:, 2] ** 2), 3)
    assert found.basis.shape == (2, 3) and found.factor.sum() == 1
    assert np.all(found.basis.sum(axis=1) == 0)


def test_a_function_without_symmetries_has_no_reduction():
    def truth(X):
        return np.sin(2 * X[:, 0]) + np.sin(3 * X[:, 1]) * X[:, 2] + np.cos(2 * X[:, 2] + X[:, 0] * X[:, 1])

    assert best(truth, 3) is None


def test_roots_of_what_changes_its_sign_are_not_taken():
    found = best(lambda X: X[:, 0] * np.cos(X[:, 1] / X[:, 2]), 3, lo=-2.0, hi=2.0)
    assert found is None or np.all(found.basis % 1 == 0)


@pytest.mark.parametrize(
    ("space", "expected"),
    [
        ([[0.5, 1.0, -1.0]], [[1, 2, -2]]),
        ([[1.0, 1.0, 0.0], [1.0, -1.0, 1.0]], 3),
        ([[1.0, 0.3]], None),
    ],
)
def test_simple_bases(space, expected):
    basis = simple_basis(np.array(space))
    if expected is None:
        assert basis is None
    else:
        assert np.linalg.matrix_rank(np.vstack([basis, space])) == len(space)


def test_networks_confirm_reductions():
    X = np.random.RandomState(0).uniform(1, 3, (300, 3))
    y = X[:, 0] * np.tanh(X[:, 1] / X[:, 2])
    rows, rng = Rows(X, y[:, None]), np.random.RandomState(0)
    found = list(reduced_problems(rows, fit_surrogate(rows, rng), rng, Clock(60)))
    _, reduced, network = found[0]
    assert reduced.X.shape == (300, 1)
    assert np.std(network.value(reduced.X) - reduced.Y[:, 0]) < 0.01 * reduced.Y.std()
    ratio, rest = X[:, 1] / X[:, 2], y / X[:, 0]
    order = np.argsort(ratio)
    assert np.allclose(np.sort(reduced.Y[:, 0]), rest[order], atol=1e-12)
