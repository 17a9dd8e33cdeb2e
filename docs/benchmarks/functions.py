"""Test error on the 42 functions of the KAN paper, one fixed recipe for all, beside the published KANs.

For each function 3,000 rows are drawn uniformly in the ranges of the suite: the whole budget of
labelled data. 600 of them are held out, and by their RMSE alone the recipe chooses shape, degree,
grid and alpha; then the chosen network goes on from where it is on all 3,000 rows. All of that takes
at most 60 seconds a function. The test RMSE is that of this one network on 10,000 fresh rows. The
published figures are the best of a sweep chosen on test error, and its ranges are not all known:
orders of magnitude compare, not digits.

The largest errors sit in the corners of the box, where few rows are. Therefore the held-out part is
stratified: half of the 200 rows nearest to corners and 500 of all others, weighted by what they
stand for.

The recipe: many narrow and some wider shapes start on 2 knot intervals. In each round the grids of
all that are left are doubled up to a limit of parameters, and only the best go on to the next round.
In the end the best one is varied: finer, coarser inside, smoother, less smooth.

The functions are those of published/function_suite.csv under --data whose published_kan_rmse is a
plain number. Some need scipy >= 1.15 (sph_harm_y).

Run as: OMP_NUM_THREADS=1 python docs/benchmarks/functions.py --data DIR [--only NAME ...] [--seconds 60]
One core; the full run takes 42 minutes.
"""

import argparse
import csv
import math
import statistics
import time
import warnings
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import scipy.special
from _common import print_environment
from sklearn.base import clone
from sklearn.exceptions import ConvergenceWarning

from sklearn_kan import KANRegressor

N_ROWS, N_TEST = 3000, 10_000
# Rows nearest to corners, and how many of them and of the others are held out.
N_OUTER, HELD_OUTER, HELD_OTHERS = 200, 100, 500
# Seconds of an iteration with n rows and p parameters are about n (A p + B p^2); see Search.slowness.
A, B = 3e-8, 6e-11

# Shapes and degrees that every function is tried with, narrow first; the published shape is added.
SHAPES = [
    *[((1,), 5), ((2,), 5), ((4,), 5), ((2, 2), 5), ((2, 2), 3), ((2, 2, 1), 5), ((3, 2), 5), ((2, 3, 1), 5)],
    *[((4, 2, 1), 5), ((4, 4), 3), ((8,), 5), ((4, 4), 5), ((4, 4, 1), 5), ((8, 4), 3), ((8, 4), 5)],
]
SEEDS = 3
# Intervals: 128 in the first layer; inside 16 or, where that helps, 32, as hidden values have margins without rows
# of 5 % of their range, which cells should not be smaller than.
FINEST, FINEST_INNER = 128, 16
ALPHA = 1e-14
# Rounds: parameters a network may have, networks kept, iterations on each grid, share of the search that is over then.
ROUNDS = [(160, 10, 40, 0.15), (330, 5, 50, 0.4), (720, 4, 60, 0.65)]
# Parts of the time for the search and, after it, for the fit on all rows.
SEARCH, REFIT = 0.88, 0.96


@dataclass(frozen=True)
class Rows:
    """Inputs, targets and weights."""

    X: np.ndarray
    y: np.ndarray
    weight: np.ndarray

    def rmse(self, model):
        """Weighted root mean squared error of a model."""
        return float(np.sqrt(np.average((model.predict(self.X) - self.y) ** 2, weights=self.weight)))

    def at(self, rows, weight=1.0):
        """Some of the rows, of some weight."""
        return Rows(self.X[rows], self.y[rows], np.broadcast_to(weight, len(rows)))


def read_suite(folder):
    """Rows of the suite that have a published error that is a number."""
    with open(Path(folder) / "published" / "function_suite.csv", newline="") as file:
        return [row for row in csv.DictReader(file) if _is_number(row["published_kan_rmse"])]


def _is_number(text):
    """Whether text is a plain number."""
    try:
        return math.isfinite(float(text))
    except ValueError:
        return False


def published_shape(row):
    """Hidden layers of the published network, the first one if there are several."""
    return tuple(int(n) for n in row["published_shape"].split("|")[0].strip("[] ").split())[1:-1]


def draw(row, n, seed):
    """Uniform rows in the ranges of a function; returns them and their least and largest possible inputs."""
    lo, hi = np.array([[float(v) for v in pair.split()] for pair in row["ranges"].split(";")]).T
    X = np.random.default_rng(seed).uniform(lo, hi, (n, len(lo)))
    names = {**vars(scipy.special), **vars(np), **{f"x{i}": x for i, x in enumerate(X.T)}}
    y = np.asarray(eval(row["expression"], {"__builtins__": {}}, names), dtype=float)
    return Rows(X, y, np.ones(n)), lo, hi


