"""
Claims of young and old drivers: a third of the error of a line, from counts with exposure
==========================================================================================

Made-up claims of 4,000 drivers, each observed for between a week and three years. Rates with exposures for weights are
counts again, so a driver of three years says more than one of a week.
"""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from sklearn.linear_model import PoissonRegressor

from sklearn_kan import KANDisplay, KANRegressor

rng = np.random.RandomState(0)
X = pd.DataFrame({"age": rng.uniform(18, 85, 4000), "power": rng.uniform(40, 200, 4000)})
years = rng.uniform(0.02, 3, 4000)


def rate_of(X):
    """Claims in a year: the young and the old, and strong cars."""
    young, old = np.exp(-(X["age"] - 18) / 6), np.maximum(X["age"] - 70, 0) / 15
    return (0.1 + 0.4 * young + 0.2 * old) * (X["power"] / 100) ** 0.5


claims = rng.poisson(rate_of(X) * years)
model = KANRegressor((), loss="poisson", random_state=0).fit(X, claims / years, sample_weight=years)
line = PoissonRegressor(alpha=1e-4).fit(X, claims / years, sample_weight=years)

# %%
display = KANDisplay.from_estimator(model, kind="effects", output_names=["log rate"])

# %%
# Predicted rates of a car of 100 kW beside the truth.
ages = pd.DataFrame({"age": np.linspace(18, 85, 100), "power": 100.0})
figure, axis = plt.subplots(figsize=(7, 4), layout="constrained")
axis.plot(ages["age"], rate_of(ages), "k--", label="truth")
axis.plot(ages["age"], model.predict(ages), label="KANRegressor(loss='poisson')")
axis.plot(ages["age"], line.predict(ages), label="PoissonRegressor")
axis.set(xlabel="age", ylabel="claims in a year")
axis.legend()
errors = {}
for name, fitted in {"KANRegressor": model, "PoissonRegressor": line}.items():
    errors[name] = np.sqrt(np.mean((fitted.predict(X) - rate_of(X)) ** 2))
    print(f"{name:17} error of the rate {errors[name]:.4f}")
assert errors["KANRegressor"] < errors["PoissonRegressor"] / 3
