"""The penalty: a quadratic form that means the same in all units and on all grids."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from problems import ALL_NETWORKS, make_knots

from sklearn_kan.layers import SplineLayer
from sklearn_kan.layers.knots import refit_coefficients
from sklearn_kan.network import KANNetwork
from sklearn_kan.objective.penalty import RELEVANCES, RIDGE, Penalty

quick = settings(max_examples=25, deadline=None, database=None, derandomize=True)


@pytest.fixture(params=ALL_NETWORKS)
def network(request):
    return ALL_NETWORKS[request.param]()


def energy(network):
    """theta^T S theta at the parameters of the network."""
    theta = network.theta
    return theta @ Penalty(network).apply(theta)


def spline_of(function, kind="uniform", k=3, n_cells=20, lo=-1.0, hi=1.0):
    """A network of one edge close to function(z), z in [-1, 1] over the grid."""
    layer = SplineLayer(1, 1, degree=k, knots=make_knots(kind, k, n_cells, lo=[lo], hi=[hi]))
    layer.weights = refit_coefficients(lambda x: function(layer.basis.normalized(x))[:, None], layer.basis)
    return KANNetwork([layer])


def test_apply_is_the_product_with_the_matrix(network):
    penalty, theta = Penalty(network), network.theta
    assert_allclose(penalty.apply(theta), penalty.matrix() @ theta, rtol=0, atol=1e-12 * np.abs(penalty.matrix()).max())


def test_matrix_is_symmetric_and_positive_definite(network):
    S = Penalty(network).matrix()
    assert S.shape == (network.n_params, network.n_params)
    assert_allclose(S, S.T, rtol=1e-15, atol=1e-14)
    assert np.linalg.eigvalsh(S)[0] > 0


def test_each_edge_is_penalised_on_its_own(network):
    """The sum of the energies of single edges is the energy of the network."""
    penalty, theta, total, start = Penalty(network), network.theta, 0.0, 0
    for layer in network.spline_layers:
        for i, _ in np.argwhere(layer.edges):
            part, stop = np.zeros(len(theta)), start + len(np.arange(layer.n_coef)[layer.own(i)])
            part[start:stop] = theta[start:stop]
            total += part @ penalty.apply(part)
            start = stop
    assert_allclose(energy(network), total, rtol=1e-12)


def test_edge_block_is_roughness_and_ridge():
    layer = SplineLayer(1, 1, grid_size=4, base_function="silu")
    expected = RIDGE * 2 / 4 * np.eye(8)
    expected[:7, :7] += layer.basis.roughness()[0]
    assert_allclose(Penalty(KANNetwork([layer])).matrix(), expected, rtol=1e-14)


@quick
@given(st.integers(-900, 900), st.floats(-3, 3), st.sampled_from(["uniform", "unequal"]))
def test_units_of_the_input_do_not_matter(power, shift, kind):
    unit = 2.0**power
    plain = SplineLayer(1, 2, knots=make_knots(kind, 3))
    other = SplineLayer(1, 2, knots=unit * (make_knots(kind, 3) + shift))
    S = Penalty(KANNetwork([plain])).matrix()
    assert_allclose(Penalty(KANNetwork([other])).matrix(), S, rtol=0, atol=1e-11 * np.abs(S).max())


@pytest.mark.parametrize("k", (1, 2, 3, 4, 5))
def test_energy_is_the_integral_of_the_squared_second_derivative_and_the_ridge(k):
    """sin(2 z): 16 - 4 sin(4), and RIDGE (1 - sin(4) / 4)."""
    expected = (16 + RIDGE) * (1 - np.sin(4) / 4)
    assert_allclose(energy(spline_of(lambda z: np.sin(2 * z), k=k, n_cells=300)), expected, rtol=0.02)


@pytest.mark.parametrize("k", (1, 2, 3, 4, 5))
def test_ridge_alone_acts_on_lines_and_is_their_integral(k):
    """A constant and a line have energies 2 RIDGE and 2 RIDGE / 3; the margin of k knots adds a few per cent."""
    assert_allclose(energy(spline_of(np.ones_like, k=k, n_cells=200)), 2 * RIDGE, rtol=0.03)
    assert_allclose(energy(spline_of(lambda z: z, k=k, n_cells=200)), 2 * RIDGE / 3, rtol=0.08)


@pytest.mark.parametrize("kind", ("uniform", "unequal"))
def test_grid_sizes_mean_the_same(kind):
    """Uniform grids of 12 and 36 cells agree; so do unequal ones within their own irregularity."""
    coarse, fine = (spline_of(lambda z: np.sin(2 * z), kind, n_cells=n) for n in (12, 36))
    assert_allclose(energy(coarse), energy(fine), rtol=0.1 if kind == "uniform" else 0.3)


def test_function_of_half_the_wavelength_costs_sixteen_times():
    slow, fast = (spline_of(lambda z, a=a: np.sin(a * np.pi * z), n_cells=60) for a in (1, 2))
    assert_allclose(energy(fast) / energy(slow), 16, rtol=0.02)


def grouped(network, relevance, seed=0):
    """A penalty of random strengths, and the matrix of each of its two parts in each group."""
    penalty, parts = Penalty(network, relevance), []
    shape = penalty.strengths.shape
    for kind in range(2):
        for group in range(shape[1]):
            penalty.strengths = np.zeros(shape)
            penalty.strengths[kind, group] = 1.0
            parts.append(penalty.matrix())
    penalty.strengths = np.random.RandomState(seed).uniform(0.1, 2.0, shape)
    return penalty, np.reshape(parts, (*shape, network.n_params, network.n_params))


@pytest.mark.parametrize("relevance", RELEVANCES)
def test_determinant_and_traces_are_those_of_the_matrix(network, relevance):
    penalty, parts = grouped(network, relevance)
    S, theta = penalty.matrix(), network.theta
    assert_allclose(np.einsum("kg,kgpq->pq", penalty.strengths, parts), S, atol=1e-10)
    assert_allclose(penalty.log_determinant(), np.linalg.slogdet(S)[1], rtol=1e-9)
    assert_allclose(penalty.prior_traces(), np.trace(np.linalg.solve(S, parts), axis1=2, axis2=3), rtol=1e-7)
    assert_allclose(penalty.energies(theta), theta @ parts @ theta, rtol=1e-9)
    root = np.tril(np.random.RandomState(1).normal(size=S.shape))
    M = root.T @ root
    traces = np.einsum("pq,kgpq->kg", M, parts)
    assert_allclose(penalty.traces(root), traces, rtol=1e-9, atol=1e-9 * np.abs(parts).max())


@pytest.mark.parametrize("relevance", RELEVANCES)
def test_strengths_by_edge_make_the_same_penalty(network, relevance):
    penalty, _ = grouped(network, relevance)
    again = Penalty(network, relevance, penalty.by_edge())
    assert_allclose(again.strengths[:, again.group], penalty.strengths[:, penalty.group], rtol=1e-15)
    for values, layer in zip(penalty.by_edge(), network.spline_layers, strict=True):
        assert (values[:, ~layer.edges] == 0).all()


def test_groups_of_edges():
    network = ALL_NETWORKS["two layers"]()
    sizes = {relevance: Penalty(network, relevance).strengths.shape[1] for relevance in RELEVANCES}
    assert sizes == {"layer": 2, "input": 5, "edge": 9}
