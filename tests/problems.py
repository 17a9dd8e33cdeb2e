"""Small data sets with known answers, and small random networks, shared by the tests."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from sklearn_kan.layers import SplineLayer, Tanh
from sklearn_kan.layers.basis import BSplineBasis
from sklearn_kan.layers.knots import extend, refit_coefficients, uniform_knots
from sklearn_kan.layers.periodic import PeriodicBasis
from sklearn_kan.network import KANNetwork


class Problem(NamedTuple):
    """Rows X, targets y = truth(X) + noise, and the parts of the truth if it is additive."""

    X: np.ndarray
    y: np.ndarray
    truth: Callable
    parts: tuple = ()


def _draw(truth, lo, hi, n, n_features, noise, seed, parts=()):
    rng = np.random.RandomState(seed)
    X = rng.uniform(lo, hi, (n, n_features))
    return Problem(X, truth(X) + noise * rng.normal(size=n), truth, parts)


def exp_sin(n=300, noise=0.0, seed=0):
    """exp(sin(pi x0) + x1^2) on [-1, 1]^2: exactly a network of shape [2, 1, 1]."""
    return _draw(lambda X: np.exp(np.sin(np.pi * X[:, 0]) + X[:, 1] ** 2), -1, 1, n, 2, noise, seed)


def damped_sine(n=200, noise=0.0, seed=0):
    """0.5 sin(4 x) exp(-x - 1) on [-1, 1]: one spline."""
    return _draw(lambda X: 0.5 * np.sin(4 * X[:, 0]) * np.exp(-X[:, 0] - 1), -1, 1, n, 1, noise, seed)


def additive(n=300, noise=0.0, seed=0):
    """1 + sin(3 x0) + x1^3 - x2 / 2 + 0 x3 on [-1, 1]^4; `parts` are the four functions, each odd, so of mean 0."""
    parts = (lambda x: np.sin(3 * x), lambda x: x**3, lambda x: -x / 2, lambda x: 0 * x)
    return _draw(lambda X: 1 + sum(f(x) for f, x in zip(parts, X.T, strict=True)), -1, 1, n, 4, noise, seed, parts)


def friedman1(n=300, noise=0.0, seed=0, n_features=7):
    """Friedman's first function on the unit cube; the inputs from the sixth on do nothing."""

    def truth(X):
        return 10 * np.sin(np.pi * X[:, 0] * X[:, 1]) + 20 * (X[:, 2] - 0.5) ** 2 + 10 * X[:, 3] + 5 * X[:, 4]

    return _draw(truth, 0, 1, n, n_features, noise, seed)


def make_knots(kind, k, n_cells=6, lo=(-1.0,), hi=(1.0,), seed=0):
    """Knots that are "uniform", or "unequal" ones whose widest cell is several times the narrowest."""
    lo, hi = np.array(lo), np.array(hi)
    if kind == "uniform":
        return uniform_knots(lo, hi, n_cells, k)
    place = np.cumsum(np.random.RandomState(seed).uniform(0.3, 1.7, (len(lo), n_cells)), axis=1)
    place = np.hstack([np.zeros((len(lo), 1)), place / place[:, -1:]])
    return extend(lo[:, None] * (1 - place) + hi[:, None] * place, k)


class UnevenBasis(BSplineBasis):
    """B-splines of which the last two of the first input are one function: it has fewer coefficients than others."""

    @property
    def used(self):
        used = np.ones((len(self.t), self.n_basis), dtype=bool)
        used[0, -1] = False
        return used

    def design(self, x, slopes=False):
        designs = super().design(x, slopes)
        for design in designs if slopes else [designs]:
            design[0, -2] += design[0, -1]
            design[0, -1] = 0.0
        return designs

    def repeated(self, coef):
        coef = coef.copy()
        coef[0, :, -1] = coef[0, :, -2]
        return coef

    def roughness(self):
        R = super().roughness()
        R[0, -1] = R[0, :, -1] = 0.0
        return R


def make_uneven_layer(n_in, n_out, seed=0, missing=(), base_function=None):
    """`make_layer` on an UnevenBasis."""
    layer = SplineLayer.on(
        UnevenBasis(make_knots("uniform", 3, 5, [-1.0] * n_in, [1.0] * n_in), 3), n_out, base_function
    )
    for i, j in missing:
        layer.edges[i, j] = False
    layer.theta = np.random.RandomState(seed).normal(size=layer.n_params) / np.sqrt(n_in)
    return layer


def make_layer(n_in, n_out, seed=0, kind="uniform", degree=3, grid_size=5, missing=(), **options):
    """A layer on [-1, 1] with random coefficients; `missing` lists edges that do not exist."""
    knots = make_knots(kind, degree, grid_size, lo=[-1.0] * n_in, hi=[1.0] * n_in, seed=seed)
    layer = SplineLayer(n_in, n_out, degree=degree, knots=knots, **options)
    for i, j in missing:
        layer.edges[i, j] = False
    layer.theta = np.random.RandomState(seed).normal(size=layer.n_params) / np.sqrt(n_in)
    return layer


