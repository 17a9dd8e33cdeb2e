"""Formulas for networks and for data: exact ones are found, and nothing is wrong in silence."""

import pickle
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import sympy
from problems import exp_sin

from sklearn_kan import KANRegressor, symbolic_fit

ROOT = Path(__file__).parents[2]


def same_as_sympy(formula, X):
    """Largest difference between predict and the SymPy expressions."""
    expressions = formula.expression_ if isinstance(formula.expression_, list) else [formula.expression_]
    names = sorted(set().union(*(e.free_symbols for e in expressions)), key=str)
    known = {name: X[:, i] for i, name in enumerate(formula._names())}
    values = sympy.lambdify(names, expressions, "numpy")(*(known[str(name)] for name in names))
    values = np.stack([np.broadcast_to(column, len(X)) for column in values], axis=1)
    return np.abs(values - formula.predict(X).reshape(len(X), -1)).max()


@pytest.fixture(scope="module")
def network():
    problem = exp_sin(400)
    est = KANRegressor((1,), degree=5, alpha=1e-10, random_state=0, grid_schedule=(4, 8))
    return est.fit(problem.X, problem.y), problem


@pytest.fixture(scope="module")
def formula(network):
    est, problem = network
    return symbolic_fit(est, problem.X, problem.y)


def test_the_formula_of_a_network_is_exact(formula, network):
    fresh = exp_sin(300, seed=1)
    assert np.abs(formula.predict(fresh.X) - fresh.y).max() < 1e-8
    x0, x1 = sympy.symbols("x0 x1")
    assert formula.expression_ == sympy.exp(sympy.sin(sympy.pi * x0) + x1**2)
    assert formula.formula_ == "exp(sin(pi*x0) + x1^2)"
    assert formula.n_splines_ == 0
    assert same_as_sympy(formula, fresh.X) < 1e-10
    assert r"\sin" in formula.latex()


def test_distances_are_those_on_the_rows_held_out(formula, network):
    est, problem = network
    # Rows are sorted before some are drawn.
    aside = np.lexsort(problem.X.T[::-1])[np.random.RandomState(0).permutation(400)[:80]]
    rows, y = problem.X[aside], problem.y[aside]
    assert np.isclose(formula.rmse_to_y_, np.sqrt(np.mean((formula.predict(rows) - y) ** 2)), atol=1e-15)
    assert np.isclose(formula.rmse_to_model_, np.sqrt(np.mean((formula.predict(rows) - est.predict(rows)) ** 2)))
    assert np.isclose(formula.model_rmse_to_y_, np.sqrt(np.mean((est.predict(rows) - y) ** 2)))


def test_the_table_is_a_front_of_accuracy_against_complexity(formula):
    table = pd.DataFrame(formula.table_)
    assert list(table.columns) == [
        *["complexity", "rmse", "rmse_held_out", "criterion", "n_splines", "stability", "chosen", "formula"]
    ]
    assert table.complexity.is_monotonic_increasing
    assert table.chosen.sum() == 1 and table.formula[table.chosen].item() == formula.formula_


def test_without_y_the_formula_is_for_the_predictions(network, capsys):
    est, problem = network
    formula = symbolic_fit(est, problem.X, verbose=True)
    assert formula.rmse_to_y_ is None and formula.model_rmse_to_y_ is None
    assert formula.rmse_to_model_ < 1e-3
    lines = capsys.readouterr().out.splitlines()
    assert lines and all(" s, " in line and "symbols, error" in line for line in lines)


def test_an_edge_without_a_name_stays_a_spline():
    rng = np.random.RandomState(0)
    X = rng.uniform(-2, 2, (300, 2))
    y = np.sin(X[:, 0] ** 3 + np.exp(X[:, 0])) + X[:, 1] ** 2
    est = KANRegressor((), grid_size=12, alpha=1e-9).fit(X, y)
    formula = symbolic_fit(est, X, y, library=["x", "x^2"])
    assert formula.n_splines_ == 1
    assert "spline1(x0)" in formula.formula_ and "x1^2" in formula.formula_
    assert "spline1(x0)" in str(formula.expression_)
    assert list(formula.splines_) == ["spline1"]
    assert same_as_sympy(formula, rng.uniform(-3, 3, (200, 2))) < 1e-10
    assert formula.table_[-1]["n_splines"] >= 1


