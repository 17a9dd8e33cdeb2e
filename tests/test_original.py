"""The original system, in numbers: a network with fixed grids and a Tanh layer, trained sample by sample.

The step 0.05 acts on the halved squared error of the standardised target, (f - y)^2 / 2: there the
gradient is f - y, so a step on the plain square would be twice as long.
"""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from reference import basis_slope, basis_value
from sklearn.exceptions import ConvergenceWarning

from sklearn_kan import KANRegressor

HIDDEN, CELLS, DEGREE, STEP, EPOCHS = 2, 4, 3, 0.05, 100
N_BASIS = CELLS + DEGREE
KNOTS = -1 + np.arange(-DEGREE, CELLS + DEGREE + 1) * 2 / CELLS


def samples():
    x = np.linspace(-1, 1, 20)
    return x, 0.5 * np.sin(4 * x) * np.exp(-x - 1)


def basis(x, function=basis_value):
    return np.array([function(KNOTS, r, DEGREE, x) for r in range(N_BASIS)])


def train_by_hand(seed, shuffle):
    """Losses of all epochs, and the weights of both layers at the end."""
    rng = np.random.RandomState(seed)
    first = rng.normal(0, 0.1, (1, HIDDEN, N_BASIS))
    second = rng.normal(0, 0.1, (HIDDEN, 1, N_BASIS))
    x, y = samples()
    y = (y - y.mean()) / y.std()
    at_sample, losses = [basis(point) for point in x], []
    for _ in range(EPOCHS):
        loss = 0.0
        for n in rng.permutation(len(x)) if shuffle else range(len(x)):
            hidden = np.tanh([first[0, j] @ at_sample[n] for j in range(HIDDEN)])
            values = [basis(h) for h in hidden]
            f = sum(second[i, 0] @ values[i] for i in range(HIDDEN))
            loss += (f - y[n]) ** 2 / 2 / len(x)
            dhidden = [(f - y[n]) * second[i, 0] @ basis(hidden[i], basis_slope) for i in range(HIDDEN)]
            for i in range(HIDDEN):
                second[i, 0] -= STEP * (f - y[n]) * values[i]
            for j in range(HIDDEN):
                first[0, j] -= STEP * dhidden[j] * (1 - hidden[j] ** 2) * at_sample[n]
        losses.append(loss)
    return losses, first, second


def original(seed, **options):
    """The estimator set up as that system, fitted."""
    given = {"learning_rate_init": STEP, "shuffle": False, "random_state": seed, **options}
    model = KANRegressor(
        (HIDDEN,),
        squash="tanh",
        knots="uniform",
        grid_size=CELLS,
        degree=DEGREE,
        solver="sgd",
        batch_size=1,
        alpha=0,
        max_iter=EPOCHS,
        tol=0,
        n_iter_no_change=EPOCHS,
        **given,
    )
    x, y = samples()
    with pytest.warns(ConvergenceWarning, match="max_iter=100"):
        return model.fit(x[:, None], y)


@pytest.mark.parametrize("shuffle", [False, True])
@pytest.mark.parametrize("seed", [0, 1])
def test_the_whole_trajectory_is_that_of_a_plain_loop(seed, shuffle):
    model = original(seed, shuffle=shuffle)
    losses, first, second = train_by_hand(seed, shuffle)
    assert len(model.loss_curve_) == model.n_iter_ == EPOCHS
    assert_allclose(model.loss_curve_, losses, rtol=1e-10)
    assert_allclose(model.network_.spline_layers[0].weights, first, rtol=0, atol=1e-10)
    assert_allclose(model.network_.spline_layers[1].weights, second, rtol=0, atol=1e-10)


def test_shape_of_the_system():
    network = original(0).network_
    assert [type(layer).__name__ for layer in network.layers] == ["SplineLayer", "Tanh", "SplineLayer"]
    assert [layer.coef.shape for layer in network.spline_layers] == [(1, 2, 7), (2, 1, 7)]
    assert_allclose([layer.basis.t[0] for layer in network.spline_layers], [KNOTS, KNOTS], atol=1e-15)


@pytest.mark.parametrize("seed", range(3))
def test_training_reduces_the_loss(seed):
    model = original(seed)
    x, y = samples()
    # The loss of a constant at the mean of the standardised target is 1/2.
    assert 0.3 < model.loss_curve_[0] < 0.6
    assert model.loss_curve_[-1] < 0.1 * model.loss_curve_[0]
    assert model.score(x[:, None], y) > 0.9


def test_half_the_step_is_another_trajectory():
    a, b = original(0), original(0, learning_rate_init=STEP / 2)
    assert b.loss_curve_[-1] > 1.05 * a.loss_curve_[-1]
