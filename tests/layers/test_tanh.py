"""The layer of tanh: values, derivatives, and far out."""

import numpy as np
import reference

from sklearn_kan.layers import Tanh


def test_tanh_forward_and_backward():
    X, dY = np.random.RandomState(1).uniform(-3, 3, (9, 2)), np.random.RandomState(2).normal(size=(9, 2))
    layer = Tanh()
    e = np.exp(2 * X)
    np.testing.assert_allclose(layer.forward(X), (e - 1) / (e + 1), rtol=0, atol=1e-14)
    dtheta, dX = layer.backward(X, dY)
    assert dtheta is None and layer.n_params == 0 and len(layer.theta) == 0
    expected = reference.numerical_jacobian(lambda x: np.sum(np.tanh(x.reshape(X.shape)) * dY), X.ravel())
    np.testing.assert_allclose(dX.ravel(), expected, rtol=0, atol=1e-8)


def test_tanh_keeps_huge_values_on_the_grid():
    assert np.array_equal(Tanh().forward(np.array([[-1e300, np.inf]])), [[-1.0, 1.0]])
