"""Periodic splines against scipy's, and where their cells begin."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from problems import make_periodic_layer

from sklearn_kan.layers.knots import refit_coefficients, uniform_knots
from sklearn_kan.layers.periodic import PeriodicBasis, period_start

PERIOD = 1.7


@pytest.fixture(params=[(5, 3), (1, 3), (2, 2), (8, 5), (3, 1)], ids=str)
def layer(request):
    return make_periodic_layer(2, *request.param, period=PERIOD)


def test_value_and_slopes_are_those_of_a_periodic_spline(layer):
    x = np.linspace(-7, 7, 501)
    local = layer.linearize(np.stack([x, 0 * x]))
    for j in range(2):
        spline = layer.edge(0, j)
        assert_allclose(layer.functions(np.stack([x, x]))[0, j], spline(x), atol=1e-12)
        assert_allclose(local.slopes[0, j], spline(x, 1), atol=1e-11)
    assert_allclose(layer.evaluator()(np.stack([x, x])), layer.functions(np.stack([x, x])).sum(axis=0), atol=1e-12)


def test_derivatives_join_where_it_comes_round(layer):
    end = layer.basis.hi[0]
    for nu in range(layer.degree):
        spline = layer.edge(0, 0).derivative(nu) if nu else layer.edge(0, 0)
        assert_allclose(spline(end - 1e-12), spline(end + 1e-12), atol=1e-8)


def test_it_is_as_free_as_it_has_cells(layer):
    assert layer.used[0].sum() == layer.grid_size and layer.used[1].all()
    assert layer.n_params == 2 * (layer.grid_size + layer.n_basis)
    assert_allclose(layer.basis.design(np.zeros((2, 3))).sum(axis=1), 1)  # Constants are among them.
    again = refit_coefficients(layer.functions, layer.basis)
    assert_allclose(again, layer.coef, atol=1e-10)


def test_roughness_goes_all_the_way_round():
    basis = PeriodicBasis(uniform_knots([0.0], [3.0], 40, 3), 3, np.array([True]))
    c = refit_coefficients(lambda x: np.sin(2 * np.pi * x[:, None] / 3 + 1), basis)[0, 0]
    assert_allclose(c @ basis.roughness()[0] @ c, np.pi**4, rtol=0.01)  # The integral of s"^2 on [-1, 1].
    turned = np.append(np.roll(c[:40], 7), c[40:])
    assert_allclose(turned @ basis.roughness()[0] @ turned, c @ basis.roughness()[0] @ c, rtol=1e-10)
    assert_allclose(basis.roughness()[0, :40, :40].sum(axis=0), 0, atol=1e-9)


def test_other_knots_leave_the_period_alone():
    basis = make_periodic_layer().basis
    moved = basis.on(uniform_knots([5.0, -2.0], [6.0, 2.0], 9, 3))
    assert moved.n_cells == 9 and (moved.lo[0], moved.hi[0]) == (basis.lo[0], basis.hi[0]) and moved.lo[1] == -2


@pytest.mark.parametrize("where", ["bunched", "even"])
@pytest.mark.parametrize("shift", [0.3, -1000.0, 17.0])
def test_the_start_turns_with_the_data(where, shift):
    rng = np.random.RandomState(0)
    x = rng.normal(13, 3, 100) % 24 if where == "bunched" else np.repeat(np.arange(24.0), 4)
    Y = np.column_stack([np.ones(len(x)), np.sin(2 * np.pi * x / 24 + 1)])
    weight = np.full(len(x), 1 / len(x))
    start = period_start(x, 24.0, weight, Y)
    turned = period_start((x + shift) % 24, 24.0, weight, Y)
    assert_allclose(np.exp(2j * np.pi * (turned - start - shift) / 24), 1, atol=1e-9)


def test_without_any_direction_it_is_the_origin():
    x = np.arange(24.0)
    assert period_start(x, 24.0, np.full(24, 1 / 24), np.ones((24, 1))) == 0
