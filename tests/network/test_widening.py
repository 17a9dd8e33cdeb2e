"""Networks for rows that come later keep what they say where they have said something."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from problems import NETWORKS, inputs
from small_plans import make_architecture, rng

from sklearn_kan.network.initialisation import initialise
from sklearn_kan.network.widening import change_units, follow_inputs
from sklearn_kan.utils.data import TrainingData


@pytest.mark.parametrize("name", ["single", "two layers", "missing edges", "silu and reach"])
def test_other_units_change_no_prediction(name):
    network, X = NETWORKS[name](), inputs(30)
    n = network.n_outputs
    old, new = (np.arange(n) - 0.5, 1.0 + np.arange(n)), (np.full(n, 3.0), np.linspace(0.1, 20, n))
    before = network.forward(X) * old[1] + old[0]
    change_units(network, old, new)
    assert_allclose(network.forward(X) * new[1] + new[0], before, atol=1e-10)


def narrow(extrapolation="linear", **options):
    """A network for a table of three columns in [0, 1], the last of them constant."""
    X = rng().uniform(0, 1, (80, 3))
    X[:, 2] = 0.5
    data = TrainingData(X, np.sin(3 * X[:, :1]) + X[:, 1:2])
    architecture = make_architecture((3,), extrapolation=extrapolation, **options)
    return initialise(architecture, data, rng()), architecture, data


def wider(data, factor):
    """Twice as many rows, the second half in a range `factor` times as wide."""
    X = np.vstack([data.X, factor * data.X])
    return TrainingData(X, np.vstack([data.Y, data.Y]))


@pytest.mark.parametrize("knots", ["uniform", "mixed", "quantile"])
def test_wider_grids_hold_all_rows_and_keep_the_function(knots):
    network, architecture, data = narrow(knots=knots)
    rows = wider(data, 2.0)
    before = network.forward(data.X)
    X_range = np.array([rows.X.min(axis=0), rows.X.max(axis=0)])
    follow_inputs(network, architecture, rows, X_range, np.zeros(3, dtype=bool))
    basis = network.layers[0].basis
    assert_allclose(basis.lo[:2], X_range[0, :2])
    assert_allclose(basis.hi[:2], X_range[1, :2])
    # Cells are twice as wide, so nearly straight splines are kept up to a part of their bend.
    assert np.std(network.forward(data.X) - before) < 0.05 * np.std(before)
    assert not network.layers[0].edges[2].any()


@pytest.mark.parametrize(("extrapolation", "moves"), [("linear", False), ("error", True)])
def test_rows_just_outside_are_extrapolated_where_that_is_allowed(extrapolation, moves):
    network, architecture, data = narrow(extrapolation)
    t = network.layers[0].basis.t
    rows = wider(data, 1.03)
    X_range = np.array([rows.X.min(axis=0), rows.X.max(axis=0)])
    follow_inputs(network, architecture, rows, X_range, np.zeros(3, dtype=bool))
    assert (network.layers[0].basis.t is t) != moves
    if moves:
        assert np.isfinite(network.forward(rows.X[:, :3] * [1, 1, 0] + [0, 0, 0.5])).all()


def test_a_column_that_wakes_up_gets_edges_of_zero():
    network, architecture, data = narrow()
    X = np.vstack([data.X, data.X])
    X[80:, 2] = np.linspace(-5, 7, 80)
    before = network.forward(X)
    X_range = np.array([X.min(axis=0), X.max(axis=0)])
    rows = TrainingData(X, np.vstack([data.Y, data.Y]))
    follow_inputs(network, architecture, rows, X_range, np.array([False, False, True]))
    layer = network.layers[0]
    assert layer.edges[2].all() and not layer.coef[2].any()
    assert_array_equal([layer.basis.lo[2], layer.basis.hi[2]], [-5, 7])
    assert_allclose(network.forward(X), before, atol=1e-12)
    assert network.n_params == network.theta.size == 4 * 3 * 7
