"""The functions that an edge may become."""

import pickle

import numpy as np
import pytest
import sympy
from formulas import CURVES, LIBRARY, PYKAN

from sklearn_kan.symbolic.library import ALIASES, Function, get_function, make_library


def arguments(function, n=41):
    """Points well within a domain."""
    lo, hi = function.domain
    return np.linspace(max(lo, -2) + 0.1, min(hi, 2) - 0.1, n)


def test_library_has_the_functions_of_pykan():
    assert len(PYKAN) == 29
    names = {function.name for function in LIBRARY}
    assert {ALIASES.get(name, name) for name in PYKAN} <= names
    for name in PYKAN:
        assert get_function(name) in LIBRARY


@pytest.mark.parametrize("function", LIBRARY, ids=lambda f: f.name)
def test_functions_agree_with_sympy(function):
    t, x = arguments(function), sympy.Symbol("x", real=True)
    written = function.sympy(sympy, x)
    values = np.array([float(written.subs(x, sympy.Float(v, 30)).evalf(25)) for v in t[::5]])
    assert np.allclose(values, function.f(t)[::5], rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("function", CURVES, ids=lambda f: f.name)
def test_slopes_are_those_of_central_differences(function):
    t = arguments(function)
    numeric = Function(function.name, function.f, function.sympy).slope(t)
    assert np.allclose(function.slope(t), numeric, rtol=1e-6, atol=1e-6)


def test_sinc_is_smooth_at_zero():
    t, function = np.array([-1e-9, 0.0, 1e-9, 0.00999, 0.01001]), get_function("sinc")
    assert np.allclose(function.f(t[:3]), 1.0)
    assert abs(np.diff(function.slope(t)[3:])[0]) < 1e-5


@pytest.mark.parametrize(
    ("library", "message"),
    [
        (["sin", "sin"], "each function once"),
        ([], "at least one"),
        (["no such"], "library has no function 'no such'"),
        ([("f", 3, 4)], "library entries must be"),
        ([("f", np.sin, sympy.sin, {"freedom": "some"})], "freedom must be one of"),
    ],
)
def test_libraries_are_checked(library, message):
    with pytest.raises(ValueError, match=message):
        make_library(library)


def test_functions_are_pickled_by_name():
    assert pickle.loads(pickle.dumps(get_function("sin"))) is get_function("sin")
    own = pickle.loads(pickle.dumps(make_library([("sin", np.sinh, sympy.sinh)])[0]))
    assert own.f is np.sinh and own.sympy(sympy, sympy.Symbol("u")) == sympy.sinh(sympy.Symbol("u"))
