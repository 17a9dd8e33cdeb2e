"""Cells that additive models take where the data ask for them."""

import numpy as np
import pytest
from small_fits import evidence_fit

from sklearn_kan import KANRegressor


def cells(model):
    return model.network_.spline_layers[0].grid_size


def clusters(n, noise=0.05):
    """Two clusters far apart, waves in each; rows, targets and their means."""
    rng = np.random.RandomState(0)
    x = rng.uniform(size=n)
    mean = np.sin(9 * x)
    return (x + 100 * (np.arange(n) % 2))[:, None], mean + noise * rng.normal(size=n), mean


def lognormal(n, noise=0.05):
    rng = np.random.RandomState(0)
    z = 3 * rng.normal(size=n)
    return np.exp(z)[:, None], np.sin(z) + noise * rng.normal(size=n), np.sin(z)


@pytest.mark.parametrize("column", [clusters, lognormal])
@pytest.mark.parametrize("knots", ["mixed", "quantile"])
def test_curves_get_the_cells_that_they_need(column, knots):
    X, y, mean = column(400)
    model, coarse = (KANRegressor((), knots=knots, grid_size=g, random_state=0).fit(X, y) for g in ("auto", 5))
    assert cells(coarse) == 5 and cells(model) > 5
    assert model.log_evidence_ > coarse.log_evidence_
    assert np.var(model.predict(X) - mean) < 0.02 * np.var(mean) < np.var(coarse.predict(X) - mean)
    prediction, std = model.predict(X, return_std="epistemic")
    assert np.mean(np.abs(prediction - mean) < 2 * std) > 0.7  # What cells cannot follow is not in doubt.


def test_curves_that_need_no_more_stay_as_they_are():
    rng = np.random.RandomState(0)
    X = np.column_stack([rng.uniform(size=(200, 2)), rng.randint(4, size=200)])
    y = X[:, 0] + np.array([0.0, 2.0, -1.0, 1.0])[X[:, 2].astype(int)] + 0.1 * rng.normal(size=200)
    # All levels of a category are decided by the data, but it has no cells to halve.
    options = {"hidden_layer_sizes": (), "categorical_features": [2]}
    model, given = evidence_fit(X, y, **options), evidence_fit(X, y, grid_size=5, **options)
    assert cells(model) == 5
    assert np.array_equal(model.predict(X), given.predict(X))


def test_the_chosen_additive_model_is_refined_and_goes_on_from_there():
    X, y, mean = clusters(300, noise=0.1)
    noise = np.random.RandomState(1).normal(size=300)
    model = KANRegressor(interaction_cst="no_interactions", warm_start=True, random_state=0)
    model.fit(np.column_stack([X[:, 0], noise]), y)
    taken = cells(model)
    assert taken > 5 and sum(s["n_runs"] for s in model.structures_) > 1
    model.fit(np.column_stack([X[:, 0], noise]), y)
    assert cells(model) == taken and np.var(model.predict(np.column_stack([X[:, 0], noise])) - mean) < 0.1 * np.var(
        mean
    )


def test_other_fits_keep_their_cells():
    X, y, _ = clusters(100)
    options = {"alpha": 1e-3}, {"grid_schedule": (3, 6)}, {"grid_size": (7,)}, {"solver": "lbfgs"}
    assert [cells(KANRegressor((), **o).fit(X, y)) for o in options] == [5, 6, 7, 5]
    assert cells(KANRegressor((), random_state=0).fit(X[:20], y[:20])) <= 10  # No more parameters than rows.


def test_few_rows_do_not_make_a_model_of_noise():
    covered = []
    for seed in range(4):
        rng = np.random.RandomState(seed)
        X, y, X_new, y_new = (
            rng.normal(size=(20, 30)),
            rng.normal(size=20),
            rng.normal(size=(200, 30)),
            rng.normal(size=200),
        )
        prediction, std = KANRegressor(random_state=0).fit(X, y).predict(X_new, return_std=True)
        covered.append(np.mean(np.abs(prediction - y_new) < 1.96 * std))
    assert np.mean(covered) > 0.8


def test_few_rows_still_tell_the_features_that_matter():
    rng = np.random.RandomState(0)
    X = rng.normal(size=(15, 10))
    model = KANRegressor((), random_state=0).fit(X, X[:, 0] - X[:, 1] + 0.3 * rng.normal(size=15))
    assert set(np.argsort(model.feature_importances_)[-2:]) == {0, 1} and np.sum(model.feature_importances_[:2]) > 0.9
