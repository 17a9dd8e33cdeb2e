"""A fitted estimator as a program in another language."""

import re
from pathlib import Path

from .languages import c, javascript, python, sql
from .model_data import ModelData

# What a language is called, its module and how things are called in it if nothing else is asked for.
LANGUAGES = {
    "c": (c, "predict"),
    "javascript": (javascript, "predict"),
    "python": (python, "predict"),
    "sql": (sql, "data"),
}


def export_code(est, language, path=None, *, name=None, feature_names=None, output_names=None):
    """A program that predicts as the model does, without Python or without packages.

    Parameters
    ----------
    est : KANRegressor or KANClassifier
        Fitted.
    language : {"python", "c", "javascript", "sql"}
        "python" imports nothing but math. "c" is C99 and allocates nothing. "javascript" is for browsers and Node.
        "sql" is a SELECT statement, for additive models and small networks.
    path : str or path-like, default=None
        File to write, in UTF-8.
    name : str, default=None
        Of the function, by default "predict"; for "sql" of the table, by default "data".
    feature_names, output_names : sequence of str, default=None
        None: column names of the data frame of fit, classes, or x0, x1, ... and y.

    Returns
    -------
    program : str
        Of regressors it predicts what `predict` does, of classifiers what `predict_proba` does, to rounding; its first
        lines say how to call it, and how levels of categories and missing values are given. With
        ``extrapolation="error"`` values outside the training range are an error, in SQL
        NULL.

    Raises
    ------
    ValueError
        If the language is unknown, the name is none in it, or the model is too large for it.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_kan import KANRegressor, export_code
    >>> X = np.random.RandomState(0).uniform(-1, 1, (200, 2))
    >>> model = KANRegressor((), random_state=0).fit(X, X[:, 0] + X[:, 1] ** 2)
    >>> program = {}
    >>> exec(export_code(model, "python"), program)
    >>> bool(abs(program["predict"](X[0]) - model.predict(X[:1])[0]) < 1e-9)
    True
    """
    if language not in LANGUAGES:
        raise ValueError(f"language must be one of {sorted(LANGUAGES)}; got {language!r}.")
    module, default = LANGUAGES[language]
    name = default if name is None else _checked(name, language, module.RESERVED)
    program = module.write(ModelData.of(est, feature_names=feature_names, output_names=output_names), name)
    if path is not None:
        Path(path).write_text(program, encoding="utf-8", newline="\n")
    return program


def _checked(name, language, reserved):
    """The name of a function, if the language can have one of this name; SQL reserves None and quotes names."""
    if reserved is not None and (not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", name) or name in reserved):
        raise ValueError(
            f"name must be one that a function can have in {language}: ASCII letters, digits and _; got {name!r}."
        )
    return name
