"""Fits on a cluster of worker processes of one thread each: time, memory, and what travels.

Rows are made on the workers: Friedman's first function of 8 features with noise 1. The fit on two workers beside that on
one gives the efficiency: the time of one worker over twice that of two, and on a machine that does other work too the
seconds of the processors of one worker over those of two.

    OMP_NUM_THREADS=1 python docs/benchmarks/cluster.py 1000000 4
"""

import os
import sys
import time

import dask
import dask.array as da
import numpy as np
from _common import print_environment
from distributed import Client, LocalCluster

from sklearn_kan.dask import DaskKANRegressor
from sklearn_kan.dask.rows import ClusterRows

N_FEATURES, CHUNK = 8, 250_000


def friedman(X):
    """Noisy targets of a block of rows."""
    noise = np.random.RandomState(int(X[0, 0] * 2**31)).normal(size=len(X))
    return 10 * np.sin(np.pi * X[:, 0] * X[:, 1]) + 20 * (X[:, 2] - 0.5) ** 2 + 10 * X[:, 3] + 5 * X[:, 4] + noise


class Counted:
    """Sums over the rows: how many, and the seconds they took."""

    def __init__(self):
        self.calls, self.seconds, self._original = 0, 0.0, ClusterRows.sum_over_blocks

    def __enter__(self):
        def counted(rows, sums, step, n_bytes=0):
            start = time.perf_counter()
            try:
                return self._original(rows, sums, step, n_bytes)
            finally:
                self.calls, self.seconds = self.calls + 1, self.seconds + time.perf_counter() - start

        ClusterRows.sum_over_blocks = counted
        return self

    def __exit__(self, *error):
        ClusterRows.sum_over_blocks = self._original


def peak_memory():
    """Most memory that this process has held, in bytes."""
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def fit(n_rows, n_workers, sizes):
    """Seconds of a fit, and those of the workers' processors."""
    options = {"n_workers": n_workers, "threads_per_worker": 1, "dashboard_address": ":0", "memory_limit": 0}
    with LocalCluster(**options) as cluster, Client(cluster) as client:
        X = da.random.default_rng(0).uniform(size=(n_rows, N_FEATURES), chunks=(CHUNK, N_FEATURES)).persist()
        y = X.map_blocks(friedman, dtype=float, drop_axis=1).persist()
        y.sum().compute()
        model = DaskKANRegressor(hidden_layer_sizes=sizes, n_init=1, random_state=0)
        busy = sum(client.run(time.process_time).values())
        start = time.perf_counter()
        with Counted() as counted:
            model.fit(X, y)
        seconds = time.perf_counter() - start
        busy = sum(client.run(time.process_time).values()) - busy
        memory = max(client.run(peak_memory).values())
    p = model.network_.n_params
    print(
        f"{n_rows} rows, {n_workers} workers, hidden {sizes}, {p} parameters: {seconds:.1f} s, of which {counted.calls} "
        f"sums over all rows {counted.seconds:.1f} s; {busy:.1f} s of the workers' processors; noise {np.ravel(model.sigma_)[0]:.4f}; at most "
        f"{memory / 1e9:.2f} GB a worker; {8 * p * p / 1e6:.2f} MB travel from each sum of normal equations",
        flush=True,
    )
    return np.array([seconds, busy])


def main():
    """Print a line a fit."""
    dask.config.set({"distributed.worker.profile.enabled": False})  # Its samples count as time of the processor.
    print_environment()
    n_rows = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    sizes = tuple(int(size) for size in sys.argv[2].split(",") if size) if len(sys.argv) > 2 else ()
    two = fit(n_rows, 2, sizes)
    if os.environ.get("ONE_WORKER", "1") == "1":
        by_time, by_work = fit(n_rows, 1, sizes) / two
        print(f"efficiency {by_time / 2:.2f} by time, {by_work:.2f} by seconds of processors")


if __name__ == "__main__":
    main()
