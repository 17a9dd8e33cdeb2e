"""How large and how fast a model is that is saved or has left Python: pickle, ONNX, C, JavaScript and plain Python.

A default model of 1,000 rows and 8 features, Friedman's first function with noise 1. Of ONNX the size of the file and the
time for 100,000 rows on one thread, beside `predict`; of programs their size and the time for one row. Times are those of
the processor, the best of five.

    OMP_NUM_THREADS=1 python docs/benchmarks/take_away.py
"""

import pickle
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

import numpy as np
import onnxruntime
from _common import print_environment

from sklearn_kan import KANRegressor, export_code, export_onnx

N_ROWS, REPEATS = 100_000, 5

C_LOOP = """
#include <stdio.h>
#include <time.h>
int predict(const double *x, double *y);
static const double rows[][8] = {%s};
int main(void)
{
    double best = 1e9, y, total = 0;
    for (int repeat = 0; repeat < %d; repeat++) {
        const clock_t start = clock();
        for (int round = 0; round < 200; round++)
            for (int n = 0; n < 200; n++) { predict(rows[n], &y); total += y; }
        const double seconds = (double)(clock() - start) / CLOCKS_PER_SEC / 40000;
        if (seconds < best) best = seconds;
    }
    printf("%%g %%g\\n", best, total);
}
"""
JS_LOOP = """
const predict = require("./model.js"), rows = JSON.parse(require("fs").readFileSync(0));
let best = Infinity;
for (let repeat = 0; repeat < %d; repeat++) {
  const start = process.cpuUsage();
  for (let round = 0; round < 20; round++) rows.forEach(predict);
  best = Math.min(best, process.cpuUsage(start).user / 1e6 / 20 / rows.length);
}
console.log(best);
"""


def friedman(n, seed):
    """Rows and noisy targets."""
    rng = np.random.RandomState(seed)
    X = rng.uniform(size=(n, 8))
    truth = 10 * np.sin(np.pi * X[:, 0] * X[:, 1]) + 20 * (X[:, 2] - 0.5) ** 2 + 10 * X[:, 3] + 5 * X[:, 4]
    return X, truth + rng.normal(size=n)


def best_time(function):
    """Seconds of the processor."""
    times = []
    for _ in range(REPEATS):
        start = time.process_time()
        function()
        times.append(time.process_time() - start)
    return min(times)


def session_of(file):
    """A session on one thread."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    return onnxruntime.InferenceSession(file, options)


def seconds_in_c(program, rows, folder):
    """Seconds a row of the compiled program."""
    (folder / "model.c").write_text(program)
    numbers = ", ".join("{" + ", ".join(map(repr, row)) + "}" for row in rows.tolist())
    (folder / "loop.c").write_text(C_LOOP % (numbers, REPEATS))
    subprocess.run(["gcc", "-std=c99", "-O2", "model.c", "loop.c", "-o", "model", "-lm"], cwd=folder, check=True)
    return float(subprocess.run([folder / "model"], capture_output=True, text=True, check=True).stdout.split()[0])


def seconds_in_node(program, rows, folder):
    """Seconds a row in Node."""
    (folder / "model.js").write_text(program)
    (folder / "loop.js").write_text(JS_LOOP % REPEATS)
    command = ["node", folder / "loop.js"]
    return float(subprocess.run(command, input=repr(rows.tolist()), capture_output=True, text=True, check=True).stdout)


def main():
    """Print sizes and times."""
    print_environment()
    X, y = friedman(1000, 0)
    model, rows = KANRegressor(random_state=0).fit(X, y), friedman(N_ROWS, 1)[0]
    layers = model.network_.spline_layers
    sizes = " -> ".join(str(n) for n in (8, *(layer.out_features for layer in layers)))
    print(f"{sizes}, {sum(int(layer.edges.sum()) for layer in layers)} edges\n")

    saved = pickle.dumps(model)
    print(f"pickle: {len(saved) / 1e6:.2f} MB, loaded in {best_time(lambda: pickle.loads(saved)):.2f} s\n")
    ours, expected = best_time(lambda: model.predict(rows)), model.predict(rows)
    print(f"{N_ROWS} rows: predict {ours:.3f} s")
    for dtype in (np.float64, np.float32):
        file, typed = export_onnx(model, dtype=dtype).SerializeToString(), rows.astype(dtype)
        session = session_of(file)
        seconds = best_time(lambda session=session, typed=typed: session.run(None, {"X": typed}))
        error = np.abs(session.run(None, {"X": typed})[0][:, 0] - expected).max() / np.ptp(expected)
        print(
            f"  ONNX {np.dtype(dtype)}: {len(file) / 1e6:.2f} MB, {seconds:.3f} s, {seconds / ours:.2f} of predict, "
            f"error {error:.1e} of the range"
        )

    print("\none row, in microseconds")
    with tempfile.TemporaryDirectory() as name:
        folder, some = Path(name), rows[:200]
        programs = {language: export_code(model, language) for language in ("c", "javascript", "python")}
        seconds = {}
        if shutil.which("gcc"):
            seconds["c"] = seconds_in_c(programs["c"], some, folder)
        if shutil.which("node"):
            seconds["javascript"] = seconds_in_node(programs["javascript"], some, folder)
        module = {}
        exec(programs["python"], module)
        seconds["python"] = best_time(lambda: [module["predict"](row) for row in some.tolist()]) / len(some)
        for language, value in seconds.items():
            print(f"  {language}: {len(programs[language]) / 1e3:.0f} kB, {1e6 * value:.1f}")
        print(f"  predict: {1e6 * best_time(lambda: [model.predict(row[None]) for row in some]) / len(some):.1f}")


if __name__ == "__main__":
    main()
