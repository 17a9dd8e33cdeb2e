"""
Pruning takes more than half of the edges, and the error falls
===============================================================

A network of eight hidden nodes for a function of two inputs among four. The evidence has removed edges already. Edges that carry less than a share of their node's
variance are removed, and the rest is refitted.
"""

import matplotlib.pyplot as plt
import numpy as np

from sklearn_kan import KANDisplay, KANRegressor

rng = np.random.RandomState(0)
X, X_new = rng.uniform(-1, 1, (1000, 4)), rng.uniform(-1, 1, (2000, 4))


def function(X):
    return np.exp(np.sin(np.pi * X[:, 0]) + X[:, 1] ** 2) / 3


y = function(X) + 0.05 * rng.normal(size=len(X))
shares, edges, errors, models = (0.0, 0.001, 0.01, 0.03, 0.1), [], [], []
for share in shares:
    model = KANRegressor((8,), n_init=1, prune=share or None, random_state=0).fit(X, y)
    models.append(model)
    edges.append(sum(int(layer.edges.sum()) for layer in model.network_.spline_layers))
    errors.append(np.sqrt(np.mean((model.predict(X_new) - function(X_new)) ** 2)))
    print(f"prune={share:5}: {edges[-1]:3} edges, error {errors[-1]:.4f}")

# %%
figure, axis = plt.subplots(figsize=(6.5, 3.6), layout="constrained")
axis.plot(edges, errors, "o-")
for share, edge, error in zip(shares, edges, errors, strict=True):
    axis.annotate(f"prune={share}", (edge, error), textcoords="offset points", xytext=(0, 8))
axis.set(xlabel="edges", ylabel="error to the truth", ylim=(0, 0.02), xlim=(10, 40))

# %%
# The smallest network of them.
display = KANDisplay.from_estimator(models[int(np.argmin(edges))])
assert min(edges) < edges[0] / 2
assert errors[int(np.argmin(edges))] < errors[0]