def split(rows, lo, hi):
    """Rows to fit and rows to choose by."""
    z = (rows.X - lo) / (hi - lo)
    order = np.argsort(np.prod(np.minimum(z, 1 - z), axis=1))
    outer, others = order[:N_OUTER], np.random.default_rng(2).permutation(order[N_OUTER:])
    stride = N_OUTER // HELD_OUTER
    weights = np.repeat([N_OUTER / HELD_OUTER, len(others) / HELD_OTHERS], [HELD_OUTER, HELD_OTHERS])
    held = np.concatenate([outer[::stride], others[:HELD_OTHERS]])
    return rows.at(np.setdiff1d(np.arange(len(rows.y)), held)), rows.at(held, weights)


@dataclass(frozen=True)
class Candidate:
    """A network on its way. `grid` is its grid size in the first layer and in the others, (0, 0) before a fit."""

    hidden: tuple
    degree: int
    seed: int
    alpha: float = ALPHA
    grid: tuple = (0, 0)
    model: KANRegressor = None
    error: float = np.inf

    def n_params(self, n_in, grid):
        """Parameters on a grid."""
        widths = (n_in, *self.hidden, 1)
        edges = [a * b for a, b in zip(widths, widths[1:], strict=False)]
        return edges[0] * (grid[0] + self.degree) + sum(edges[1:]) * (grid[1] + self.degree)

    def doubled(self):
        """The next finer grid."""
        return (2 * self.grid[0], min(2 * self.grid[1], FINEST_INNER)) if self.model else (2, 2)

    def estimator(self):
        """An estimator that goes on from here."""
        if self.model is None:
            fixed = {"solver": "lm", "warm_start": True, "tol": 1e-3, "extrapolation": "continue"}
            return KANRegressor(self.hidden, degree=self.degree, knots="uniform", random_state=self.seed, **fixed)
        fitted = {name: value for name, value in vars(self.model).items() if name.endswith("_")}
        model = clone(self.model)
        model.__dict__.update(fitted, _y_ndim=self.model._y_ndim)
        return model

    def __str__(self):
        shape = ",".join(map(str, self.hidden))
        return f"({shape}) d{self.degree} grid {self.grid[0]}/{self.grid[1]} alpha {self.alpha:.0e} seed {self.seed}"


