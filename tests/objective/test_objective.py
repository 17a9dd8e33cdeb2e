"""The objective against finite differences and sums over all rows written out."""

import tracemalloc
from dataclasses import replace

import numpy as np
import pytest
import reference
from numpy.testing import assert_allclose
from problems import ALL_NETWORKS, inputs, make_layer
from scipy.special import softmax

import sklearn_kan.network.network
import sklearn_kan.objective.objective
from sklearn_kan.layers import Tanh
from sklearn_kan.losses import HalfSquaredError, Loss, PinballLoss, SoftmaxLoss
from sklearn_kan.network import KANNetwork
from sklearn_kan.objective.objective import Objective
from sklearn_kan.objective.penalty import Penalty
from sklearn_kan.utils.data import TrainingData

ALPHA = 0.01


class LogCosh(Loss):
    """log cosh(f - y): a loss whose curvature differs from row to row."""

    @staticmethod
    def value(y, f):
        return np.log(np.cosh(f - y))

    @staticmethod
    def gradient(y, f):
        return np.tanh(f - y)

    @staticmethod
    def curvature(y, f):
        return 1 - np.tanh(f - y) ** 2


@pytest.fixture(params=ALL_NETWORKS)
def network(request):
    return ALL_NETWORKS[request.param]()


@pytest.fixture(params=(HalfSquaredError(), LogCosh()), ids=lambda loss: type(loss).__name__)
def loss(request):
    return request.param


def make_objective(network, loss=None, n=80, weighted=True, alpha=ALPHA, seed=0):
    """An objective on random rows, with weights from 0.1 to 2."""
    rng = np.random.RandomState(seed)
    X, Y = inputs(n, seed), rng.normal(size=(n, network.n_outputs))
    weight = rng.uniform(0.1, 2, n) if weighted else None
    return Objective(network, loss or HalfSquaredError(), Penalty.fixed(network, alpha), TrainingData(X, Y, weight))


def of_two_classes(network):
    """The objective of a softmax."""
    data = make_objective(network).data.with_targets(np.eye(2)[np.random.RandomState(2).randint(2, size=80)])
    return Objective(network, SoftmaxLoss(np.array([[0.5], [-0.5]])), Penalty.fixed(network, ALPHA), data)


def other_theta(network, seed=1):
    """A point away from where the network is."""
    return np.random.RandomState(seed).normal(size=network.n_params) / 2


def everything(objective, theta):
    """Value, gradient and H, each as an array."""
    return [np.asarray(part) for part in objective.normal_equations(theta)]


def assert_all_close(actual, expected, tolerance):
    for a, b in zip(actual, expected, strict=True):
        assert_allclose(a, b, rtol=0, atol=tolerance * np.abs(b).max())


@pytest.mark.parametrize("weighted", (False, True))
def test_value_is_the_weighted_mean_loss_and_the_penalty(network, loss, weighted):
    objective, theta = make_objective(network, loss, weighted=weighted), other_theta(network)
    network.theta = theta
    F = network.forward(objective.data.X)
    weight = objective.data.sample_weight if weighted else np.ones(80)
    expected = 0.5 * ALPHA * theta @ Penalty(network).matrix() @ theta
    for y, f, w in zip(objective.data.Y, F, weight / weight.sum(), strict=True):
        expected += w * np.mean([loss.value(a, b) for a, b in zip(y, f, strict=True)])
    assert_allclose(objective.value(theta), expected, rtol=1e-12)
    assert_allclose(objective.value_and_gradient(theta)[0], expected, rtol=1e-12)
    assert_allclose(objective.normal_equations(theta)[0], expected, rtol=1e-12)


def test_gradient_matches_differences(network, loss):
    objective, theta = make_objective(network, loss), other_theta(network)
    expected = reference.numerical_jacobian(objective.value, theta)
    for gradient in (objective.value_and_gradient(theta)[1], objective.normal_equations(theta)[1]):
        assert_allclose(gradient, expected, rtol=0, atol=1e-7 * np.abs(expected).max())


@pytest.mark.parametrize("weighted", (False, True))
def test_matrix_is_that_of_all_rows_written_out(network, loss, weighted):
    objective, theta = make_objective(network, loss, weighted=weighted), other_theta(network)
    _, gradient, H = objective.normal_equations(theta)
    network.theta = theta
    J, F, S = network.jacobian(objective.data.X), network.forward(objective.data.X), Penalty(network).matrix()
    weight = objective.data.sample_weight if weighted else np.ones(80)
    weight = (weight / weight.sum() / network.n_outputs)[:, None]
    curvature = loss.curvature(objective.data.Y, F)
    curvature = np.ones(F.shape) if curvature is None else curvature
    expected_H = np.einsum("nop,no,noq->pq", J, weight * curvature, J) + ALPHA * S
    expected_gradient = np.einsum("nop,no->p", J, weight * loss.gradient(objective.data.Y, F)) + ALPHA * S @ theta
    assert_all_close((H, gradient), (expected_H, expected_gradient), 1e-12)
    assert_allclose(H, H.T, rtol=0, atol=1e-15 * np.abs(H).max())


