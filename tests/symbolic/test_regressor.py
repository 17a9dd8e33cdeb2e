"""Formulas found from data alone."""

import numpy as np
import pandas as pd
import pytest
import skops.io
from formulas import Reader
from sklearn.base import clone

from sklearn_kan import KANRegressor, SymbolicRegressor, symbolic_fit


def test_a_structure_is_found_without_a_network():
    rng = np.random.RandomState(0)
    X = rng.uniform(-0.9, 0.9, (300, 2))
    y = (X[:, 0] + X[:, 1]) / (1 + X[:, 0] * X[:, 1])
    found = SymbolicRegressor(random_state=0).fit(X, y)
    fresh = rng.uniform(-0.99, 0.99, (300, 2))
    truth = (fresh[:, 0] + fresh[:, 1]) / (1 + fresh[:, 0] * fresh[:, 1])
    assert np.abs(found.predict(fresh) - truth).max() < 1e-8
    assert found.rmse_to_model_ is None and found.rmse_to_y_ < 1e-8
    assert clone(found).get_params() == found.get_params()


def test_noise_is_not_fitted():
    rng = np.random.RandomState(0)
    X = rng.uniform(0.5, 2, (400, 2))
    y = X[:, 0] / X[:, 1]
    found = SymbolicRegressor(random_state=0, max_time=3).fit(X, y + 0.01 * y.std() * rng.normal(size=400))
    assert np.sqrt(np.mean((found.predict(X) - y) ** 2)) < 0.004 * y.std()
    assert found.n_splines_ == 0


def fitted(X, y, sample_weight=None, **params):
    """A formula of data, found without a warning."""
    return SymbolicRegressor(**{"max_time": 10, "random_state": 0, **params}).fit(X, y, sample_weight)


def columns(n=150, n_features=2):
    return np.random.RandomState(0).uniform(0.5, 2, (n, n_features))


@pytest.mark.parametrize("value", [3.0, 0.0, 0.1, -1 / 3, 1e-300, -1e160, 1e300])
def test_a_constant_is_a_number(value):
    found = fitted(columns(60), np.full(60, value))
    assert np.allclose(found.predict(columns(9)), value, rtol=1e-14, atol=0)
    assert found.n_splines_ == 0 and Reader({})(found.formula_) == pytest.approx(value, rel=1e-5)


@pytest.mark.parametrize("other", [1.0, 0.0, 1e6])
def test_constant_columns_are_not_in_the_formula(other):
    X = np.column_stack([columns()[:, 0], np.full(150, other) * (1 + 1e-15 * np.arange(150))])
    assert fitted(X, 2 * X[:, 0]).formula_ == "2*x0"
    assert fitted(X[:, ::-1], X[:, 0] ** 2).formula_ == "x1^2"


@pytest.mark.parametrize(
    ("truth", "expected"),
    [
        (lambda x, z: x, "x0"),
        (lambda x, z: 2 * x, "2*x0"),
        (lambda x, z: x**2, "x0^2"),
        (lambda x, z: x + 1, "x0 + 1"),
        (lambda x, z: np.sin(3 * x) + 1, "sin(3*x0) + 1"),
        (lambda x, z: 2 * x - z / 2 + 3, "2*x0 - 1/2*x1 + 3"),
        (lambda x, z: x * z + 1, "x0*x1 + 1"),
        (lambda x, z: x**0.37 / z, "exp(0.37*log(x0) - log(x1))"),
    ],
)
def test_what_is_simple_is_written_simply_beside_columns_that_do_not_matter(truth, expected):
    X = columns(200, 3)
    assert fitted(X, truth(X[:, 0], X[:, 1])).formula_ == expected


def test_of_two_equal_columns_there_is_one():
    x = columns()[:, 0]
    assert fitted(np.column_stack([x, x]), 3 * x).formula_ == "3*x0"


def test_one_row_repeated_is_a_constant():
    X = np.tile([[1.0, 2.0]], (20, 1))
    assert fitted(X, np.full(20, 3.0)).formula_ == "3"
    y = 5 + np.random.RandomState(0).normal(size=20)
    assert np.allclose(fitted(X, y).predict(X), y.mean(), atol=1.0)


@pytest.mark.parametrize("unit", [1e-110, 1e-60, 1e60, 1e110])
def test_units_of_columns_do_not_matter(unit):
    X = columns()
    assert fitted(X * unit, X[:, 0] / X[:, 1]).formula_ == "x0/x1"


@pytest.mark.parametrize("unit", [1e-170, 1e160, 1e300])
def test_units_of_y_do_not_matter(unit):
    X = columns()
    found = fitted(X, unit * X[:, 0] * (X[:, 1] - 1))
    assert np.allclose(found.predict(X) / unit, X[:, 0] * (X[:, 1] - 1), rtol=1e-12)
    assert found.rmse_to_y_ < 1e-12 * unit


