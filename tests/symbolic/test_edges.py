"""Edges and their constants."""

import pickle

import numpy as np
import pytest
from formulas import CURVES, mixed_graph

from sklearn_kan.symbolic.edges import A, C, Constants, Exact, SymbolicEdge


@pytest.mark.parametrize("function", CURVES, ids=lambda f: f.name)
@pytest.mark.parametrize("size", [2.0**-4, 2.0**5, 2.0**-400])
def test_edges_of_scaled_inputs_are_the_same(function, size):
    lo, hi = function.domain
    edge = SymbolicEdge(0, function, 0.5, 0.6 if np.isfinite(lo) and np.isfinite(hi) else 1.0, 2.0, 0.0)
    u = np.linspace(0.1, 0.3, 5)
    assert np.allclose(edge.of_scaled(size).value(size * u), edge.value(u), rtol=1e-12)


def test_splines_of_scaled_inputs_are_the_same():
    spline, u = mixed_graph().nodes[0].edges[1], np.linspace(-3, 3, 9)
    assert np.allclose(spline.of_scaled(2.0**60).value(u * 2.0**60), spline.value(u), rtol=1e-12)


def test_exact_numbers_add_and_multiply():
    half, pi = Exact(1, 2), Exact(1, 1, True)
    assert (
        half.times(Exact(4, 3)) == Exact(2, 3) and half.plus(half) == Exact(1) and half.times(pi) == Exact(1, 2, True)
    )
    assert pi.times(pi) is None and pi.plus(half) is None and pi.plus(Exact(-1, 1, True)) == Exact(0)


def test_scaled_constants_stay_exact_where_they_can():
    constants = Constants([3.0, 2.0], [False, False])
    constants.scale(0, -1)
    constants.scale(1, 0.5)
    assert constants.exact == [Exact(-3), None] and list(constants.values) == [-3.0, 1.0]
    constants.scale(0, 1 / 3, Exact(1, 3))
    assert constants.exact[0] == Exact(-1) and constants.values[0] == -1.0


def test_pickles_hold_names_of_functions():
    edge = mixed_graph().nodes[0].edges[0]
    assert edge.__getstate__()["function"] == "sin"
    loaded = pickle.loads(pickle.dumps(edge))
    assert loaded.function is edge.function and np.array_equal(
        loaded.constants.values[[A, C]], edge.constants.values[[A, C]]
    )
