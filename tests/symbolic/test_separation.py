"""Sums and products of parts are told by mixed differences, and put together again."""

import numpy as np
import pytest
from formulas import AUTOMATIC

from sklearn_kan.symbolic.linear_forms import power_laws
from sklearn_kan.symbolic.refit import error, refit
from sklearn_kan.symbolic.rows import Rows
from sklearn_kan.symbolic.separation import Split, splits


def found(f, n_inputs, noise=0.0, inputs=None):
    """Splits of a function whose values have an error."""
    rng = np.random.RandomState(0)
    X = rng.uniform(1, 2, (300, n_inputs))

    def value(X):
        return f(X.T) + noise * rng.normal(size=len(X))

    return splits(value, max(noise, 1e-9), X, list(range(n_inputs)) if inputs is None else inputs, rng)


SUM = Split(False, 0.0, ((0, 2), (1,), (3, 4)))


@pytest.mark.parametrize("noise", [0.0, 1e-2])
def test_summands_of_different_inputs_are_told(noise):
    def f(x):
        return x[0] * x[2] + np.sin(x[1]) + np.sqrt(x[3] ** 2 + x[4] ** 4)

    assert found(f, 5, noise)[0] == SUM
    assert found(lambda x: 3 + f(x), 6, noise, inputs=[0, 1, 2, 3, 4])[0] == SUM


@pytest.mark.parametrize("constant", [0.0, 5.0, -20.0])
@pytest.mark.parametrize("noise", [0.0, 1e-3])
def test_factors_of_different_inputs_are_told_whatever_is_added(constant, noise):
    (split,) = found(lambda x: constant + (x[0] + x[1]) * np.exp(x[2] * x[3] - 1), 4, noise)
    assert split.product and split.parts == ((0, 1), (2, 3))
    assert split.constant == pytest.approx(constant, abs=1e-6 + 5 * noise)


def test_what_has_no_parts_is_not_split_and_sketches_take_few_single_inputs():
    assert found(lambda x: np.exp(x[0] * x[1] + x[2]) + x[1] * x[2], 3) == []
    assert found(lambda x: np.sqrt(x[0] ** 2 + x[1] ** 2 + x[2]), 3) == []
    assert found(lambda x: x[0] + np.sin(x[1]) - x[2] ** 2, 3) == []
    assert found(lambda x: x[0] + np.sin(x[1]) - x[2] ** 2 + x[3], 4)[0] == Split(False, 0.0, ((0,), (1,), (2,), (3,)))


@pytest.mark.parametrize("split", [Split(False, 0.0, ((0,), (1, 2))), Split(True, 7.0, ((0,), (1, 2)))])
def test_parts_are_known_up_to_a_constant_or_a_factor(split):
    X = np.random.RandomState(0).uniform(-1, 2, (200, 3))

    def g(X):
        return np.sin(3 * X[:, 0])

    def h(X):
        return X[:, 1] * X[:, 2] + 2

    def f(X):
        return 7 + g(X) * h(X) if split.product else g(X) + h(X)

    for part, truth in zip(split.parts, (g(X), h(X)), strict=True):
        targets, miss = split.targets(f, X, part, np.random.RandomState(1))
        assert miss < 1e-12
        design = truth[:, None] if split.product else np.column_stack([truth, np.ones(200)])
        assert np.abs(design @ np.linalg.lstsq(design, targets, rcond=None)[0] - targets).max() < 1e-12


def test_what_is_no_sum_misses_by_the_interaction():
    X = np.random.RandomState(0).uniform(-1, 1, (200, 2))
    split = Split(False, 0.0, ((0,), (1,)))
    assert split.targets(lambda X: X[:, 0] * X[:, 1], X, (0,), np.random.RandomState(1))[1] > 0.1


@pytest.mark.parametrize("product", [False, True])
def test_formulas_of_parts_are_one_formula(product):
    X = np.random.RandomState(0).uniform(1, 3, (100, 4))
    a, b = X[:, 0] * X[:, 1], X[:, 2] / X[:, 3]
    y = 4 + a * b if product else 2 * a - 3 * b
    graphs = [power_laws(Rows(X, part[:, None]), 0.0, 1.0, AUTOMATIC)[-1] for part in (a, b)]
    graph = Split(product, 3.0 if product else 0.0, ((0, 1), (2, 3))).joined(graphs)
    rows = Rows(X, y[:, None])
    assert error(refit(graph, rows), rows) < 1e-9