def test_however_little_time_there_is_there_is_a_formula():
    X = columns()
    found = fitted(X, np.exp(np.sin(3 * X[:, 0]) * X[:, 1]), max_time=1e-9)
    assert found.n_splines_ == 0 and np.all(np.isfinite(found.predict(X)))


def test_a_weight_of_k_is_k_rows_and_rows_have_no_order():
    rng = np.random.RandomState(0)
    X = rng.uniform(0.5, 2, (60, 1))
    y, weight = X[:, 0] ** 2 + 0.1 * rng.normal(size=60), rng.randint(0, 4, 60)
    order, few = rng.permutation(60), {"max_time": 100, "library": ["x", "x^2"]}
    weighted = fitted(X, y, weight, **few)
    repeated = fitted(np.repeat(X, weight, axis=0), np.repeat(y, weight), **few)
    shuffled = fitted(X[order], y[order], weight[order], **few)
    assert weighted.table_ == repeated.table_ == shuffled.table_
    assert np.array_equal(weighted.predict(X), repeated.predict(X))
    assert np.array_equal(weighted.predict(X), shuffled.predict(X))


def test_rows_of_weight_zero_do_not_count():
    X, weight = columns(), (np.arange(150) % 3 > 0).astype(float)
    y = np.where(weight > 0, 2 * X[:, 0] ** 2, 50.0)
    assert fitted(X, y, weight).formula_ == "2*x0^2"
    model = KANRegressor((), random_state=0).fit(X, y, sample_weight=weight)
    assert symbolic_fit(model, X, y, sample_weight=weight).formula_ == "2*x0^2"


def test_sorted_rows_are_drawn_from_everywhere():
    X = np.column_stack([np.linspace(0.5, 3, 3000), np.tile([1.0, 2.0, 3.0], 1000)])
    assert fitted(X, X[:, 0] ** 2 * X[:, 1] + 1).formula_ == "x0^2*x1 + 1"


def test_a_formula_that_ends_near_the_data_loses_against_one_that_goes_on():
    rng = np.random.RandomState(0)
    x = np.sort(rng.uniform(0.2, 5, 240))
    y = np.sqrt(x - 0.19) + 0.02 * rng.normal(size=240)
    found = fitted(x[80:, None], y[80:])
    assert np.all(np.isfinite(found.predict(np.linspace(1.2, 6, 50)[:, None])))


def test_skops_files_give_the_same_formula():
    X = columns()
    found = fitted(X, np.sin(X[:, 0]) * X[:, 1])
    data = skops.io.dumps(found)
    loaded = skops.io.loads(data, trusted=skops.io.get_untrusted_types(data=data))
    assert np.array_equal(loaded.predict(X), found.predict(X))
    assert (loaded.formula_, loaded.latex()) == (found.formula_, found.latex())


def test_names_of_a_table_come_back_from_the_text():
    names = ["speed-wind", "pi"]
    X = pd.DataFrame(columns(), columns=names)
    found = fitted(X, np.sin(np.pi * X["pi"]) * X["speed-wind"])
    assert found.formula_ == "`speed-wind`*sin(pi*`pi`)"
    assert np.allclose(Reader({name: X[name] for name in names})(found.formula_), found.predict(X))


@pytest.mark.parametrize(
    ("truth", "n_features"),
    [
        (lambda x: 0.5 * np.sin(4 * x[0]) * np.exp(-x[0] - 1), 1),
        (lambda x: x[0] * (x[1] + x[2] * x[3] * np.sin(2 * x[4])), 5),
        (lambda x: x[0] * x[1] / (x[2] * x[3]) * (1 + x[4] * x[5] / (x[6] * x[7] ** 2 * x[1])), 8),
        (lambda x: x[0] * x[1] + x[2] * x[3] + x[4] * x[5], 6),
        (lambda x: x[0] / (np.exp(x[1] * x[2] / x[3]) - 1), 4),
        (lambda x: np.sqrt((x[0] - x[1]) ** 2 + (x[2] - x[3]) ** 2), 4),
    ],
)
def test_laws_are_found_by_their_symmetries_and_parts(truth, n_features):
    rng = np.random.RandomState(1)
    X, fresh = rng.uniform(1, 3, (600, n_features)), rng.uniform(1, 3, (200, n_features))
    found = fitted(X, truth(X.T), max_time=60)
    assert np.abs(found.predict(fresh) - truth(fresh.T)).max() < 1e-8 * np.abs(truth(X.T)).max()
