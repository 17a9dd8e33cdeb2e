"""Residuals that say nothing are told from those that say something."""

import numpy as np
import pytest

from sklearn_kan import SymbolicRegressor
from sklearn_kan.symbolic.lack_of_fit import is_noise

N = 800


def judged(rest, seed=0, n_inputs=3, noise=1.0, weight=None):
    """What is said of residuals that are a function of the inputs and noise."""
    rng = np.random.RandomState(seed)
    X = rng.uniform(1, 5, (N, n_inputs))
    share = np.full(N, 1 / N) if weight is None else weight(X.T) / weight(X.T).sum()
    return is_noise(X, rest(X.T) + noise * rng.normal(size=N) / np.sqrt(share * N), share)


def test_noise_is_called_so_about_as_often_as_the_tests_promise():
    assert np.mean([judged(lambda x: 0 * x[0], seed) for seed in range(40)]) > 0.8
    assert np.mean([judged(lambda x: 0 * x[0], seed, weight=lambda x: x[0] ** 3) for seed in range(20)]) > 0.8


@pytest.mark.parametrize(
    "rest",
    [
        lambda x: 0.4 * x[0],
        lambda x: 0.5 * np.cos(3 * x[1]),
        lambda x: 0.4 * (x[0] - 3) * (x[2] - 3),
        lambda x: np.sin(40 * x[2]),
        lambda x: 2 * np.sin(5 * x[0]) * np.sin(5 * x[1]),
    ],
)
def test_what_can_be_told_from_the_inputs_is_no_noise(rest):
    assert not any(judged(rest, seed) for seed in range(5))
    assert not judged(rest, noise=0.0)


def test_few_rows_and_no_residuals_say_nothing():
    assert not is_noise(np.random.RandomState(0).uniform(size=(20, 1)), np.ones(20), np.full(20, 0.05))
    assert not judged(lambda x: 0 * x[0], noise=0.0)


def test_equal_values_of_an_input_come_in_no_order():
    rng = np.random.RandomState(1)
    X, rest, share = rng.randint(0, 3, (N, 2)).astype(float), rng.normal(size=N), np.full(N, 1 / N)
    order = rng.permutation(N)
    assert is_noise(X, rest, share) and is_noise(X[order], rest[order], share)


def test_a_search_on_noisy_rows_ends_with_the_law_when_nothing_but_noise_is_left():
    rng = np.random.RandomState(0)
    X = rng.uniform(1, 5, (500, 3))
    law = X[:, 0] * X[:, 1] / X[:, 2]
    model = SymbolicRegressor(random_state=0).fit(X, law + 0.01 * law.std() * rng.normal(size=500))
    assert model.formula_ == "x0*x1/x2"
    assert len(model.table_) <= 4  # Power laws only: nothing larger has been tried.
