"""Networks of polynomials, whose variances and their shares are known."""

import numpy as np

from sklearn_kan.layers import SplineLayer
from sklearn_kan.layers.knots import refit_coefficients
from sklearn_kan.network import KANNetwork


def layer_of(functions, lo=-1.0, hi=1.0):
    """A layer whose edges are given polynomials, as a list (inputs) of lists (outputs)."""
    layer = SplineLayer(len(functions), len(functions[0]), grid_range=(lo, hi))

    def values(x):
        return np.stack([[f(x[i]) + 0 * x[i] for f in row] for i, row in enumerate(functions)])

    layer.weights = refit_coefficients(values, layer.basis)
    return layer


def zero(x):
    return 0 * x


def same(x):
    return x


def square(x):
    return x**2


# x0 x1 + x2^2 / 2 as ((x0 + x1)^2 - x0^2 - x1^2 + x2^2) / 2; the last input does nothing.
PRODUCT = KANNetwork(
    [
        layer_of(
            [[same, same, zero, zero], [same, zero, same, zero], [zero, zero, zero, same], [zero] * 4], lo=-2, hi=2
        ),
        layer_of([[lambda h: h**2 / 2], [lambda h: -(h**2) / 2], [lambda h: -(h**2) / 2], [lambda h: h**2 / 2]], -2, 2),
    ]
)
# Variances of x0 x1 and x2^2 / 2 for uniform inputs.
JOINT, ALONE = 1 / 9, 1 / 45
UNIFORM = np.random.RandomState(0).uniform(-1, 1, (20_000, 4))
