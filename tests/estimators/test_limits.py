"""What users know beforehand holds: features that may not interact do not, wherever they are."""

import itertools

import numpy as np
import pytest
from conftest import needed
from numpy.testing import assert_allclose, assert_array_equal

from sklearn_kan import KANClassifier, KANRegressor, distill, effects, explain
from sklearn_kan.estimators.limits import check_interactions

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


def mixed_difference(function, X, features, step):
    """What is left of a function of rows that features do only together."""
    total = 0.0
    for signs in itertools.product([0, 1], repeat=len(features)):
        moved = X.copy()
        moved[:, features] += step * np.array(signs)
        total = total + (-1) ** sum(signs) * function(moved)
    return np.abs(total).max()


def table(n=150, d=3, seed=0):
    rng = np.random.RandomState(seed)
    X = rng.uniform(-1, 1, (n, d))
    return X, X[:, 0] * X[:, 1] + np.sin(3 * X[:, 2]) * X[:, 1] + X[:, 0] + 0.1 * rng.normal(size=n)


def quick(**options):
    return KANRegressor(**{"grid_size": 3, "n_init": 1, "max_iter": 25, "random_state": 0, **options})


PAIRWISE = [
    {"hidden_layer_sizes": "auto", "n_init": 2, "max_iter": 8},
    {"hidden_layer_sizes": (6,), "prune": 0.01, "grid_schedule": (2, 4)},
    {"hidden_layer_sizes": (3, 2), "alpha": 1e-3, "extrapolation": "continue"},
    {"hidden_layer_sizes": (2,), "alpha": 1e-3, "squash": "tanh"},
    {"solver": "kaczmarz", "base_function": "silu", "max_iter": 3},
]


@pytest.mark.parametrize("options", PAIRWISE, ids=str)
def test_three_features_do_nothing_together_that_no_pair_does(options):
    X, y = table()
    model = quick(interaction_cst="pairwise", **options).fit(X, y)
    scale = np.abs(model.predict(X)).max()
    for step in (0.3, 30.0):
        beyond = np.abs(model.predict(X + step)).max()
        assert mixed_difference(model.predict, X, [0, 1, 2], step) < 1e-11 * max(scale, beyond)
    assert mixed_difference(model.predict, X, [0, 1], 0.3) > 0.05


def test_effects_are_of_pairs_that_meet():
    X = np.random.RandomState(0).uniform(-1, 1, (200, 3))
    X[:, 2] = X[:, 0] + 0.05 * X[:, 2]  # So alike that its product with x1 looks like that of x0.
    model = quick(interaction_cst=[[0, 1], [2]], hidden_layer_sizes=(4,)).fit(X, X[:, 0] * X[:, 1] + X[:, 2])
    assert {surface.features for surface in effects(model, n_pairs=10).surfaces} == {(0, 1)}
    free = quick(hidden_layer_sizes=(4,)).fit(X, X[:, 0] * X[:, 1] + X[:, 2])
    assert len(effects(free, n_pairs=10).surfaces) > 0


@pytest.mark.parametrize("hidden", ["auto", (), (4,), (4, 2)])
def test_no_interactions_is_a_sum_of_curves(hidden):
    X, y = table()
    model = quick(hidden_layer_sizes=hidden, interaction_cst="no_interactions").fit(X, y)
    for pair in itertools.combinations(range(3), 2):
        assert mixed_difference(model.predict, X, list(pair), 0.5) < 1e-12
    assert len(model.network_.layers) == (1 if hidden == "auto" else len(hidden) + 1)


def test_a_mean_of_structures_of_different_depth_keeps_groups_apart(monkeypatch):
    monkeypatch.setattr("sklearn_kan.training.model_selection._NATS", 20.0)
    X, y = table(100, 4)
    model = quick(interaction_cst=[[0, 1], [2, 3]], max_iter=8).fit(X, np.column_stack([y, X[:, 3] - y]))
    assert {len(member.layers) for member in model.posterior_.members} == {3}
    assert any((member.layers[0].edges.sum(axis=0) == 1).all() for member in model.posterior_.members)  # The additive.
    for pair in [(0, 2), (0, 3), (1, 2), (1, 3)]:
        assert mixed_difference(model.predict, X, list(pair), 50.0) < 1e-9
    assert np.isfinite(model.posterior_.variance(X)).all()
    assert [s.shape[1:] for s in model.alpha_] == [layer.edges.shape for layer in model.network_.layers]


