"""Parameters of networks whose edges must rise or fall: other variables, faces, and what is counted on them."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from problems import make_layer

from sklearn_kan.network import KANNetwork
from sklearn_kan.objective.cone import cone_of
from sklearn_kan.objective.penalty import Penalty


@pytest.fixture
def network():
    """Signs of all kinds, and an edge that does not exist."""
    layers = [make_layer(2, 3, missing=[(0, 1)], grid_size=3), make_layer(3, 1, 1, grid_size=2)]
    layers[0].signs[:] = [[1, 1, -1], [0, 0, 0]]
    layers[1].signs[[0, 2]] = 1
    for layer in layers:
        layer.obey_signs()
    return KANNetwork(layers)


def test_no_cone_without_signs(network):
    assert cone_of(KANNetwork([make_layer(2, 1)])) is None
    network.layers[0].keep_edges(np.array([[False] * 3, [True] * 3]))
    network.layers[1].signs[:] = 0
    assert cone_of(network) is None  # The edges with a sign do not exist.


def test_variables_there_and_back(network):
    cone, theta = cone_of(network), network.theta
    d = cone.increments(theta)
    assert (d[cone.bounded] >= 0).all() and cone.bounded.sum() == 2 * 5 + 2 * 4
    assert_allclose(cone.coefficients(d), theta, atol=1e-14)
    T = np.column_stack([cone.push(column[:, None])[:, 0] for column in np.eye(len(theta))])
    assert_allclose(T @ d, theta, atol=1e-14)
    assert_allclose(cone.pull(np.eye(len(theta))), T.T, atol=1e-15)
    assert_allclose(cone.pull(theta), T.T @ theta, atol=1e-14)


def test_coefficients_are_in_order_to_the_last_bit(network):
    cone, rng = cone_of(network), np.random.RandomState(0)
    for _ in range(20):
        d = np.where(cone.bounded, rng.uniform(size=len(cone.bounded)) ** 9, rng.normal(size=len(cone.bounded)))
        network.theta = cone.coefficients(d * rng.choice([0.0, 1e-9, 1.0], len(d)))
        for layer in network.layers:
            assert (np.diff(layer.coef, axis=2) * layer.signs[:, :, None] >= 0).all()


def test_nearest_point(network):
    cone, theta = cone_of(network), np.random.RandomState(1).normal(size=network.n_params)
    nearest = cone.nearest(theta)
    assert_allclose(cone.coefficients(cone.increments(nearest)), nearest, atol=1e-12)
    assert_allclose(nearest @ (theta - nearest), 0, atol=1e-12)  # The cone contains all multiples.
    assert_array_equal(cone.nearest(nearest), nearest)


def test_what_is_counted_on_a_face(network):
    """Against dense matrices: T_F^T S T_F, its determinant and traces, and the covariance."""
    theta, penalty = cone_of(network).nearest(np.random.RandomState(1).normal(size=network.n_params)), Penalty(network)
    penalty.strengths[:] = [[3.0, 0.2], [0.01, 5.0]]
    face = cone_of(network).face(theta)
    assert 0 < np.count_nonzero(~face.free) < network.n_params / 2
    T = face.cone.push(np.eye(network.n_params))[:, face.free]
    S = T.T @ penalty.matrix() @ T
    assert_allclose(face.restricted(penalty.matrix()), S, atol=1e-10)
    assert_allclose(penalty.log_determinant(face), np.linalg.slogdet(S)[1], rtol=1e-9)
    for kind, strengths in enumerate(([1.0, 1.0], [1.0, 1.0])):
        for group in range(2):
            part = Penalty(network)
            part.strengths[:] = 0.0
            part.strengths[kind, group] = strengths[group]
            expected = np.trace(np.linalg.solve(S, T.T @ part.matrix() @ T))
            assert_allclose(penalty.prior_traces(face)[kind, group], expected, rtol=1e-8, atol=1e-10)
    root = np.linalg.cholesky(np.linalg.inv(S)[::-1, ::-1])[::-1, ::-1].T  # Lower triangular, root^T root = S^-1.
    assert_allclose(face.extended(root).T @ face.extended(root), T @ np.linalg.inv(S) @ T.T, atol=1e-10)
    root = face.extended(root)
    expected = [np.sum((root.T @ root) * matrix) for matrix in _forms(network)]
    assert_allclose(penalty.traces(root).ravel(), expected, rtol=1e-9)


def _forms(network):
    """Roughness and ridge of both groups as dense matrices."""
    for kind in range(2):
        for group in range(2):
            part = Penalty(network)
            part.strengths[:] = 0.0
            part.strengths[kind, group] = 1.0
            yield part.matrix()
