"""Seconds of a fit with one and with two BLAS threads, on an idle machine and beside a busy process.

KANRegressor limits small fits to one thread by itself; here that limit is lifted to see what it is
for. ``--busy`` starts a process that keeps one core busy all the time.

Run as: python docs/benchmarks/threads.py [--busy]
"""

import argparse
import multiprocessing
import statistics
import time
import warnings
from contextlib import nullcontext

import numpy as np
from _common import print_environment
from sklearn.exceptions import ConvergenceWarning
from threadpoolctl import threadpool_limits

import sklearn_kan.base
from sklearn_kan import KANRegressor

CASES = [(400, (4,)), (1000, (8,)), (10_000, (8,)), (10_000, (16,))]


def spin():
    """Keep a core busy."""
    while True:
        pass


def seconds(n, hidden, threads):
    """Median seconds of three fits of ten iterations, and the number of parameters."""
    rng = np.random.RandomState(0)
    X = rng.uniform(-1, 1, (n, 10))
    y = np.sin(3 * X[:, 0]) * X[:, 1] + 0.1 * rng.normal(size=n)
    times = []
    for _ in range(3):
        with threadpool_limits(threads, user_api="blas"):
            start = time.perf_counter()
            model = KANRegressor(hidden, max_iter=10, random_state=0).fit(X, y)
            times.append(time.perf_counter() - start)
    return statistics.median(times), model.network_.n_params


def main():
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--busy", action="store_true", help="run beside a process that keeps a core busy")
    busy = parser.parse_args().busy
    warnings.simplefilter("ignore", ConvergenceWarning)
    sklearn_kan.base.limited_threads = lambda n_params: nullcontext()
    print_environment()
    print(f"ten iterations, 10 features; a busy process beside: {'yes' if busy else 'no'}")
    print(f"{'rows':>7} {'parameters':>11} {'1 thread, s':>12} {'2 threads, s':>13} {'2 / 1':>6}")
    other = multiprocessing.Process(target=spin, daemon=True)
    if busy:
        other.start()
    for n, hidden in CASES:
        (one, n_params), (two, _) = (seconds(n, hidden, threads) for threads in (1, 2))
        print(f"{n:7d} {n_params:11d} {one:12.3f} {two:13.3f} {two / one:6.2f}", flush=True)


if __name__ == "__main__":
    main()
