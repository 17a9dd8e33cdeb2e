"""Covariances in a quarter of their room."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from sklearn_kan.evidence.packed import packed, packed_bytes, unpacked


def ill_conditioned(n, seed=0):
    """A covariance of entries that cancel: parameters of scales 1e-3 to 1e3 that nearly determine each other."""
    rng = np.random.RandomState(seed)
    J = rng.normal(size=(n, n)) * np.logspace(0, -5, n)[:, None] @ np.linalg.qr(rng.normal(size=(n, n)))[0]
    return J.T @ J * np.logspace(-3, 3, n) * np.logspace(-3, 3, n)[:, None], J * np.logspace(-3, 3, n)


def test_standard_deviations_are_kept_where_variances_cancel():
    C, root = ill_conditioned(40)
    directions = np.linalg.solve(root, np.eye(40))[:, :20] + np.random.RandomState(1).normal(size=(40, 20))
    exact, kept = (np.einsum("pn,pq,qn->n", directions, M, directions) for M in (C, unpacked(*packed(C))))
    assert_allclose(np.sqrt(kept), np.sqrt(exact), rtol=1e-5)


@pytest.mark.parametrize("n_zero", [1, 5])
def test_parameters_without_doubt_stay_so(n_zero):
    C, _ = ill_conditioned(12)
    C[-n_zero:] = C[:, -n_zero:] = 0
    kept = unpacked(*packed(C))
    assert not kept[-n_zero:].any() and not kept[:, -n_zero:].any()
    assert_allclose(np.diagonal(kept), np.diagonal(C), rtol=1e-5)


def test_a_singular_covariance_has_a_root():
    v = np.random.RandomState(0).normal(size=(3, 30))
    assert_allclose(unpacked(*packed(v.T @ v)), v.T @ v, rtol=0, atol=1e-5)


def test_size():
    C, _ = ill_conditioned(30)
    assert packed_bytes([C, C]) == 2 * sum(part.nbytes for part in packed(C)) < 0.3 * 2 * C.nbytes
