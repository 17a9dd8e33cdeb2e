"""Programs of export_code, run on rows: Python in this process, C by a compiler, JavaScript by Node, SQL by SQLite."""

import ast
import ctypes
import json
import math
import shutil
import sqlite3
import subprocess

import numpy as np
from conftest import go_without


class Run:
    """What a program makes of rows.

    Attributes
    ----------
    y : ndarray of shape (n_samples, n_predictions)
    features, outputs : list of str
        The names that it says.
    """

    def __init__(self, y, features, outputs):
        self.y, self.features, self.outputs = np.asarray(y, dtype=float), features, outputs


def run_python(program, X, folder):
    imported = [node for node in ast.walk(ast.parse(program)) if isinstance(node, ast.Import | ast.ImportFrom)]
    assert [ast.unparse(node) for node in imported] == ["import math"]
    module = {}
    exec(program, module)
    y = [np.atleast_1d(module["predict"](row)) for row in X.tolist()]
    return Run(y, list(module["FEATURES"]), list(module["OUTPUTS"]))


def run_c(program, X, folder):
    if shutil.which("gcc") is None:
        go_without("A compiler is needed. On Debian: apt-get install gcc")
    source, library = folder / "model.c", folder / "model.so"
    source.write_text(program, encoding="ascii")
    flags = ["-std=c99", "-pedantic", "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC"]
    subprocess.run(["gcc", *flags, source, "-o", library, "-lm"], check=True, timeout=60)
    assert not {"malloc", "calloc", "realloc"} & set(program.replace("(", " ").split())
    module = ctypes.CDLL(str(library))
    names = {}
    for line in ("features", "outputs"):
        n = int(program.split(f"char *const predict_{line}[")[1].split("]")[0])
        names[line] = [
            v.decode("utf-8", "surrogatepass") for v in (ctypes.c_char_p * n).in_dll(module, f"predict_{line}")
        ]
    y = np.empty((len(X), len(names["outputs"])))
    for row, result in zip(np.ascontiguousarray(X), y, strict=True):
        pointers = (values.ctypes.data_as(ctypes.POINTER(ctypes.c_double)) for values in (row, result))
        status = module.predict(*pointers)
        if status:
            raise ValueError(f"x[{status - 1}] is outside the training range")
    return Run(y, **names)


def run_javascript(program, X, folder):
    if shutil.which("node") is None:
        go_without("Node is needed. On Debian: apt-get install nodejs")
    (folder / "model.js").write_text(program, encoding="utf-8")
    (folder / "run.js").write_text(
        "const predict = require('./model.js'), X = JSON.parse(require('fs').readFileSync(0));"
        "const y = X.map((x) => [predict(x)].flat().map((v) => Number.isFinite(v) ? v : String(v)));"
        "console.log(JSON.stringify({ y, features: predict.features, outputs: predict.outputs }));"
    )
    run = subprocess.run(
        ["node", folder / "run.js"],
        input=json.dumps(X.tolist()).replace("NaN", "null"),
        capture_output=True,
        text=True,
        timeout=60,
    )
    if run.returncode:
        raise ValueError(run.stderr)
    return Run(**json.loads(run.stdout))


def run_sql(program, X, folder, features=None):
    """The columns of predictions; a row with NULL in one of them stands for an error."""
    if sqlite3.sqlite_version_info < (3, 35):
        # MATERIALIZED, which keeps a layer from being computed again for each of its uses, came with it.
        go_without("SQLite 3.35 is needed to run the statement; it comes with Python.")
    features = [f"x{i}" for i in range(X.shape[1])] if features is None else features
    quoted = ['"' + name.replace('"', '""') + '"' for name in features]
    connection = sqlite3.connect(":memory:")
    connection.create_function("exp", 1, lambda x: None if x is None else math.exp(x), deterministic=True)
    connection.execute(f"CREATE TABLE data (id INTEGER, {', '.join(f'{name} REAL' for name in quoted)})")
    marks = ", ".join("?" * (len(features) + 1))
    connection.executemany(f"INSERT INTO data VALUES ({marks})", [(n, *row) for n, row in enumerate(X.tolist())])
    cursor = connection.execute(f"SELECT * FROM ({program}) ORDER BY id")
    columns = [column[0] for column in cursor.description]
    rows = cursor.fetchall()
    at = [n for n, name in enumerate(columns) if name.startswith(("prediction", "probability"))]
    y = [[row[n] for n in at] for row in rows]
    if any(None in row for row in y):
        raise ValueError("a value is outside the training range")
    assert [list(row[columns.index(features[0]) :][: len(features)]) for row in rows] == X.tolist()
    return Run(y, features, [columns[n] for n in at])


RUN = {"python": run_python, "c": run_c, "javascript": run_javascript, "sql": run_sql}
