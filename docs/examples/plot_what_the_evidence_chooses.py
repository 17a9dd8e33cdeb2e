"""
The more noise, the fewer degrees of freedom: what the evidence chooses
=======================================================================

One function, ever more noise, nothing tuned. The evidence finds the noise, spends fewer degrees of freedom, and lets
go of a feature that has nothing to say.
"""

import matplotlib.pyplot as plt
import numpy as np

from sklearn_kan import KANRegressor

rng = np.random.RandomState(0)
X, draw = rng.uniform(-1, 1, (300, 2)), rng.normal(size=300)
truth = np.sin(4 * X[:, 0])  # The second feature says nothing.
noises = (0.02, 0.2, 0.6, 2.0)

figure, axes = plt.subplots(1, 4, figsize=(12, 3.2), layout="constrained")
at = np.column_stack([np.linspace(-1, 1, 200), np.zeros(200)])
dofs = []
for axis, noise in zip(axes, noises, strict=True):
    model = KANRegressor((), random_state=0).fit(X, truth + noise * draw)
    mean, unsure = model.predict(at, return_std="epistemic")
    axis.plot(X[:, 0], truth + noise * draw, ".", color="0.7", markersize=3)
    axis.fill_between(at[:, 0], mean - 2 * unsure, mean + 2 * unsure, alpha=0.3)
    axis.plot(at[:, 0], mean)
    axis.plot(at[:, 0], np.sin(4 * at[:, 0]), "k--", linewidth=1)
    axis.set(title=f"noise {noise}, found {model.sigma_[0]:.2g}\n{model.effective_dof_:.1f} degrees of freedom")
    dofs.append(model.effective_dof_)
    importance = model.feature_importances_[1]
    print(f"noise {noise:4}: found {model.sigma_[0]:.3f}, importance of the second feature {importance:.4f}")
    assert abs(model.sigma_[0] / noise - 1) < 0.25
    assert importance < 0.01

assert all(np.diff(dofs) < 0)