def test_groups_survive_warm_starts_and_streams():
    X, y = table()
    model = quick(hidden_layer_sizes=(4,), interaction_cst=[[0, 1], [1, 2]], warm_start=True).fit(X, y)
    edges = model.network_.layers[0].edges
    model.fit(X, y + X[:, 1])
    assert not (model.network_.layers[0].edges & ~edges).any()
    stream = quick(hidden_layer_sizes=(4,), interaction_cst=[[0, 1], [1, 2]], solver="kaczmarz")
    still = X.copy()
    still[:, 2] = 1.0
    stream.partial_fit(still, y).partial_fit(X, y).partial_fit(X, y)  # The last column wakes in the second batch.
    assert_array_equal(stream.network_.layers[0].edges.T, [[1, 1, 0], [1, 1, 0], [0, 1, 1], [0, 1, 1]])
    assert mixed_difference(stream.predict, X, [0, 2], 0.5) < 1e-12
    for other in (None, "pairwise", [[0, 1]]):
        with pytest.raises(ValueError, match="interaction_cst is not that of the fitted network; set it back"):
            model.set_params(interaction_cst=other).fit(X, y)
    with pytest.raises(ValueError, match="or a clone"):
        stream.set_params(interaction_cst=None).partial_fit(X, y)


def test_pairs_of_a_stream_are_those_of_its_first_batch():
    X, _ = table(100, 8)
    stream = quick(interaction_cst="pairwise", hidden_layer_sizes=(2,), solver="adam")
    edges = [stream.partial_fit(X, X[:, i] * X[:, i + 1]).network_.layers[0].edges for i in (0, 5)]
    assert_array_equal(*edges)


@pytest.mark.parametrize("n_classes", [2, 3])
def test_scores_of_classes_are_sums_over_groups(n_classes):
    X, y = table()
    labels = np.digitize(y, np.quantile(y, np.arange(1, n_classes) / n_classes))
    model = KANClassifier((4,), interaction_cst=[[0, 1]], n_init=1, max_iter=15, random_state=0).fit(X, labels)
    assert mixed_difference(model.decision_function, X, [0, 2], 0.5) < 1e-10
    assert mixed_difference(model.decision_function, X, [1, 2], 0.5) < 1e-10


def test_rows_and_columns_may_be_written_in_any_order():
    X, y = table()
    model = quick(interaction_cst="pairwise", hidden_layer_sizes=(4,), tol=0.03)
    expected = model.fit(X, y).predict(X)
    order = np.random.RandomState(0).permutation(len(X))
    assert_allclose(model.fit(X[order], y[order]).predict(X), expected, atol=1e-6)
    assert_allclose(model.fit(X[:, [2, 0, 1]], y).predict(X[:, [2, 0, 1]]), expected, atol=1e-6)


@pytest.mark.parametrize(
    "given, expected",
    [
        (None, None),
        ("pairwise", "pairwise"),
        ("no_interactions", ((0,), (1,), (2,), (3,))),
        ([[0, 1], (2,)], ((0, 1), (2,), (3,))),
        ([{1, 0}, [1, 0], [0]], ((0, 1), (2, 3))),
        ([["a", "b"], [1, np.int64(2)]], ((0, 1), (1, 2), (3,))),
        ([[0, 1, 2, 3], [0]], None),
        ([], None),
    ],
    ids=str,
)
def test_groups_as_they_may_be_given(given, expected):
    assert check_interactions(given, 4, np.array(["a", "b", "c", "d"], dtype=object)) == expected


