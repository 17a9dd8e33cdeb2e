"""A part of the rows that stands for all: by weight, and whatever the order of the rows and its patterns are."""

import itertools

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from sklearn_kan.utils.data import TrainingData
from sklearn_kan.utils.sampling import distinct_rows, sampled_rows, some_distinct_rows

RNG = np.random.RandomState(0)
ROWS = RNG.randint(0, 6, (300, 3)).astype(float)
WEIGHT = RNG.randint(0, 5, 300).astype(float)


def test_distinct_rows_have_the_weight_of_all_like_them():
    first, total = distinct_rows(ROWS, WEIGHT)
    expected = np.unique(ROWS, axis=0)
    weights = np.array([WEIGHT[(row == ROWS).all(axis=1)].sum() for row in expected])
    assert_array_equal(ROWS[first], expected[weights > 0])
    assert_array_equal(total, weights[weights > 0])


def test_neither_order_nor_repetition_matters():
    order, repeated = RNG.permutation(300), np.repeat(ROWS, WEIGHT.astype(int), axis=0)
    expected = ROWS[sampled_rows(ROWS, WEIGHT, 50)]
    assert_array_equal(ROWS[order][sampled_rows(ROWS[order], WEIGHT[order], 50)], expected)
    kept = WEIGHT > 0
    assert_array_equal(ROWS[kept][sampled_rows(ROWS[kept], WEIGHT[kept], 50)], expected)
    assert_array_equal(repeated[sampled_rows(repeated, None, 50)], expected)


def test_every_row_is_taken_in_proportion_to_its_weight():
    first, total = distinct_rows(ROWS, WEIGHT)
    counts = np.bincount(sampled_rows(ROWS, WEIGHT, 1000), minlength=300)[first]
    assert np.all(np.abs(counts - 1000 * total / total.sum()) < 1)


def test_columns_of_a_design_vary_in_its_sample_as_in_the_whole():
    """In a full factorial design every k-th row has the same value in all columns of a shorter period."""
    design = np.array(list(itertools.product([-1.0, 1.0], repeat=11)))
    assert np.abs(design[sampled_rows(design, None, 512)].mean(axis=0)).max() < 4 / np.sqrt(512)


def test_a_sample_of_data_is_drawn_by_weight_and_counts_as_part_of_the_observations():
    rng = np.random.RandomState(0)
    X, Y = rng.uniform(size=(3000, 2)), rng.uniform(size=(3000, 1))
    weight = np.where(np.arange(3000) < 30, 1000.0, 1e-3)
    part = TrainingData.observed(X, Y, weight).sample(1000)
    assert set(map(tuple, part.X)) <= set(map(tuple, X[:30])) and len(part.X) == 30
    assert_allclose(part.total_weight, 1000)
    plain = TrainingData.observed(X, Y, None)
    assert plain.sample(1000).sample_weight is None and len(np.unique(plain.sample(1000).X, axis=0)) == 1000
    assert plain.sample(3000) is plain


def test_a_sample_of_weighted_data_is_that_of_repeated_rows():
    rng = np.random.RandomState(0)
    X, Y, weight = rng.uniform(size=(500, 2)), rng.uniform(size=(500, 1)), rng.randint(1, 4, 500)
    part = TrainingData.observed(X, Y, weight.astype(float)).sample(100)
    again = TrainingData.observed(np.repeat(X, weight, axis=0), np.repeat(Y, weight, axis=0), None).sample(100)
    assert_array_equal(part.X, again.X)
    assert_allclose(part.sample_weight, again.sample_weight, rtol=1e-12)


def ends(values):
    return np.stack([values.min(axis=0), values.max(axis=0)])


def kinds(values, weight, most, of=None):
    """Some distinct rows with their weights as one more column."""
    first, total = some_distinct_rows(values, weight, ends(values if of is None else of), most)
    return np.column_stack([values[first], total])


def test_some_distinct_rows_follow_from_those_of_pieces():
    """Rows lie in any order in any pieces, like ones in several of them."""
    expected = kinds(ROWS, WEIGHT, 40)
    assert len(expected) == 40
    order = RNG.permutation(300)
    pieces = [kinds(ROWS[part], WEIGHT[part], 40, of=ROWS) for part in np.split(order, [50, 51, 250])]
    merged = np.concatenate(pieces)
    assert_array_equal(kinds(merged[:, :3], merged[:, 3], 40, of=ROWS), expected)
    assert_array_equal(kinds(np.repeat(ROWS, WEIGHT.astype(int), axis=0), None, 40), expected)


def test_some_distinct_rows_are_the_same_in_other_units():
    values = np.column_stack([ROWS, RNG.standard_cauchy(300), RNG.lognormal(sigma=5, size=300)])
    other = values * [1.8, 0.3, 1e6, 1e-7, 60] + [32, 0, 1e3, 1e-7, 5]
    expected, found = (some_distinct_rows(v, WEIGHT, ends(v), 40) for v in (values, other))
    assert_array_equal(np.sort(found[0]), np.sort(expected[0]))


GRID = np.array(list(itertools.product(range(12), repeat=4)), dtype=float)
TABLES = {
    "grid": GRID,
    "outliers": np.vstack([GRID, np.full(4, 1e9)]),
    "largest floats": (GRID - 5.5) * (1.7e308 / 5.5),
    "one column": np.arange(len(GRID), dtype=float)[:, None],
}


@pytest.mark.parametrize("values", TABLES.values(), ids=TABLES)
def test_some_distinct_rows_are_as_all_are(values):
    """By the mean of each column of the grid, whose standard error is known."""
    rows, _ = some_distinct_rows(values, None, ends(values), 2000)
    error = GRID[rows[rows < len(GRID)]].mean(axis=0) - GRID.mean(axis=0)
    assert np.abs(error).max() < 3.5 * GRID[:, 0].std() / np.sqrt(2000)