def test_single_layer_and_squared_error_make_an_exact_parabola():
    """F(theta + d) = F + g d + d H d / 2, and the Newton step ends where the gradient is 0."""
    network = ALL_NETWORKS["single"]()
    objective, theta = make_objective(network), other_theta(network)
    value, gradient, H = objective.normal_equations(theta)
    step = other_theta(network, seed=2)
    assert_allclose(objective.value(theta + step), value + gradient @ step + step @ H @ step / 2, rtol=1e-12)
    lowest = theta - np.linalg.solve(H, gradient)
    assert np.abs(objective.value_and_gradient(lowest)[1]).max() < 1e-12


def test_integer_weights_are_repetitions(network, loss):
    rng = np.random.RandomState(3)
    X, Y, weight = inputs(70), rng.normal(size=(70, network.n_outputs)), rng.randint(1, 5, 70)
    theta, penalty = other_theta(network), Penalty.fixed(network, ALPHA)
    weighted = Objective(network, loss, penalty, TrainingData(X, Y, weight.astype(float)))
    repeated = Objective(network, loss, penalty, TrainingData(X, Y).take(np.repeat(np.arange(70), weight)))
    assert_all_close(everything(weighted, theta), everything(repeated, theta), 1e-12)
    assert_all_close([weighted.value(theta)], [repeated.value(theta)], 1e-12)


def test_unit_of_the_weights_does_not_matter(network):
    objective, theta = make_objective(network), other_theta(network)
    data = replace(objective.data, sample_weight=1e6 * objective.data.sample_weight)
    other = Objective(network, objective.loss, objective.penalty, data)
    assert_all_close(everything(other, theta), everything(objective, theta), 1e-13)


def test_row_blocks_make_no_difference(network, loss, monkeypatch):
    """Designs kept or not, many blocks or one: the same to rounding."""
    theta, rows = other_theta(network), np.random.RandomState(0).permutation(333)[:200]

    def evaluate():
        objective = make_objective(network, loss, n=333)
        parts = [objective.value(theta), *objective.value_and_gradient(theta)]
        return objective._step, [*parts, *objective.value_and_gradient(theta, rows), *everything(objective, theta)]

    monkeypatch.setattr(sklearn_kan.objective.objective, "_JACOBIAN_BYTES", 2**40)
    monkeypatch.setattr(sklearn_kan.network.network, "_BLOCK_BYTES", 2**40)
    steps, expected = evaluate()
    assert steps > 333
    for cache in (0, 2**30):
        monkeypatch.setattr(sklearn_kan.objective.objective, "_CACHE_BYTES", cache)
        monkeypatch.setattr(sklearn_kan.objective.objective, "_JACOBIAN_BYTES", 1)
        steps, parts = evaluate()
        assert steps == 32
        assert_all_close(parts, expected, 1e-13)


def test_evaluations_do_not_remember_earlier_points(network):
    objective, theta = make_objective(network), other_theta(network)
    first = everything(objective, theta)
    everything(objective, 2 * theta), objective.value(-theta)
    assert all(np.array_equal(a, b) for a, b in zip(everything(objective, theta), first, strict=True))


def test_data_theta_and_structure_are_left_alone(network):
    objective, theta = make_objective(network), other_theta(network)
    for array in (objective.data.X, objective.data.Y, objective.data.sample_weight, theta):
        array.flags.writeable = False
    objective.value(theta), objective.value_and_gradient(theta), objective.normal_equations(theta)
    objective.value_and_gradient(theta, np.arange(5))
    assert np.array_equal(network.theta, theta)


@pytest.mark.parametrize("weighted", (False, True))
def test_some_rows_count_as_if_they_were_all(network, weighted):
    objective, theta = make_objective(network, weighted=weighted), other_theta(network)
    rows = np.random.RandomState(0).permutation(80)[:50]
    part = Objective(network, objective.loss, objective.penalty, objective.data.take(rows))
    assert_all_close(objective.value_and_gradient(theta, rows), part.value_and_gradient(theta), 1e-13)


def test_all_rows_in_any_order_are_all_rows(network):
    objective, theta = make_objective(network), other_theta(network)
    rows = np.random.RandomState(0).permutation(80)
    assert_all_close(objective.value_and_gradient(theta, rows), objective.value_and_gradient(theta), 1e-12)


