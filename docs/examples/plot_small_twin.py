"""
A twin with a tenth of the edges predicts as well as the model
==============================================================

An average of four networks of eight nodes has too many edges to look at. ``distill`` finds a small network that says
nearly the same, here of Friedman's function, in which five of ten features matter.
"""

import matplotlib.pyplot as plt
from sklearn.datasets import make_friedman1

from sklearn_kan import KANDisplay, KANRegressor, distill

X, y = make_friedman1(1400, noise=1.0, random_state=0)
X_train, y_train, X_test, y_test = X[:400], y[:400], X[400:], y[400:]
model = KANRegressor((8,), n_init=4, random_state=0).fit(X_train, y_train)
twin = distill(model, fidelity=0.98)


def count(model):
    return sum(int(layer.edges.sum()) for layer in model.network_.spline_layers)


for name, fitted in {"model": model, "twin": twin}.items():
    print(f"{name}: {count(fitted)} edges, R^2 {fitted.score(X_test, y_test):.3f}")

# %%
# The whole twin: two hidden nodes, one for the pair that acts together.
display = KANDisplay.from_estimator(twin)

# %%
# What was tried: edges against fidelity, the part of the model's predictions that a twin explains on rows held out.
figure, axis = plt.subplots(figsize=(6.5, 3.6), layout="constrained")
axis.plot([t.n_edges for t in twin.trade_], [t.fidelity for t in twin.trade_], "o-")
axis.plot(count(twin), twin.fidelity_, "o", markersize=12, fillstyle="none")
axis.set(xlabel="edges", ylabel="fidelity")
assert count(twin) < count(model) / 10
assert twin.score(X_test, y_test) > model.score(X_test, y_test) - 0.01
