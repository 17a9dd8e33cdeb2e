"""Tables as people have them: which columns are categories, what their levels are, and what is missing."""

import pickle
from decimal import Decimal

import numpy as np
import pytest
from conftest import needed
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import clone
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

from sklearn_kan import KANClassifier, KANRegressor

pd = needed("pandas")
EFFECTS = {"low": -1.0, "mid": 0.0, "high": 2.0}


def table(n=120, seed=0, missing=False):
    rng = np.random.RandomState(seed)
    X = pd.DataFrame(
        {"x": rng.uniform(-1, 1, n), "level": rng.choice([*EFFECTS], n), "flag": rng.uniform(size=n) < 0.5}
    )
    y = np.sin(2 * X["x"]) + X["level"].map(EFFECTS).astype(float) + 0.5 * X["flag"] + 0.1 * rng.normal(size=n)
    if missing:
        X.loc[rng.uniform(size=n) < 0.2, "x"] = np.nan
        X.loc[rng.uniform(size=n) < 0.2, "level"] = None
    return X, y.to_numpy()


def additive(**options):
    return KANRegressor((), random_state=0, **options)


X, y = table()
FITTED = additive().fit(X, y)


def test_effects_of_levels_are_found():
    rows = pd.DataFrame({"x": 0.0, "level": [*EFFECTS], "flag": False})
    assert_allclose(FITTED.predict(rows), [*EFFECTS.values()], atol=0.15)
    assert_array_equal(FITTED.is_categorical_, [False, True, True])


def test_a_level_never_seen_is_the_mean_of_levels_in_doubt():
    rows = pd.DataFrame({"x": 0.0, "level": [*EFFECTS, "other"], "flag": False})
    mean, std = FITTED.predict(rows, return_std="epistemic")
    assert_allclose(mean[3], mean[:3].mean(), atol=0.15)
    assert std[3] > 0.5 > 10 * std[:3].max() / 2


def test_rare_levels_are_drawn_to_the_mean():
    """Of levels with the same mean of their own rows the rare one is predicted less far out."""
    rng = np.random.RandomState(0)
    level = np.repeat([*"abcdef"], [50, 50, 50, 50, 50, 2])
    effect = np.select([level == "a", level == "b", level == "f"], [0.5, -0.5, 0.5], 0.0)
    noise = rng.normal(size=len(level))
    for name in "abcdef":
        noise[level == name] -= noise[level == name].mean()
    model = additive().fit(pd.DataFrame({"level": level}), effect + noise)
    often, rare = model.predict(pd.DataFrame({"level": ["a", "f"]}))
    assert_allclose(often, 0.5, atol=0.15)
    assert rare < 0.6 * often


def same(model, *others):
    """Whether models predict the same on the table or what it has been turned into."""
    expected = model[0].predict(model[1])
    for other, rows in others:
        assert_allclose(other.predict(rows), expected, rtol=1e-7, atol=1e-9)


def forms(frame):
    """The table in other types that mean the same."""
    yield frame.astype({"level": "category"})
    yield frame.astype({"level": "string", "flag": "boolean", "x": "Float64"})
    yield frame.astype({"level": object, "flag": object})


def test_types_and_names_of_columns_change_nothing():
    for frame in forms(X):
        same((FITTED, X), (additive().fit(frame, y), frame))


def test_arrow_and_polars_tables_are_like_those_of_pandas():
    needed("pyarrow")
    pl = needed("polars")
    gone, target = table(missing=True)
    model = additive().fit(gone, target)
    arrow = gone.astype({"x": "double[pyarrow]", "level": "string[pyarrow]", "flag": "bool[pyarrow]"})
    polars = pl.DataFrame(
        {
            "x": [None if v != v else v for v in gone["x"]],
            "level": [level or None for level in gone["level"].fillna("")],
        }
    )
    polars = polars.with_columns(flag=pl.Series(gone["flag"].tolist()))
    same((model, gone), (additive().fit(arrow, target), arrow), (additive().fit(polars, target), polars))
    category = polars.with_columns(pl.col("level").cast(pl.Categorical))
    of_polars = additive().fit(category, target)
    same((model, gone), (of_polars, category))
    if hasattr(of_polars, "feature_names_in_"):  # scikit-learn 1.6 cannot read the names of today's polars.
        same((model, gone), (model, polars))


