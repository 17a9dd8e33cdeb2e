"""Can default models be read? Effects, twins and pages of each, with what they cost.

    python docs/benchmarks/readable.py [--data DIR] [--sets diabetes,houses,gal_concrete]

DIR holds tables (header, last column the target); diabetes and breast_cancer come from scikit-learn, and houses is made
up: 20,640 rows and 8 columns in the manner of the Californian houses, three of them far out, with latitude and longitude
correlated. A quarter of the rows is held out. For each set:

- edges of the default model, and its score (R^2 or accuracy) on rows held out;
- what curves, pairs and the rest have of the variance of its prediction, and seconds to find it;
- the twin: hidden layers, edges, R^2 to the model's raw predictions, score on rows held out, and seconds;
- kilobytes of the page, and seconds.
"""

import argparse
import time
import warnings
from pathlib import Path

import numpy as np
from _common import print_environment
from sklearn.datasets import load_breast_cancer, load_diabetes
from sklearn.model_selection import train_test_split

from sklearn_kan import KANClassifier, KANRegressor, distill, effects, export_html

TABLES = ("gal_yacht", "gal_energy", "gal_concrete", "airfoil", "gal_wine_red")


def houses(n=20640):
    """Rows of made-up houses and their prices."""
    rng = np.random.RandomState(0)
    latitude = rng.uniform(33, 42, n)
    longitude = -118 - 0.9 * (latitude - 34) + rng.normal(0, 0.6, n)
    income, age, rooms = rng.lognormal(1.2, 0.5, n), rng.uniform(1, 52, n), rng.lognormal(1.6, 0.3, n)
    bedrooms, population = rooms / 5 * rng.lognormal(0, 0.05, n), rng.lognormal(7, 0.8, n)
    occupants = rng.lognormal(1.0, 0.3, n)
    occupants[:3] = 1243, 600, 500
    south = np.exp(-((latitude - 34) ** 2) - (longitude + 118) ** 2)
    coast = np.tanh(longitude + 118 + 0.9 * (latitude - 34))
    price = 1.2 * np.log1p(income) - 0.8 * coast + 0.1 * np.sin(age / 8) + 0.4 * south - 0.1 * np.log(occupants)
    X = np.column_stack([income, age, rooms, bedrooms, population, occupants, latitude, longitude])
    return X, price + 0.3 * rng.normal(size=n)


def tables(folder):
    """Name -> rows and targets."""
    found = {
        "diabetes": lambda: load_diabetes(return_X_y=True),
        "breast_cancer": lambda: load_breast_cancer(return_X_y=True),
        "houses": houses,
    }
    for name in TABLES if folder else ():
        path = Path(folder, f"{name}.csv")
        if path.exists():
            found[name] = lambda path=path: np.split(np.loadtxt(path, delimiter=",", skiprows=1), [-1], axis=1)
    return found


def timed(function, *arguments):
    """The result, and seconds of the processor."""
    start = time.process_time()
    result = function(*arguments)
    return result, time.process_time() - start


def study(name, X, y):
    """One line of the table."""
    X, X_test, y, y_test = train_test_split(X, np.ravel(y), test_size=0.25, random_state=0)
    model = (KANClassifier if name == "breast_cancer" else KANRegressor)(random_state=0)
    _, seconds = timed(model.fit, X, y)
    found, effect_seconds = timed(effects, model)
    twin, twin_seconds = timed(distill, model)
    page, page_seconds = timed(export_html, model)
    edges = [sum(int(layer.edges.sum()) for layer in est.network_.spline_layers) for est in (model, twin)]
    curves, pairs = sum(curve.share for curve in found.curves), sum(surface.share for surface in found.surfaces)
    shares = " / ".join(f"{100 * share:.1f}" for share in (curves, pairs, found.rest))
    print(
        f"| {name} | {X.shape[0]} x {X.shape[1]} | {edges[0]} | {model.score(X_test, y_test):.3f} | {seconds:.0f} "
        f"| {shares} | {effect_seconds:.2f} | {twin.hidden_layer_sizes} | {edges[1]} | {twin.fidelity_:.3f} "
        f"| {twin.score(X_test, y_test):.3f} | {twin_seconds:.1f} | {len(page.encode()) / 1000:.0f} | {page_seconds:.1f} |",
        flush=True,
    )


def main():
    """All sets."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data")
    parser.add_argument("--sets")
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    print_environment()
    print(
        "| set | rows | edges | score | fit s | curves / pairs / rest % | s | twin | edges | R^2 to it | score | s | page kB | s |"
    )
    print("|---|---|---|---|---|---|---|---|---|---|---|---|---|---|")
    found = tables(options.data)
    for name in options.sets.split(",") if options.sets else found:
        study(name, *found[name]())


if __name__ == "__main__":
    main()
