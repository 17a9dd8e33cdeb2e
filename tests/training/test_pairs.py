"""Which pairs of features gain: against functions whose interactions are known, and what must not matter."""

import numpy as np
import pytest

from sklearn_kan.training.pairs import pairs_and_singles
from sklearn_kan.utils.data import TrainingData


def data(n=600, d=9, noise=0.3, seed=0, **options):
    rng = np.random.RandomState(seed)
    X = rng.uniform(-1, 1, (n, d))
    y = 3 * X[:, 0] + X[:, 1] * X[:, 4] + np.abs(X[:, 2] + X[:, 7]) + noise * rng.normal(size=n)
    return TrainingData(X, y[:, None], **options)


def test_true_pairs_come_first():
    groups = pairs_and_singles(data())
    assert set(groups[:2]) == {(1, 4), (2, 7)}
    assert len([group for group in groups if len(group) == 2]) == 28
    assert set(range(9)) == {i for group in groups for i in group}


def test_few_observations_bear_few_pairs():
    pairs = [group for group in pairs_and_singles(data(100)) if len(group) == 2]
    assert len(pairs) == 5 and (1, 4) in pairs
    assert len(pairs_and_singles(data(2))) == 8


def test_weights_are_repetitions_and_neither_rows_nor_units_matter():
    table = data(200)
    weight = np.random.RandomState(1).randint(1, 4, 200).astype(float)
    expected = pairs_and_singles(TrainingData(table.X, table.Y, weight))
    repeated = np.repeat(np.arange(200), weight.astype(int))
    assert pairs_and_singles(TrainingData(table.X[repeated], table.Y[repeated])) == expected
    order = np.random.RandomState(2).permutation(200)
    assert pairs_and_singles(TrainingData(table.X[order], 1e6 * table.Y[order] - 5, weight[order])) == expected
    assert pairs_and_singles(TrainingData(1e-5 * table.X + 3, table.Y, weight)) == expected


def test_columns_may_change_places():
    table, order = data(), np.random.RandomState(3).permutation(9)
    moved = pairs_and_singles(TrainingData(table.X[:, order], table.Y))
    assert [tuple(sorted(order[list(group)])) for group in moved] == list(pairs_and_singles(table))


@pytest.mark.parametrize("constant", [0, 3])
def test_constant_columns_stand_alone(constant):
    X = np.random.RandomState(0).uniform(-1, 1, (200, 4 + constant))
    X[:, :constant] = 1.0
    y = X[:, -1] * X[:, -2]
    groups = pairs_and_singles(TrainingData(X, np.column_stack([y, y])))
    assert all((i,) in groups for i in range(constant))
    assert groups[0] == (2 + constant, 3 + constant)


def test_a_table_of_constants_has_no_pairs():
    table = TrainingData(np.ones((5, 3)), np.arange(5.0)[:, None])
    assert sorted(pairs_and_singles(table)) == [(0,), (1,), (2,)]
