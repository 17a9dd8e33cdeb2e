"""
The law of the pendulum, found in 300 noisy measurements
========================================================

Periods of pendulums of different lengths under different gravities, measured with an error of 1 %. The data are random
numbers by T = 2 pi sqrt(l / g).
"""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

from sklearn_kan import SymbolicRegressor

rng = np.random.RandomState(0)
X = pd.DataFrame({"l": rng.uniform(0.2, 3, 300), "g": rng.uniform(1.6, 25, 300)})
period = 2 * np.pi * np.sqrt(X["l"] / X["g"])
measured = period * (1 + 0.01 * rng.normal(size=300))

model = SymbolicRegressor(max_time=10, random_state=0).fit(X, measured)
print("T =", model.formula_)

# %%
# All formulas that no shorter one beats, and the one that is chosen. What is missing to 0 is the noise.
table = pd.DataFrame(model.table_)
print(table[["complexity", "rmse_held_out", "chosen", "formula"]].to_string())

figure, axes = plt.subplots(1, 2, figsize=(9, 3.8), layout="constrained")
axes[0].semilogy(table["complexity"], table["rmse_held_out"], "o-")
axes[0].plot(*table.loc[table["chosen"], ["complexity", "rmse_held_out"]].T.to_numpy(), "o", markersize=12)
axes[0].set(xlabel="complexity", ylabel="error on rows held out", title=model.formula_)
axes[1].plot(measured, model.predict(X), ".")
axes[1].set(xlabel="measured period in s", ylabel="by the formula")

# %%
# A formula holds where nobody has measured: a length of 100 m on the moon.
far = pd.DataFrame({"l": [100.0], "g": [1.62]})
print(f"{model.predict(far)[0]:.2f} s, in truth {2 * np.pi * np.sqrt(100 / 1.62):.2f} s")
assert abs(model.predict(far)[0] / (2 * np.pi * np.sqrt(100 / 1.62)) - 1) < 0.02
