"""
On Friedman's function a KAN comes close to the noise, and trees do not
=======================================================================

Friedman-1: five of ten features matter, one pair of them together, and the noise has a standard deviation of 1. All
models at their defaults, and the inputs of MLPRegressor standardised.
"""

import warnings

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import make_friedman1
from sklearn.ensemble import HistGradientBoostingRegressor, RandomForestRegressor
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sklearn_kan import KANRegressor

X, y = make_friedman1(1400, noise=1.0, random_state=0)
X_train, y_train, X_test, y_test = X[:400], y[:400], X[400:], y[400:]
models = {
    "RandomForest": RandomForestRegressor(random_state=0),
    "HistGradientBoosting": HistGradientBoostingRegressor(random_state=0),
    "MLPRegressor": make_pipeline(StandardScaler(), MLPRegressor(max_iter=2000, random_state=0)),
    "KANRegressor": KANRegressor(random_state=0),
}
warnings.simplefilter("ignore", ConvergenceWarning)  # MLPRegressor goes on, a little, beyond 2,000 epochs.
rmse = {}
for name, model in models.items():
    rmse[name] = np.sqrt(np.mean((model.fit(X_train, y_train).predict(X_test) - y_test) ** 2))
    print(f"{name:21} {rmse[name]:.2f}")

# %%
figure, axis = plt.subplots(figsize=(7, 3), layout="constrained")
axis.barh(list(rmse), rmse.values(), color=["0.7", "0.7", "0.7", "tab:blue"])
axis.axvline(1, color="black", linestyle="--")
axis.text(1, 3.5, " noise", va="bottom")
axis.set(xlabel="root mean squared error on 1,000 new rows")

# %%
# The features that matter, as the network itself says.
importances = models["KANRegressor"].feature_importances_
print(importances.round(3))
assert rmse["KANRegressor"] < 1.2 < 1.5 < min(rmse["RandomForest"], rmse["HistGradientBoosting"])
assert importances[5:].max() < 0.01
