"""
Boundaries bend where the data bend, and stay straight where they do not
========================================================================

Three made-up sets in the plane, each with a default classifier: half moons, a disc in a ring, and two round clouds, for
which the best boundary is a line. Of 600 to 800 parameters the evidence lets seven count there, and nine to fourteen elsewhere.
"""

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import make_blobs, make_circles, make_moons
from sklearn.model_selection import train_test_split

from sklearn_kan import KANClassifier

sets = {
    "moons": make_moons(400, noise=0.25, random_state=0),
    "disc in a ring": make_circles(400, noise=0.15, factor=0.5, random_state=0),
    "two clouds": make_blobs(400, centers=[[-1, -0.5], [1, 0.5]], random_state=0),
}
figure, axes = plt.subplots(1, 3, figsize=(11, 3.9), layout="constrained")
dofs = {}
for axis, (name, (X, y)) in zip(axes, sets.items(), strict=True):
    X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0)
    model = KANClassifier(n_init=1, random_state=0).fit(X_train, y_train)
    low, high = X.min(axis=0) - 0.3, X.max(axis=0) + 0.3
    plane = np.stack(np.meshgrid(*np.linspace(low, high, 80).T), axis=-1)
    probability = model.predict_proba(plane.reshape(-1, 2))[:, 1].reshape(80, 80)
    axis.contourf(*plane.transpose(2, 0, 1), probability, levels=np.linspace(0, 1, 11), cmap="RdBu", alpha=0.8)
    axis.contour(*plane.transpose(2, 0, 1), probability, levels=[0.5], colors="black")
    axis.scatter(*X_train.T, c=y_train, cmap="RdBu", s=8, edgecolors="black", linewidths=0.3)
    axis.set(title=f"{name}: {model.score(X_test, y_test):.2f} right", xticks=[], yticks=[])
    dofs[name] = model.effective_dof_
    print(f"{name}: {dofs[name]:.1f} of {model.network_.n_params} parameters count")
assert dofs["two clouds"] < 8 < 9 < min(dofs["moons"], dofs["disc in a ring"])
