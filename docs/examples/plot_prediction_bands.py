"""
Uncertainty grows where there are no data
=========================================

A curve with a gap in the middle. The dark band is what the model does not know of the curve, the light one has the
noise too.
"""

import matplotlib.pyplot as plt
import numpy as np

from sklearn_kan import KANRegressor

rng = np.random.RandomState(0)
x = np.sort(np.concatenate([rng.uniform(-2, -0.5, 60), rng.uniform(0.7, 2, 60)]))
y = np.sin(2 * x) + 0.5 * x + 0.15 * rng.normal(size=len(x))
model = KANRegressor(random_state=0).fit(x[:, None], y)

# %%
at = np.linspace(-2.6, 2.6, 300)
mean, std = model.predict(at[:, None], return_std=True)
_, unsure = model.predict(at[:, None], return_std="epistemic")
figure, axis = plt.subplots(figsize=(8, 4.2), layout="constrained")
axis.fill_between(at, mean - 2 * std, mean + 2 * std, alpha=0.2, label="a new observation")
axis.fill_between(at, mean - 2 * unsure, mean + 2 * unsure, alpha=0.4, label="the curve")
axis.plot(at, mean)
axis.plot(at, np.sin(2 * at) + 0.5 * at, "k--", linewidth=1, label="truth")
axis.plot(x, y, "k.", markersize=4)
axis.set(xlabel="x", ylabel="y", ylim=(-3.5, 3.5))
axis.legend()

# %%
# How unsure the model is of the curve, among the data, in the gap, and outside.
gap, outside = np.abs(at) < 0.4, np.abs(at) > 2.3
among = ~outside & (np.abs(at - 0.1) > 0.7)
sizes = {"among the data": unsure[among].mean(), "in the gap": unsure[gap].mean(), "outside": unsure[outside].mean()}
print(*(f"{name} {size:.2f}" for name, size in sizes.items()), f"noise {model.sigma_[0]:.2f}", sep=", ")
assert sizes["in the gap"] > 2 * sizes["among the data"] < sizes["outside"]
