"""The decomposition of a prediction, against functions whose parts and shares are known."""

import itertools

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from problems import additive, exp_sin, make_layer

from sklearn_kan import KANClassifier, KANRegressor, effects
from sklearn_kan.inspection.effect_bands import curve_deviations
from sklearn_kan.network import KANNetwork
from sklearn_kan.network.decomposition import decompose
from sklearn_kan.network.hats import Hats

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


class Formula:
    """A function with the manners of a network that has hidden layers."""

    def __init__(self, function, n_features):
        self.function, self.layers = function, [None, None]
        self.spline_layers = [make_layer(n_features, 1)]

    def forward(self, X):
        return self.function(*X.T)[:, None]


def taken_apart(function, X, n_pairs=10, weight=None):
    weight = np.full(len(X), 1 / len(X)) if weight is None else weight / weight.sum()
    return decompose(Formula(function, X.shape[1]), X, weight, np.ones(X.shape[1]), n_pairs, [0])


def cube(n, d, seed=0):
    return np.random.RandomState(seed).uniform(-1, 1, (n, d))


# ------------------------------------------------------------------------------- the decomposition


def test_the_classical_decomposition_of_independent_features():
    """f = sin(3a) + 2bc + c: curves sin(3a), 0 and c, one surface 2bc."""
    X = cube(2000, 4)
    parts = taken_apart(lambda a, b, c, d: np.sin(3 * a) + 2 * b * c + c + 0 * d, X)
    a, _, c, d = (part.values[:, 0] for part in parts.curves)
    nodes = [part.hats[0].nodes for part in parts.curves]
    assert_allclose(a, np.sin(3 * nodes[0]) - np.sin(3 * X[:, 0]).mean(), atol=0.02)
    assert_allclose(c, nodes[2] - X[:, 2].mean(), atol=0.1)
    assert np.sqrt(np.mean(parts.curves[1].at(X) ** 2)) < 0.07
    assert np.abs(d).max() < 0.01
    (surface,) = parts.surfaces
    assert surface.features == (1, 2)
    assert np.sqrt(np.mean((surface.at(X)[:, 0] - 2 * X[:, 1] * X[:, 2]) ** 2)) < 0.08


def test_parts_and_rest_make_the_prediction_and_are_centred():
    X = cube(500, 3)
    weight = np.random.RandomState(1).uniform(0, 3, 500)
    parts = taken_apart(lambda a, b, c: np.exp(a + b) * (1 + c), X, weight=weight)
    weight = weight / weight.sum()
    for part in parts.curves + parts.surfaces:
        assert_allclose(weight @ part.at(X), 0, atol=1e-9)
    for surface in parts.surfaces:  # Nothing is left that a function of one feature could say.
        for i, hats in zip(surface.features, surface.hats, strict=True):
            assert_allclose((hats.design(X[:, i]).T * weight) @ surface.at(X), 0, atol=1e-9)


def test_of_features_that_say_the_same_nothing_is_asked_outside_the_data():
    """On the diagonal |a - b| < .1 a function that explodes elsewhere is a smooth one."""
    a = cube(1500, 1)[:, 0]
    X = np.column_stack([a, a + 0.1 * cube(1500, 1, 1)[:, 0]])
    parts = taken_apart(lambda a, b: a + b + 1e6 * np.maximum(np.abs(a - b) - 0.1, 0), X)
    for part in parts.curves:
        assert np.abs(part.values).max() < 2.5
    total = sum(part.at(X) for part in parts.curves)
    assert_allclose(total[:, 0], X.sum(axis=1) - X.sum(axis=1).mean(), atol=0.01)


def test_a_pair_that_is_only_the_shadow_of_another_has_no_surface():
    X = cube(300, 5)
    parts = taken_apart(lambda a, b, c, d, e: np.sin(3 * a) + 2 * b * c + d**2, X)
    assert [surface.features for surface in parts.surfaces] == [(1, 2)]
    assert not taken_apart(lambda a, b, c, d, e: b * c, X, n_pairs=0).surfaces


def test_features_of_few_values_are_taken_value_by_value():
    rng = np.random.RandomState(0)
    X = np.column_stack([rng.randint(0, 2, 900), rng.randint(0, 4, 900), rng.uniform(size=900)]).astype(float)
    steps = np.array([0.0, 3.0, -1.0, 2.0])
    parts = taken_apart(lambda a, b, c: 2 * a + steps[b.astype(int)] + a * c, X)
    assert_array_equal(parts.curves[1].hats[0].nodes, [0, 1, 2, 3])
    assert_allclose(np.diff(parts.curves[1].values[:, 0]), np.diff(steps), atol=1e-3)
    assert_allclose(np.diff(parts.curves[0].values[:, 0]), 2 + X[:, 2].mean(), atol=0.03)


# ------------------------------------------------------------------------------- nodes


