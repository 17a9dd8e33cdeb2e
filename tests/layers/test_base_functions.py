"""Functions beside the splines of edges: values and derivatives against their definitions."""

import numpy as np
import pytest
import reference
from numpy.testing import assert_allclose

from sklearn_kan.layers.base_functions import BASE_FUNCTIONS
from sklearn_kan.symbolic.library import get_function

Z = np.linspace(-6, 6, 41)


def test_silu_is_z_times_the_logistic_function():
    assert_allclose(BASE_FUNCTIONS["silu"].value(Z), Z / (1 + np.exp(-Z)), rtol=1e-14, atol=1e-15)


@pytest.mark.parametrize("name", BASE_FUNCTIONS)
def test_derivatives_match_differences(name):
    value, derivative = BASE_FUNCTIONS[name]
    expected = [reference.numerical_jacobian(value, np.array([z])).item() for z in Z]
    assert_allclose(derivative(Z), expected, atol=1e-8)


@pytest.mark.parametrize("name", BASE_FUNCTIONS)
def test_formulas_know_them_by_name(name):
    assert_allclose(get_function(name).f(Z), BASE_FUNCTIONS[name].value(Z), rtol=1e-14, atol=1e-15)
