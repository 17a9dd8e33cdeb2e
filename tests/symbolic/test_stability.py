"""How sure formulas and their constants are, and what a fitted formula lets one do with its table."""

import numpy as np
import pytest

from sklearn_kan import KANRegressor, SymbolicRegressor, symbolic_fit
from sklearn_kan.symbolic.edges import SymbolicEdge
from sklearn_kan.symbolic.graph import FormulaGraph, Node
from sklearn_kan.symbolic.library import IDENTITY
from sklearn_kan.symbolic.linear_forms import constant_form
from sklearn_kan.symbolic.rows import Rows
from sklearn_kan.symbolic.search import Search
from sklearn_kan.symbolic.stability import constants_of, shares_of_wins


def noisy_line(n=80):
    rng = np.random.RandomState(0)
    X = rng.uniform(-1, 1, (n, 2))
    return X, 3 * X[:, :1] - X[:, 1:] + 0.5 + 0.3 * rng.normal(size=(n, 1))


@pytest.mark.parametrize("weighted", [False, True])
def test_standard_errors_are_those_of_least_squares(weighted):
    X, Y = noisy_line()
    weight = np.random.RandomState(1).randint(1, 4, len(X)).astype(float) if weighted else None
    w = np.ones(len(X)) if weight is None else weight
    design = np.column_stack([np.ones(len(X)), X])
    H = design.T @ (w[:, None] * design)
    coef = np.linalg.solve(H, design.T @ (w * Y[:, 0]))
    variance = w @ (Y[:, 0] - design @ coef) ** 2 / (w.sum() - 3)
    edges = [SymbolicEdge(i, IDENTITY, c=coef[1 + i]) for i in range(2)]
    graph = FormulaGraph(2, [Node(edges, constant=coef[0])], [2])
    found = constants_of(graph, Rows(X, Y, weight))
    np.testing.assert_allclose([entry["value"] for entry in found], coef)
    expected = np.sqrt(variance * np.diag(np.linalg.inv(H)))
    np.testing.assert_allclose([entry["standard_error"] for entry in found], expected, rtol=1e-9)


def test_of_two_formulas_that_are_as_good_each_wins_half_of_the_draws():
    Y = np.repeat([0.0, 1.0], 50)[:, None]
    rows = Rows(np.zeros((100, 1)), Y)
    graphs = [constant_form(rows, value) for value in (0.0, 1.0, 5.0)]
    shares = shares_of_wins(graphs, [-10.0, -10.0, 500.0], rows, 100.0)
    assert shares.sum() == pytest.approx(1) and shares[2] == 0
    assert abs(shares[0] - 0.5) < 0.15  # Four standard errors.


def test_a_formula_that_is_exact_always_wins():
    X, _ = noisy_line()
    model = SymbolicRegressor(random_state=0).fit(X, 3 * X[:, 0])
    assert model.stability_ == 1 and sum(row["stability"] for row in model.table_) == pytest.approx(1)
    assert model.constants_ == []  # 3 is no fitted constant.


@pytest.fixture(scope="module")
def model():
    X, Y = noisy_line()
    return SymbolicRegressor(max_time=1e-9, random_state=0).fit(X, Y[:, 0])


def test_rows_of_the_table_can_be_chosen(model):
    X, n_rows = noisy_line()[0], len(model.table_)
    assert n_rows >= 3
    for row, line in enumerate(model.table_):
        other = model.select(row)
        assert np.array_equal(other.predict(X), model.predict(X, row=row))
        assert other.formula_ == line["formula"] and other.n_splines_ == line["n_splines"]
        assert [entry["chosen"] for entry in other.table_] == [i == row for i in range(n_rows)]
        assert len(other.constants_) <= row + 1 and other.stability_ == line["stability"]
    assert model.select(-1).formula_ == model.select(1).select(-1).formula_ == model.table_[-1]["formula"]
    assert model.select(0).rmse_to_y_ > 3 * model.rmse_to_y_
    assert str(model.select(0).expression_) != str(model.expression_)


@pytest.mark.parametrize("row", [30, -40, 1.0, "last"])
def test_rows_that_do_not_exist_are_named(model, row):
    with pytest.raises(ValueError, match="row must be a whole number below "):
        model.select(row)


def interrupted_after(monkeypatch, count):
    """Ctrl-C comes when so many formulas have been found."""
    note, found = Search.note, []

    def and_then(search, formula):
        if len(found) == count:
            found.append(None)
            raise KeyboardInterrupt
        found.append(formula)
        note(search, formula)

    monkeypatch.setattr(Search, "note", and_then)


def test_after_ctrl_c_the_best_formula_is_kept(monkeypatch):
    X, Y = noisy_line()
    interrupted_after(monkeypatch, 2)
    with pytest.warns(UserWarning, match="interrupted; the best formula so far is kept"):
        model = SymbolicRegressor(random_state=0).fit(X, Y[:, 0])
    assert "x0" in model.formula_ and "x1" not in model.formula_


def test_after_ctrl_c_other_outputs_get_what_takes_no_time(monkeypatch):
    X, Y = noisy_line()
    est = KANRegressor((7,), alpha=1e-2, max_iter=3, tol=10, n_iter_no_change=1, random_state=0).fit(
        X, np.hstack([Y, -Y])
    )
    interrupted_after(monkeypatch, 4)
    with pytest.warns(UserWarning) as warned:
        formula = symbolic_fit(est, X, np.hstack([Y, -Y]))
    assert any("interrupted" in str(warning.message) for warning in warned)
    assert len(formula.formula_.splitlines()) == 2


def test_ctrl_c_before_there_is_a_formula_is_ctrl_c(monkeypatch):
    interrupted_after(monkeypatch, 0)
    columns = noisy_line()[0]
    with pytest.raises(KeyboardInterrupt):
        SymbolicRegressor().fit(columns, columns[:, 0])


def test_verbose_prints_better_and_better_formulas(capsys):
    X, Y = noisy_line()
    SymbolicRegressor(max_time=1e-9, random_state=0, verbose=True).fit(X, Y[:, 0])
    lines = capsys.readouterr().out.splitlines()
    errors = [float(line.split("error ")[1].split(":")[0]) for line in lines]
    assert len(lines) == 3 and errors == sorted(errors, reverse=True)
    assert "x0" in lines[-1] and "x1" in lines[-1]
