"""KANRegressor with nothing set beside regressors with nothing set, on the same splits of ten sets.

    python docs/benchmarks/tabular.py --data DIR [--sets gal_yacht,diabetes] [--models kan,ridge] [--splits 20]
        [--parameters '{"knots": "mixed"}']

DIR holds the tables (header, last column the target) and splits/*.npz (`test_0`, `test_1`, ...: test rows, the others
train); sets that are not there are left out. diabetes and friedman1 (500 rows, 10 features, noise 1) come from
scikit-learn, in 5 shuffled folds of seed 0. kin8nm, power and protein take 5 splits. Linear models, perceptrons and Gaussian
processes see standardised features; perceptrons and Gaussian processes standardised targets too.

Figures are means over splits: RMSE with its standard error, seconds of a fit, and for models that say how sure they
are the mean negative log likelihood and how much of the test rows their 95 % intervals hold.

    python docs/benchmarks/tabular.py --rank FILE [FILE ...]

reads tables that were printed before, set by set or all at once, and prints the mean rank of each model by RMSE, over the
sets that all of the models with most sets have.
"""

import argparse
import json
import time
import warnings
from collections import Counter
from pathlib import Path

import numpy as np
from _common import print_environment
from scipy.stats import norm, rankdata
from sklearn.compose import TransformedTargetRegressor
from sklearn.datasets import load_diabetes, make_friedman1
from sklearn.ensemble import HistGradientBoostingRegressor, RandomForestRegressor
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import RBF, WhiteKernel
from sklearn.linear_model import RidgeCV
from sklearn.model_selection import KFold
from sklearn.neural_network import MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sklearn_kan import KANRegressor

SPLITS = {
    "gal_yacht": ("gal_yacht", 20),
    "gal_energy": ("gal_energy", 20),
    "gal_concrete": ("gal_concrete", 20),
    "gal_wine_red": ("gal_wine_red", 20),
    "gal_kin8nm": ("gal_kin8nm", 5),
    "gal_power": ("gal_power", 5),
    "gal_protein": ("gal_protein", 5),
    "airfoil": ("evans_airfoil", 10),
}
BUILT_IN = {
    "diabetes": lambda: load_diabetes(return_X_y=True),
    "friedman1": lambda: make_friedman1(500, n_features=10, noise=1.0, random_state=0),
}
GP_ROWS = 2000


def regressors(n_features, parameters=None):
    """Name -> a new regressor; `parameters` are those of KANRegressor that are set."""
    perceptron = MLPRegressor(random_state=0, max_iter=1000)
    process = GaussianProcessRegressor(RBF(np.ones(n_features)) + WhiteKernel(0.1), normalize_y=True, random_state=0)
    models = {
        "kan": KANRegressor(random_state=0, **(parameters or {})),
        "ridge": make_pipeline(StandardScaler(), RidgeCV(np.logspace(-3, 3, 13))),
        "mlp": make_pipeline(StandardScaler(), TransformedTargetRegressor(perceptron, transformer=StandardScaler())),
        "forest": RandomForestRegressor(random_state=0),
        "boosting": HistGradientBoostingRegressor(random_state=0),
        "process": make_pipeline(StandardScaler(), process),
    }
    try:
        from interpret.glassbox import ExplainableBoostingRegressor

        models["ebm"] = ExplainableBoostingRegressor(random_state=0, n_jobs=1)
    except ImportError:
        pass
    try:
        from catboost import CatBoostRegressor

        quiet = {"verbose": False, "allow_writing_files": False}
        models["catboost"] = CatBoostRegressor(random_seed=0, thread_count=1, **quiet)
    except ImportError:
        pass
    try:
        from pygam import LinearGAM

        models["pygam"] = LinearGAM()
    except ImportError:
        pass
    return models


