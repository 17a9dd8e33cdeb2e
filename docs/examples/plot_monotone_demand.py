"""
Demand that never rises with the price: no nonsense left, at nearly the same error
==================================================================================

Sales of a shop at different prices and temperatures, with much noise. Free to do as it likes, a model says that at some
prices more is sold when the price goes up. ``monotonic_cst`` excludes that, for all prices and temperatures.
"""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

from sklearn_kan import KANRegressor

rng = np.random.RandomState(6)


def draw(n):
    return pd.DataFrame({"price": rng.uniform(5, 20, n), "temperature": rng.uniform(-5, 35, n)})


def demand(X):
    """Mean sales of a day."""
    return 80 / (1 + np.exp(X["price"] - 11)) + 0.6 * X["temperature"]


X = draw(80)
y = demand(X) + 15 * rng.normal(size=len(X))
X_new = draw(5000)
models = {
    "free": KANRegressor((), random_state=0).fit(X, y),
    "falling": KANRegressor((), monotonic_cst={"price": -1}, random_state=0).fit(X, y),
}

# %%
prices = pd.DataFrame({"price": np.linspace(5, 20, 301), "temperature": 20.0})
figure, axis = plt.subplots(figsize=(7.5, 4.2), layout="constrained")
axis.plot(X["price"], y - 0.6 * (X["temperature"] - 20), ".", color="0.7", label="sales, moved to 20 degrees")
axis.plot(prices["price"], demand(prices), "k--", label="truth")
error, rise = {}, {}
for name, model in models.items():
    error[name] = np.sqrt(np.mean((model.predict(X_new) - demand(X_new)) ** 2))
    rise[name] = model.predict_gradient(prices)[:, 0].max()
    axis.plot(prices["price"], model.predict(prices), label=name)
    print(f"{name:7} error {error[name]:.2f}, steepest rise {max(rise[name], 0):.2f} sales for a unit of price")
axis.set(xlabel="price", ylabel="sales at 20 degrees")
axis.legend()
assert rise["free"] > 1
assert rise["falling"] < 1e-9  # Rounding.
assert error["falling"] < 1.1 * error["free"]
