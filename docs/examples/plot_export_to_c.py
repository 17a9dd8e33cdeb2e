"""
A model as a C program that predicts what predict does
======================================================

The C file needs no library and allocates no memory, so that it runs on a microcontroller. Where there is a C compiler
it is run here; elsewhere the same model as a Python module takes its place.
"""

import ctypes
import shutil
import subprocess
import tempfile
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_diabetes

from sklearn_kan import KANRegressor, export_code

X, y = load_diabetes(return_X_y=True, scaled=False)
model = KANRegressor((3,), n_init=1, random_state=0).fit(X, y)
program = export_code(model, "c")
print(*program.splitlines()[:8], f"... {len(program.splitlines())} lines", sep="\n")


# %%
# Compiled, and called for each patient.
def predict_in_c(rows):
    with tempfile.TemporaryDirectory() as folder:
        library = Path(folder, "model.so")
        Path(folder, "model.c").write_text(program)
        subprocess.run(["gcc", "-O2", "-shared", "-fPIC", f"{folder}/model.c", "-o", library, "-lm"], check=True)
        function, y = ctypes.CDLL(str(library)).predict, (ctypes.c_double * 1)()
        return [function((ctypes.c_double * 10)(*row), y) or y[0] for row in rows]


def predict_in_python(rows):
    module = {}
    exec(export_code(model, "python"), module)
    return [module["predict"](row) for row in rows]


by_program = np.ravel((predict_in_c if shutil.which("gcc") else predict_in_python)(X))
difference = np.abs(by_program - model.predict(X)).max() / np.ptp(y)
print(f"largest difference {difference:.0e} of the range of y")

figure, axis = plt.subplots(figsize=(4.5, 4.2), layout="constrained")
axis.plot(model.predict(X), by_program, ".")
axis.set(xlabel="predict", ylabel="the program", title=f"largest difference {difference:.0e} of the range")
assert difference < 1e-9
