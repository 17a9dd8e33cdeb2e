"""Which rows are set aside: a part of the weight, the same one however the table is written."""

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from sklearn_kan.training.early_stopping import split_rows


def rows(n=50, seed=0):
    return np.random.RandomState(seed).uniform(size=(n, 2))


def split(X, weight=None, fraction=0.2, seed=0):
    return split_rows(X, weight, fraction, np.random.RandomState(seed))


@pytest.mark.parametrize("fraction, expected", [(0.1, 5), (0.2, 10), (0.21, 11), (0.5, 25), (0.9, 45)])
def test_fraction_of_equal_rows_rounded_up(fraction, expected):
    aside = split(rows(50), fraction=fraction)
    assert aside.dtype == bool and aside.shape == (50,)
    assert aside.sum() == expected


@pytest.mark.parametrize("seed", range(5))
def test_fraction_of_weight_is_reached_and_no_row_more(seed):
    X, weight = rows(40, seed), np.random.RandomState(seed).uniform(0.1, 2, 40)
    part = weight[split(X, weight, 0.3, seed)].sum() / weight.sum()
    assert 0.3 - 1e-9 <= part < 0.3 + weight.max() / weight.sum()


@pytest.mark.parametrize("scale", [1e-6, 3.0, 1e6])
def test_only_ratios_of_weights_matter(scale):
    X, weight = rows(), np.random.RandomState(1).uniform(0.1, 2, 50)
    assert_array_equal(split(X, weight), split(X, scale * weight))
    assert_array_equal(split(X), split(X, np.full(50, scale)))


def test_seeds_choose_other_rows():
    assert_array_equal(split(rows(), seed=3), split(rows(), seed=3))
    assert np.any(split(rows(), seed=3) != split(rows(), seed=4))


@pytest.mark.parametrize("seed", range(5))
def test_equal_rows_stay_together(seed):
    distinct = rows(10)
    group = np.random.RandomState(seed).randint(10, size=60)
    aside = split(distinct[group], fraction=0.4, seed=seed)
    for g in range(10):
        assert len(set(aside[group == g])) <= 1
    assert 0 < aside.sum() < 60


@pytest.mark.parametrize("seed", range(5))
def test_weights_are_repetition(seed):
    X, counts = rows(30, seed), np.random.RandomState(seed).randint(1, 5, 30)
    weighted = split(X, counts.astype(float), 0.3, seed)
    repeated = split(np.repeat(X, counts, axis=0), None, 0.3, seed)
    assert_array_equal(np.repeat(weighted, counts), repeated)


@pytest.mark.parametrize("seed", range(5))
def test_row_order_does_not_matter(seed):
    X, weight = rows(30), np.random.RandomState(1).uniform(0.1, 2, 30)
    order = np.random.RandomState(seed).permutation(30)
    assert_array_equal(split(X[order], weight[order]), split(X, weight)[order])


@pytest.mark.parametrize("fraction", [0.01, 0.5, 0.99])
@pytest.mark.parametrize("n", [3, 4])
def test_two_distinct_rows_are_left_and_one_is_taken(n, fraction):
    aside = split(rows(n), fraction=fraction)
    assert aside.sum() >= 1 and (~aside).sum() >= 2


@pytest.mark.parametrize("distinct", [1, 2])
def test_too_few_distinct_rows_are_refused(distinct):
    X = np.repeat(rows(distinct), 10, axis=0)
    with pytest.raises(ValueError, match=f"at least 3 distinct rows of X.*got {distinct}"):
        split(X)
