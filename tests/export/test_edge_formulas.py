"""Formulas beside curves."""

import numpy as np
from numpy.testing import assert_allclose

from sklearn_kan import KANRegressor
from sklearn_kan.export.edge_formulas import edge_formulas
from sklearn_kan.inspection.fitted_model import FittedModel


def test_formulas_of_curves():
    X = np.random.RandomState(0).uniform(-1, 1, (300, 3))
    y = 3 * X[:, 0] ** 2 + np.sin(4 * X[:, 1]) - 2 * X[:, 2]
    model = KANRegressor((), grid_size=12, knots="uniform", alpha=1e-12, random_state=0).fit(X, y)
    found = edge_formulas(FittedModel.of(model).curves, [(0, i, 0) for i in range(3)])
    u = np.linspace(-1, 1, 50)
    names = {"u": u, "sin": np.sin, "cos": np.cos}
    for i, (part, curve) in enumerate([("3*u^2", 3 * u**2), ("(4*u", np.sin(4 * u)), ("-2*u", -2 * u)]):
        text = found[0, i, 0][0]
        assert part in text
        # The same wave has several names, and constants are rounded.
        values = eval(text.split("   (")[0].replace("^", "**"), {"__builtins__": {}}, names)
        assert_allclose(values - values.mean(), curve - curve.mean(), atol=0.02)