@pytest.mark.parametrize("scale", [1e-9, 1.0, 1e9])
def test_an_outlier_takes_one_node(scale):
    x = np.append(np.random.RandomState(0).normal(size=999), 1e6) * scale
    hats = Hats.of(x, None, 20)
    assert np.sum(hats.nodes > 4 * scale) == 1
    assert (hats.nodes[0], hats.nodes[-1]) == (x.min(), x.max())
    assert_allclose(hats.design(x).sum(axis=1), 1)


def test_hats_interpolate_and_straight_lines_are_not_rough():
    x = np.random.RandomState(0).lognormal(size=300)
    hats = Hats.of(x, None, 12)
    assert_allclose(hats.design(hats.nodes), np.eye(len(hats.nodes)), atol=1e-12)
    at = np.array([-1.0, 0.5, 1e3])
    assert_allclose(hats.design(at) @ hats.nodes, np.clip(at, x.min(), x.max()))
    assert_allclose(hats.roughness() @ (3 + 2 * hats.nodes), 0, atol=1e-9)
    assert hats.nodes @ hats.roughness() @ hats.nodes < 1e-9 < (hats.nodes**2) @ hats.roughness() @ hats.nodes**2


@pytest.mark.parametrize("far", [1e2, 1e6, 1e12])
def test_one_far_row_leaves_the_curves_of_the_others_as_they_are(far):
    X = cube(600, 2)
    with_outlier = np.vstack([X, [far, 0.0]])
    first, second = (taken_apart(lambda a, b: np.sin(3 * np.clip(a, -1, 1)) + b, rows) for rows in (X, with_outlier))
    at = np.linspace(-0.9, 0.9, 20)[:, None] * [1, 0]
    assert_allclose(second.curves[0].at(at), first.curves[0].at(at), atol=0.03)


# ------------------------------------------------------------------------------- of fitted models


@pytest.fixture(scope="module")
def deep():
    X, y = exp_sin(300, noise=0.1)[:2]
    return KANRegressor((3,), n_init=2, max_iter=60, random_state=0).fit(X, y), X


def test_an_additive_model_is_given_back():
    problem = additive(200, noise=0.1)
    model = KANRegressor((), random_state=0).fit(problem.X, 100 + 10 * problem.y)
    found = effects(model)
    assert found.rest == 0
    assert found.surfaces == []
    assert_allclose(found.mean, model.predict(problem.X).mean())
    for i, curve in enumerate(found.curves):
        at = np.tile(problem.X[:1], (len(curve.x), 1))
        at[:, i] = curve.x
        assert_allclose(np.diff(curve.y), np.diff(model.predict(at)), rtol=1e-9, atol=1e-9)
        assert_allclose(curve.density.sum(), 1)
    assert_allclose(found.importances.sum(), 1)
    values, rest = found.contributions(problem.X)
    assert_allclose(rest, 0, atol=1e-10)
    assert_allclose(values.mean(axis=0), 0, atol=1e-10)


def test_bands_of_an_additive_model_are_those_of_least_squares():
    """Two ways to the same variance: edges and their covariances, and the projection of all derivatives."""
    X, y = additive(150, noise=0.2)[:2]
    model = KANRegressor((), grid_size=2, random_state=0).fit(X, y)
    weight = np.full(len(X), 1 / len(X))
    exact = decompose(model.network_, X, weight, np.ones(4), 0, [0])
    general = decompose(Disguised(model.network_), X, weight, np.ones(4), 0, [0])
    assert exact.edge_means is not None
    assert general.edge_means is None
    sds = [curve_deviations(parts, model.network_, model.posterior_, X, weight) for parts in (exact, general)]
    for first, second, curve in zip(*sds, general.curves, strict=True):
        inner = slice(3, -3)
        assert_allclose(second[inner], first[inner], rtol=0.15, atol=0.05 * first.max())
        assert len(curve.values) == len(first)


class Disguised:
    """A network that does not say that it is additive."""

    def __init__(self, network):
        self.forward, self.spline_layers, self.layers = network.forward, network.spline_layers, [None, None]


def test_bands_cover_the_true_curve():
    inside = []
    for seed in range(4):
        X = cube(200, 3, seed)
        y = np.sin(3 * X[:, 0]) + X[:, 1] * X[:, 2] + 0.2 * np.random.RandomState(seed).normal(size=200)
        curve = effects(KANRegressor((4,), n_init=2, max_iter=60, random_state=0).fit(X, y)).curves[0]
        truth = np.sin(3 * curve.x) - np.sin(3 * X[:, 0]).mean()
        inside.append(np.mean(np.abs(curve.y - truth) < 2 * curve.sd))
    assert np.mean(inside) > 0.75


