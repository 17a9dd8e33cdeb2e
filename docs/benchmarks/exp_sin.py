"""Time and test error on exp(sin(pi x0) + x1^2), beside pykan and MLPRegressor, and on a damped sine.

1,000 rows drawn on [-1, 1]^2, no noise; the error is the RMSE on 10,000 fresh rows; times are those
of fit alone. Ours are medians over seeds. pykan gets KAN(width=[2, 5, 1]), 50 L-BFGS steps on a grid
of 3 and 50 more after refine(5), in an interpreter of its own that has pykan installed.

Run as: python docs/benchmarks/exp_sin.py --pykan-python PATH [--threads 1] [--seeds 7]
"""

import argparse
import statistics
import tempfile
import time
import warnings
from functools import partial

import numpy as np
from _common import print_environment, run_child

# Runs in the other interpreter: no file of it is kept.
PYKAN = """
import sys, json, time, contextlib, io
import numpy as np, torch
from kan import KAN
X, y, X_test, y_test, steps = (np.load("data.npz")[k] for k in ("X", "y", "X_test", "y_test", "steps"))
as_tensor = lambda a: torch.tensor(a, dtype=torch.float64)
torch.set_default_dtype(torch.float64)
torch.set_num_threads(int(sys.argv[1]))
data = {"train_input": as_tensor(X), "train_label": as_tensor(y[:, None]),
        "test_input": as_tensor(X_test[:1000]), "test_label": as_tensor(y_test[:1000, None])}
width = [int(w) for w in sys.argv[2].split(",")]
rows = []
with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
    spent = 0.0
    model = KAN(width=width, grid=3, k=3, seed=0, auto_save=False, save_act=True)
    for grid in (3, 5):
        start = time.perf_counter()
        if grid > 3:
            model = model.refine(grid)
            model.auto_save = False
        model.fit(data, opt="LBFGS", steps=int(steps))
        spent += time.perf_counter() - start
        with torch.no_grad():
            error = model(as_tensor(X_test)).numpy()[:, 0] - y_test
        rows.append((grid, spent, float(np.sqrt(np.mean(error**2)))))
print(json.dumps({"rows": rows, "torch": torch.__version__}))
"""


def exp_sin(X):
    """exp(sin(pi x0) + x1^2)."""
    return np.exp(np.sin(np.pi * X[:, 0]) + X[:, 1] ** 2)


def damped_sine(X):
    """0.5 sin(4x) exp(-x - 1)."""
    return 0.5 * np.sin(4 * X[:, 0]) * np.exp(-X[:, 0] - 1)


def draw(function, n_features, rows, seed):
    """Rows on [-1, 1]^d and their targets."""
    X = np.random.default_rng(seed).uniform(-1, 1, (rows, n_features))
    return X, function(X)


def time_fit(make_model, seeds, data):
    """Median seconds of fit, median and largest test RMSE over seeds."""
    X, y, X_test, y_test = data
    seconds, errors = [], []
    for seed in range(seeds):
        model = make_model(seed)
        start = time.perf_counter()
        model.fit(X, y)
        seconds.append(time.perf_counter() - start)
        errors.append(float(np.sqrt(np.mean((model.predict(X_test) - y_test) ** 2))))
    return statistics.median(seconds), statistics.median(errors), max(errors)


def run_pykan(python, data, width, threads, steps=50):
    """Rows (grid, seconds so far, test RMSE) of pykan."""
    with tempfile.TemporaryDirectory() as folder:
        np.savez(f"{folder}/data.npz", **dict(zip(("X", "y", "X_test", "y_test"), data, strict=True)), steps=steps)
        return run_child(["-c", PYKAN, str(threads), width], threads=threads, python=python, cwd=folder)["rows"]


def print_row(name, result, reference=None):
    """One line of the table."""
    seconds, error, worst = result
    times = "" if reference is None else f"{reference / seconds:>10.0f}"
    print(f"{name:<78} {seconds:>8.3f} {error:>10.2e} {worst:>10.2e} {times}", flush=True)


def compare(title, data, ours, args, width):
    """One table: ours, MLPRegressor, pykan."""
    from sklearn.neural_network import MLPRegressor

    print(f"\n{title}, {len(data[0])} rows")
    print(f"{'model':<78} {'seconds':>8} {'test RMSE':>10} {'worst':>10} {'pykan / it':>10}")
    rows = [] if args.pykan_python is None else run_pykan(args.pykan_python, data, width, args.threads)
    for grid, seconds, error in rows:
        print_row(f"pykan [{width}], 50 steps a grid, up to grid {grid}", (seconds, error, error))
    reference = rows[-1][1] if rows else None
    for solver, max_iter in (("adam", 200), ("lbfgs", 2000)):
        mlp = partial(MLPRegressor, hidden_layer_sizes=(100,), solver=solver, max_iter=max_iter)
        result = time_fit(lambda seed, mlp=mlp: mlp(random_state=seed), args.seeds, data)
        print_row(f"MLPRegressor (100,) solver={solver}, max_iter={max_iter}", result, reference)
    for name, make_model in ours:
        print_row(name, time_fit(make_model, args.seeds, data), reference)


def main():
    """Both functions."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--pykan-python", metavar="PATH", help="interpreter that has pykan; without it pykan is left out"
    )
    parser.add_argument("--threads", type=int, default=1, help="threads of BLAS and torch, for all models")
    parser.add_argument("--seeds", type=int, default=7)
    args = parser.parse_args()
    from sklearn.exceptions import ConvergenceWarning
    from threadpoolctl import threadpool_limits

    from sklearn_kan import KANRegressor

    warnings.simplefilter("ignore", ConvergenceWarning)
    with threadpool_limits(args.threads):
        print_environment()

        def kan(hidden, **parameters):
            shown = ", ".join(f"{name}={value}" for name, value in parameters.items())
            return f"KAN {hidden} {shown}", lambda seed: KANRegressor(
                hidden, knots="uniform", random_state=seed, **parameters
            )

        data = *draw(exp_sin, 2, 1000, 0), *draw(exp_sin, 2, 10_000, 1)
        schedule = {"degree": 5, "alpha": 1e-14, "grid_schedule": (4, 8, 16), "max_iter": 100}
        ours = [
            kan((5,), alpha=1e-9, max_iter=60),
            kan((5,), degree=5, alpha=1e-9, max_iter=30),
            kan((5,), **schedule),
            kan((1,), **schedule),
        ]
        compare("exp(sin(pi x0) + x1^2)", data, ours, args, "2,5,1")
        data = *draw(damped_sine, 1, 20, 0), *draw(damped_sine, 1, 10_000, 1)
        smooth = {"degree": 5, "extrapolation": "continue", "alpha": 1e-9}
        ours = [kan((), alpha=1e-9), kan((), grid_size=10, **smooth), kan((2,), **smooth)]
        compare("damped sine 0.5 sin(4x) exp(-x-1)", data, ours, args, "1,2,1")


if __name__ == "__main__":
    main()
