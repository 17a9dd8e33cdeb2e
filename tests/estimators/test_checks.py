"""Parameters and rows that are refused."""

import warnings

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from small_fits import data, make, noisy

from sklearn_kan import KANRegressor, effects
from sklearn_kan.utils.tables import text_columns


@pytest.mark.parametrize("option", [{"batch_size": 10}, {"learning_rate_init": 0.1}, {"shuffle": False}], ids=str)
@pytest.mark.parametrize("solver", ["auto", "lm", "lbfgs"])
def test_options_of_stochastic_solvers_are_refused_by_others(solver, option):
    with pytest.raises(ValueError, match=f"{next(iter(option))} can be set for"):
        make(solver, **option).fit(*data(10))


def test_validation_rows_are_checked():
    X, y, X_val, y_val = noisy()
    model = make(early_stopping=True)
    with pytest.raises(ValueError, match="pass both or neither"):
        model.fit(X, y, X_val=X_val)
    with pytest.raises(ValueError, match="must be the same"):
        model.fit(X, y, X_val=X_val, y_val=np.column_stack([y_val, y_val]))
    with pytest.raises(ValueError, match="early_stopping=True"):
        make().fit(X, y, X_val=X_val, y_val=y_val)


@pytest.mark.parametrize(
    "change", [{"hidden_layer_sizes": (3,)}, {"hidden_layer_sizes": (2, 2)}, {"degree": 2}], ids=str
)
def test_warm_start_refuses_another_shape(change):
    X, y = data()
    model = make(warm_start=True, tol=0.1).fit(X, y)
    before = model.predict(X)
    model.set_params(**change)
    with pytest.raises(ValueError, match="warm_start=False"):
        model.fit(X, y)
    assert_array_equal(model.predict(X), before)


def test_warm_start_refuses_other_outputs_and_keeps_the_model():
    X, y = data()
    model = make(warm_start=True).fit(X, y)
    before = model.predict(X)
    with pytest.raises(ValueError, match="warm_start=False"):
        model.fit(X, np.column_stack([y, y]))
    assert_array_equal(model.predict(X), before)


@pytest.mark.parametrize("refused", ["more outputs", "more features", "unknown option"])
def test_a_refused_fit_leaves_the_fitted_model_alone(refused):
    X, y = data()
    model = make("lm", tol=0.1).fit(X, y)
    before = model.predict(X)
    other_X, other_y = (np.hstack([X, X]) if refused == "more features" else X), np.column_stack([y, y])
    model.set_params(batch_size=10)  # Refused with solver="lm", after the data have been read.
    with pytest.raises(ValueError, match="batch_size"):
        model.fit(other_X, y if refused == "unknown option" else other_y)
    assert_array_equal(model.predict(X), before)


def test_warm_start_refuses_another_link():
    """The same numbers would be logarithms, or no logarithms any more."""
    X, y = data(40)
    model = make(tol=0.1, loss="absolute_error", warm_start=True).fit(X, np.abs(y))
    model.set_params(loss="huber").fit(X, np.abs(y))
    model.set_params(loss="poisson")
    with pytest.raises(ValueError, match="link of the loss 'identity', asked for is 'log'"):
        model.fit(X, np.abs(y))


def test_rows_outside_are_named_by_column_and_row():
    X = pd.DataFrame(np.random.RandomState(0).uniform(size=(80, 3)), columns=["wind", "age", "3rd"])
    model = KANRegressor((), extrapolation="error", alpha=1e-3).fit(X, X["age"])
    assert_allclose(model.predict(X.astype(np.float32)), model.predict(X), rtol=1e-5, atol=1e-6)
    far = X.copy()
    far.loc[7, "age"] = X["age"].max() + 2
    far.loc[9, "3rd"] = -1
    message = "in columns 'age', '3rd': row 7 has 2[.].* in 'age', 2 outside"
    for ask in (model.predict, model.predict_gradient, lambda X: effects(model, X)):
        with pytest.raises(ValueError, match=message):
            ask(far)


def test_text_is_named_by_its_columns():
    X = np.array([[1.0, "I"], [2.0, "F"], ["3.5", "M"]], dtype=object)
    with pytest.raises(ValueError, match=r"X has text in column 1 .*could not convert string to float.*OneHotEncoder"):
        KANRegressor(()).fit(X, [1.0, 2.0, 3.0])
    assert text_columns(pd.DataFrame(X, columns=["size", "sex"])) == ["sex"]


@pytest.mark.parametrize(("sizes", "warns"), [([2, 3, 1], True), ([3, 2, 1], False), ((2, 1), False), ("auto", False)])
def test_sizes_that_look_like_those_of_all_layers(sizes, warns):
    X, y = data(40)
    model = KANRegressor(sizes, alpha=1e-3, max_iter=2, tol=0.5, random_state=0)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        model.fit(X[:, :2], y)
    assert any("as in pykan, pass (3,)" in str(w.message) for w in caught) == warns