class Search:
    """Fits until a deadline and remembers the best network by the error on held-out rows."""

    def __init__(self, rows, held, seconds, verbose=False):
        self.rows, self.held, self.verbose = rows, held, verbose
        self.start, self.seconds = time.perf_counter(), seconds
        self.slowness, self.best, self.n_fits = 1.0, Candidate((), 0, 0), 0

    @property
    def elapsed(self):
        """Seconds since the start."""
        return time.perf_counter() - self.start

    def affordable(self, n_params, wanted, deadline):
        """Iterations that are likely to end before a deadline, at most `wanted`."""
        one = self.slowness * len(self.rows.y) * (A * n_params + B * n_params**2)
        return min(wanted, int((deadline - self.elapsed) / one))

    def advance(self, candidate, grid, wanted, deadline, least=20, **changes):
        """A candidate fitted on, on a grid; None if there is no time for `least` iterations."""
        n_params = candidate.n_params(self.rows.X.shape[1], grid)
        max_iter = self.affordable(n_params, wanted, deadline)
        if max_iter < least:
            return None
        new = replace(candidate, grid=grid, **changes)
        model = candidate.estimator()
        sizes = [grid[0]] + [grid[1]] * len(candidate.hidden)
        model.set_params(grid_size=sizes, alpha=new.alpha, max_iter=max_iter)
        before = self.elapsed
        model.fit(self.rows.X, self.rows.y)
        self._learn_speed(model.n_iter_, n_params, self.elapsed - before)
        new = replace(new, model=model, error=self.held.rmse(model))
        self.best = min(self.best, new, key=lambda c: c.error)
        self.n_fits += 1
        if self.verbose:
            spent = f"{self.elapsed:5.1f} s (+{self.elapsed - before:4.1f})"
            print(f"    {spent} p={n_params:<5} it={model.n_iter_:<4} {new!s:<46} {new.error:.2e}", flush=True)
        return new

    def _learn_speed(self, n_iter, n_params, seconds):
        """Adapt the cost estimate to this machine, cautiously."""
        expected = n_iter * len(self.rows.y) * (A * n_params + B * n_params**2)
        if seconds > 0.1 and n_iter:
            self.slowness = 0.7 * self.slowness + 0.3 * seconds / expected

    def round(self, pool, waiting, limit, wanted, deadline):
        """Refine all of a pool, and start those that have become small enough, up to a limit of parameters."""
        n_in, moved = self.rows.X.shape[1], []
        for candidate in [*pool, *(c for c in waiting if c.n_params(n_in, (2, 2)) <= limit)]:
            while candidate.n_params(n_in, candidate.doubled()) <= limit and candidate.grid[0] < FINEST:
                finer = self.advance(candidate, candidate.doubled(), wanted, deadline)
                if finer is None or finer.error > 2 * candidate.error:
                    break
                candidate = finer
            if candidate.model is not None:
                moved.append(candidate)
        return moved

    def vary(self, candidate, deadline, limit=1500):
        """Variations of a network, each accepted if it is better, until none is or time is up."""
        n_in, stuck = self.rows.X.shape[1], False
        while not stuck:
            stuck, (a, b) = True, candidate.grid
            for grid in ((2 * a, b), (a, b), (a, max(b // 2, 1)), (a, 2 * b)):
                for factor in (1, 0.01, 100) if grid == (a, b) else (1,):
                    if candidate.n_params(n_in, grid) > limit or grid[0] > FINEST or grid[1] > 2 * FINEST_INNER:
                        continue
                    new = self.advance(candidate, grid, 80, deadline, alpha=factor * candidate.alpha)
                    if new is not None and new.error < 0.98 * candidate.error:
                        candidate, stuck = new, False
                        break
                if not stuck:
                    break


def choose(search, shape):
    """The recipe: rounds of ever larger networks, fewer each time, then variations of the best."""
    n_in = search.rows.X.shape[1]
    starts = list(dict.fromkeys([*SHAPES, (shape, 5), (shape, 3)]))
    waiting = [Candidate(hidden, degree, seed) for seed in range(SEEDS) for hidden, degree in starts]
    pool, largest = [], 0
    for limit, keep, wanted, share in ROUNDS:
        entering = [c for c in waiting if c.n_params(n_in, (2, 2)) > largest]
        pool = search.round(pool, entering, limit, wanted, share * SEARCH * search.seconds)
        pool, largest = best_of_each(pool)[:keep], limit
    for candidate in pool:
        search.vary(candidate, SEARCH * search.seconds)


def best_of_each(pool):
    """The best seed of each shape and degree, best first."""
    best = {}
    for candidate in sorted(pool, key=lambda c: c.error):
        best.setdefault((candidate.hidden, candidate.degree), candidate)
    return list(best.values())


def run(row, seconds, seed, verbose):
    """Choose and fit a network for one function; returns a dict of what the table shows."""
    rows, lo, hi = draw(row, N_ROWS, seed=2 * seed)
    search = Search(*split(rows, lo, hi), seconds, verbose)
    choose(search, published_shape(row))
    chosen, search.rows = search.best, rows
    final = search.advance(chosen, chosen.grid, 100, REFIT * seconds, least=3) or chosen
    spent = search.elapsed
    test = draw(row, N_TEST, seed=2 * seed + 1)[0]
    published = float(row["published_kan_rmse"])
    error = test.rmse(final.model)
    return {"chosen": chosen, "error": error, "seconds": spent, "published": published, "factor": published / error}


def main():
    """Run the functions one by one and count."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", required=True, help="folder that has published/function_suite.csv")
    parser.add_argument("--only", nargs="+", metavar="NAME", help="names of functions")
    parser.add_argument("--seconds", type=float, default=60.0, help="time for each function")
    parser.add_argument("--seed", type=int, default=0, help="draws other rows, for fitting and for the test")
    parser.add_argument("--verbose", action="store_true", help="print every fit")
    args = parser.parse_args()
    warnings.simplefilter("ignore", ConvergenceWarning)
    suite = read_suite(args.data)
    print_environment()
    print(f"{len(suite)} functions with a published figure, {args.seconds:g} s each")
    print(f"{'function':<12} {'s':>5} {'held-out':>9} {'test':>9} {'published':>9} {'factor':>8}  chosen", flush=True)
    results = []
    for row in suite:
        if args.only and row["name"] not in args.only:
            continue
        r = run(row, args.seconds, args.seed, args.verbose)
        numbers = f"{r['chosen'].error:>9.2e} {r['error']:>9.2e} {r['published']:>9.2e} {r['factor']:>8.1f}"
        print(f"{row['name']:<12} {r['seconds']:>5.1f} {numbers}  {r['chosen']}", flush=True)
        results.append(r)
    factors = [r["factor"] for r in results]
    print(f"{len(factors)} run; better than published: {sum(f > 1 for f in factors)}", end="; ")
    print(
        f"by a factor of 10: {sum(f >= 10 for f in factors)}; median factor {statistics.median(factors):.0f}", end="; "
    )
    print(f"longest {max(r['seconds'] for r in results):.1f} s")


if __name__ == "__main__":
    main()
