"""
Shops with few days on record are drawn to the mean of all, and errors fall by 40 %
===================================================================================

Sales of 150 shops, some with a hundred days on record and many with two or three, and a temperature that is missing every
fifth day. The table goes into ``fit`` as it is; a linear model with a coefficient for each shop stands beside it.
"""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from sklearn.compose import make_column_transformer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LinearRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, SplineTransformer

from sklearn_kan import KANRegressor

rng = np.random.RandomState(0)
shop_effect, popularity = rng.normal(size=150), rng.pareto(1.0, 150) + 0.2


def draw(popularity, n):
    """A table of days, and the mean sales of each."""
    shop, temperature = rng.choice(150, n, p=popularity / popularity.sum()), rng.uniform(-5, 35, n)
    truth = 5 + shop_effect[shop] + np.sin(temperature / 6)
    temperature[rng.uniform(size=n) < 0.2] = np.nan
    return pd.DataFrame({"shop": pd.Categorical([f"shop {s}" for s in shop]), "temperature": temperature}), truth


X, truth = draw(popularity, 1000)
y = truth + 1.5 * rng.normal(size=len(X))
model = KANRegressor((), random_state=0).fit(X, y)
prepare = make_column_transformer(
    (OneHotEncoder(handle_unknown="ignore"), ["shop"]),
    (make_pipeline(SimpleImputer(add_indicator=True), SplineTransformer()), ["temperature"]),
)
each = make_pipeline(prepare, LinearRegression()).fit(X, y)

# %%
# Effects of the shops, as found by both, beside the truth.
known = X["shop"].cat.categories
shops = pd.DataFrame({"shop": pd.Categorical(known, categories=known), "temperature": 10.0})
effect = shop_effect[[int(name[5:]) for name in known]]
days = X["shop"].value_counts()[known].to_numpy()
figure, axes = plt.subplots(1, 2, figsize=(9.5, 4.2), sharex=True, sharey=True, layout="constrained")
error = {}
for axis, (name, fitted) in zip(axes, {"a coefficient for each": each, "KANRegressor": model}.items(), strict=True):
    found = fitted.predict(shops)
    found -= np.average(found, weights=days) - np.average(effect, weights=days)
    error[name] = np.sqrt(np.mean((found - effect) ** 2))
    axis.scatter(effect, found, s=4 + days, alpha=0.6)
    axis.axline((0, 0), slope=1, color="black", linewidth=0.8)
    axis.set(title=f"{name}: error {error[name]:.2f}", xlabel="true effect of a shop")
axes[0].set_ylabel("found; points as large as days on record")
print(*(f"{name}: error {e:.2f}" for name, e in error.items()), sep="\n")
assert error["KANRegressor"] < 0.6 * error["a coefficient for each"]
