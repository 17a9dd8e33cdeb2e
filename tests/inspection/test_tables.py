"""Questions to models of tables with categories and missing values: levels by their names, and what missing does."""

import re

import matplotlib.pyplot as plt
import numpy as np
import pytest
from conftest import needed
from numpy.testing import assert_allclose, assert_array_equal

from sklearn_kan import (
    KANDisplay,
    KANRegressor,
    SymbolicRegressor,
    distill,
    effects,
    explain,
    export_html,
    export_text,
    symbolic_fit,
)

pd = needed("pandas")
EFFECTS = {"hot": 2.0, "cold": -1.0, "mild": 0.0}


def table(n=300):
    """Rows whose target is a line in x, an effect of a level, and 3 where z is missing."""
    rng = np.random.RandomState(0)
    X = pd.DataFrame({"x": rng.uniform(-1, 1, n), "air": rng.choice([*EFFECTS], n), "z": rng.uniform(-1, 1, n)})
    X.loc[rng.uniform(size=n) < 0.2, "z"] = np.nan
    return X, X["x"] + X["air"].map(EFFECTS).astype(float) + 3 * X["z"].isna() + 0.1 * rng.normal(size=n)


X, y = table()
MODELS = {sizes: KANRegressor(sizes, n_init=1, random_state=0, tol=0.01).fit(X, y) for sizes in ((), (2,))}


@pytest.fixture(params=MODELS, ids=str)
def model(request):
    return MODELS[request.param]


def test_effects_are_by_level_and_of_what_is_missing(model):
    found = effects(model)
    x, air, z = found.curves
    assert (x.labels, air.labels, x.missing, air.missing) == (None, ["cold", "hot", "mild"], None, None)
    assert_array_equal(air.x, [0, 1, 2])
    assert_allclose(air.y - air.y.mean(), np.array([-1, 2, 0]) - 1 / 3, atol=0.15)
    assert_allclose(z.missing.y - z.y.mean(), 3.0, atol=0.2)
    assert_allclose(z.missing.density, X["z"].isna().mean(), atol=0.05)
    assert np.isfinite(z.y).all() and np.isfinite(z.x).all()
    assert z.sd.shape == z.y.shape and 0 < z.missing.sd < 0.2
    assert_allclose(model.feature_importances_.sum(), 1.0)
    assert model.feature_importances_.min() > 0.05


def test_an_explanation_adds_up(model):
    rows = X.iloc[:5]
    found = explain(model, rows)
    assert_allclose(found.baseline + found.values.sum(axis=1), model.predict(rows), atol=0.1)


def test_text_names_levels(model):
    text = export_text(model)
    assert "(cold) to" in text and "(hot)" in text and "; missing" in text


def test_edges_have_a_block_for_each_level(model):
    edge = next(line for line in export_text(model).splitlines() if "air -> " in line)
    assert len(re.findall("[▁-█]", edge)) == len(EFFECTS)


def test_columns_of_nothing_are_shown():
    """A category without a level and numbers without a number."""
    frame = X.assign(z=np.nan, air=pd.Categorical([None] * len(X), categories=["a", "b"]))
    model = KANRegressor((), alpha=1e-2, tol=10.0).fit(frame, y)
    assert "x " in export_text(model) and "air" in export_html(model)
    assert [curve.labels for curve in effects(model).curves] == [None, None, None]


def test_pictures_name_levels(model):
    figure = KANDisplay.from_estimator(model, kind="effects").figure_
    labels = [tick.get_text() for ax in figure.axes for tick in ax.get_xticklabels()]
    assert {*EFFECTS} <= {*labels}
    plt.close("all")


def test_a_twin_reads_the_same_table(model):
    twin = distill(model, X, y)
    assert np.mean((twin.predict(X) - model.predict(X)) ** 2) < 0.01 * np.var(y)
    assert min(twin.scores_.values()) > 0.95


def test_a_formula_is_of_numbers(model):
    with pytest.raises(ValueError, match=r"missing values in columns 'air', 'z'\. Fit it to numbers.*effects\(model\)"):
        symbolic_fit(model, X, y)


def test_formulas_have_no_missing_values_and_no_texts():
    """Before work starts, however large the network; the column is named."""
    model = KANRegressor((14,), alpha=1e-2, tol=10.0, random_state=0).fit(X[["x"]], y)
    with pytest.raises(ValueError, match="X has missing values in column 'x'"):
        symbolic_fit(model, X[["z"]].rename(columns={"z": "x"}), y)
    for table in (X[["x", "air"]], X[["x", "air"]].astype({"air": "category"})):
        with pytest.raises(ValueError, match=r"X has text in column 'air'.*OneHotEncoder"):
            SymbolicRegressor().fit(table, y)
    with pytest.raises(ValueError, match="NaN"):
        SymbolicRegressor().fit(X[["x", "z"]], y)
