"""The step on a batch of rows against the dense one, and how far it goes."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from problems import ALL_NETWORKS, inputs, make_layer

import sklearn_kan.objective.dual_step as dual_step
from sklearn_kan.losses import HalfGammaLoss, HalfPoissonLoss, HalfSquaredError, HuberLoss, LogisticLoss, SoftmaxLoss
from sklearn_kan.network import KANNetwork
from sklearn_kan.objective.objective import Objective
from sklearn_kan.objective.penalty import Penalty
from sklearn_kan.utils.data import TrainingData

ALPHA, MU, ROWS = 0.01, 0.3, np.arange(30)

# Targets that each loss is defined for, from standard normal numbers of shape (n, n_outputs).
TARGETS = {
    HalfSquaredError: lambda Z: Z,
    HuberLoss: lambda Z: Z,
    LogisticLoss: lambda Z: (Z > 0).astype(float),
    SoftmaxLoss: lambda Z: np.eye(Z.shape[1])[Z.argmax(axis=1)],
    HalfPoissonLoss: lambda Z: np.floor(np.exp(Z)),
    HalfGammaLoss: np.exp,
}


@pytest.fixture(params=TARGETS, ids=lambda loss: loss.__name__)
def loss(request):
    return request.param


def make_objective(network, loss, weighted=True, n=80):
    rng = np.random.RandomState(0)
    X, Y = inputs(n), TARGETS[loss](rng.normal(size=(n, network.n_outputs)))
    data = TrainingData(X, Y, rng.uniform(0.1, 2, n) if weighted else None)
    return Objective(network, loss(), Penalty.fixed(network, ALPHA), data)


def theta_of(network, size=0.5, seed=1):
    return size * np.random.RandomState(seed).normal(size=network.n_params)


def dense_step(objective, theta):
    """alpha S theta' + J^T (r + J (theta' - c)) + mu (theta' - theta) = 0, all of it written out."""
    network, S, unit = objective.network, objective.penalty.matrix(), np.eye(len(theta))
    anchor = np.linalg.solve(S + MU * unit, MU * theta)
    network.theta = anchor
    J, f, y = network.jacobian(objective.data.X), network.forward(objective.data.X).T, objective.data.Y.T
    weight = np.ones((network.n_outputs, 1)) * objective.data.shares / (1 if objective.loss.coupled else len(y))
    gradient, curvature = objective.loss.gradient(y, f), objective.loss.curvature(y, f)
    curvature = np.ones(f.shape) if curvature is None else np.maximum(curvature, abs(gradient) / objective.loss.trust)
    slope = np.einsum("nop,on->p", J, weight * gradient)
    if objective.loss.coupled:
        J = J - np.einsum("nop,on->np", J, curvature / curvature.sum(axis=0))[:, None]
    H = np.einsum("nop,on,noq->pq", J, weight * curvature, J)
    value = np.sum(weight * objective.loss.value(y, f)) + objective.penalty.value(anchor)
    return anchor, anchor - np.linalg.solve(H + S + MU * unit, slope), value, np.trace(H)


@pytest.mark.parametrize("way", ["factorised", "conjugate gradients"])
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("name", ["missing edges", "deep, unlike layers", "tanh between", "uneven"])
def test_step_is_the_dense_one(name, loss, weighted, way, monkeypatch):
    monkeypatch.setattr(dual_step, "_HALVINGS", 1)
    if way != "factorised":
        monkeypatch.setattr(dual_step, "_DIRECT", 0)
        monkeypatch.setattr(dual_step, "_RESIDUAL", 1e-13)
        monkeypatch.setattr(dual_step, "_ITERATIONS", 1000)
    network = ALL_NETWORKS[name]()
    objective, theta = make_objective(network, loss, weighted), theta_of(network)
    moved, value = objective.dual_step(MU)(theta, ROWS)
    part = objective.on(objective.data.take(ROWS))
    anchor, expected, before, trace = dense_step(part, theta)
    if part.value(expected) > before:
        expected = anchor
    assert_allclose(moved, expected, rtol=0, atol=1e-9 * np.abs(expected).max())
    assert_allclose(value, before, rtol=1e-11)
    assert_allclose(objective.squared_length(anchor, ROWS), trace, rtol=1e-11)


@pytest.mark.parametrize("size", [0.5, 5.0, 50.0])
def test_a_batch_is_never_worse_after_its_step(loss, size):
    """Wherever it starts: of saturated rows too, whose curvature is next to nothing."""
    network = ALL_NETWORKS["deep, unlike layers"]()
    objective, theta = make_objective(network, loss), theta_of(network, size)
    part = objective.on(objective.data.take(ROWS))
    for damping in (1e-8, 1e-3, 10.0):
        moved, before = objective.dual_step(damping)(theta, ROWS)
        # To rounding: both losses come from products, of other shapes, whose sums differ in the last digits.
        assert part.value(moved) <= before + 1e-12 * abs(before)


@pytest.mark.parametrize("f", [-20.0, -3.0, 1.0, 12.0])
@pytest.mark.parametrize(("loss", "y"), [(LogisticLoss, 1.0), (LogisticLoss, 0.0), (HalfPoissonLoss, 5.0)], ids=str)
def test_a_row_alone_moves_by_its_trust_at_most(loss, y, f):
    """Of a spline that is the constant f, and next to no damping: a Newton step would be exp(f) long."""
    network = KANNetwork([make_layer(1, 1)])
    theta = np.full(network.n_params, f)
    data = TrainingData(np.zeros((1, 1)), np.full((1, 1), y))
    moved, _ = Objective(network, loss(), Penalty.fixed(network, 0.0), data).dual_step(1e-9)(theta, np.zeros(1, int))
    network.theta = moved
    change = network.forward(np.zeros((1, 1)))[0, 0] - f
    gradient = loss().gradient(y, f)
    assert np.sign(change) == -np.sign(gradient) or abs(gradient) < 1e-6
    assert abs(change) <= loss().trust * (1 + 1e-6)
    # The Newton step if it is shorter; halved twice at most.
    assert abs(change) > 0.24 * min(abs(gradient) / loss().curvature(y, f), loss().trust) * (1 - 1e-6)


def test_curvature_of_softmax_stays_above_the_second_derivative():
    rng = np.random.RandomState(0)
    f, y = 6 * rng.normal(size=(5, 200)), np.eye(5)[rng.randint(5, size=200)].T
    root, mean_weights = dual_step._curvature_root(SoftmaxLoss(), y, f, np.ones(200))
    p = SoftmaxLoss().curvature(y, f)
    for v in rng.normal(size=(20, 5, 1)):
        above = np.sum((root * (v - np.sum(mean_weights * v, axis=0))) ** 2, axis=0)
        assert np.all(above >= np.sum(p * (v - np.sum(p * v, axis=0)) ** 2, axis=0) * (1 - 1e-12))


def test_numbers_out_of_range_move_nothing():
    network = ALL_NETWORKS["two layers"]()
    objective, theta = make_objective(network, HalfPoissonLoss), theta_of(network)
    far = objective.on(replace(objective.data, Y=np.full((80, 1), 1e300)))
    with np.errstate(all="ignore"):
        moved, _ = far.dual_step(1e-300)(theta, ROWS)
    assert np.all(np.isfinite(moved))
    singular = np.ones((3, 3))
    singular[0, 0] = -1.0
    assert_array_equal(dual_step._solution(singular, np.ones(3)), np.zeros(3))


def test_cost_of_outputs(monkeypatch):
    """Of 60 outputs no array of the size of outputs squared times rows is made."""
    import tracemalloc

    network = KANNetwork([make_layer(2, 4), make_layer(4, 60, 1)])
    rng, n = np.random.RandomState(0), 512
    data = TrainingData(inputs(n), np.eye(60)[rng.randint(60, size=n)])
    objective = Objective(network, SoftmaxLoss(), Penalty.fixed(network, ALPHA), data)
    tracemalloc.start()
    try:
        objective.dual_step(MU)(network.theta, np.arange(n))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 8 * 60 * 60 * n / 2
