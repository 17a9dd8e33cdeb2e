"""Estimators with nothing set on tables as they are: categories as text, and values that are missing.

    python docs/benchmarks/tables.py --data DIR [--sets abalone,german_credit] [--models kan,boosting] [--folds 5]

DIR holds abalone.csv, german_credit.csv, bank_marketing.csv, gal_concrete.csv and phoneme.csv (header, last column the
target); sets that are not there are left out. Text columns are of type category for ours and for boosting; the linear
models see them one-hot, and numbers standardised. CatBoost takes part if it is installed. Of gal_concrete and phoneme a second table has lost 10 % of its
cells at random. Figures are means over shuffled folds (seed 0) of those asked for, the first of five: RMSE, or log loss
of a classifier, and processor seconds of a fit with its prediction.
"""

import argparse
import time
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
from _common import print_environment
from sklearn.compose import make_column_selector, make_column_transformer
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression, RidgeCV
from sklearn.metrics import log_loss, root_mean_squared_error
from sklearn.model_selection import KFold, StratifiedKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from sklearn_kan import KANClassifier, KANRegressor

# Sets with the part of cells that is removed.
SETS = {
    "abalone": (0.0,),
    "german_credit": (0.0,),
    "bank_marketing": (0.0,),
    "gal_concrete": (0.0, 0.1),
    "phoneme": (0.0, 0.1),
}
CLASSES = ("german_credit", "bank_marketing", "phoneme")


def models(classifier):
    """Name -> a new estimator."""
    if classifier:
        return {
            "kan": KANClassifier(random_state=0),
            "kan-filled": KANClassifier(fill_missing=True, random_state=0),
            "kan-additive": KANClassifier((), random_state=0),
            "boosting": HistGradientBoostingClassifier(random_state=0, categorical_features="from_dtype"),
            "linear": _one_hot(LogisticRegression(max_iter=1000)),
            **_catboost("CatBoostClassifier"),
        }
    return {
        "kan": KANRegressor(random_state=0),
        "kan-filled": KANRegressor(fill_missing=True, random_state=0),
        "kan-4": KANRegressor((4,), n_init=1, random_state=0),
        "boosting": HistGradientBoostingRegressor(random_state=0, categorical_features="from_dtype"),
        "linear": _one_hot(RidgeCV()),
        **_catboost("CatBoostRegressor"),
    }


def _catboost(name):
    """CatBoost by its name, which wants categories as text; nothing if it is not installed."""
    try:
        import catboost
    except ImportError:
        return {}
    text = make_column_selector(dtype_include="category")

    class AsText(getattr(catboost, name)):
        """It with the columns that are text named."""

        def fit(self, X, y):
            return super().fit(X.astype(dict.fromkeys(text(X), str)), y, cat_features=text(X))

        def _predict(self, data, *others):
            return super()._predict(data.astype(dict.fromkeys(text(data), str)), *others)

    return {"catboost": AsText(verbose=0, random_seed=0, thread_count=1, allow_writing_files=False)}


def _one_hot(model):
    """A linear model behind the usual preparation."""
    text = make_column_selector(dtype_include="category")
    numbers = make_pipeline(SimpleImputer(), StandardScaler())
    encoder = OneHotEncoder(handle_unknown="ignore")
    return make_pipeline(make_column_transformer((encoder, text), remainder=numbers), model)


def load(path, removed):
    """Features with text as categories and some cells removed, and targets."""
    table = pd.read_csv(path)
    y = table.pop(table.columns[-1]).to_numpy()
    text = [name for name in table if not pd.api.types.is_numeric_dtype(table[name])]
    gone = np.random.RandomState(0).uniform(size=table.shape) < removed
    return table.astype(dict.fromkeys(text, "category")).mask(gone), y


def judge(model, X, y, n_folds, classifier):
    """Mean loss and processor seconds over the first folds of five."""
    splitter, figures = (StratifiedKFold if classifier else KFold)(5, shuffle=True, random_state=0), []
    for train, test in list(splitter.split(X, y))[:n_folds]:
        start = time.process_time()
        model.fit(X.iloc[train], y[train])
        if classifier:
            loss = log_loss(y[test], model.predict_proba(X.iloc[test]), labels=model.classes_)
        else:
            loss = root_mean_squared_error(y[test], model.predict(X.iloc[test]))
        figures.append((loss, time.process_time() - start))
    return np.mean(figures, axis=0)


def main():
    """Print a line for each set and model."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--sets", default=",".join(SETS))
    parser.add_argument("--models", default="kan,kan-filled,kan-additive,kan-4,boosting,linear,catboost")
    parser.add_argument("--folds", type=int, default=5)
    options = parser.parse_args()
    print_environment()
    warnings.simplefilter("ignore")
    for name in options.sets.split(","):
        path, classifier = options.data / f"{name}.csv", name in CLASSES
        for removed in SETS[name] if path.exists() else ():
            X, y = load(path, removed)
            for label, model in models(classifier).items():
                if label in options.models.split(",") and (removed or label != "kan-filled"):
                    loss, seconds = judge(model, X, y, options.folds, classifier)
                    print(f"{name:15} {removed:4.0%} {label:14} {loss:8.4f} {seconds:8.1f} s", flush=True)


if __name__ == "__main__":
    main()
