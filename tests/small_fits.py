"""Small fits of estimators, shared by the tests."""

import numpy as np
import pytest
from problems import exp_sin

from sklearn_kan import KANRegressor

SOLVERS = {
    "lm": {},
    "lbfgs": {},
    "adam": {"learning_rate_init": 0.05, "batch_size": 50},
    "sgd": {"learning_rate_init": 0.2, "batch_size": 20},
}
unconverged = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
all_solvers = pytest.mark.parametrize("solver", SOLVERS)
stochastic = pytest.mark.parametrize("solver", ["adam", "sgd"])


def make(solver="lm", hidden=(2,), **options):
    """A regressor with a fixed penalty."""
    fixed = {"alpha": 1e-3, "knots": "uniform", "random_state": 0}
    return KANRegressor(hidden, **{"solver": solver, **fixed, **SOLVERS.get(solver, {}), **options})


def evidence_fit(X, y, weight=None, **options):
    """A regressor fitted by the evidence, once."""
    return KANRegressor(**{"random_state": 0, "n_init": 1, **options}).fit(X, y, weight)


def data(n=120, noise=0.0, seed=0):
    """Rows and targets of exp-sin."""
    X, y, *_ = exp_sin(n, noise, seed)
    return X, y


def outputs(n=120):
    """Two targets of unlike size."""
    X, y = data(n)
    return X, np.column_stack([y, 100 * X[:, 0] - 7])


def theta(model):
    """All parameters of a fitted model."""
    return model.network_.theta


def noisy():
    """Few noisy rows for many splines: validation scores rise, then fall."""
    X, y = data(60, noise=0.5)
    X_val, y_val = data(40, noise=0.5, seed=1)
    return X, y, X_val, y_val


def r2(model, X, y, weight=None):
    """R^2 against the training spread, as validation scores are."""
    return 1 - np.average((model.predict(X) - y) ** 2, weights=weight) / model.y_scale_[0] ** 2
