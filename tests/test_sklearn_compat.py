"""Every check that scikit-learn has, over one instance per solver and mode."""

import os
import subprocess
import sys

import pytest
from sklearn.base import clone
from sklearn.utils.estimator_checks import (
    check_dataframe_column_names_consistency,
    check_param_validation,
    estimator_checks_generator,
    parametrize_with_checks,
)

from sklearn_kan import KANClassifier, KANRegressor

# Gradient solvers drift apart by rounding alone on equivalent problems, so they get few iterations.
INSTANCES = [
    KANRegressor(),
    KANRegressor(hidden_layer_sizes=(), relevance="layer"),
    KANRegressor((), relevance="input", degree=2, prune=0.01),
    KANRegressor(hidden_layer_sizes=(), knots="quantile", alpha=1e-3),
    KANRegressor((3, 2), degree=2, max_iter=100, extrapolation="constant", alpha=1e-3, knots="uniform"),
    KANRegressor((2,), squash="tanh", max_iter=100, alpha=1e-3),
    KANRegressor((2,), base_function="silu", n_init=2, max_iter=50, alpha=1e-3),
    KANRegressor((2,), grid_schedule=(3, 6), prune=0.01, max_iter=50, alpha=1e-3),
    KANRegressor((3,), knots="quantile", extrapolation="continue", max_iter=50, alpha=1e-3),
    KANRegressor((3,), early_stopping=True),
    KANRegressor((3,), solver="lbfgs", max_iter=25),
    KANRegressor((3,), solver="kaczmarz", batch_size=10_000, max_iter=6),
    KANRegressor((3,), solver="adam", learning_rate_init=0.03, max_iter=60),
    KANRegressor((3,), solver="sgd", learning_rate_init=0.3, max_iter=60),
    # Additive, hence with one optimum: a second fit from the first one ends at the same place.
    KANRegressor((), warm_start=True, alpha=1e-3),
    KANRegressor((), loss="absolute_error", max_iter=15, alpha=1e-3, knots="uniform"),
    KANRegressor((), loss="quantile", quantile=0.4, max_iter=15, solver="lbfgs"),
    KANRegressor((), loss="huber", max_iter=20, alpha=1e-3),
    KANRegressor((2,), loss="poisson", max_iter=20, alpha=1e-3),
    KANRegressor((), loss="gamma", max_iter=10, alpha=1e-3, knots="uniform"),
    KANRegressor((), loss="gamma", solver="adam", learning_rate_init=0.03, max_iter=30),
    KANClassifier(),
    KANClassifier((2,), max_iter=20, alpha=1e-3),
    KANClassifier((), class_weight="balanced", prune=0.01, max_iter=10, alpha=1e-3),
    KANClassifier((), early_stopping=True, max_iter=30),
    KANClassifier((2,), solver="lbfgs", max_iter=12, knots="uniform"),
    KANClassifier((), solver="kaczmarz", batch_size=10_000, max_iter=3),
    KANClassifier((), solver="adam", learning_rate_init=0.05, max_iter=30),
    KANClassifier((), solver="sgd", learning_rate_init=0.5, max_iter=30),
]


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@parametrize_with_checks(INSTANCES)
def test_sklearn_check(estimator, check):
    """One check of check_estimator."""
    check(estimator)


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("check", [check_param_validation, check_dataframe_column_names_consistency])
@pytest.mark.parametrize("estimator", INSTANCES, ids=str)
def test_check_beyond_check_estimator(estimator, check):
    """Checks that scikit-learn applies to its own estimators only."""
    check(type(estimator).__name__, clone(estimator))


def test_array_api_check_where_scipy_supports_it():
    """scikit-learn skips this check unless SCIPY_ARRAY_API is set before scipy is imported; 1.6 has none."""
    checks = [check for instance in INSTANCES for _, check in estimator_checks_generator(instance)]
    expected = sum("check_array_api_input" in str(check) for check in checks)
    command = [sys.executable, "-m", "pytest", "-q", "-n", "0", "-k", "check_array_api_input", "-p", "no:cacheprovider"]
    environment = {**os.environ, "SCIPY_ARRAY_API": "1"}
    done = subprocess.run([*command, __file__], env=environment, capture_output=True, text=True, check=False)
    assert (f"{expected} passed" if expected else "deselected") in done.stdout, done.stdout
    assert "skipped" not in done.stdout and "failed" not in done.stdout
