"""
House prices on a map: two centres found, and least sure in the river
=====================================================================

A made-up town of 2,000 houses: prices fall with the distance to two centres, and nobody lives in the river between
them. A model of longitude and latitude draws the town, and knows where it has seen no houses.
"""

import matplotlib.pyplot as plt
import numpy as np

from sklearn_kan import KANDisplay, KANRegressor

rng = np.random.RandomState(0)
place = rng.uniform(-1, 1, (2500, 2))
place = place[np.abs(place[:, 1] - 0.5 * place[:, 0]) > 0.2]  # The river.


def value_of(place):
    """Price of a square metre: two centres, one on each bank."""
    near, far = (np.sum((place - centre) ** 2, axis=1) for centre in ([-0.5, 0.4], [0.5, -0.5]))
    return 3 + 4 * np.exp(-near / 0.15) + 2 * np.exp(-far / 0.3)


value = value_of(place) + 0.3 * rng.normal(size=len(place))
names = ["longitude", "latitude"]
model = KANRegressor((8,), n_init=2, random_state=0).fit(place, value)

# %%
# The truth with its houses, what the model says, and how unsure it is.
grid = np.stack(np.meshgrid(np.linspace(-1, 1, 120), np.linspace(-1, 1, 120)), axis=-1).reshape(-1, 2)
price, unsure = model.predict(grid, return_std="epistemic")
figure, axes = plt.subplots(1, 3, figsize=(11, 3.6), layout="constrained", sharex=True, sharey=True)
for axis, shown, title in zip(axes, (value_of(grid), price, unsure), ("truth", "model", "unsure"), strict=True):
    image = axis.pcolormesh(*grid.reshape(120, 120, 2).transpose(2, 0, 1), shown.reshape(120, 120), rasterized=True)
    figure.colorbar(image, ax=axis)
    axis.set(title=title, xlabel=names[0], aspect="equal")
axes[0].plot(*place.T, ",", color="white", alpha=0.6)
axes[0].set_ylabel(names[1])

# %%
# Taken apart, the map is two curves and a surface: what longitude and latitude say together is the larger part.
display = KANDisplay.from_estimator(model, kind="effects", feature_names=names, output_names=["price"])

river = np.abs(grid[:, 1] - 0.5 * grid[:, 0]) < 0.2
error = np.sqrt(np.mean((price - value_of(grid))[~river] ** 2))
on_land, in_river = unsure[~river].mean(), unsure[river].mean()
print(f"error on land {error:.2f}; unsure on land {on_land:.3f}, in the river {in_river:.3f}")
assert error < 0.1
assert in_river > 1.2 * on_land
