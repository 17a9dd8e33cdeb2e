"""Small tables of every kind of column, and fits to them, for what takes models of tables elsewhere."""

from functools import cache

import numpy as np
from conftest import needed

from sklearn_kan import KANClassifier, KANRegressor

# Levels that any language has to escape.
TEXTS = ["low", "it's", 'say "hi"', "größe 日本", "line\nend", "\\", "</script>", "${x}", "@DATA@", "??/"]
NAMES = ["x", "text", "flag", "count", "z"]


def table(n=120, seed=0, missing=True):
    """A data frame of a number, texts, truth values, numbers that are levels, and a number that is never missing."""
    pd = needed("pandas")
    rng = np.random.RandomState(seed)
    columns = [rng.uniform(-1, 1, n), np.array(TEXTS, dtype=object)[rng.randint(len(TEXTS), size=n)]]
    columns += [rng.uniform(size=n) < 0.5, np.array([7, -2, 30])[rng.randint(3, size=n)], rng.normal(size=n)]
    frame = pd.DataFrame(dict(zip(NAMES, columns, strict=True)))
    if missing:
        frame.loc[rng.uniform(size=n) < 0.2, "x"] = np.nan
        frame.loc[rng.uniform(size=n) < 0.2, "text"] = None
    return frame


def answer(frame):
    """A target that depends on all columns."""
    effects = {text: np.cos(3.0 * n) for n, text in enumerate(TEXTS)}
    y = np.sin(2 * frame["x"].fillna(1.0)) + frame["text"].map(effects).fillna(0.3)
    return (y + 0.5 * frame["flag"] + 0.1 * frame["count"] % 7 + 0.3 * frame["z"] ** 2).to_numpy(dtype=float)


def later(n=40):
    """Rows as they come later: levels that were not there, outside the range, and missing where nothing was."""
    pd = needed("pandas")
    frame = table(n, seed=1).astype({"flag": object})
    frame.loc[:4, "text"] = ["new", "", "LOW", "low ", "'"]
    frame.loc[3:7, "flag"] = None
    frame.loc[6:9, "count"] = 8
    frame["count"] = frame["count"].astype(object).where(np.arange(n) % 7 > 0, np.nan)
    frame["x"] *= 3
    frame.loc[[0, 5, 10], "z"] = np.nan
    frame.loc[11] = pd.Series([np.nan, None, None, np.nan, np.nan], NAMES, dtype=object)
    return frame.astype({"x": float, "z": float})


@cache
def fits():
    """Small fits to such a table, by name."""
    frame = table()
    y, columns = answer(frame), ["text", "flag", "count"]
    quick = {"alpha": 1e-2, "max_iter": 10, "tol": 0.1, "random_state": 0, "categorical_features": columns}
    return {
        "additive": KANRegressor((), **quick).fit(frame, y),
        "with a branch": KANRegressor((2,), base_function="silu", **quick).fit(frame, np.column_stack([y, -y])),
        "two classes": KANClassifier((), **quick).fit(frame, y > 1),
        "periodic": KANRegressor((2,), periodic={"x": 1.5}, knots="quantile", **quick).fit(frame, y),
    }


@cache
def sure_fits():
    """Fits that know their standard deviation: one network, and an average of two."""
    frame = table()
    y = answer(frame) + 0.1 * np.random.RandomState(1).normal(size=len(frame))
    quick = {"max_iter": 8, "tol": 0.1, "random_state": 0, "categorical_features": ["text", "flag", "count"]}
    return [KANRegressor((), **quick).fit(frame, y), KANRegressor((2,), n_init=2, **quick).fit(frame, y)]


def coded(model, frame):
    """A data frame as one matrix with codes."""
    columns = []
    for name, levels in zip(frame, model._columns.levels, strict=True):
        codes = {level: code for code, level in enumerate(levels or []) if level is not None}
        code = frame[name].map(codes if levels else lambda value: value).astype(float)
        columns.append(code.where(code.notna() | frame[name].isna(), -1.0))
    return np.column_stack(columns)


def expected(model, X):
    """Predictions, of classes probabilities."""
    return model.predict_proba(X) if hasattr(model, "classes_") else model.predict(X)
