"""KANClassifier beside classifiers of scikit-learn, and Poisson and quantile regression with a known truth.

    python docs/benchmarks/classification.py --data DIR [--sets banknote,digits] [--models kan,mlp] [--folds 5]

DIR holds banknote.csv, pima.csv, phoneme.csv, segment.csv and magic04.csv (header, last column the label); sets that
are not there are left out. Five stratified folds, all models at their defaults (linear models and the multilayer
perceptron after standardising). Figures are means over test folds: accuracy, log loss (probabilities cut off at
1e-15), expected calibration error (15 equal bins of the largest probability) and seconds of one fit.

The sections "poisson" and "quantile" draw data from a known truth and report the excess risk: the mean loss on test
rows minus that of the truth itself, in thousandths.
"""

import argparse
import time
import warnings
from pathlib import Path

import numpy as np
from _common import print_environment
from sklearn.datasets import load_breast_cancer, load_digits
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor, RandomForestClassifier
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression, PoissonRegressor, QuantileRegressor
from sklearn.metrics import log_loss, mean_pinball_loss
from sklearn.model_selection import StratifiedKFold
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sklearn_kan import KANClassifier, KANRegressor

FILES = ("banknote", "pima", "phoneme", "segment", "magic04")
BUILT_IN = {"breast_cancer": load_breast_cancer, "digits": load_digits}
QUANTILE = 0.9


def classifiers():
    """Name -> a new classifier."""
    models = {
        "kan": KANClassifier(random_state=0),
        "logistic": make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000)),
        "mlp": make_pipeline(StandardScaler(), MLPClassifier(random_state=0)),
        "forest": RandomForestClassifier(random_state=0),
        "boosting": HistGradientBoostingClassifier(random_state=0),
    }
    try:
        from interpret.glassbox import ExplainableBoostingClassifier
    except ImportError:
        return models
    return {**models, "ebm": ExplainableBoostingClassifier(random_state=0, n_jobs=1)}


def load(name, folder):
    """Features and labels of a set, or None if it is not there."""
    if name in BUILT_IN:
        return BUILT_IN[name](return_X_y=True)
    path = folder / f"{name}.csv"
    if not path.exists():
        return None
    table = np.genfromtxt(path, delimiter=",", skip_header=1, dtype=str)
    return table[:, :-1].astype(float), np.char.strip(table[:, -1], '"')


def calibration_error(y, proba, n_bins=15):
    """Expected calibration error: mean distance of accuracy and confidence, by bins of confidence."""
    sure, right = proba.max(axis=1), proba.argmax(axis=1) == y
    place = np.minimum((sure * n_bins).astype(int), n_bins - 1)
    gaps = np.bincount(place, weights=right - sure, minlength=n_bins)
    return float(np.abs(gaps).sum() / len(y))


def judge(model, X, y, folds):
    """Mean accuracy, log loss, calibration error and seconds over test folds."""
    codes = np.unique(y, return_inverse=True)[1]
    figures = []
    for train, test in StratifiedKFold(folds, shuffle=True, random_state=0).split(X, y):
        start = time.perf_counter()
        model.fit(X[train], y[train])
        seconds, proba = time.perf_counter() - start, model.predict_proba(X[test])
        loss = log_loss(codes[test], np.clip(proba, 1e-15, 1), labels=np.unique(codes))
        accuracy = np.mean(proba.argmax(axis=1) == codes[test])
        figures.append([accuracy, loss, calibration_error(codes[test], proba), seconds])
    return np.mean(figures, axis=0)


def compare_classifiers(name, folder, wanted, folds):
    """Print one line a model."""
    data = load(name, folder)
    if data is None:
        print(f"\n{name}: not found in {folder}")
        return
    X, y = data
    print(f"\n{name}: {X.shape[0]} rows, {X.shape[1]} features, {len(np.unique(y))} classes")
    print(f"{'':10} {'accuracy':>9} {'log loss':>9} {'ECE':>7} {'seconds':>8}")
    for label, model in classifiers().items():
        if not wanted or label in wanted:
            accuracy, loss, error, seconds = judge(model, X, y, folds)
            print(f"{label:10} {accuracy:9.4f} {loss:9.4f} {error:7.4f} {seconds:8.2f}", flush=True)


def draw(n, seed, family):
    """Rows, targets and the true mean or quantile, of a smooth signal with an interaction."""
    rng = np.random.RandomState(seed)
    X = rng.uniform(-1, 1, (n, 5))
    signal = np.sin(3 * X[:, 0]) + X[:, 1] ** 2 + X[:, 2] * X[:, 3]
    if family == "poisson":
        mean = 2 * np.exp(0.7 * signal)
        return X, rng.poisson(mean).astype(float), mean
    spread = 0.3 + 0.5 * (1 + X[:, 4])
    noise = rng.standard_t(4, n)
    return X, signal + spread * noise, signal + spread * 1.5332062737  # 0.9 quantile of Student's t with 4 degrees


def half_poisson_deviance(y, mean):
    """Mean of mean - y log mean."""
    return np.mean(mean - y * np.log(np.maximum(mean, 1e-12)))


def regressors(family):
    """Name -> a new regressor."""
    if family == "poisson":
        return {
            "kan": KANRegressor(loss="poisson", random_state=0),
            "linear": make_pipeline(StandardScaler(), PoissonRegressor()),
            "boosting": HistGradientBoostingRegressor(loss="poisson", random_state=0),
        }
    return {
        "kan": KANRegressor(loss="quantile", quantile=QUANTILE, random_state=0),
        "linear": make_pipeline(StandardScaler(), QuantileRegressor(quantile=QUANTILE, alpha=0)),
        "boosting": HistGradientBoostingRegressor(loss="quantile", quantile=QUANTILE, random_state=0),
    }


def compare_regressors(family, wanted, draws=5, n=1000):
    """Print the excess risk of each model, over several draws."""
    print(f"\n{family}: {n} rows, 5 features, {draws} draws")
    print(f"{'':10} {'excess risk':>12} {'seconds':>8}")
    for label in regressors(family):
        if wanted and label not in wanted:
            continue
        excess, start = [], time.perf_counter()
        for seed in range(draws):
            X, y, _ = draw(n, seed, family)
            X_new, y_new, truth = draw(20_000, 1000 + seed, family)
            predicted = regressors(family)[label].fit(X, y).predict(X_new)
            if family == "poisson":
                risks = [half_poisson_deviance(y_new, p) for p in (predicted, truth)]
            else:
                risks = [mean_pinball_loss(y_new, p, alpha=QUANTILE) for p in (predicted, truth)]
            excess.append(1000 * (risks[0] - risks[1]))
        seconds = (time.perf_counter() - start) / draws
        print(f"{label:10} {np.mean(excess):7.2f} ± {np.std(excess):4.2f} {seconds:8.2f}", flush=True)


if __name__ == "__main__":
    names = [*FILES, *BUILT_IN, "poisson", "quantile"]
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", type=Path, default=Path())
    parser.add_argument("--sets", default=",".join(names))
    parser.add_argument("--models", default="")
    parser.add_argument("--folds", type=int, default=5)
    arguments = parser.parse_args()
    wanted = set(filter(None, arguments.models.split(",")))
    warnings.simplefilter("ignore", ConvergenceWarning)
    print_environment()
    for name in arguments.sets.split(","):
        if name in ("poisson", "quantile"):
            compare_regressors(name, wanted)
        else:
            compare_classifiers(name, arguments.data, wanted, arguments.folds)