def test_which_columns_are_categories_may_be_said():
    codes = np.column_stack([X["x"], X["level"].map({"high": 7.0, "low": 3.0, "mid": 5.5}), X["flag"]])
    for asked in ([1, 2], [False, True, True]):
        same((FITTED, X), (additive(categorical_features=asked).fit(codes, y), codes))
    mixed = np.column_stack([X["x"].astype(object), X["level"], X["flag"]])
    same((FITTED, X), (additive(categorical_features=[1, 2]).fit(mixed, y), mixed))
    same((FITTED, X), (additive(categorical_features=["level", "flag"]).fit(X, y), X))


def test_names_of_levels_and_order_of_rows_change_nothing():
    order = np.random.RandomState(1).permutation(len(X))
    renamed = X.replace({"level": {"low": "z", "mid": "a", "high": "k"}})
    same((FITTED, X), (additive().fit(X.iloc[order], y[order]), X), (additive().fit(renamed, y), renamed))
    model = KANRegressor((2,), random_state=0, n_init=1, tol=0.1).fit(X, y)
    same((model, X), (clone(model).fit(renamed, y), renamed))


def test_a_weight_is_a_repetition_and_rows_without_weight_are_not_there():
    gone, target = table(60, missing=True)
    gone.loc[0, "level"] = "never"
    weight = np.random.RandomState(0).randint(1, 3, 60) * (np.arange(60) > 0)
    repeated = np.repeat(np.arange(60), weight)
    model = additive().fit(gone, target, sample_weight=weight)
    same((model, gone), (additive().fit(gone.iloc[repeated], target[repeated]), gone))


def test_missing_is_a_value_of_its_own_if_it_is_in_fit():
    rng = np.random.RandomState(0)
    Z = rng.uniform(-1, 1, (300, 2))
    gone = rng.uniform(size=300) < 0.3
    target = np.where(gone, 3.0, Z[:, 0]) + Z[:, 1] + 0.1 * rng.normal(size=300)
    Z[gone, 0] = np.nan
    model = additive().fit(Z, target)
    assert_allclose(model.predict([[np.nan, 0.0], [0.0, 0.0]]), [3.0, 0.0], atol=0.1)
    assert_allclose(model.predict_gradient([[np.nan, 0.0]]), [[0.0, 1.0]], atol=0.1)


@pytest.mark.parametrize("Model", [KANRegressor, KANClassifier])
def test_missing_only_later_is_the_mean_contribution(Model):
    rng = np.random.RandomState(0)
    Z = rng.uniform(-1, 1, (200, 2))
    model = Model((), random_state=0).fit(Z, np.sin(2 * Z[:, 0]) + Z[:, 1] > 0)
    mean = model.network_.layers[0].functions(Z.T).mean(axis=2)[0, 0]
    other = model.network_.layers[0].functions(np.zeros((2, 1)))[1, 0, 0]
    raw = model.network_.forward(np.array([[np.nan, 0.0]]))[0, 0]
    assert_allclose(raw, mean + other, rtol=1e-10)


def test_many_levels_are_learned():
    rng = np.random.RandomState(0)
    effect, level = rng.normal(size=300), rng.randint(0, 300, 1200)
    frame = pd.DataFrame({"level": np.char.add("level ", level.astype(str))})
    model = additive(tol=0.1).fit(frame, effect[level] + rng.normal(size=1200))
    error = model.predict(pd.DataFrame({"level": [f"level {i}" for i in range(300)]})) - effect
    assert np.mean(error**2) < 1.15 / (1 + 4)  # A random effect with four rows of the same variance has 1 / (1 + 4).


