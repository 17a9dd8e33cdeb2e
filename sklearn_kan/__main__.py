"""A demonstration on real data: ``python -m sklearn_kan [FILE]``.

Cross-validates KANRegressor beside three scikit-learn regressors on the diabetes data that ship with
scikit-learn, then saves the fitted model, loads it again and compares the predictions. Last it writes a page
to look into the model with a browser: to FILE, or to a new folder for temporary files.
"""

import argparse
import pickle
import sys
import tempfile
import time
import warnings
from pathlib import Path

import numpy as np
from sklearn.datasets import load_diabetes
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.linear_model import Ridge
from sklearn.model_selection import KFold, cross_val_score
from sklearn.neural_network import MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from . import KANRegressor, export_html, export_text

_WIDTH = 34


def main():
    """Run the demonstration, print its table and write its page."""
    parser = argparse.ArgumentParser(prog="python -m sklearn_kan", description=__doc__.split("\n\n")[1])
    parser.add_argument("page", nargs="?", metavar="FILE", help="page to write; by default a temporary one")
    page = parser.parse_args().page
    if page is not None and not Path(page).resolve().parent.is_dir():
        parser.error(f"there is no folder {Path(page).resolve().parent} to write the page to")
    sys.stdout.reconfigure(errors="replace")  # for terminals without blocks and arrows
    X, y = load_diabetes(return_X_y=True)
    models = {
        "KANRegressor()": KANRegressor(random_state=0),
        "KANRegressor(()), additive": KANRegressor((), random_state=0),
        "Ridge()": make_pipeline(StandardScaler(), Ridge()),
        "MLPRegressor(), scaled": make_pipeline(StandardScaler(), MLPRegressor(random_state=0, max_iter=500)),
        "HistGradientBoostingRegressor()": HistGradientBoostingRegressor(random_state=0),
    }
    print(f"Diabetes, {X.shape[0]} rows x {X.shape[1]} features: 5-fold cross-validation, nothing tuned\n")
    print(f"{'':{_WIDTH}}RMSE +- SE of folds   seconds a fit")
    for done, (name, model) in enumerate(models.items()):
        show_progress(done, len(models), name)
        errors, seconds = cross_validate(model, X, y)
        clear_progress()
        standard_error = errors.std(ddof=1) / np.sqrt(len(errors))
        print(f"{name:{_WIDTH}}{errors.mean():6.2f} +- {standard_error:.2f}{seconds:18.2f}")
    save_and_load(models["KANRegressor()"].fit(X, y), X)
    look_inside(models["KANRegressor(()), additive"].fit(X, y), models["KANRegressor()"], page)


def cross_validate(model, X, y):
    """RMSE of each fold and mean seconds of a fit."""
    folds = KFold(5, shuffle=True, random_state=0)
    start = time.perf_counter()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        scores = cross_val_score(model, X, y, cv=folds, scoring="neg_root_mean_squared_error")
    return -scores, (time.perf_counter() - start) / len(scores)


def save_and_load(model, X):
    """Pickle a model, load it again and compare."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.pkl"
        path.write_bytes(pickle.dumps(model))
        loaded = pickle.loads(path.read_bytes())
        size = path.stat().st_size
    equal = np.array_equal(model.predict(X), loaded.predict(X))
    print(f"\nSaved ({size / 1024:.0f} kB) and loaded again: predictions are {'equal' if equal else 'DIFFERENT'}.")
    layers = model.network_.spline_layers
    shape = " -> ".join(str(n) for n in (model.n_features_in_, *(layer.out_features for layer in layers)))
    print(f"The model: {shape}, {model.network_.n_params} parameters, {model.n_iter_} iterations of {model.solver_}.")
    print("Every edge is a scipy BSpline, e.g. model.network_.layers[0].edge(2, 0).")


def look_inside(additive, model, page):
    """Print what the additive model found, and write the page of the other."""
    names = load_diabetes().feature_names
    print(f"\n{export_text(additive, feature_names=names, max_edges=5)}")
    page = Path(tempfile.mkdtemp(prefix="sklearn_kan-"), "diabetes.html") if page is None else Path(page)
    export_html(model, path=page, feature_names=names, output_names=["progression"], title="Diabetes progression")
    print(f"\nOpen this in a browser and click: {page.resolve().as_uri()}")


def show_progress(done, total, name):
    """A bar on the last line of a terminal; nothing where output goes to a file."""
    if sys.stdout.isatty():
        print(f"\r[{'#' * (4 * done)}{'.' * (4 * (total - done))}] {name} ...", end="", flush=True)


def clear_progress():
    """Wipe the bar."""
    if sys.stdout.isatty():
        print("\r\033[K", end="")


if __name__ == "__main__":
    main()
