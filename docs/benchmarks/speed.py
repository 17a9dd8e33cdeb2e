"""Speed and memory: evaluation, growth, threads, many rows and many parameters, each a part of its own.

    evaluate   forward, and forward + backward, of one network beside MLPRegressor, pykan and inKAN
    growth     predict and an iteration of Levenberg-Marquardt as rows, features, width and grid double
    threads    a fit and predict on 1 and 2 threads, alone and beside a process that keeps a core busy
    memory     peak memory and time of an iteration as the rows grow to a million
    problems   determinant of a 4x4 matrix, area of a triangle, a million rows: time and accuracy

Times are medians in a fresh process, of processor time for ours and MLPRegressor in `evaluate`; "x" columns are ratios within one run. pykan and inKAN run on
PyTorch in an interpreter of their own.

Run as: python docs/benchmarks/speed.py [PART ...] [--threads 1] [--pykan-python PATH]
"""

import argparse
import itertools
import json
import multiprocessing
import resource
import statistics
import time
import warnings

import numpy as np
from _common import print_environment, run_child

PARTS = ("evaluate", "growth", "threads", "memory", "problems")

# Runs in the other interpreter: seconds of forward and of forward + backward.
TORCH = """
import sys, json, time, statistics, contextlib, io
import torch
name, threads, rows, repeats, widths = sys.argv[1], *map(int, sys.argv[2:5]), json.loads(sys.argv[5])
torch.set_num_threads(threads)
with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
    if name == "pykan":
        from kan import KAN
        model = KAN(width=list(widths), grid=5, k=3, seed=0, auto_save=False, save_act=False)
    else:
        from inkan import KANNetwork
        model = KANNetwork(widths, grid_size=5, spline_order=3)
X, Y = 2 * torch.rand(rows, widths[0]) - 1, torch.rand(rows, 1)
def forward():
    with torch.no_grad():
        model(X)
def both():
    model.zero_grad()
    torch.mean((model(X) - Y) ** 2).backward()
def median(run):
    run()
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        run()
        times.append(time.perf_counter() - start)
    return statistics.median(times)
print(json.dumps({"forward": median(forward), "both": median(both)}))
"""


def median_seconds(run, repeats, clock=time.perf_counter):
    """Median seconds of run(), after one that warms up."""
    run()
    seconds = []
    for _ in range(repeats):
        start = clock()
        run()
        seconds.append(clock() - start)
    return statistics.median(seconds)