def test_contributions_sum_to_the_prediction(deep):
    model, X = deep
    found = effects(model)
    values, rest = found.contributions(X)
    assert_allclose(found.mean + values.sum(axis=1) + rest, model.predict(X)[:, None], rtol=1e-10)
    assert_allclose(found.importances.sum() + found.rest, 1)
    assert 0 <= found.rest < 0.02


def test_shares_are_those_of_the_function(deep):
    """exp(sin(pi a) + b^2) = E(a) E(b) + ...: shares of a product of two independent factors."""
    model, X = deep
    found = effects(model)
    a, b = np.exp(np.sin(np.pi * X[:, 0])), np.exp(X[:, 1] ** 2)
    relative = np.array([np.var(a) / np.mean(a) ** 2, np.var(b) / np.mean(b) ** 2])
    total = np.prod(1 + relative) - 1
    assert_allclose([curve.share for curve in found.curves], relative / total, atol=0.03)
    assert_allclose(found.surfaces[0].share, np.prod(relative) / total, atol=0.03)


def test_several_outputs_and_classes():
    X = cube(200, 2)
    Y = np.column_stack([X[:, 0], 100 * X[:, 1]])
    model = KANRegressor((2,), n_init=1, max_iter=30, random_state=0).fit(X, Y)
    found = effects(model)
    assert found.curves[0].y.shape == (len(found.curves[0].x), 2)
    assert_allclose(found.importances, 0.5, atol=0.05)  # Either output counts as much.
    for output in (1, "right"):
        alone = effects(model, output=output, output_names=["left", "right"])
        assert alone.output_names == ["right"]
        assert_allclose(alone.importances, [0, 1], atol=0.05)
        assert_allclose(alone.curves[1].y, found.curves[1].y[:, 1], atol=2)
        assert alone.curves[1].sd.shape == alone.curves[1].y.shape
    with pytest.raises(ValueError, match="output must be one of"):
        effects(model, output="middle")
    model = KANClassifier((2,), n_init=1, max_iter=15, random_state=0).fit(X, np.where(X[:, 0] > 0, "yes", "no"))
    yes, no = (effects(model, output=name) for name in ("yes", "no"))
    assert_allclose(no.curves[0].y, -yes.curves[0].y)
    assert_array_equal(no.curves[0].sd, yes.curves[0].sd)
    assert_allclose(no.contributions(X)[0], -yes.contributions(X)[0])
    model = KANClassifier((2,), n_init=1, max_iter=15, random_state=0).fit(X, np.digitize(X[:, 0], [-0.3, 0.3]))
    found = effects(model)
    values, rest = found.contributions(X)
    assert_allclose(found.mean + values.sum(axis=1) + rest, model.decision_function(X), rtol=1e-9, atol=1e-9)


def test_rows_given_and_rows_kept_are_the_same_rows(deep):
    model, X = deep
    for kept, given in zip(effects(model).curves, effects(model, X).curves, strict=True):
        assert_allclose(kept.y, given.y, rtol=1e-9, atol=1e-9)
    twice = effects(model, np.repeat(X[:100], 2, axis=0)).curves[0]
    weighted = effects(model, X[:100], sample_weight=np.full(100, 2.0)).curves[0]
    assert_array_equal(twice.x, weighted.x)
    assert_allclose(weighted.density, twice.density, atol=1e-9)


def test_it_is_printed(deep):
    lines = str(effects(deep[0], feature_names=["speed", "height"])).splitlines()
    assert lines[0].startswith("speed: ")
    assert lines[2].startswith("speed x height: ")
    assert lines[-1].startswith("rest: ")


def test_constant_models_and_models_without_rows():
    found = effects(KANRegressor(random_state=0).fit(np.ones((20, 2)), np.arange(20.0)))
    assert_allclose(found.mean, 9.5)
    assert not found.importances.any()
    X = cube(50, 2)
    batches = KANRegressor((2,), solver="adam", random_state=0).partial_fit(X, X[:, 0])
    with pytest.raises(ValueError, match="Pass X"):
        effects(batches)
    assert effects(batches, X).curves[0].sd is None


def test_tanh_first_and_pruned_features():
    """Nothing but forward is asked of hidden networks; features without edges have no curve."""
    network = KANNetwork([make_layer(3, 2, missing=[(1, 0), (1, 1)]), make_layer(2, 1, 1)])
    X = cube(400, 3)
    parts = decompose(network, X, np.full(400, 1 / 400), np.ones(3), 5, [0])
    assert not parts.curves[1].values.any()
    left = network.forward(X) - parts.mean - sum(part.at(X) for part in parts.curves + parts.surfaces)
    assert np.var(left) < 0.1 * np.var(network.forward(X))


def test_pairs_are_looked_for_among_all_features():
    for i, j in itertools.combinations(range(4), 2):
        X = cube(400, 4)
        (surface,) = taken_apart(lambda *x, i=i, j=j: x[i] * x[j], X).surfaces
        assert surface.features == (i, j)
