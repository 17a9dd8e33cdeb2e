"""Memory and time of Levenberg-Marquardt on many rows: 8 features, hidden (8,), 576 parameters.

For each number of rows a fresh process makes data, fits with a small fixed number of iterations and
reports its peak memory (all of the process: Python, libraries, X, y and the fit). A second, longer
fit in the same process gives the time of one iteration as a difference. Goals: time linear in the
rows; at 1,000,000 rows a peak below 3 times the size of X plus 500 MB.

Run as: python docs/benchmarks/large.py [--rows 10000 100000 1000000] [--threads N]
"""

import argparse
import json
import resource
import time
import warnings

from _common import print_environment, run_child

N_FEATURES = 8
SHORT, LONG = 1, 4


def measure(rows, solver):
    """Peak memory of a process that fits, and seconds of an iteration, as a dict."""
    import numpy as np
    from sklearn.exceptions import ConvergenceWarning

    from sklearn_kan import KANRegressor

    warnings.simplefilter("ignore", ConvergenceWarning)
    before = _peak()
    rng = np.random.default_rng(0)
    X = rng.uniform(-1, 1, (rows, N_FEATURES))
    y = np.sin(3 * X[:, 0]) + X[:, 1] * X[:, 2]
    data = _peak()
    seconds = {}
    for max_iter in (SHORT, LONG):
        start = time.perf_counter()
        KANRegressor((8,), solver=solver, max_iter=max_iter, tol=0.0, random_state=0).fit(X, y)
        seconds[max_iter] = time.perf_counter() - start
    return {
        "size": X.nbytes / 1e6,
        "imports": before,
        "data": data,
        "peak": _peak(),
        "iteration": (seconds[LONG] - seconds[SHORT]) / (LONG - SHORT),
        "total": seconds[LONG],
    }


def _peak():
    """Largest resident size of this process so far, in MB (Linux counts in kB)."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6


def main():
    """Measure each size in its own process and print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, nargs="+", default=[10_000, 100_000, 1_000_000])
    parser.add_argument("--solver", default="lm", choices=["lm", "lbfgs"])
    parser.add_argument("--threads", type=int, default=None, help="threads of BLAS in the processes")
    parser.add_argument("--child", type=int, default=None, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.child is not None:
        print(json.dumps(measure(args.child, args.solver)))
        return
    print_environment()
    print(f"solver {args.solver}; MB are 10^6 bytes; budget = 3 x size of X + 500 MB")
    print(
        f"{'rows':>9} {'X MB':>7} {'after data MB':>14} {'peak MB':>8} {'budget':>7} {'s/iteration':>12} {'us/row':>7}"
    )
    for rows in args.rows:
        r = run_child([__file__, "--child", str(rows), "--solver", args.solver], threads=args.threads)
        print(
            f"{rows:>9} {r['size']:>7.1f} {r['data']:>14.0f} {r['peak']:>8.0f} {3 * r['size'] + 500:>7.0f} "
            f"{r['iteration']:>12.3f} {1e6 * r['iteration'] / rows:>7.2f}",
            flush=True,
        )


if __name__ == "__main__":
    main()