@pytest.mark.parametrize(
    "given, message",
    [
        ([0, 1], "a list of groups of features such as"),
        (["01"], "a list of groups of features such as"),
        ([[0, 3]], "a number from 0 to 2; got 3"),
        ([[-1]], "a number from 0 to 2; got -1"),
        ([["age"]], "a number from 0 to 2; got 'age'"),
        ([[True, 1]], "got True"),
        ([[0.0]], "got 0.0"),
        ("pairs", "'interaction_cst' parameter"),
        (3, "'interaction_cst' parameter"),
    ],
    ids=str,
)
def test_groups_that_cannot_be(given, message):
    with pytest.raises(ValueError, match=message):
        quick(interaction_cst=given).fit(*table())


# --------------------------------------------------------------------------------------------------- which way it goes


def monotone_table(n=120, seed=0):
    rng = np.random.RandomState(seed)
    X = rng.uniform(-1, 1, (n, 4))
    y = np.tanh(3 * X[:, 0]) * (2 - X[:, 1]) + np.sin(4 * X[:, 2]) + 0.3 * rng.normal(size=n)
    return X, y


SIGNS = np.array([1, -1, 0, 1])
MONOTONE = [
    {"hidden_layer_sizes": (), "extrapolation": "constant", "knots": "quantile"},
    {"hidden_layer_sizes": (4,), "prune": 0.02, "grid_schedule": (2, 4), "alpha": 1e-4, "degree": 2},
    {"hidden_layer_sizes": (3, 2), "alpha": 1e-3, "max_iter": 15},
    {"hidden_layer_sizes": (3,), "squash": "tanh", "alpha": 1e-3},
    {"hidden_layer_sizes": (4,), "interaction_cst": [[0, 1]], "loss": "huber", "max_iter": 10, "n_init": 2},
    {"hidden_layer_sizes": (3,), "solver": "lbfgs"},
    {"hidden_layer_sizes": (3,), "solver": "kaczmarz", "max_iter": 3},
    {"hidden_layer_sizes": (3,), "solver": "adam", "max_iter": 10},
    {"hidden_layer_sizes": (3,), "solver": "sgd", "max_iter": 10, "early_stopping": True},
]


def assert_monotone(model, signs, n=5_000, n_features=4):
    """Nowhere a slope of the wrong sign, up to 10 ranges outside."""
    rng = np.random.RandomState(0)
    X = rng.uniform(-1, 1, (n, n_features)) * np.array([1.0, 21.0])[rng.randint(0, 2, (n, 1))]
    slopes = model.predict_gradient(X).reshape(n, -1, n_features)
    assert (slopes * signs).min() >= -1e-12 * max(np.abs(slopes).max(), 1.0)


@pytest.mark.parametrize("options", MONOTONE, ids=str)
def test_predictions_go_the_way_that_is_demanded(options):
    X, y = monotone_table()
    assert_monotone(quick(monotonic_cst=SIGNS, **options).fit(X, y), SIGNS)


def test_the_data_may_say_the_contrary_as_loudly_as_they_like():
    X, _ = monotone_table()
    model = quick(hidden_layer_sizes=(2,), monotonic_cst=[1, 1, 1, 1], alpha=1e-3).fit(X, -5 * X.sum(axis=1))
    assert model.predict(X).std() < 1e-6
    assert_monotone(model, np.ones(4), 100_000)


def test_it_stays_through_warm_starts_and_streams():
    X, y = monotone_table()
    model = quick(hidden_layer_sizes=(3,), monotonic_cst=SIGNS, warm_start=True).fit(X, y)
    assert_monotone(model.fit(X, y - 2 * X[:, 0]), SIGNS)
    stream = quick(hidden_layer_sizes=(3,), monotonic_cst=SIGNS, solver="kaczmarz")
    still = X.copy()
    still[:, 3] = 1.0  # Wakes later, and the range grows.
    for k in range(4):
        stream.partial_fit((still if k == 0 else X) * (1 + k), y)
    assert_monotone(stream, SIGNS)
    with pytest.raises(ValueError, match="monotonic_cst is not that of the fitted network"):
        model.set_params(monotonic_cst=None).fit(X, y)


