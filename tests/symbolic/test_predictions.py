"""Formulas of models whose edges cannot be named: averages, and networks of many edges."""

import warnings

import numpy as np
import pytest

from sklearn_kan import KANClassifier, KANRegressor, symbolic_fit
from sklearn_kan.symbolic.linear_forms import constant_form
from sklearn_kan.symbolic.pareto import Entry
from sklearn_kan.symbolic.predictions import together


def waves(X):
    return np.exp(-X[:, 0]) + np.sin(2 * X[:, 1])


@pytest.fixture(scope="module")
def rows():
    return np.random.RandomState(0).uniform(0.5, 2, (300, 2))


def average(X, y):
    """A model of several networks of many edges side by side."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # It need not have converged.
        return KANRegressor((4,), n_init=2, max_iter=40, random_state=0).fit(X, y)


@pytest.fixture(scope="module")
def model_of_waves(rows):
    return average(rows, waves(rows))


def test_a_law_is_found_from_an_average_of_networks(rows, model_of_waves):
    formula = symbolic_fit(model_of_waves, rows, waves(rows))
    assert formula.formula_ == "exp(-x0) + sin(2*x1)"
    assert formula.rmse_to_y_ < 1e-12 < formula.rmse_to_model_


def test_constants_are_fitted_to_noisy_targets_and_structures_to_predictions(rows):
    y = 3 * waves(rows)
    noisy = y + 0.02 * y.std() * np.random.RandomState(1).normal(size=len(y))
    formula = symbolic_fit(average(rows, noisy), rows, noisy)
    assert formula.n_splines_ == 0
    assert np.std(formula.predict(rows) - y) < 0.006 * y.std()
    assert np.isclose(formula.rmse_to_y_, 0.02 * y.std(), rtol=0.3)


def test_without_targets_a_formula_goes_as_far_as_the_model_knows(rows):
    y = rows[:, 0] / rows[:, 1]
    model = average(rows, y + 0.02 * np.random.RandomState(1).normal(size=len(y)))
    formula = symbolic_fit(model, rows)
    assert formula.n_splines_ == 0 and "x0/x1" in formula.formula_
    assert formula.rmse_to_y_ is None and formula.rmse_to_model_ < 0.03


def test_of_several_outputs_each_has_its_law(rows):
    Y = np.column_stack([rows[:, 0] * rows[:, 1], 2 - 3 * rows[:, 0]])
    formula = symbolic_fit(average(rows, Y), rows, Y)
    assert formula.formula_.splitlines() == ["x0*x1", "-3*x0 + 2"]


def test_what_classes_depend_on_is_in_a_formula(rows):
    label = rows[:, 0] + 0.3 * np.random.RandomState(0).normal(size=len(rows)) > 1.2
    model = KANClassifier((3,), n_init=1, max_iter=30, tol=1e-2, random_state=0).fit(rows, label)
    formula = symbolic_fit(model, rows, label, library=["x"], max_time=0.1)
    assert "x0" in formula.formula_ and formula.rmse_to_y_ is None


def test_a_formula_that_is_behind_its_model_says_so(rows, model_of_waves):
    with pytest.warns(UserWarning, match="No short formula says all that the model says: .* table_ has"):
        formula = symbolic_fit(model_of_waves, rows, waves(rows), library=["x"], max_time=1e-9)
    assert formula.n_splines_ == 0 and "x1" in formula.formula_


@pytest.mark.parametrize("fit", [average, KANRegressor(()).fit])
def test_a_constant_is_a_number_whatever_the_model(rows, fit):
    y = np.full(len(rows), 2.5)
    assert symbolic_fit(fit(rows, y), rows, y).formula_ == "5/2"


@pytest.mark.parametrize("max_time", [0, -1, "long", float("nan")])
def test_no_time_is_an_error_before_work_starts(rows, model_of_waves, max_time):
    with pytest.raises(ValueError, match="max_time must be a positive number of seconds; got"):
        symbolic_fit(model_of_waves, rows, max_time=max_time)


def entry(value, complexity, rmse):
    graph = constant_form(type("Rows", (), {"X": np.zeros((1, 1))}), value)
    return Entry(graph, complexity, rmse, rmse, 0.0)


def test_formulas_of_outputs_come_together_by_what_they_gain():
    fronts = [
        [entry(1.0, 1, 1.0), entry(2.0, 2, 0.9), entry(3.0, 3, 0.0)],
        [entry(10.0, 1, 0.8), entry(20.0, 11, 0.0)],
    ]
    outputs = [graph.forward(np.zeros((1, 1)))[0].tolist() for graph in together(fronts)]
    assert outputs == [[1.0, 10.0], [2.0, 10.0], [3.0, 10.0], [3.0, 20.0]]
