"""Rows and their weights: what counts as an observation, and sums over blocks."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from sklearn_kan.utils.data import TrainingData, observations, row_slices


@pytest.mark.parametrize("weight", [[1.0, 2.0, 0.0, 5.0], [20.0] * 4, [0.0, 0.0, 3.0], [1000.0, 1000.0], [1.0]])
def test_whole_numbers_are_repetitions(weight):
    weight = np.array(weight)
    kept, unit = observations(weight)
    assert kept is weight and unit == 1.0


@pytest.mark.parametrize(
    "weight",
    [
        np.full(5, 1 / 5),  # boosting
        [0.5, 0.0, 1.0],
        [1e6, 4e6],  # 1 / 0.001^2 and 1 / 0.0005^2
        [2000.0] * 3,
        [1e-300, 2e-300],
        [1e308, 1.5e308, 1e308],
        [1e-320, 1e-320],
        [2.0, 2.0, 0.1],
    ],
    ids=str,
)
def test_all_others_are_relative(weight):
    weight = np.array(weight)
    kept, unit = observations(weight)
    positive = weight > 0
    assert_allclose(kept.sum(), positive.sum(), rtol=1e-12)
    assert_allclose(kept[positive] / kept.max(), weight[positive] / weight.max(), rtol=1e-3)
    assert_array_equal(kept > 0, positive)
    if 1e-300 < weight.max() < 1e300:
        assert_allclose(kept, unit * weight, rtol=1e-12)


def test_no_weights_are_equal_weights():
    assert observations(None) == (None, 1.0)
    data = TrainingData.observed(np.zeros((7, 2)), np.zeros((7, 1)), None)
    assert data.total_weight == 7
    assert_array_equal(data.shares, np.full(7, 1 / 7))


def test_parts_keep_what_a_weight_is():
    rng = np.random.RandomState(0)
    data = TrainingData.observed(rng.normal(size=(9, 2)), rng.normal(size=(9, 1)), rng.uniform(1, 2, 9))
    assert_allclose(data.total_weight, 9)
    part = data.take(np.arange(4)).with_targets(np.ones((4, 1)))
    assert part.weight_unit == data.weight_unit
    assert_array_equal(part.sample_weight, data.sample_weight[:4])
    assert len(data.sample(5).X) == 5
    assert_array_equal(data.sample(5).X, data.sample(5).X)


def test_slices_make_up_all_rows():
    for n, step in [(10, 3), (9, 3), (1, 5), (0, 2)]:
        assert_array_equal(np.concatenate([np.arange(n)[rows] for rows in row_slices(n, step)] or [[]]), np.arange(n))


@pytest.mark.parametrize("step", [1, 7, 100, 1000])
def test_sums_over_blocks_are_sums_over_rows(step):
    rng = np.random.RandomState(0)
    data = TrainingData(rng.normal(size=(200, 3)), rng.normal(size=(200, 2)), rng.uniform(size=200))

    def sums(blocks):
        count, total = 0, np.zeros((3, 2))
        for block in blocks:
            assert_array_equal(block.x.T, data.X[block.start : block.start + block.x.shape[1]])
            count, total = count + block.x.shape[1], total + (block.x * block.share) @ block.y.T
        return count, total

    for n_bytes in (0, 2**27, 2**40):
        count, total = data.sum_over_blocks(sums, step, n_bytes)
        assert count == 200
        assert_allclose(total, (data.X.T * data.sample_weight / data.sample_weight.sum()) @ data.Y, rtol=1e-12)


def test_rows_of_weight_zero_are_no_rows():
    data = TrainingData(np.arange(4.0)[:, None], np.zeros((4, 1)), np.array([0.0, 1.0, 0.0, 2.0]))
    assert_array_equal(data.weighted_only(2).X[:, 0], [1.0, 3.0])
    with pytest.raises(ValueError, match="at least 3 rows of positive weight; got n_samples=2"):
        data.weighted_only(3)


def test_tables_that_say_the_same_become_one():
    rng = np.random.RandomState(0)
    X, Y, k = (
        rng.randint(3, size=(30, 2)).astype(float),
        rng.randint(2, size=(30, 1)).astype(float),
        rng.randint(4, size=30),
    )
    repeated = np.repeat(np.arange(30), k)[rng.permutation(k.sum())]
    weighted = TrainingData(X, Y, k.astype(float)).weighted_only(1).condensed(100)
    other = TrainingData(X[repeated], Y[repeated]).condensed(100)
    assert_array_equal(weighted.X, other.X)
    assert_array_equal(weighted.Y, other.Y)
    assert_array_equal(weighted.sample_weight, other.sample_weight)
    assert weighted.total_weight == k.sum()
    distinct = TrainingData(np.arange(4.0)[::-1, None], np.ones((4, 1)))
    assert distinct.condensed(4).sample_weight is None
    assert_array_equal(distinct.condensed(4).X[:, 0], np.arange(4.0))
    assert distinct.condensed(3) is distinct
