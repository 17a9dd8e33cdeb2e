"""Models saved by one environment and loaded by another: ``python persistence.py write|read PATH``."""

import pickle
import sys
import warnings

import numpy as np
from sklearn.exceptions import ConvergenceWarning, InconsistentVersionWarning

from sklearn_kan import KANRegressor

MODES = {
    "default": {},
    "quantile": {"knots": "quantile", "extrapolation": "continue"},
    "tanh": {"squash": "tanh"},
    "silu, pruned": {"base_function": "silu", "prune": 0.01},
    "adam": {"solver": "adam", "learning_rate_init": 0.03},
    "two outputs": {"hidden_layer_sizes": (3, 2), "degree": 2, "extrapolation": "constant"},
}


def fitted_models():
    """A dict of name -> (model, X, predictions)."""
    rng = np.random.RandomState(0)
    X = rng.uniform(-1, 1, (60, 3))
    Y = np.column_stack([np.exp(np.sin(np.pi * X[:, 0]) + X[:, 1] ** 2), X[:, 0] * X[:, 1]])
    new = 1.5 * X
    models = {}
    for name, options in MODES.items():
        model = KANRegressor(**{"hidden_layer_sizes": (2,), "max_iter": 15, "random_state": 0, **options})
        model.fit(X, Y if name == "two outputs" else Y[:, 0])
        models[name] = model, new, model.predict(new)
    return models


def write(path):
    """Pickle the models with what they predict."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        models = fitted_models()
    with open(path, "wb") as file:
        pickle.dump(models, file)
    print(f"wrote {len(models)} models")


def read(path):
    """Load the models; exit with a message if one predicts anything else than it did."""
    with warnings.catch_warnings(), open(path, "rb") as file:
        warnings.simplefilter("ignore", InconsistentVersionWarning)
        models = pickle.load(file)
    for name, (model, X, expected) in models.items():
        difference = np.abs(model.predict(X) - expected).max() / np.abs(expected).max()
        if not difference <= 1e-12:
            sys.exit(f"{name}: predictions differ by {difference:.1e}")
    print(f"read {len(models)} models, predictions are equal")


if __name__ == "__main__":
    if len(sys.argv) != 3 or sys.argv[1] not in ("write", "read"):
        sys.exit(__doc__)
    {"write": write, "read": read}[sys.argv[1]](sys.argv[2])
