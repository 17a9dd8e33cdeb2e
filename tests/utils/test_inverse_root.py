"""The square root of an inverse."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from sklearn_kan.utils.inverse_root import inverse_root


@pytest.mark.parametrize("n", [1, 7, 192, 193, 401])
def test_root_and_determinant_of_the_inverse(n):
    J = np.random.RandomState(n).normal(size=(n, 2 * n)) * np.logspace(-3, 3, n)[:, None]
    A = J @ J.T
    root, log_det = inverse_root(A)
    assert_allclose(root @ A @ root.T, np.eye(n), rtol=0, atol=1e-9)
    assert_allclose(np.triu(root, 1), 0, rtol=0, atol=0)
    assert_allclose(log_det, np.linalg.slogdet(A)[1], rtol=1e-10)


def test_a_singular_matrix_is_made_definite_within_rounding():
    root, log_det = inverse_root(np.ones((300, 300)))
    assert np.isfinite(root).all() and log_det < -300 * np.log(1e10)


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_what_is_not_finite_ends_with_an_error(bad):
    with pytest.raises(ValueError, match="not finite"):
        inverse_root(np.array([[1.0, 0.0], [0.0, bad]]))
