"""Formulas: exp(sin(pi x0) + x1^2) from a network, and equations from data: those of the KAN paper, or of Feynman.

First a [2, 1, 1] network is fitted to 1,000 rows and `symbolic_fit` makes a formula of it; and all functions of
the library are fitted to the curve of an edge.

Then `SymbolicRegressor`, with the same parameters for all, is fitted to 1,000 rows of each equation. It sees no
other rows. The formula is compared on 5,000 fresh rows, and on 5,000 rows from ranges 20 % wider on each side, where
the equation is defined. Errors are relative to the spread of the equation on these rows. Without noise an equation
is found if both errors are below 1e-6; with --noise 0.01 (part of the spread of y) if the first is below 1e-2.

With --peers gplearn and pyoperon get the same rows and as many seconds of one processor as the fit took, at least 3:
add, sub, mul, div, sqrt, log, sin, cos and exp (gplearn neg and inv too; 1,000 programs a generation).

The equations are those of published/function_suite.csv under --data whose source is the paper's table 2; with
--feynman those of published/feynman_equations.csv, in the ranges given there and on fresh rows of these ranges only.

Run as: OMP_NUM_THREADS=1 python docs/benchmarks/symbolic.py --data DIR [--feynman] [--noise 0.01] [--seconds 30]
[--peers] [--only NAME ...]
"""

import argparse
import csv
import time
import warnings
from pathlib import Path
from typing import NamedTuple

import numpy as np
from _common import print_environment

from sklearn_kan import KANRegressor, SymbolicRegressor, symbolic_fit
from sklearn_kan.symbolic import make_library
from sklearn_kan.symbolic.edge_fit import fit_edge

N_ROWS, N_TEST, WIDER = 1000, 5000, 0.2
EXACT, GOOD = 1e-6, 1e-2


class Equation(NamedTuple):
    """An equation with the names of its inputs and their ranges; `wider` if it is tested on wider ranges too."""

    name: str
    expression: str
    inputs: list
    lo: np.ndarray
    hi: np.ndarray
    wider: bool

    def draw(self, n, seed, wider=0.0):
        """Uniform rows in the ranges, or in wider ones; rows where it is not defined are left out."""
        margin = wider * (self.hi - self.lo)
        X = np.random.default_rng(seed).uniform(self.lo - margin, self.hi + margin, (n, len(self.lo)))
        names = {**vars(np), **dict(zip(self.inputs, X.T, strict=True))}
        with np.errstate(all="ignore"):
            y = np.asarray(eval(self.expression, {"__builtins__": {}}, names), dtype=float)
        return X[np.isfinite(y)], y[np.isfinite(y)]


def read_suite(folder, feynman):
    """The equations of table 2, or of Feynman's lectures."""
    file = "feynman_equations.csv" if feynman else "function_suite.csv"
    with open(Path(folder) / "published" / file, newline="") as lines:
        rows = list(csv.DictReader(lines))
    if not feynman:
        return [_of_suite(row) for row in rows if row["source"] == "KAN paper table 2"]
    return [_of_feynman(row) for row in rows]


def _of_suite(row):
    lo, hi = np.array([[float(v) for v in pair.split()] for pair in row["ranges"].split(";")]).T
    return Equation(row["name"], row["expression"], [f"x{i}" for i in range(len(lo))], lo, hi, True)


def _of_feynman(row):
    inputs = [entry.split() for entry in row["inputs (name low high)"].split(";")]
    lo, hi = np.array([[float(v) for v in entry[1:]] for entry in inputs]).T
    return Equation(row["name"], row["formula"], [entry[0] for entry in inputs], lo, hi, False)


def relative_error(model, X, y):
    """Root mean squared error over the spread of y; infinite if there is no prediction."""
    with np.errstate(all="ignore"):
        error = np.sqrt(np.mean((model.predict(X) - y) ** 2)) / y.std()
    return float(error) if np.isfinite(error) else np.inf


def one_network():
    """A formula from a network, and the time of an edge."""
    rng = np.random.RandomState(0)
    X, fresh = rng.uniform(-1, 1, (2, N_ROWS, 2))
    truth = [np.exp(np.sin(np.pi * x[:, 0]) + x[:, 1] ** 2) for x in (X, fresh)]
    start = time.perf_counter()
    network = KANRegressor((1,), degree=5, alpha=1e-12, grid_schedule=(4, 8), random_state=0).fit(X, truth[0])
    between = time.perf_counter()
    formula = symbolic_fit(network, X, truth[0])
    end = time.perf_counter()
    print(f"exp(sin(pi x0) + x1^2), [2, 1, 1], n={N_ROWS}: {formula.formula_}")
    print(f"  largest error on fresh rows {np.abs(formula.predict(fresh) - truth[1]).max():.1e};", end=" ")
    print(f"network {between - start:.2f} s, formula {end - between:.2f} s, together {end - start:.2f} s")
    u, library = X[:, 0], make_library()
    start = time.perf_counter()
    for _ in range(5):
        fit_edge(u, np.tanh(2 * u + 0.3), library)
    print(f"  an edge, {len(library)} functions: {(time.perf_counter() - start) / 5:.3f} s", flush=True)


