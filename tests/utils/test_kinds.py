"""What the columns of a table are."""

import numpy as np
from numpy.testing import assert_array_equal

from sklearn_kan.utils.kinds import Kinds, column_ranges, known_ranges, range_of_all
from sklearn_kan.utils.sampling import distinct_rows

X = np.array([[1.0, np.nan, 0.0], [np.nan, np.nan, 2.0], [-3.0, np.nan, 1.0], [np.nan, np.nan, 2.0]])


def test_columns_are_numbers_or_categories_with_or_without_missing_values():
    kinds = Kinds.of(X, [0, 0, 3])
    assert_array_equal(kinds.missing, [True, True, False])
    assert_array_equal(kinds.n_functions(8), [9, 9, 4])
    assert Kinds.of(X[:, 2:]) is None


def test_ranges_leave_out_what_is_missing():
    assert_array_equal(column_ranges(X), [[-3.0, 0.0, 0.0], [1.0, 0.0, 2.0]])


def test_rows_are_equal_if_what_is_missing_is():
    first, total = distinct_rows(X, None)
    assert_array_equal(X[first, 2], [1.0, 0.0, 2.0])
    assert_array_equal(total, [1, 1, 2])


def test_the_range_of_all_is_that_of_parts():
    """Also where a part has no value of a column, or none has."""
    X = np.array([[1.0, np.nan, np.nan], [3.0, 5.0, np.nan], [np.nan, -7.0, np.nan]])
    assert_array_equal(range_of_all([known_ranges(X[:1]), known_ranges(X[1:])]), column_ranges(X))
    assert_array_equal(column_ranges(X), [[1, -7, 0], [3, 5, 0]])