def make_periodic_layer(n_out=3, grid_size=5, degree=3, kind="unequal", period=1.7):
    """A layer of two inputs of which the first has a period."""
    t = make_knots(kind, degree, grid_size, lo=[-1.0, -1.0], hi=[1.0, 1.0])
    t[:1] = uniform_knots(np.array([-0.9]), np.array([-0.9 + period]), grid_size, degree)
    layer = SplineLayer.on(PeriodicBasis(t, degree, np.array([True, False])), n_out)
    layer.theta = np.random.RandomState(0).normal(size=layer.n_params)
    return layer


# Random networks with two inputs, each with its own way to be difficult.
NETWORKS = {
    "single": lambda: KANNetwork([make_layer(2, 3)]),
    "two layers": lambda: KANNetwork([make_layer(2, 3), make_layer(3, 1, 1)]),
    "deep, unlike layers": lambda: KANNetwork(
        [
            make_layer(2, 3, 0, degree=2, grid_size=4),
            make_layer(3, 4, 1, kind="unequal", degree=4, grid_size=3),
            make_layer(4, 2, 2, degree=3, grid_size=6, extrapolation="continue"),
            make_layer(2, 2, 3, degree=5, grid_size=2),
        ]
    ),
    "tanh between": lambda: KANNetwork(
        [make_layer(2, 3), Tanh(), make_layer(3, 2, 1, kind="unequal"), Tanh(), make_layer(2, 2, 2)]
    ),
    "tanh first": lambda: KANNetwork([Tanh(), make_layer(2, 3), make_layer(3, 2, 1)]),
    "missing edges": lambda: KANNetwork(
        [
            make_layer(2, 4, 0, missing=[(0, 0), (1, 2), (0, 3), (1, 3)]),
            make_layer(4, 2, 1, missing=[(1, 0), (3, 0), (3, 1)]),
        ]
    ),
    "silu and reach": lambda: KANNetwork(
        [
            make_layer(2, 3, 0, base_function="silu", missing=[(1, 1)]),
            make_layer(3, 2, 1, base_function="silu", max_excess=0.25),
        ]
    ),
}

# The same, and networks whose inputs have bases of different sizes, which not every export can write down.
ALL_NETWORKS = {
    **NETWORKS,
    "uneven": lambda: KANNetwork([make_uneven_layer(2, 3, missing=[(1, 0)]), make_layer(3, 2, 1)]),
    "uneven, one output": lambda: KANNetwork([make_uneven_layer(2, 2, base_function="silu"), make_layer(2, 1, 1)]),
    "uneven, single": lambda: KANNetwork([make_uneven_layer(2, 3, missing=[(0, 1)])]),
}


def inputs(n=20, seed=0, spread=1.0):
    """Points with two inputs, uniform on [-spread, spread]."""
    return np.random.RandomState(seed).uniform(-spread, spread, (n, 2))


def unit_inputs(n=300):
    """Friedman's inputs mapped to [-1, 1], the first two."""
    return 2 * friedman1(n).X[:, :2] - 1


def make_smooth(layer, size, seed):
    """Make each edge a sine of random amplitude and frequency plus a line."""
    rng = np.random.RandomState(seed)
    shape = (*layer.edges.shape, 1)
    a, b, c = rng.normal(size=(3, *shape)) * size
    layer.weights = refit_coefficients(lambda x: a * np.sin((2 + b) * x[:, None]) + c + x[:, None] * b, layer.basis)
    layer.coef *= layer.edges[:, :, None]
    return layer


def make_linear(layer, slope=1.0, seed=0):
    """Make each edge a random straight line."""
    a, b = np.random.RandomState(seed).normal(size=(2, *layer.edges.shape, 1))
    layer.weights = (slope * a * layer.basis.greville()[:, None] + b) * layer.edges[:, :, None]
    return layer


def smooth_network(grid_size=10, missing=((0, 1), (1, 2)), **options):
    """Shape [2, 3, 2, 1] whose hidden data lie well inside their grids."""
    layers = [make_layer(2, 3, 0, missing=missing, grid_size=grid_size, **options)]
    layers += [make_layer(3, 2, 1, missing=[(2, 0)], grid_size=grid_size, **options)]
    layers += [make_layer(2, 1, 2, grid_size=grid_size, **options)]
    return KANNetwork([make_smooth(layer, 0.15, seed=i) for i, layer in enumerate(layers)])


def relative_change(network, X, before):
    return np.abs(network.forward(X) - before).max() / np.ptp(before)
