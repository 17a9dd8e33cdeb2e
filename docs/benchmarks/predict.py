"""Time of predict: a [10, 32, 1] network on 100,000 rows, beside an MLP of the same width.

Each number is the median of 9 runs in a fresh process, with 1 and with 2 threads for BLAS. The goal
is less than 0.15 s on two cores. Networks are barely trained (2 iterations): the time of predict
does not depend on the weights.

Run as: python docs/benchmarks/predict.py [--rows N] [--threads 1 2]
"""

import argparse
import json
import statistics
import time
import warnings

from _common import print_environment, run_child


def measure(rows, repeats):
    """Median seconds of predict on `rows` rows for both models, a dict."""
    import numpy as np
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.neural_network import MLPRegressor

    from sklearn_kan import KANRegressor

    warnings.simplefilter("ignore", ConvergenceWarning)
    rng = np.random.default_rng(0)
    X = rng.uniform(-1, 1, (rows, 10))
    y = np.sin(X[:, 0] * 3) + X[:, 1] * X[:, 2]
    few = slice(0, 2000)
    kan = KANRegressor((32,), max_iter=2, solver="lbfgs", random_state=0).fit(X[few], y[few])
    mlp = MLPRegressor(hidden_layer_sizes=(32,), max_iter=2, random_state=0).fit(X[few], y[few])
    return {"KANRegressor": _median(kan, X, repeats), "MLPRegressor": _median(mlp, X, repeats)}


def _median(model, X, repeats):
    """Median seconds of model.predict(X), after one run that warms up."""
    model.predict(X)
    seconds = []
    for _ in range(repeats):
        start = time.perf_counter()
        model.predict(X)
        seconds.append(time.perf_counter() - start)
    return statistics.median(seconds)


def main():
    """Measure each number of threads in its own process and print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--repeats", type=int, default=9)
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--child", action="store_true", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.child:
        print(json.dumps(measure(args.rows, args.repeats)))
        return
    print_environment()
    print(f"predict on {args.rows} rows, 10 features, 32 hidden nodes: median seconds of {args.repeats}")
    print(f"{'threads':>7} {'KANRegressor':>13} {'MLPRegressor':>13}")
    for threads in args.threads:
        child = [__file__, "--child", "--rows", str(args.rows), "--repeats", str(args.repeats)]
        seconds = run_child(child, threads=threads)
        print(f"{threads:>7} {seconds['KANRegressor']:>13.4f} {seconds['MLPRegressor']:>13.4f}", flush=True)


if __name__ == "__main__":
    main()
