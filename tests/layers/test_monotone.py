"""Splines with coefficients in order rise everywhere; the nearest ones in order."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from problems import make_layer

from sklearn_kan.layers.monotone import nearest_in_order


@pytest.mark.parametrize("extrapolation", ["linear", "constant"])
@pytest.mark.parametrize("kind", ["uniform", "unequal"])
@pytest.mark.parametrize("degree", [1, 2, 3, 5])
def test_a_spline_in_order_rises_everywhere(degree, kind, extrapolation):
    layer = make_layer(2, 3, kind=kind, degree=degree, extrapolation=extrapolation, max_excess=0.5)
    layer.signs[:] = [[1, -1, 0], [0, 1, -1]]
    before = layer.coef.copy()
    layer.obey_signs()
    assert_array_equal(layer.coef[layer.signs == 0], before[layer.signs == 0])
    x = np.linspace(-6, 6, 2001)
    steps = np.diff(layer.functions(np.stack([x, x])), axis=2)
    assert (steps * layer.signs[:, :, None]).min() > -1e-13
    assert np.abs(steps[layer.signs != 0]).max() > 1e-3


def test_the_nearest_coefficients_in_order():
    coef = np.array([[0.0, 2.0, 1.0, 3.0], [0.0, 2.0, 1.0, 3.0], [3.0, 2.0, 1.0, 3.0]])
    expected = [[0.0, 1.5, 1.5, 3.0], [1.5, 1.5, 1.5, 1.5], [3.0, 2.0, 1.0, 3.0]]
    assert_allclose(nearest_in_order(coef, np.array([1, -1, 0])), expected)
    assert nearest_in_order(coef[:, [0, 2, 1, 3]], np.array([1, 0, 0])) is not None
    kept = np.sort(coef, axis=1)
    assert nearest_in_order(kept, np.ones(3, dtype=int)) is kept