def gplearn_model(X, y, seconds, pace):
    """gplearn's regressor fitted generation by generation for some processor time."""
    from gplearn.functions import make_function
    from gplearn.genetic import SymbolicRegressor as Genetic

    exp = make_function(function=lambda t: np.exp(np.clip(t, -50, 50)), name="exp", arity=1)
    functions = ("add", "sub", "mul", "div", "sqrt", "log", "neg", "inv", "sin", "cos", exp)
    model = Genetic(
        population_size=1000, generations=1, function_set=functions, metric="rmse", warm_start=True, random_state=0
    )
    start = time.process_time()
    while time.process_time() - start < seconds:
        model.fit(X, y)
        model.set_params(generations=model.generations + 1)
    return model


def operon_model(X, y, seconds, pace):
    """pyoperon's regressor; it counts seconds of the wall, of which a second of the processor takes `pace`."""
    from pyoperon.sklearn import SymbolicRegressor as Operon

    return Operon(
        allowed_symbols="add,sub,mul,div,sqrt,log,exp,sin,cos,constant,variable",
        optimizer_iterations=10,
        generations=10**6,
        max_evaluations=10**9,
        max_time=max(round(seconds * pace), 1),
        n_threads=1,
        random_state=0,
    ).fit(X, y)


PEERS = {"gplearn": gplearn_model, "operon": operon_model}
LEAST_SECONDS = 3.0


def run(row, arguments):
    """Fit one equation; prints its line, returns whether it was found, by us and by the peers, and our seconds."""
    X, y = row.draw(N_ROWS, 0)
    y = y + arguments.noise * y.std() * np.random.default_rng(5).normal(size=len(y))
    start, wall = time.process_time(), time.perf_counter()
    model = SymbolicRegressor(max_time=arguments.seconds, random_state=0).fit(X, y)
    seconds, wall = time.process_time() - start, time.perf_counter() - wall
    tests = [row.draw(N_TEST, 1), row.draw(N_TEST, 2, WIDER if row.wider else 0.0)]
    errors, found = _measure(model, tests, arguments.noise)
    peers, text = [], ""
    for peer in PEERS.values() if arguments.peers else ():
        start = time.process_time()
        peer_errors, peer_found = _measure(
            peer(X, y, max(seconds, LEAST_SECONDS), max(wall / seconds, 1.0)), tests, arguments.noise
        )
        peers.append(peer_found)
        text += f"{peer_errors[0]:>8.1e}{'*' if peer_found else ' '} {time.process_time() - start:>4.1f}  "
    mark = "*" if found else " "
    name = f"{row.name:<9}{mark} {seconds:>5.1f} {errors[0]:>8.1e} {errors[1]:>8.1e}"
    print(f"{name} {model.n_splines_:>3} {text}{model.formula_}", flush=True)
    return found, peers, seconds


def _measure(model, tests, noise):
    """Errors on both kinds of rows, and whether that counts as found."""
    errors = [relative_error(model, *test) for test in tests]
    return errors, errors[0] < GOOD if noise else max(errors) < EXACT


def main():
    """Run all and count."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", required=True, help="folder that has published/function_suite.csv")
    parser.add_argument("--feynman", action="store_true", help="the equations of published/feynman_equations.csv")
    parser.add_argument("--noise", type=float, default=0.0, help="standard deviation, as part of the spread of y")
    parser.add_argument("--seconds", type=float, default=60.0, help="processor time for each equation")
    parser.add_argument("--peers", action="store_true", help="run gplearn and pyoperon beside it")
    parser.add_argument("--only", nargs="+", metavar="NAME", help="names of equations")
    arguments = parser.parse_args()
    warnings.simplefilter("ignore")
    print_environment()
    if not arguments.only and not arguments.feynman:
        one_network()
    suite = read_suite(arguments.data, arguments.feynman)
    suite = [row for row in suite if not arguments.only or row.name in arguments.only]
    print(f"\n{len(suite)} equations, n={N_ROWS}, noise {arguments.noise:g}, at most {arguments.seconds:g} s each")
    peers = "".join(f"{name:>9} {'s':>4}  " for name in PEERS) if arguments.peers else ""
    print(f"{'equation':<10} {'s':>5} {'fresh':>8} {'wider':>8} spl {peers}formula", flush=True)
    ours, theirs, seconds = zip(*[run(row, arguments) for row in suite], strict=True)
    print(f"found: {sum(ours)} of {len(ours)}, median {np.median(seconds):.1f} s")
    for name, found in zip(PEERS, np.transpose(theirs), strict=False):
        print(f"{name}: {sum(found)}")


if __name__ == "__main__":
    main()