def test_several_outputs_and_names_of_a_table():
    rng = np.random.RandomState(0)
    X = pd.DataFrame(rng.uniform(0.5, 2, (300, 2)), columns=["mass", "1; import os"])
    Y = np.column_stack([2 * np.log(X["mass"]) + X["1; import os"], X["1; import os"] ** 2])
    est = KANRegressor((), grid_size=8, alpha=1e-9).fit(X, Y)
    formula = symbolic_fit(est, X, Y)
    mass, other = sympy.Symbol("mass"), sympy.Symbol("1; import os")
    assert sympy.simplify(formula.expression_[0] - (2 * sympy.log(mass) + other)) == 0
    assert formula.expression_[1] == other**2
    assert formula.predict(X).shape == (300, 2)
    assert np.abs(formula.predict(X) - Y).max() < 1e-10
    assert len(formula.latex().splitlines()) == len(formula.formula_.splitlines()) == 2


def test_feature_names_become_symbols_as_they_are(network):
    est, problem = network
    formula = symbolic_fit(est, problem.X, problem.y, library=["sin", "x^2", "exp"], feature_names=["E", "__class__"])
    assert {str(s) for s in formula.expression_.free_symbols} == {"E", "__class__"}
    with pytest.raises(ValueError, match="2 different names"):
        symbolic_fit(est, problem.X, feature_names=["a", "a"])


def wave(t):
    """A function that the library does not have."""
    return np.sin(t) + 0.5 * np.sin(2 * t)


def sympy_wave(t):
    return sympy.sin(t) + sympy.sin(2 * t) / 2


def test_functions_of_users():
    rng = np.random.RandomState(0)
    X = rng.uniform(-2, 2, (300, 1))
    est = KANRegressor((), grid_size=16, alpha=1e-9).fit(X, 3 * wave(1.5 * X[:, 0]))
    formula = symbolic_fit(est, X, 3 * wave(1.5 * X[:, 0]), library=["x", "exp", ("wave", wave, sympy_wave)])
    # The phase is only known up to whole turns.
    assert formula.n_splines_ == 0 and formula.formula_.startswith("3*wave(3/2*x0")
    assert np.allclose(formula.predict(X), 3 * wave(1.5 * X[:, 0]), atol=1e-9)
    assert same_as_sympy(formula, X) < 1e-10
    loaded = pickle.loads(pickle.dumps(formula))
    assert np.array_equal(loaded.predict(X), formula.predict(X))


def test_pickles_predict_the_same(formula):
    X = exp_sin(50, seed=2).X
    formula.expression_  # noqa: B018
    loaded = pickle.loads(pickle.dumps(formula))
    assert np.array_equal(loaded.predict(X), formula.predict(X))
    assert "_expressions" not in vars(loaded)
    assert loaded.expression_ == formula.expression_


def test_missing_sympy_is_named():
    program = (
        "import sys\n"
        "sys.modules['sympy'] = None\n"
        "import numpy as np\n"
        "from sklearn_kan import KANRegressor, symbolic_fit\n"
        "X = np.linspace(0, 1, 50)[:, None]\n"
        "f = symbolic_fit(KANRegressor(()).fit(X, X[:, 0]), X)\n"
        "print(f.predict(X[:1]).shape, f.formula_)\n"
        "try:\n"
        "    f.latex()\n"
        "except ImportError as error:\n"
        "    print(error)\n"
        "try:\n"
        "    f.expression_\n"
        "except AttributeError as error:\n"
        "    print(error)\n"
    )
    run = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    assert run.stdout.count('pip install "sklearn_kan[symbolic]"') == 2