@pytest.mark.parametrize("first", ([], [Tanh()]), ids=("designs kept", "designs not kept"))
def test_memory_is_bounded(first):
    """The Jacobian of all rows would take 164 MB."""
    n = 20_000
    layers = [make_layer(2, 4), make_layer(4, 4, 1), make_layer(4, 4, 2), make_layer(4, 4, 3), make_layer(4, 2, 4)]
    network = KANNetwork([*first, *layers])
    assert 8 * n * network.n_outputs * network.n_params > 160e6
    objective, theta = make_objective(network, n=n), network.theta
    tracemalloc.start()
    try:
        objective.normal_equations(theta)
        objective.value_and_gradient(theta)
        objective.value(theta)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    kept = 0 if first else 8 * n * 2 * 8
    assert peak < kept + 30e6


def test_designs_larger_than_the_limit_are_not_kept(monkeypatch):
    monkeypatch.setattr(sklearn_kan.objective.objective, "_CACHE_BYTES", 8 * 80 * 2 * 8 - 1)
    assert make_objective(ALL_NETWORKS["single"]())._designs is None
    monkeypatch.setattr(sklearn_kan.objective.objective, "_CACHE_BYTES", 8 * 80 * 2 * 8)
    assert make_objective(ALL_NETWORKS["single"]())._designs == {}


@pytest.mark.parametrize("name", ["deep, unlike layers", "missing edges"])
def test_a_coupled_loss_with_its_matrix_written_out(name):
    """Softmax: outputs of a row are one observation, and its second derivative is diag(p) - p p^T."""
    network = ALL_NETWORKS[name]()
    objective, theta = of_two_classes(network), other_theta(network)
    value, gradient, H = objective.normal_equations(theta)
    J, S = network.jacobian(objective.data.X), Penalty(network).matrix()
    p = softmax(network.forward(objective.data.X) + np.array([0.5, -0.5]), axis=1)
    weight = objective.data.sample_weight / objective.data.sample_weight.sum()
    second = p[:, :, None] * np.eye(2) - p[:, :, None] * p[:, None, :]
    expected_H = np.einsum("nop,noq,nqr,n->pr", J, second, J, weight) + ALPHA * S
    expected_value = -weight @ np.log(p[objective.data.Y == 1]) + 0.5 * ALPHA * theta @ S @ theta
    expected_gradient = reference.numerical_jacobian(objective.value, theta)
    assert_all_close((H, np.asarray(value)), (expected_H, np.asarray(expected_value)), 1e-12)
    assert_all_close((gradient, objective.value_and_gradient(theta)[1]), (expected_gradient,) * 2, 1e-7)


def test_sample_is_part_of_the_rows_and_always_the_same():
    objective, theta = make_objective(ALL_NETWORKS["single"]()), other_theta(ALL_NETWORKS["single"]())
    part, again = objective.sample(20), objective.sample(20)
    assert part.n_samples == 20 and {tuple(x) for x in part.data.X} < {tuple(x) for x in objective.data.X}
    assert part.value(theta) == again.value(theta) != objective.value(theta)
    assert_allclose(objective.sample(80).value(theta), objective.value(theta), rtol=1e-14)


def test_other_noise_is_another_objective():
    """F is linear in the precisions, of mean 1; what was known of the first objective stays with it."""
    network = ALL_NETWORKS["missing edges"]()
    objective, theta = make_objective(network), other_theta(network)
    plain, third = everything(objective, theta), everything(objective.with_noise(np.array([0.5, 1.5])), theta)
    other = objective.with_noise(np.array([0.1, 4.0]))
    place = 2 * (other.precision[1] - 1)
    expected = [one + place * (three - one) for one, three in zip(plain, third, strict=True)]
    assert_all_close(everything(other, theta), expected, 1e-13)
    assert_all_close(everything(objective, theta), plain, 1e-15)
    assert other.with_noise(np.array([0.7, 28.0])) is other and objective.with_noise(np.ones(2)) is objective
    coupled = of_two_classes(network)
    assert coupled.with_noise(np.array([0.1, 4.0])) is coupled


def test_no_output_counts_for_nothing():
    """Beside one without noise."""
    objective = make_objective(ALL_NETWORKS["missing edges"]()).with_noise(np.array([1.0, 1e16]))
    assert_allclose(objective.precision[1] / objective.precision[0], 1e8)


def test_informed_objective_is_made_of_information():
    network, theta = ALL_NETWORKS["missing edges"](), None
    objective = make_objective(network, PinballLoss(0.3, width=0.01, bandwidth=0.5))
    theta = other_theta(network)
    wide = make_objective(network, PinballLoss(0.3, width=0.5))
    network.theta = theta
    J, f = network.jacobian(objective.data.X), network.forward(objective.data.X)
    second = wide.loss.information(objective.data.Y, f) * objective.data.shares[:, None] / 2
    expected = np.einsum("nop,no,noq->pq", J, second, J) + objective.penalty.matrix()
    value, gradient, H = objective.informed().normal_equations(theta)
    assert_all_close([H], [expected], 1e-12)
    assert_all_close([value, gradient], objective.normal_equations(theta)[:2], 1e-14)
    squares = make_objective(network)
    assert squares.informed() is squares
