"""Fitted models of every kind, for what takes them elsewhere: networks that are difficult, and fits of every link."""

from functools import cache

import numpy as np
from numpy.testing import assert_allclose
from problems import NETWORKS, exp_sin, inputs, make_layer, make_periodic_layer

from sklearn_kan import KANClassifier, KANRegressor
from sklearn_kan.layers import Tanh
from sklearn_kan.layers.knots import extend
from sklearn_kan.network import KANNetwork


def far_knots():
    """A layer with cells near 0, and one that reaches to a value far away."""
    layer, near = make_layer(2, 2, kind="unequal", max_excess=1.0), np.linspace(-1, 1, 5)
    layer.basis = layer.basis.on(extend(np.array([np.append(near, 1e6), np.append(-9999.0, near)]), 3))
    return layer


STACKS = {
    **NETWORKS,
    "additive, unequal": lambda: KANNetwork([make_layer(2, 1, kind="unequal", degree=4)]),
    "one cell": lambda: KANNetwork([make_layer(2, 1, grid_size=1, degree=1)]),
    "constant, unequal": lambda: KANNetwork(
        [make_layer(2, 2, kind="unequal", degree=1, extrapolation="constant"), make_layer(2, 1, degree=5)]
    ),
    "bounded and unequal": lambda: KANNetwork(
        [make_layer(2, 2), make_layer(2, 1, kind="unequal", degree=2, max_excess=0.25)]
    ),
    "silu, constant and continued": lambda: KANNetwork(
        [
            make_layer(2, 2, kind="unequal", extrapolation="constant", base_function="silu"),
            make_layer(2, 1, extrapolation="continue", base_function="silu", max_excess=0.25),
        ]
    ),
    "values far away": lambda: KANNetwork([far_knots(), make_layer(2, 1, max_excess=0.25)]),
    "deep, periodic": lambda: KANNetwork([make_periodic_layer(), make_layer(3, 1, max_excess=0.25)]),
    "no edges": lambda: KANNetwork(
        [make_layer(2, 2, missing=[(0, 0), (1, 0), (0, 1), (1, 1)]), Tanh(), make_layer(2, 1)]
    ),
}
FITS = ("several", "absolute_error", "poisson", "gamma", "two classes", "three classes", "averaged")


def holding(network, **attributes):
    """A fitted regressor with another network."""
    model = KANRegressor((), alpha=1e-3, max_iter=3, tol=0.1).fit(inputs(30), inputs(30)[:, 0])
    one = np.ones(network.n_outputs)
    model.__dict__.update(
        network_=network, y_mean_=0.5 * one, y_scale_=2.0 * one, _y_ndim=1 + (len(one) > 1), **attributes
    )
    return model


def places(network, far=True):
    """Rows between, on and outside knots; far outside too unless polynomials go on there."""
    rows = [inputs(8), inputs(8, seed=1, spread=3.0), [[1, -1], [-1, 1]]]
    first = network.spline_layers[0].basis
    rows.append(first.t[:, first.k : first.k + first.n_cells + 1].T)
    return np.vstack([*rows, [[1e9, -1e9]]] if far else rows)


def assert_same(y, expected):
    """Equal to 1e-9 of the size of the predictions of the row."""
    expected = expected.reshape(len(y), -1)
    scale = 1 + np.abs(expected).max(axis=1, keepdims=True)
    assert_allclose(y / scale, expected / scale, rtol=0, atol=1e-9)


@cache
def fits():
    """Rows, and small fits of every link, by the names `FITS`; those of classes say so."""
    X, y, _, _ = exp_sin(80, noise=0.1)
    labels = np.where(y > 2, "high", np.where(y > 0.8, "middle", "low"))
    quick = {"alpha": 1e-3, "max_iter": 20, "tol": 1e-2, "random_state": 0}
    return X, {
        "several": KANRegressor((3,), **quick).fit(X, np.column_stack([y, -3 * y])),
        "absolute_error": KANRegressor((), loss="absolute_error", **quick).fit(X, y),
        "poisson": KANRegressor((2,), loss="poisson", squash="tanh", **quick).fit(X, np.round(y)),
        "gamma": KANRegressor((), loss="gamma", base_function="silu", **quick).fit(X, y),
        "two classes": KANClassifier((2,), knots="quantile", **quick).fit(X, y > 1),
        "three classes": KANClassifier((), **quick).fit(X, labels),
        "averaged": KANRegressor((2,), n_init=2, max_iter=10, tol=0.1, random_state=0).fit(X, y),
    }


def run_onnx(model, X, dtype=np.float64):
    """All outputs of a file, by their names, for rows or a dict of inputs."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(model.SerializeToString(), options)
    names = [output.name for output in session.get_outputs()]
    return dict(zip(names, session.run(names, X if isinstance(X, dict) else {"X": X.astype(dtype)}), strict=True))