def test_a_mean_with_an_additive_model_is_monotone(monkeypatch):
    monkeypatch.setattr("sklearn_kan.training.model_selection._NATS", 20.0)
    X, y = monotone_table()
    model = quick(monotonic_cst=SIGNS, interaction_cst=[[0, 1], [2, 3]], max_iter=8).fit(X, y)
    assert len({layer for member in model.posterior_.members for layer in [len(member.layers)]}) == 1
    assert any((member.layers[0].edges.sum(axis=0) == 1).all() for member in model.posterior_.members)  # The additive.
    assert_monotone(model, SIGNS)
    assert np.isfinite(model.predict(X, return_std=True)).all()


def test_probabilities_of_two_classes():
    X, y = monotone_table()
    labels = np.where(y > 0, "yes", "no")
    model = KANClassifier((3,), monotonic_cst=SIGNS, n_init=1, max_iter=20, random_state=0).fit(X, labels)
    assert_monotone(model, SIGNS)
    with pytest.raises(ValueError, match="not supported for more than two classes"):
        model.fit(X, np.digitize(y, [-0.5, 0.5]))
    model.set_params(monotonic_cst=[0, 0, 0, 0]).fit(X, np.digitize(y, [-0.5, 0.5]))


def test_names_in_a_dict():
    pandas = needed("pandas")
    X, y = monotone_table()
    frame = pandas.DataFrame(X, columns=list("abcd"))
    given = quick(hidden_layer_sizes=(2,), monotonic_cst={"a": 1, "d": 1, "b": -1}, max_iter=5).fit(frame, y)
    assert_array_equal(
        given.predict(frame), quick(hidden_layer_sizes=(2,), monotonic_cst=SIGNS, max_iter=5).fit(X, y).predict(X)
    )


def test_weights_are_repetitions_and_turned_columns_are_turned():
    X, y = monotone_table(60)
    model = quick(hidden_layer_sizes=(3,), monotonic_cst=SIGNS, max_iter=12)
    weight = np.random.RandomState(0).randint(1, 4, 60)
    repeated = np.repeat(np.arange(60), weight)
    expected = model.fit(X, y, weight).predict(X)
    assert_allclose(model.fit(X[repeated], y[repeated]).predict(X), expected, atol=1e-7)
    turn = np.array([-1.0, 100.0, 1.0, -1.0])
    turned = quick(hidden_layer_sizes=(3,), monotonic_cst=SIGNS * np.sign(turn), max_iter=12)
    assert_allclose(turned.fit(X * turn, y, weight).predict(X * turn), expected, atol=1e-6)


def test_what_is_known_beforehand_helps():
    """200 rows of a monotone law with noise of 1: less error than without."""
    ratios = []
    for seed in range(6):
        rng = np.random.RandomState(seed)
        X = rng.uniform(-1, 1, (200, 5))
        centres = np.linspace(-0.5, 0.5, 5)
        y = 2 * (1 / (1 + np.exp(-10 * (X - centres)))).sum(axis=1)
        noisy = y + rng.normal(size=200)
        errors = [
            np.std(quick(hidden_layer_sizes=(), grid_size=8, monotonic_cst=c).fit(X, noisy).predict(X) - y)
            for c in (None, [1] * 5)
        ]
        ratios.append(errors[1] / errors[0])
    assert np.mean(ratios) < 0.95, ratios


@pytest.mark.parametrize(
    "options, message",
    [
        ({"monotonic_cst": [1, 0]}, r"has shape \(2,\) but X has 4 features"),
        ({"monotonic_cst": [1, 0, 2, 0]}, "must be made of -1, 0 and 1"),
        ({"monotonic_cst": [1, 0, "up", 0]}, "must be made of -1, 0 and 1"),
        ({"monotonic_cst": [1, 0, np.nan, 0]}, "must be made of -1, 0 and 1"),
        ({"monotonic_cst": {"a": 1}}, "'a', which is no name of a feature; X has none"),
        ({"monotonic_cst": 1}, "'monotonic_cst' parameter"),
        ({"monotonic_cst": [1, 0, 0, 0], "extrapolation": "continue"}, "choose 'linear', 'constant' or 'error'"),
        ({"monotonic_cst": [1, 0, 0, 0], "base_function": "silu"}, "choose None"),
    ],
    ids=str,
)
def test_directions_that_cannot_be(options, message):
    with pytest.raises(ValueError, match=message):
        quick(**options).fit(*monotone_table())


