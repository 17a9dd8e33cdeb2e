"""
Three quantiles say where the noise is
======================================

The noise grows with x. A model of the mean has one noise for all; quantiles have a band that widens with it.
"""

import matplotlib.pyplot as plt
import numpy as np
from scipy.stats import norm

from sklearn_kan import KANRegressor

rng = np.random.RandomState(0)
x = rng.uniform(0, 3, 800)
spread = 0.05 + 0.25 * x**2 / 3
y = np.sin(2 * x) + spread * rng.normal(size=len(x))

at = np.linspace(0, 3, 200)
levels = (0.05, 0.5, 0.95)
quantiles = {
    q: KANRegressor((), loss="quantile", quantile=q, random_state=0).fit(x[:, None], y).predict(at[:, None])
    for q in levels
}
mean, std = KANRegressor((), random_state=0).fit(x[:, None], y).predict(at[:, None], return_std=True)

# %%
figure, axes = plt.subplots(1, 2, figsize=(10, 4), sharey=True, layout="constrained")
axes[0].fill_between(at, quantiles[0.05], quantiles[0.95], alpha=0.3)
axes[0].plot(at, quantiles[0.5])
axes[1].fill_between(at, mean - 1.645 * std, mean + 1.645 * std, alpha=0.3)
axes[1].plot(at, mean)
for axis, title in zip(axes, ("quantiles of 5, 50 and 95 %", "mean and one noise for all"), strict=True):
    axis.plot(x, y, "k.", markersize=2)
    axis.plot(at, np.sin(2 * at), "k--", linewidth=1)
    axis.set(title=title, xlabel="x")

# %%
# Width of the band that should hold 90 % of the observations, beside the truth.
true_width = 2 * norm.ppf(0.95) * (0.05 + 0.25 * at**2 / 3)
width = quantiles[0.95] - quantiles[0.05]
for k in (20, 100, 180):
    print(f"x = {at[k]:.1f}: truth {true_width[k]:.2f}, quantiles {width[k]:.2f}, one noise {3.29 * std[k]:.2f}")
assert np.all(np.abs(width / true_width - 1)[[20, 100, 180]] < 0.25)
