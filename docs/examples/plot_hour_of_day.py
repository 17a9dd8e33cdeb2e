"""
Midnight has no step: a periodic hour joins 23:59 to 0:00
=========================================================

The load of a power grid over the day, measured at random hours. With ``periodic={"hour": 24}`` the curve closes, value and
slope; without it, the ends of the day know nothing of each other.
"""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

from sklearn_kan import KANRegressor

rng = np.random.RandomState(4)


def load(hour):
    """Gigawatts: low at night, with a peak in the morning and one late in the evening."""
    morning, evening = np.cos(2 * np.pi * (hour - 9) / 24), np.cos(4 * np.pi * (hour - 22) / 24)
    return 50 + 8 * morning + 5 * evening


X = pd.DataFrame({"hour": rng.uniform(0, 24, 80)})
y = load(X["hour"]) + 3 * rng.normal(size=len(X))
models = {
    "line": KANRegressor((), grid_size=12, random_state=0).fit(X, y),
    "circle": KANRegressor((), grid_size=12, periodic={"hour": 24}, random_state=0).fit(X, y),
}

# %%
# Two days; of the second the models have seen nothing.
hours = pd.DataFrame({"hour": np.linspace(0, 48, 481)})
figure, axis = plt.subplots(figsize=(9, 4), layout="constrained")
axis.plot(X["hour"], y, "k.", markersize=4)
axis.plot(hours["hour"], load(hours["hour"]), "k--", linewidth=1, label="truth")
step, error = {}, {}
day = hours[:241]
for name, model in models.items():
    axis.plot(hours["hour"], model.predict(hours), label=name)
    step[name] = abs(np.diff(model.predict(pd.DataFrame({"hour": [0.0, 24.0]})))[0])
    error[name] = np.sqrt(np.mean((model.predict(day) - load(day["hour"])) ** 2))
    print(f"{name:6} step at midnight {step[name]:.2f}, error over a day {error[name]:.2f}")
axis.set(xlabel="hour", ylabel="load in GW", xticks=range(0, 49, 6))
axis.legend()
assert step["circle"] < 1e-9 < 1 < step["line"]
assert error["circle"] < error["line"]