# ----------------------------------------------------------------------------------------------- what comes round


def clock(n=120, seed=0):
    rng = np.random.RandomState(seed)
    X = np.column_stack([rng.randint(0, 24, n), rng.uniform(-1, 1, n)]).astype(float)
    return X, 3 * np.sin(2 * np.pi * X[:, 0] / 24 + 1) * (1 + X[:, 1] / 2) + X[:, 1] + 0.3 * rng.normal(size=n)


ROUND = [
    {"hidden_layer_sizes": "auto", "max_iter": 8},
    {"hidden_layer_sizes": (), "grid_schedule": (3, 6)},
    {"hidden_layer_sizes": (2,), "knots": "quantile", "interaction_cst": [[0, 1]], "monotonic_cst": [0, 1]},
    {"hidden_layer_sizes": (2,), "extrapolation": "error", "alpha": 1e-3},
    {"hidden_layer_sizes": (2,), "solver": "kaczmarz", "max_iter": 2},
]


@pytest.mark.parametrize("options", ROUND, ids=str)
def test_a_day_begins_where_it_ended(options):
    X, y = clock()
    model = quick(periodic={0: 24}, **options).fit(X, y)
    for turns in (1, -3, 100):
        later = X + np.array([24.0 * turns, 0])
        assert_allclose(model.predict(later), model.predict(X), atol=1e-9)
        assert_allclose(model.predict_gradient(later), model.predict_gradient(X), atol=1e-9)
    ends = [[-1e-9, 0.2], [1e-9, 0.2], [24 - 1e-9, 0.2]]
    assert np.ptp(model.predict(ends)) < 1e-6 and np.ptp(model.predict_gradient(ends)[:, 0]) < 1e-6


@pytest.mark.parametrize("shift", [6.0, -100.3])
def test_the_origin_does_not_matter(shift):
    X, y = clock()
    model = quick(hidden_layer_sizes=(3,), periodic={0: 24}, max_iter=12)
    expected, moved = model.fit(X, y).predict(X), X + np.array([shift, 0])
    assert_allclose(model.fit(moved, y).predict(moved), expected, atol=1e-7)
    moved[:, 0] %= 24
    assert_allclose(model.fit(moved, y).predict(moved), expected, atol=1e-7)


def test_weights_are_repetitions_of_what_comes_round():
    X, y = clock(60)
    weight = np.random.RandomState(0).randint(1, 4, 60)
    model, repeated = quick(hidden_layer_sizes=(2,), periodic={0: 24}, max_iter=10), np.repeat(np.arange(60), weight)
    assert_allclose(model.fit(X, y, weight).predict(X), model.fit(X[repeated], y[repeated]).predict(X), atol=1e-7)


def test_a_stream_comes_round():
    X, y = clock()
    model = quick(hidden_layer_sizes=(2,), periodic={0: 24}, solver="kaczmarz")
    morning = X[:, 0] < 12
    for rows in (morning, ~morning, morning | True):
        model.partial_fit(X[rows] + np.array([48.0, 0]), y[rows])
    assert_allclose(model.predict(X), model.predict(X + np.array([24.0, 0])), atol=1e-9)
    with pytest.raises(ValueError, match="periodic is not that of the fitted network"):
        model.set_params(periodic={0: 12}).partial_fit(X, y)


def test_midnight_is_better_known():
    """Few rows near the ends: a periodic curve knows both sides."""
    rng = np.random.RandomState(0)
    ratios = []
    for _ in range(5):
        x = rng.uniform(2, 22, 40)[:, None]
        y = np.sin(2 * np.pi * x[:, 0] / 24) + 0.3 * rng.normal(size=40)
        new = np.linspace(-2, 2, 50)[:, None] % 24
        errors = [
            np.std(quick(hidden_layer_sizes=(), periodic=p).fit(x, y).predict(new) - np.sin(2 * np.pi * new[:, 0] / 24))
            for p in (None, {0: 24})
        ]
        ratios.append(errors[1] / errors[0])
    assert np.mean(ratios) < 0.7, ratios


