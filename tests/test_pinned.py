"""Nothing changed for users while walls are moved: small fits of every kind against what they gave before.

``python tests/test_pinned.py`` writes the file that the test compares with.
"""

import json
import re
import warnings
from pathlib import Path

import numpy as np
import pytest

from sklearn_kan import (
    KANClassifier,
    KANRegressor,
    SymbolicRegressor,
    explain,
    export_html,
    export_text,
    feature_interactions,
    symbolic_fit,
)

PINNED = Path(__file__).parent / "pinned.json"
ATTRIBUTES = ("loss_", "log_evidence_", "effective_dof_", "sigma_", "n_iter_", "feature_importances_", "y_mean_")

CASES = {
    "auto": KANRegressor(max_iter=40, random_state=0),
    "additive": KANRegressor((), random_state=0),
    "deep": KANRegressor((3, 2), n_init=2, max_iter=30, knots="quantile", relevance="input", random_state=1),
    "several outputs": KANRegressor((3,), n_init=1, max_iter=30, random_state=0),
    "fixed": KANRegressor((3,), alpha=1e-4, grid_schedule=(3, 6), prune=0.02, n_init=2, max_iter=40, random_state=0),
    "tanh": KANRegressor((3,), squash="tanh", base_function="silu", alpha=1e-3, max_iter=30, random_state=0),
    "uniform": KANRegressor(
        (3,), knots="uniform", extrapolation="constant", degree=2, n_init=1, max_iter=30, random_state=0
    ),
    "lbfgs": KANRegressor((3,), solver="lbfgs", max_iter=30, random_state=0),
    "kaczmarz": KANRegressor((3,), solver="kaczmarz", max_iter=5, random_state=0),
    "adam": KANRegressor((3,), solver="adam", max_iter=5, early_stopping=True, random_state=0),
    "sgd": KANRegressor((3,), solver="sgd", max_iter=5, random_state=0),
    **{
        loss: KANRegressor((2,), loss=loss, n_init=1, max_iter=30, random_state=0)
        for loss in ("absolute_error", "huber", "quantile", "poisson", "gamma")
    },
    "two classes": KANClassifier(max_iter=40, random_state=0),
    "three classes": KANClassifier((3,), max_iter=30, class_weight="balanced", random_state=0),
}


def rows(name):
    """A table, its targets and rows to predict, some outside the range."""
    rng = np.random.RandomState(3)
    X = rng.uniform(-1, 1, (150, 3))
    f = np.sin(3 * X[:, 0]) + X[:, 1] * X[:, 2]
    y = f + 0.1 * rng.normal(size=len(f))
    targets = {
        "several outputs": np.column_stack([y, X[:, 2] ** 2 + 0.2 * rng.normal(size=len(f))]),
        "poisson": rng.poisson(3 * np.exp(f)).astype(float),
        "gamma": np.exp(f) * rng.gamma(5.0, 0.2, len(f)),
        "two classes": np.where(f > 0, "yes", "no"),
        "three classes": np.digitize(f, [-0.4, 0.4]),
    }
    return X, targets.get(name, y), rng.uniform(-1.3, 1.3, (6, 3))


def numbers(page):
    """How many numbers the network of a page has, and the sum of their sizes."""
    data = json.loads(re.search(r'id="data">(.*?)</script>', page, re.DOTALL)[1])
    found, rest = [], [data["layers"]]
    while rest:
        value = rest.pop()
        if isinstance(value, dict | list):
            rest += value.values() if isinstance(value, dict) else value
        elif isinstance(value, float):
            found.append(value)
    return [len(found), float(np.sum(np.abs(found)))]


def facts(name):
    """What a user sees of one fit."""
    model = CASES[name]
    X, y, new = rows(name)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model.fit(X, y)
    found = {"predict": model.predict(new), "gradient": model.predict_gradient(new)}
    if hasattr(model, "predict_proba"):
        found["proba"] = model.predict_proba(new)
    elif model.posterior_ is not None:
        found["std"] = model.predict(new, return_std="epistemic")[1]
    found |= {key: getattr(model, key) for key in ATTRIBUTES if getattr(model, key, None) is not None}
    found["interactions"] = feature_interactions(model, X)
    found["explain"] = explain(model, new).values
    found["text"] = len(export_text(model))
    found["page"] = numbers(export_html(model, X))
    return {key: np.asarray(value).tolist() for key, value in found.items()}


def formulas():
    """Formulas of data and of a model."""
    rng = np.random.RandomState(0)
    X = rng.uniform(0.5, 2, (150, 2))
    found = SymbolicRegressor(max_time=60, random_state=0).fit(X, np.exp(X[:, 0]) * X[:, 1])
    model = KANRegressor((), alpha=1e-9, random_state=0).fit(X, np.sin(X[:, 0]) + X[:, 1] ** 2)
    named = symbolic_fit(model, X)
    return {"found": found.formula_, "latex": found.latex(), "named": named.formula_}


@pytest.mark.parametrize("name", CASES)
def test_fits_are_as_before(name):
    expected, found = json.loads(PINNED.read_text())[name], facts(name)
    assert found.keys() == expected.keys()
    for key, value in expected.items():
        if isinstance(value, list) and value and isinstance(value[0], str):
            assert found[key] == value
        else:
            scale = max(1e-3, np.abs(np.asarray(value, dtype=float)).max())
            np.testing.assert_allclose(found[key], value, rtol=1e-5, atol=1e-5 * scale, err_msg=key)


def test_formulas_are_as_before():
    assert formulas() == json.loads(PINNED.read_text())["formulas"]


if __name__ == "__main__":
    PINNED.write_text(json.dumps({**{name: facts(name) for name in CASES}, "formulas": formulas()}, indent=1))