def splits(name, folder, most):
    """Pairs of training and test rows as (X, y, X_test, y_test); None if the set is not there."""
    if name in BUILT_IN:
        X, y = BUILT_IN[name]()
        tests = [test for _, test in KFold(5, shuffle=True, random_state=0).split(X)]
    else:
        if not (folder / f"{name}.csv").exists():
            return None
        table = np.loadtxt(folder / f"{name}.csv", delimiter=",", skiprows=1)
        X, y = table[:, :-1], table[:, -1]
        file, count = SPLITS[name]
        with np.load(folder / "splits" / f"{file}.npz") as stored:
            tests = [stored[f"test_{number}"] for number in range(count)]
    train = [np.setdiff1d(np.arange(len(X)), test) for test in tests]
    return [(X[a], y[a], X[b], y[b]) for a, b in zip(train, tests, strict=True)][:most]


def judge(model, X, y, X_test, y_test):
    """RMSE, seconds of the fit, negative log likelihood and coverage; the last two NaN where there are no intervals."""
    start = time.perf_counter()
    model.fit(X, y)
    seconds = time.perf_counter() - start
    try:
        mean, std = model.predict(X_test, return_std=True)
    except TypeError:
        mean, std = model.predict(X_test), np.full(len(X_test), np.nan)
    rmse = np.sqrt(np.mean((mean - y_test) ** 2))
    covered = np.where(np.isnan(std), np.nan, np.abs(mean - y_test) < norm.ppf(0.975) * std)
    return rmse, seconds, -norm.logpdf(y_test, mean, std).mean(), covered.mean()


def mean_ranks(files):
    """Print the mean rank by RMSE of each model that has as many sets as the best covered."""
    rows = [line.split() for file in files for line in file.read_text().splitlines()]
    table = {(row[0], row[1]): float(row[3]) for row in rows if row and (row[0] in SPLITS or row[0] in BUILT_IN)}
    count = Counter(model for _, model in table)
    models = [model for model in count if count[model] == max(count.values())]
    errors = np.array([[table[name, model] for model in models] for name in sorted({name for name, _ in table})])
    for rank, model in sorted(zip(rankdata(errors, axis=1).mean(axis=0), models, strict=True)):
        print(f"{model:10}{rank:6.2f}")
    print(f"over {len(errors)} sets")


def main():
    """Run and print the table, set by set."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path("."))
    parser.add_argument("--sets", default=",".join([*SPLITS, *BUILT_IN]))
    parser.add_argument("--models", default="kan,ridge,mlp,forest,boosting,process,catboost,ebm,pygam")
    parser.add_argument("--splits", type=int, default=20)
    parser.add_argument("--parameters", type=json.loads, default={}, help="of KANRegressor, as JSON")
    parser.add_argument("--rank", type=Path, nargs="+", metavar="FILE")
    asked = parser.parse_args()
    if asked.rank:
        mean_ranks(asked.rank)
        return
    warnings.simplefilter("ignore")
    print_environment()
    print(f"{'set':14}{'model':10}{'splits':>6}{'RMSE':>10}{'+- SE':>9}{'seconds':>9}{'NLL':>8}{'cover':>7}")
    for name in asked.sets.split(","):
        parts = splits(name, asked.data, asked.splits)
        for model_name in asked.models.split(",") if parts else []:
            if model_name == "process" and len(parts[0][0]) > GP_ROWS:
                continue
            if model_name not in regressors(1):
                continue
            figures = np.array(
                [judge(regressors(part[0].shape[1], asked.parameters)[model_name], *part) for part in parts]
            )
            rmse, seconds, nll, cover = figures.mean(axis=0)
            error = figures[:, 0].std(ddof=1) / np.sqrt(len(figures)) if len(figures) > 1 else np.nan
            row = f"{name:14}{model_name:10}{len(figures):6}{rmse:10.4f}{error:9.4f}{seconds:9.2f}"
            print(row + ("" if np.isnan(nll) else f"{nll:8.3f}{cover:7.3f}"), flush=True)


if __name__ == "__main__":
    main()
