"""Rings of classes, and small classifiers of them, shared by the tests."""

import numpy as np
import pytest

from sklearn_kan import KANClassifier

RNG = np.random.RandomState(0)
X = RNG.uniform(-1, 1, (240, 2))
RADIUS = np.hypot(*X.T)
LABELS = {
    2: np.where(RADIUS < 0.75, "inside", "outside"),
    3: np.select([RADIUS < 0.5, RADIUS < 0.85], ["a", "b"], "c"),
}
NOISY = np.where(RNG.uniform(size=len(X)) < 0.1, LABELS[2][::-1], LABELS[2])
WEIGHT = RNG.randint(0, 4, len(X))
SOLVERS = {
    "lm": {},
    "lbfgs": {"max_iter": 100},
    "adam": {"max_iter": 60, "learning_rate_init": 0.1, "batch_size": 40},
    "sgd": {"max_iter": 60, "learning_rate_init": 1.0, "batch_size": 40},
}
all_solvers = pytest.mark.parametrize("solver", SOLVERS)
all_sizes = pytest.mark.parametrize("n_classes", LABELS)


def make(solver="lm", hidden=(), **options):
    """A classifier that stops soon."""
    return KANClassifier(hidden, **{"solver": solver, "random_state": 0, "max_iter": 30, **SOLVERS[solver], **options})