def peak():
    """Largest resident size of this process so far, in MB of 10^6 bytes (Linux counts in kB)."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6


def make_network(widths, X, grid_size=5):
    """A network with random splines whose hidden values fill their grids, all but one in 10,000."""
    from sklearn_kan.layers import SplineLayer
    from sklearn_kan.network import KANNetwork

    rng, layers = np.random.default_rng(1), []
    for n_in, n_out in zip(widths[:-1], widths[1:], strict=True):
        layer = SplineLayer(n_in, n_out, grid_size=grid_size, max_excess=0.25 if layers else np.inf)
        layer.coef[:] = rng.normal(size=layer.coef.shape)
        layers.append(layer)
        layer.coef /= np.quantile(np.abs(KANNetwork(layers).forward(X[:5000])), 0.9999)
    return KANNetwork(layers)


def with_unequal_knots(network):
    """The same coefficients with first knots as data would have them, by up to a tenth of a cell elsewhere."""
    from sklearn_kan.layers import SplineLayer
    from sklearn_kan.network import KANNetwork

    even, *others = network.layers
    t = even.basis.t
    layer = SplineLayer(*even.coef.shape[:2], knots=t + 0.1 * (t[:, 1:2] - t[:, :1]) * np.sin(7 * t))
    layer.coef[:] = even.coef
    return KANNetwork([layer, *others])


def make_objective(network, X):
    """The objective of a network on noise."""
    from sklearn_kan.losses import HalfSquaredError
    from sklearn_kan.objective.objective import Objective
    from sklearn_kan.objective.penalty import Penalty
    from sklearn_kan.utils.data import TrainingData

    Y = np.random.default_rng(2).normal(size=(len(X), 1))
    return Objective(network, HalfSquaredError(), Penalty.fixed(network, 1e-3), TrainingData(X, Y))


def near(theta):
    """Points that differ a little: an objective knows its last one by heart."""
    return (theta * (1 + 1e-12 * number) for number in itertools.count())


# --- evaluate -----------------------------------------------------------------------------------------------


def evaluate_ours(widths, rows, repeats):
    """Median seconds of forward, on unequal knots too, forward + backward, MLPRegressor.predict and the first layer."""
    from sklearn.neural_network import MLPRegressor

    from sklearn_kan.utils.threads import one_blas_thread

    X = np.random.default_rng(0).uniform(-1, 1, (rows, widths[0]))
    network = make_network(widths, X)
    objective, theta = make_objective(network, X), network.theta
    mlp = MLPRegressor(hidden_layer_sizes=widths[1:-1], max_iter=2).fit(X[:1000], X[:1000, 0])

    def both():
        with one_blas_thread():
            objective.value_and_gradient(theta)

    first, step, unequal = network.layers[0].evaluator(), network.block_rows(), with_unequal_knots(network)
    blocks = [np.ascontiguousarray(X[start : start + step].T) for start in range(0, rows, step)]

    def first_layer():
        for block in blocks:
            first(block)

    runs = {
        "forward": lambda: network.forward(X),
        "both": both,
        "mlp": lambda: mlp.predict(X),
        "first": first_layer,
        "unequal": lambda: unequal.forward(X),
    }
    return {name: median_seconds(run, repeats, clock=time.process_time) for name, run in runs.items()}


def evaluate(args):
    """Forward, and forward + backward, beside others."""
    print(f"\n== evaluate: {args.rows} rows, grid 5, cubic; seconds, and x = that over ours")
    print(f"{'shape':>14} {'model':>28} {'forward':>9} {'x':>6} {'fwd + bwd':>10} {'x':>6}")
    for widths in ([10, 32, 1], [4, 8, 8, 1], [32, 64, 1]):
        ours = run_child([__file__, "--child", "ours", json.dumps([widths, args.rows, args.repeats])], args.threads)
        rows = {"KANNetwork": ours, "MLPRegressor.predict": {"forward": ours["mlp"]}}
        rows |= {"its first layer": {"forward": ours["first"]}, "on unequal knots": {"forward": ours["unequal"]}}
        for name in ("pykan", "inkan") if args.pykan_python else ():
            # pykan keeps an array of all edges and rows: it gets fewer rows, and its time is scaled.
            n = args.rows // 10 if name == "pykan" else args.rows
            given = ["-c", TORCH, name, str(args.threads), str(n), "3", json.dumps(widths)]
            times = run_child(given, args.threads, python=args.pykan_python)
            rows[f"{name}, float32"] = {key: value * args.rows / n for key, value in times.items()}
        for name, times in rows.items():
            cells = [f"{times['forward']:9.4f} {times['forward'] / ours['forward']:6.1f}"]
            if "both" in times:
                cells.append(f"{times['both']:10.4f} {times['both'] / ours['both']:6.1f}")
            print(f"{widths!s:>14} {name:>28} {' '.join(cells)}", flush=True)


# --- growth -------------------------------------------------------------------------------------------------


def growth_of(rows, widths, grid_size, repeats):
    """Median seconds of forward and of the normal equations."""
    from sklearn_kan.utils.threads import one_blas_thread

    X = np.random.default_rng(0).uniform(-1, 1, (rows, widths[0]))
    network = make_network(widths, X, grid_size)
    objective, points = make_objective(network, X), near(network.theta)
    with one_blas_thread():
        equations = median_seconds(lambda: objective.normal_equations(next(points)), max(3, repeats // 2))
    return {"forward": median_seconds(lambda: network.forward(X), repeats), "both": equations, "p": network.n_params}


def growth(args):
    """How each cost grows with each size; 1.0 in the last columns is linear."""
    base = (20_000, 4, 8, 5)
    print(f"\n== growth, from rows {base[0]}, features {base[1]}, width {base[2]}, grid {base[3]}")
    print(
        f"{'rows':>8} {'features':>8} {'width':>6} {'grid':>5} {'params':>7} {'predict s':>10} {'normal eq. s':>13} {'exponents':>12}"
    )
    before = None
    cases = [base]
    for place in range(4):
        cases += [tuple(size * 2**step if at == place else size for at, size in enumerate(base)) for step in (1, 2)]
    for case in cases:
        rows, features, width, grid = case
        given = json.dumps([rows, [features, width, 1], grid, args.repeats])
        now = run_child([__file__, "--child", "growth", given], args.threads)
        before = now if case == base else before
        factor = max(a / b for a, b in zip(case, base, strict=True))
        powers = (
            ""
            if factor == 1
            else " ".join(f"{np.log(now[k] / before[k]) / np.log(factor):5.2f}" for k in ("forward", "both"))
        )
        print(
            f"{rows:8d} {features:8d} {width:6d} {grid:5d} {now['p']:7d} {now['forward']:10.4f} {now['both']:13.4f} {powers:>12}",
            flush=True,
        )


# --- threads ------------------------------------------------------------------------------------------------


def spin():
    """Keep a core busy."""
    while True:
        pass


def thread_times(n, features, hidden, repeats):
    """Median seconds of ten iterations and of predict on 100,000 rows."""
    from sklearn.exceptions import ConvergenceWarning

    from sklearn_kan import KANRegressor

    warnings.simplefilter("ignore", ConvergenceWarning)
    rng = np.random.RandomState(0)
    X, many = rng.uniform(-1, 1, (n, features)), rng.uniform(-1, 1, (100_000, features))
    y = np.sin(3 * X[:, 0]) * X[:, 1] + 0.1 * rng.normal(size=n)
    model = KANRegressor(tuple(hidden), solver="lm", knots="uniform", alpha=1e-3, max_iter=10, random_state=0)
    fit = median_seconds(lambda: model.fit(X, y), max(3, repeats // 3))
    return {"fit": fit, "predict": median_seconds(lambda: model.predict(many), repeats)}


def threads(args):
    """One and two threads, alone and beside a busy process."""
    print("\n== threads: ten iterations of Levenberg-Marquardt, and predict on 100,000 rows; 10 features")
    print(
        f"{'rows':>7} {'hidden':>7} {'busy':>5} {'fit, 1':>8} {'fit, 2':>8} {'2 / 1':>6} {'predict, 1':>11} {'predict, 2':>11} {'2 / 1':>6}"
    )
    for busy in (False, True):
        other = multiprocessing.Process(target=spin, daemon=True)
        if busy:
            other.start()
        for n, hidden in ((400, (4,)), (1000, (8,)), (50_000, (8,))):
            given = json.dumps([n, 10, hidden, args.repeats])
            one, two = (run_child([__file__, "--child", "threads", given], threads=t) for t in (1, 2))
            cells = [
                f"{one[k]:{w}.4f} {two[k]:{w}.4f} {two[k] / one[k]:6.2f}" for k, w in (("fit", 8), ("predict", 11))
            ]
            print(f"{n:7d} {hidden!s:>7} {'yes' if busy else 'no':>5} {' '.join(cells)}", flush=True)
        if busy:
            other.terminate()


# --- memory -------------------------------------------------------------------------------------------------


def memory_of(rows):
    """Peak memory after imports, data and the normal equations of an [8, 8, 1] network, and their time."""
    import sklearn_kan  # noqa: F401
    from sklearn_kan.utils.threads import one_blas_thread

    imports = peak()
    X = np.random.default_rng(0).uniform(-1, 1, (rows, 8))
    network = make_network([8, 8, 1], X)
    objective = make_objective(network, X)
    data, points = peak(), near(network.theta)
    with one_blas_thread():
        seconds = median_seconds(lambda: objective.normal_equations(next(points)), 1)
    return {"size": X.nbytes / 1e6, "imports": imports, "data": data, "peak": peak(), "seconds": seconds}


def memory(args):
    """Peak memory and time of an iteration."""
    print("\n== memory: normal equations of an [8, 8, 1] network (576 parameters); MB are 10^6 bytes")
    print(f"{'rows':>9} {'X MB':>7} {'imports MB':>11} {'with data MB':>13} {'peak MB':>8} {'s':>8} {'us/row':>7}")
    for rows in (10_000, 100_000, 1_000_000):
        r = run_child([__file__, "--child", "memory", json.dumps([rows])], args.threads)
        print(
            f"{rows:9d} {r['size']:7.1f} {r['imports']:11.0f} {r['data']:13.0f} {r['peak']:8.0f} "
            f"{r['seconds']:8.3f} {1e6 * r['seconds'] / rows:7.2f}",
            flush=True,
        )


# --- problems -----------------------------------------------------------------------------------------------


def determinant(rng, n):
    """Entries of 4x4 matrices, U[0, 10], and their determinants."""
    A = rng.uniform(0, 10, (n, 4, 4))
    return A.reshape(n, 16), np.linalg.det(A)


def triangle(rng, n):
    """Corners of triangles in the unit square, and their areas."""
    X = rng.uniform(0, 1, (n, 6))
    return X, 0.5 * np.abs((X[:, 2] - X[:, 0]) * (X[:, 5] - X[:, 1]) - (X[:, 4] - X[:, 0]) * (X[:, 3] - X[:, 1]))


def noisy(rng, n):
    """Eight columns, three of which matter, and noise of standard deviation 0.1."""
    X = rng.uniform(-1, 1, (n, 8))
    return X, np.sin(3 * X[:, 0]) + X[:, 1] * X[:, 2] + 0.1 * rng.normal(size=n)


# Function, rows, and the parameters of KANRegressor: the number of iterations is what stops the first two.
PROBLEMS = {
    "determinant": (determinant, 100_000, {"hidden_layer_sizes": [64], "grid_size": 3, "alpha": 1e-5, "max_iter": 130}),
    "triangle": (
        triangle,
        10_000,
        {"hidden_layer_sizes": [24, 16], "grid_size": 3, "solver": "kaczmarz", "alpha": 1e-5, "max_iter": 40},
    ),
    "million": (noisy, 1_000_000, {"hidden_layer_sizes": [8], "alpha": 1e-3}),
}


def problem(name, seed):
    """Seconds of fit, Pearson correlation on 20,000 fresh rows, peak memory and how the fit ended."""
    from sklearn.exceptions import ConvergenceWarning

    from sklearn_kan import KANRegressor

    function, n, parameters = PROBLEMS[name]
    X, y = function(np.random.default_rng(seed), n)
    fresh, target = function(np.random.default_rng(1000 + seed), 20_000)
    model = KANRegressor(random_state=seed, knots="uniform", **parameters)
    start = time.perf_counter()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", ConvergenceWarning)
        model.fit(X, y)
    seconds = time.perf_counter() - start
    pearson = float(np.corrcoef(model.predict(fresh), target)[0, 1])
    result = {"seconds": seconds, "pearson": pearson, "peak": peak(), "converged": not caught}
    return {**result, "solver": model.solver_, "n_iter": model.n_iter_, "p": model.network_.n_params}


def problems(args):
    """Time, accuracy and memory of large fits."""
    print("\n== problems: seconds of fit; Pearson correlation on 20,000 fresh rows; all of the process's memory")
    for name, (_, n, parameters) in PROBLEMS.items():
        print(f"{name}: {n} rows, {', '.join(f'{key}={value}' for key, value in parameters.items())}")
        for seed in range(1 if name == "million" else args.seeds):
            r = run_child([__file__, "--child", "problem", json.dumps([name, seed])], args.threads)
            end = "converged" if r["converged"] else "stopped by max_iter"
            print(
                f"    seed {seed}: {r['seconds']:7.2f} s, Pearson {r['pearson']:.4f}, peak {r['peak']:.0f} MB; "
                f"{r['solver']}, {r['p']} parameters, {r['n_iter']} iterations, {end}",
                flush=True,
            )


CHILDREN = {
    "ours": evaluate_ours,
    "growth": growth_of,
    "threads": thread_times,
    "memory": memory_of,
    "problem": problem,
}


def main():
    """Run the parts that are asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"of {', '.join(PARTS)}; default: all")
    parser.add_argument("--threads", type=int, default=1, help="threads of every model, but in the part of that name")
    parser.add_argument("--rows", type=int, default=100_000, help="rows in the part evaluate")
    parser.add_argument("--repeats", type=int, default=9)
    parser.add_argument("--seeds", type=int, default=3, help="seeds in the part problems")
    parser.add_argument("--pykan-python", metavar="PATH", help="interpreter with pykan and inkan")
    parser.add_argument("--child", nargs=2, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.child:
        print(json.dumps(CHILDREN[args.child[0]](*json.loads(args.child[1]))))
        return
    unknown = set(args.parts) - set(PARTS)
    if unknown:
        parser.error(f"no such part: {', '.join(sorted(unknown))}")
    print_environment()
    for name in args.parts or PARTS:
        globals()[name](args)


if __name__ == "__main__":
    main()
