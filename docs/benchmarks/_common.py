"""What the benchmark scripts share: the line that says where and with what they ran, and child processes."""

import datetime
import json
import os
import platform
import subprocess
import sys

THREAD_VARIABLES = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


def print_environment():
    """Print date, versions, cores and thread counts."""
    import numpy
    import scipy
    import sklearn
    from threadpoolctl import threadpool_info

    blas = sorted({f"{p['internal_api']} {p['num_threads']}" for p in threadpool_info()})
    versions = {"python": platform.python_version(), "numpy": numpy.__version__, "scipy": scipy.__version__}
    versions["scikit-learn"] = sklearn.__version__
    print(datetime.datetime.now().strftime("%Y-%m-%d %H:%M"), end="; ")
    print(", ".join(f"{name} {version}" for name, version in versions.items()), end="; ")
    print(f"{platform.machine()}, {os.cpu_count()} cores; threads: {', '.join(blas) or 'unknown'}", flush=True)


def run_child(arguments, threads=None, python=sys.executable, cwd=None):
    """Run a Python process and return the JSON object on the last line it prints.

    Parameters
    ----------
    arguments : list of str
        What follows the interpreter.
    threads : int, default=None
        Threads of BLAS and OpenMP in the child; None: as in this process.
    python : str
        Interpreter.
    cwd : path, default=None
        Folder to run in.
    """
    environment = dict(os.environ)
    if threads is not None:
        environment.update(dict.fromkeys(THREAD_VARIABLES, str(threads)))
    run = subprocess.run([python, *arguments], env=environment, cwd=cwd, capture_output=True, text=True)
    if run.returncode:
        sys.exit(f"{python} {arguments[0]} failed:\n{run.stderr[-2000:]}")
    return json.loads(run.stdout.strip().splitlines()[-1])
