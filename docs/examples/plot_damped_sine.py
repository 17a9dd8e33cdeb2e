"""
Levenberg-Marquardt: a loss hundreds of times below Adam's, in 60 steps against 3,000 epochs
============================================================================================

A damped sine by the same network, from the same start, in the original formulation (tanh, fixed grids, residual
branch). Only the solver differs.
"""

import time
import warnings

import matplotlib.pyplot as plt
import numpy as np
from sklearn.exceptions import ConvergenceWarning

from sklearn_kan import KANRegressor

x = np.linspace(0, 3, 60)[:, None]
y = 0.5 * np.sin(4 * x[:, 0]) * np.exp(-x[:, 0] - 1)
network = {"hidden_layer_sizes": (2,), "squash": "tanh", "base_function": "silu", "grid_size": 8, "degree": 5}
steps = {"adam": 3000, "lbfgs": 500, "lm": 60}

warnings.simplefilter("ignore", ConvergenceWarning)  # They end when their steps are used up.
figure, axes = plt.subplots(1, 2, figsize=(10, 4), layout="constrained")
final = {}
for solver, n in steps.items():
    model = KANRegressor(**network, solver=solver, max_iter=n, tol=0.0, alpha=1e-12, random_state=0)
    start = time.process_time()
    model.fit(x, y)
    seconds, final[solver] = time.process_time() - start, model.loss_curve_[-1]
    axes[0].loglog(np.arange(1, model.n_iter_ + 1), model.loss_curve_, label=solver)
    axes[1].semilogy(x, np.abs(model.predict(x) - y), label=solver)
    print(f"{solver:5} loss {final[solver]:.1e} after {model.n_iter_} steps, {seconds:.2f} s")
axes[0].set(xlabel="step (of Adam: epoch)", ylabel="loss, y standardised")
axes[1].set(xlabel="x", ylabel="error")
axes[0].legend()
assert final["lm"] < final["adam"] / 300

# %%
# What such a network has learned, edge by edge, is a page to be clicked in :doc:`/guide/mathematics`.
