"""What other columns say of missing values."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from sklearn_kan import KANClassifier, KANRegressor, export_code
from sklearn_kan.inspection import effects
from sklearn_kan.layers.basis import BSplineBasis
from sklearn_kan.layers.filling import Filling
from sklearn_kan.layers.knots import uniform_knots

RHO = 0.8


def normal_rows(n=4000, seed=0, part=0.2):
    """Two columns of correlation RHO in units and places of their own, a third that is alone, and rows with holes."""
    rng = np.random.RandomState(seed)
    Z = rng.normal(size=(n, 3))
    Z[:, 1] = RHO * Z[:, 0] + np.sqrt(1 - RHO**2) * Z[:, 1]
    whole = Z * [1e3, 1e-3, 1.0] + [5.0, 0.0, -7.0]
    return whole, np.where(rng.uniform(size=whole.shape) < part, np.nan, whole)


def filling(X, weight=None, numbers=(True, True, True), wanted=(True, True, True)):
    weight = np.ones(len(X)) if weight is None else weight
    basis = BSplineBasis(uniform_knots(np.nanmin(X, axis=0), np.nanmax(X, axis=0), 4, 3), 3)
    return Filling.of(basis, X, weight / weight.sum(), weight.sum(), np.array(numbers), np.array(wanted))


def test_missing_values_are_the_conditional_mean_of_a_normal_law():
    """x1 = 1e-3 RHO (x0 - 5) / 1e3 where it is missing; a column that no other says anything about stays missing."""
    _, X = normal_rows()
    found = filling(X)
    assert_array_equal(found.filled, [True, True, False])
    new = np.array([[1005.0, np.nan, 0.0], [np.nan, 1e-3, 0.0], [np.nan, np.nan, np.nan], [1.0, 2.0, 3.0]])
    full = found.at(new.T).T
    assert_allclose(full[0, 1], 1e-3 * RHO, rtol=0.05)
    assert_allclose(full[1, 0], 5 + 1e3 * RHO, rtol=0.05)
    assert_allclose(full[2, :2], [5.0, 0.0], atol=60.0)
    assert np.isnan(full[2, 2])
    assert_array_equal(full[3], new[3])


def test_few_rows_and_categories_say_nothing():
    _, X = normal_rows(12, part=0.1)
    X[:, 0] = np.random.RandomState(1).normal(size=12)
    found = filling(X)
    assert found is None or not found.filled[2]
    _, X = normal_rows()
    assert filling(X, numbers=(False, True, True)) is None
    assert filling(X, wanted=(False, False, False)) is None
    assert_array_equal(filling(X, wanted=(True, False, True)).filled, [True, False, False])


def test_weights_are_repetitions_and_order_is_nothing():
    _, X = normal_rows(300)
    weight = np.random.RandomState(2).randint(0, 4, len(X))
    found = filling(X[weight > 0], weight[weight > 0].astype(float)).at(X.T)
    assert_allclose(filling(np.repeat(X, weight, axis=0)).at(X.T), found, rtol=1e-9)
    assert_allclose(filling(np.repeat(X, weight, axis=0)[::-1]).at(X.T), found, rtol=1e-9)


def test_a_value_far_from_all_others_says_no_more_than_the_end_of_the_grid():
    _, X = normal_rows()
    found = filling(X)
    far = found.at(np.array([[1e9], [np.nan], [0.0]]))[1, 0]
    assert far == found.at(np.array([[np.nanmax(X[:, 0])], [np.nan], [0.0]]))[1, 0]


@pytest.fixture(scope="module")
def fitted():
    whole, X = normal_rows(400)
    y = np.sin(whole[:, 0] / 1e3) + np.random.RandomState(3).normal(size=400) / 10
    return KANRegressor((), fill_missing=True).fit(X, y), X, y, whole


def test_a_model_predicts_where_a_value_is_missing_by_what_others_say(fitted):
    """With x0 missing, x1 says part of it: R^2 of a constant would be 0."""
    model, _, _, _ = fitted
    whole, _ = normal_rows(1000, seed=4)
    truth = np.sin(whole[:, 0] / 1e3)
    gone = whole.copy()
    gone[:, 0] = np.nan
    assert 1 - np.var(model.predict(gone) - truth) / np.var(truth) > 0.5
    assert_allclose(model.network_.forward(gone), model.network_.layers[0].functions(gone.T).sum(axis=0).T, atol=1e-12)


def test_effects_sum_to_predictions_and_have_a_value_for_missing(fitted):
    model, X, _, _ = fitted
    explained = effects(model, X)
    parts = explained.curves if hasattr(explained, "curves") else []
    assert any(curve.missing is not None for curve in parts)
    nothing = np.full((1, 3), np.nan)
    assert np.isfinite(model.predict(nothing)).all()


def test_a_missing_value_may_still_be_a_value_of_its_own():
    whole, X = normal_rows(600)
    y = whole[:, 0] / 1e3 + 3.0 * np.isnan(X[:, 0])
    model = KANRegressor((), fill_missing=True).fit(X, y)
    gone = whole.copy()
    gone[:, 0] = np.nan
    assert_allclose(np.mean(model.predict(gone) - whole[:, 0] / 1e3), 3.0, atol=0.1)


def test_what_is_filled_in_is_not_written_down_yet(fitted):
    with pytest.raises(ValueError, match="fills in missing values"):
        export_code(fitted[0], "python")


def test_monotone_models_fill_nothing_in(fitted):
    """Through what is filled in a prediction could fall along a feature that it must not fall along."""
    _, X, y, _ = fitted
    with pytest.raises(ValueError, match="monotonic_cst cannot hold with fill_missing"):
        KANClassifier((), monotonic_cst=[1, 0, 0], fill_missing=True).fit(X, y > 0)


@pytest.mark.parametrize("base_function", [None, "silu"])
def test_values_by_design_and_by_evaluation_are_the_same(base_function):
    _, X = normal_rows(200)
    y = np.nan_to_num(X[:, 0]) / 1e3
    network = KANRegressor((2,), alpha=1e-2, fill_missing=True, base_function=base_function).fit(X, y).network_
    layer = network.layers[0]
    assert layer.basis.filling is not None
    assert_allclose(layer.evaluator()(X.T), layer.combine(layer.design(X.T)), atol=1e-10)


def test_a_warm_start_keeps_what_fills_in():
    _, X = normal_rows(200)
    y = np.nan_to_num(X[:, 1]) * 1e3
    model = KANRegressor((), alpha=1e-2, fill_missing=True, warm_start=True).fit(X, y)
    before = model.predict(X)
    assert_allclose(model.fit(X, y).predict(X), before, atol=1e-3)
    with pytest.raises(ValueError, match="fitted network has fill_missing True"):
        model.set_params(fill_missing=False).fit(X, y)
