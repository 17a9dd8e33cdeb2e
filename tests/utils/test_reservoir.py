"""A sample of a stream: in proportion to weights, whatever the order and the batches."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from sklearn_kan.utils.data import TrainingData
from sklearn_kan.utils.reservoir import Reservoir, interleave, join, without


def numbered(n, weight=None, start=0):
    X = np.arange(start, start + n, dtype=float)[:, None]
    return TrainingData(X, 10 * X, weight)


def kept(size, parts, seed=0):
    reservoir = Reservoir(size, np.random.RandomState(seed))
    for part in parts:
        reservoir.add(part)
    return reservoir


def test_nothing_is_left_out_while_there_is_room():
    reservoir = kept(10, [numbered(4), numbered(3, start=4)])
    assert Reservoir(10, np.random.RandomState(0)).rows() is None
    assert_array_equal(reservoir.rows().X[:, 0], np.arange(7))
    assert_array_equal(reservoir.rows().Y, 10 * reservoir.rows().X)
    assert reservoir.total_weight == 7 and reservoir.rows().total_weight == pytest.approx(7)


def test_batches_do_not_matter():
    whole = kept(20, [numbered(100)])
    parts = kept(20, [numbered(1), numbered(60, start=1), numbered(39, start=61)])
    assert_array_equal(whole.rows().X, parts.rows().X)


def test_early_and_late_rows_are_kept_as_often():
    """Each of 60 rows in a sample of 15 with probability 1/4: 400 samples, five standard deviations."""
    counts = np.zeros(60)
    for seed in range(400):
        reservoir = kept(15, [numbered(20), numbered(40, start=20)], seed)
        counts[reservoir.rows().X[:, 0].astype(int)] += 1
    assert np.abs(counts / 400 - 0.25).max() < 5 * np.sqrt(0.25 * 0.75 / 400)


def test_the_first_draw_goes_by_weight():
    """A sample of one row: row i with probability w_i / sum w."""
    weight, counts = np.array([1.0, 2.0, 5.0]), np.zeros(3)
    for seed in range(2000):
        counts[int(kept(1, [numbered(3, weight)], seed).rows().X[0, 0])] += 1
    expected = weight / 8
    assert (np.abs(counts / 2000 - expected) < 5 * np.sqrt(expected * (1 - expected) / 2000)).all()


def test_tables_are_joined_mixed_and_told_apart():
    first, second = numbered(4), numbered(2, np.array([3.0, 1.0]), start=4)
    assert_array_equal(join(first, second).sample_weight, [1, 1, 1, 1, 3, 1])
    mixed = interleave(first, second)
    assert_array_equal(mixed.X[:, 0], [0, 4, 1, 2, 5, 3])
    assert_allclose(mixed.sample_weight, [1, 3, 1, 1, 1, 1])
    assert_array_equal(without(join(first, second), numbered(3, start=2)).X[:, 0], [0, 1, 5])
    other_target = TrainingData(first.X, first.Y + 1)
    assert len(without(first, other_target).X) == 4