def test_a_fit_survives_clone_pickle_pipelines_and_streams():
    gone, target = table(missing=True)
    model = additive().fit(gone, target)
    copy = pickle.loads(pickle.dumps(model))
    assert_array_equal(copy.predict(gone), model.predict(gone))
    pipeline = make_pipeline(FunctionTransformer(), clone(model)).fit(gone, target)
    same((model, gone), (pipeline, gone))
    stream = KANRegressor((), solver="kaczmarz", random_state=0)
    for _ in range(20):
        stream.partial_fit(gone[:60], target[:60]).partial_fit(gone[60:], target[60:])
    assert stream.score(gone, target) > 0.9 * model.score(gone, target)


def test_a_stream_knows_the_levels_that_types_declare():
    """A level may come in any later batch, in any order of categories; a text that was not in the first is unknown."""
    levels = [*EFFECTS, "late", "never"]
    late, target = X[["x", "level"]].assign(level="late"), np.full(len(X), 5.0)
    learnt = {}
    for declared in (True, False):
        kind = pd.CategoricalDtype(levels) if declared else object
        other = pd.CategoricalDtype(levels[::-1]) if declared else object
        model = KANRegressor((), solver="kaczmarz", random_state=0).partial_fit(
            X[["x", "level"]].astype({"level": kind}), y
        )
        for _ in range(5):
            model.partial_fit(late.astype({"level": other}), target)
        learnt[declared] = [model.predict(late.assign(level=level))[0] for level in ("late", "never")]
    assert learnt[True][0] > learnt[True][1] + 0.5
    assert learnt[False][0] == learnt[False][1]


def test_early_stopping_sets_rows_aside_whose_values_are_missing():
    gone, target = table(missing=True)
    model = KANRegressor((2,), early_stopping=True, random_state=0, tol=0.1).fit(gone, target)
    assert np.isfinite(model.validation_scores_).all()


BAD = {
    "dates": (X.assign(when=pd.Timestamp("2020-01-01")), "when"),
    "mixed": (X.assign(odd=["1", 2] * 60), "odd"),
    "objects": (X.assign(odd=[Decimal(1), (1, 2)] * 60), "odd"),
}


@pytest.mark.parametrize("name", BAD)
def test_what_cannot_be_read_is_refused_by_the_name_of_its_column(name):
    frame, column = BAD[name]
    with pytest.raises(TypeError, match=column):
        additive().fit(frame, y)


def test_what_was_numbers_has_to_stay_so():
    with pytest.raises(ValueError, match="'x'"):
        FITTED.predict(X.assign(x="many"))
    with pytest.raises(ValueError, match="infinity"):
        FITTED.predict(X.assign(x=np.inf))
    with pytest.raises(ValueError, match="could not convert string to float"):
        additive(categorical_features=None).fit(X, y)


@pytest.mark.parametrize("asked", [[7], ["nothing"], [True], [1.5], "all"])
def test_categories_that_do_not_exist_are_refused(asked):
    with pytest.raises(ValueError, match="categorical_features"):
        additive(categorical_features=asked).fit(X, y)


@pytest.mark.parametrize("options", [{}, {"solver": "kaczmarz"}], ids=str)
def test_a_number_of_a_table_may_be_bound_to_rise_and_a_category_may_not(options):
    gone, target = table(missing=True)
    model = KANRegressor((2,), monotonic_cst={"x": 1}, random_state=0, n_init=1, tol=0.1, **options)
    model.fit(gone, target)
    rows = gone.assign(x=np.random.RandomState(0).uniform(-4, 4, len(gone)))
    assert model.predict_gradient(rows)[:, 0].min() >= -1e-12
    with pytest.raises(ValueError, match="category and in monotonic_cst"):
        additive(monotonic_cst={"level": 1}).fit(X, y)