@pytest.mark.parametrize(
    "options, message",
    [
        ({"periodic": {0: 0}}, "a period, a positive number"),
        ({"periodic": {0: np.inf}}, "a period, a positive number"),
        ({"periodic": {0: "day"}}, "a period, a positive number"),
        ({"periodic": {"hour": 24}}, "a number from 0 to 1; got 'hour'"),
        ({"periodic": {2: 24}}, "a number from 0 to 1; got 2"),
        ({"periodic": [24, 0]}, "'periodic' parameter"),
        ({"periodic": {0: 24}, "base_function": "silu"}, "periodic needs base_function=None"),
        ({"periodic": {0: 24}, "monotonic_cst": [1, 0]}, "cannot rise all the way"),
    ],
    ids=str,
)
def test_periods_that_cannot_be(options, message):
    with pytest.raises(ValueError, match=message):
        quick(**options).fit(*clock())


# ------------------------------------------------------------------------------------------------------------- together


@pytest.mark.parametrize("options", [{"alpha": 1e-3, "grid_schedule": (3, 5)}, {"solver": "adam"}], ids=str)
def test_limits_of_tables_with_gaps_and_categories(options):
    """A feature that rises and one that comes round, both with missing values, beside a category of many levels."""
    rng = np.random.RandomState(0)
    X = np.column_stack([rng.uniform(-1, 1, 150), rng.randint(0, 24, 150), rng.randint(0, 12, 150)]).astype(float)
    y = np.tanh(3 * X[:, 0]) + np.sin(2 * np.pi * X[:, 1] / 24) + (X[:, 2] % 3) + 0.1 * rng.normal(size=150)
    X[rng.uniform(size=X.shape) < 0.1] = np.nan
    limits = {"monotonic_cst": [1, 0, 0], "periodic": {1: 24}, "interaction_cst": "pairwise"}
    model = quick(hidden_layer_sizes=(4,), categorical_features=[2], max_iter=10, **limits, **options).fit(X, y)
    later = X + np.array([0.0, 24.0, 0.0])
    assert_allclose(model.predict(later), model.predict(X), atol=1e-9)
    assert np.ptp(model.predict([[0.5, np.nan, 1], [np.nan, 3, 1], [np.nan] * 3])) > 0
    for column in (X, np.nan_to_num(X)):
        slopes = model.predict_gradient(
            np.repeat(column, 5, axis=0) + np.linspace(-20, 20, 5 * 150)[:, None] * [1, 0, 0]
        )
        assert slopes[:, 0].min() >= -1e-12
    assert mixed_difference(model.predict, np.nan_to_num(X) * [1, 1, 0], [0, 1, 2], 1) < 1e-11


@pytest.mark.parametrize("parameter, value", [("monotonic_cst", [0, 1]), ("periodic", {1: 24})])
def test_categories_neither_rise_nor_come_round(parameter, value):
    X, y = clock()
    with pytest.raises(ValueError, match=f"Feature 1 is a category and in {parameter}"):
        quick(categorical_features=[1], **{parameter: value}).fit(np.round(X[:, [1, 0]]), y)


def test_a_twin_has_the_limits_of_its_model():
    X, y = monotone_table()
    limits = {"interaction_cst": [[0, 1], [2, 3]], "monotonic_cst": SIGNS, "periodic": {2: 2.0}}
    model = quick(hidden_layer_sizes=(4,), max_iter=10, **limits).fit(X, y)
    twin = distill(model, fidelity=0.5, n_starts=1)
    assert_monotone(twin, SIGNS, 500)
    assert_allclose(twin.predict(X + np.array([0, 0, 2.0, 0])), twin.predict(X), atol=1e-9)
    assert mixed_difference(twin.predict, X, [0, 2], 0.5) < 1e-10
    assert twin.get_params()["periodic"] == {2: 2.0}


def test_explanations_come_round():
    X, y = clock()
    model = quick(hidden_layer_sizes=(2,), periodic={0: 24}, max_iter=10).fit(X, y)
    assert_allclose(explain(model, X + np.array([48.0, 0])).values, explain(model, X).values, atol=1e-9)
