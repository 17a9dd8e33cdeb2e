"""Bases of numbers and categories beside each other, against what they are written down to be."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from problems import make_knots

from sklearn_kan.layers import SplineLayer
from sklearn_kan.layers.basis import BSplineBasis
from sklearn_kan.layers.table import TableBasis
from sklearn_kan.utils.kinds import Kinds

# A number, a number that may be missing, a category of three levels, one of two that may be missing.
KINDS = Kinds(np.array([0, 0, 3, 2]), np.array([False, True, False, True]))


def make_basis(kinds=KINDS, k=3, n_cells=4):
    n = len(kinds.levels)
    return TableBasis(BSplineBasis(make_knots("unequal", k, n_cells, [-1.0] * n, [1.0] * n), k), kinds)


def make_layer(n_out=2, **options):
    layer = SplineLayer.on(make_basis(), n_out, **options)
    layer.theta = np.random.RandomState(0).normal(size=layer.n_params)
    return layer


def rows(n=40, seed=0, missing=True):
    rng = np.random.RandomState(seed)
    x = np.stack([*rng.uniform(-1.5, 1.5, (2, n)), rng.randint(-1, 4, n), rng.randint(0, 2, n)]).astype(float)
    if missing:
        x[rng.uniform(size=x.shape) < 0.2] = np.nan
    return x


def test_design_is_splines_levels_and_missing():
    basis, x = make_basis(), rows()
    design = basis.design(x)
    for i in range(2):
        known = ~np.isnan(x[i])
        assert_allclose(design[i, :7, known], basis.splines.design(np.nan_to_num(x))[i][:, known].T, atol=1e-15)
        assert not design[i, 7:, known].any()
    assert_array_equal(design[1][:, np.isnan(x[1])].T, np.tile(np.eye(8)[7], (np.isnan(x[1]).sum(), 1)))
    place = np.select([np.isnan(x[2]), x[2] == 3, x[2] == -1], [3, 3, 3], x[2]).astype(int)
    assert_array_equal(design[2], np.eye(8)[place].T)
    assert_array_equal(design[3], np.eye(8)[np.where(np.isnan(x[3]), 3, x[3]).astype(int)].T)


def test_functions_sum_to_one_and_only_those_in_use_are_alive():
    basis, x = make_basis(), rows()
    design = basis.design(x)
    assert_allclose(design.sum(axis=1), 1.0, atol=1e-12)
    assert not design[~basis.used].any()
    assert_array_equal(basis.used.sum(axis=1), KINDS.n_functions(7))


def test_what_is_missing_only_later_is_the_mean():
    basis, x = make_basis(), rows(missing=False)
    weight = np.random.RandomState(1).uniform(size=x.shape[1])
    weight /= weight.sum()
    basis = basis.averaged(x.T, weight)
    nothing = basis.design(np.full((4, 1), np.nan))[:, :, 0]
    assert_allclose(nothing[[0, 2]], (basis.design(x) @ weight)[[0, 2]], rtol=1e-13)
    assert_array_equal(nothing[[1, 3]], np.eye(8)[[7, 3]])
    plain = basis.splines.averaged(x.T, weight)
    assert_allclose(plain.design(np.full((4, 1), np.nan))[:, :, 0], plain.design(x) @ weight, rtol=1e-13)


@pytest.mark.parametrize("base_function", [None, "silu"])
@pytest.mark.parametrize("n_out", [2, 6])
def test_ways_to_evaluate_agree_and_slopes_are_those_of_splines(n_out, base_function):
    layer, x = make_layer(n_out, base_function=base_function), rows()
    assert_allclose(layer.evaluator()(x), layer.combine(layer.design(x)), rtol=1e-12, atol=1e-13)
    assert_allclose(layer.functions(x).sum(axis=0), layer.combine(layer.design(x)), rtol=1e-12, atol=1e-13)
    local, step = layer.linearize(x), 1e-6
    for i in range(4):
        moved = x.copy()
        moved[i] += step * (i < 2)
        change = (layer.combine(layer.design(moved)) - local.output) / step
        assert_allclose(local.slopes[i], change, atol=1e-4)


def test_a_plain_layer_takes_missing_values_for_their_means_too():
    layer, x = SplineLayer(2, 3), np.random.RandomState(0).uniform(-1, 1, (2, 9))
    layer.theta = np.random.RandomState(1).normal(size=layer.n_params)
    layer.basis = layer.basis.averaged(x.T, np.full(9, 1 / 9))
    gone = np.where(np.eye(2, 9), np.nan, x)
    expected = layer.functions(x)
    expected[[0, 1], :, [0, 1]] = layer.functions(x).mean(axis=2)
    assert_allclose(layer.evaluator()(gone), expected.sum(axis=0), rtol=1e-12)
    assert_allclose(layer.linearize(gone).output, expected.sum(axis=0), rtol=1e-12)
    assert not layer.linearize(gone).slopes[[0, 1], :, [0, 1]].any()


def test_levels_are_random_effects():
    R, Q = make_basis().roughness(), make_basis().ridge()
    c = np.array([1.0, -2.0, 0.5, 4.0, 0, 0, 0, 0])
    assert_allclose(c @ R[2] @ c, np.sum((c[:4] - c[:4].mean()) ** 2))
    assert Q[2] == 1
    assert_allclose(R[1, :7, :7], make_basis().splines.roughness()[1])
    assert not R[1, 7].any()


def test_splines_move_to_other_knots_and_levels_stay():
    from sklearn_kan.network.grids import replace_basis

    layer, x = make_layer(), rows(missing=True)
    x[:2] = np.clip(x[:2], -1, 1)
    before, old = layer.functions(x)[1:], layer.basis
    inner = np.sort(np.concatenate([old.t, (old.t[:, 1:] + old.t[:, :-1]) / 2], axis=1), axis=1)
    replace_basis(layer, old.on(inner[:, 3:-3]))
    assert layer.basis.n_cells == 8
    assert_allclose(layer.functions(x)[1:], before, atol=1e-10)


def test_a_table_of_categories_only_needs_no_splines():
    layer = SplineLayer.on(make_basis(Kinds(np.array([2, 3]), np.array([False, False]))), 1)
    assert layer.n_params == 3 + 4
    layer.theta = np.arange(7.0)
    assert_array_equal(layer.evaluator()(np.array([[0, 1, -1], [2, 0, 5.0]])), [[5.0, 4.0, 8.0]])
