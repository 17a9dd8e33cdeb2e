"""Pictures of networks: what is on them, and that they need matplotlib only when drawn."""

import sys

import matplotlib
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from matplotlib.collections import LineCollection
from numpy.testing import assert_allclose
from problems import additive

from sklearn_kan import KANDisplay, KANRegressor
from sklearn_kan.display.colors import DARK, LIGHT

matplotlib.use("agg")
pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
NAMES = ["weight_$", "a_{very}_long name of a column, too long by far", "<b>", "d"]


@pytest.fixture(autouse=True)
def closed_figures():
    yield
    plt.close("all")


@pytest.fixture(scope="module")
def model():
    X, y = additive(200)[:2]
    return KANRegressor((3,), alpha=1e-3, max_iter=20, random_state=0).fit(pd.DataFrame(X, columns=NAMES), y)


@pytest.fixture(scope="module")
def gam():
    X, y = additive(200)[:2]
    return KANRegressor((), alpha=1e-6, random_state=0).fit(X, np.column_stack([10 * y, -y]))


def texts(ax):
    return [text.get_text() for text in ax.texts]


@pytest.mark.parametrize("style", ["default", "dark_background"])
def test_network(model, style):
    with plt.style.context(style):
        display = KANDisplay.from_estimator(model)
        display.figure_.canvas.draw()
    assert display.ax_.figure is display.figure_
    assert display.axes_.tolist() == [display.ax_]
    shown = texts(display.ax_)
    assert {"weight_$", "<b>", "d", "y", "0", "1", "2"} <= set(shown)
    assert any("…" in text for text in shown)
    theme = DARK if style == "dark_background" else LIGHT
    assert display.ax_.texts[-1].get_color() == theme.text
    box = display.figure_.bbox
    for text in display.ax_.texts:
        extent = text.get_window_extent()
        assert extent.x0 >= box.x0
        assert extent.x1 <= box.x1


def test_network_on_axes_given_and_pruned(gam):
    figure, (left, right) = plt.subplots(1, 2, figsize=(4, 2))
    display = KANDisplay.from_estimator(gam, additive(50).X, ax=right, feature_names=list("abcd"))
    assert display.figure_ is figure
    assert not left.texts
    assert {*"abcd", "y0", "y1"} <= set(texts(right))
    lines = [c for c in right.collections if isinstance(c, LineCollection)]
    assert len(lines[-1].get_segments()) == gam.network_.layers[0].edges.sum()


def test_grid_of_curves(gam, model):
    display = KANDisplay.from_estimator(gam, kind="curves")
    assert display.ax_ is None
    assert len(display.axes_) == 8
    titles = [ax.get_title(loc="left") for ax in display.axes_]
    assert titles[0].startswith(("x0 → y", "x1 → y"))
    panel = next(ax for ax, title in zip(display.axes_, titles, strict=True) if title.startswith("x2 → y0"))
    x, y = panel.lines[1].get_data()
    assert_allclose(y, -5 * (x - additive(200).X[:, 2].mean()), atol=0.15)
    assert len(KANDisplay.from_estimator(model, kind="curves", max_curves=5).axes_) == 5
    _, ax = plt.subplots()
    assert KANDisplay.from_estimator(model, kind="curves", ax=ax).axes_.tolist() == [ax]


def test_what_cannot_be_drawn(model):
    with pytest.raises(ValueError, match="kind must be one of"):
        KANDisplay.from_estimator(model, kind="tree")
    with pytest.raises(ValueError, match="4 names"):
        KANDisplay.from_estimator(model, feature_names=["a"])


def test_without_matplotlib_the_error_says_what_to_install(model, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib.pyplot", None)
    with pytest.raises(ImportError, match=r'pip install "sklearn_kan\[plot\]"'):
        KANDisplay.from_estimator(model)


@pytest.mark.parametrize("names", [["", " ", "\t", "\u200b"], ["\ud800", "$x^2$", "a\nb", "e\u0301"]])
@pytest.mark.parametrize("kind", ["network", "curves", "effects"])
def test_odd_names_are_drawn(model, names, kind):
    display = KANDisplay.from_estimator(model, kind=kind, feature_names=names, output_names=names[:1])
    display.figure_.canvas.draw()


@pytest.mark.parametrize("kind", ["network", "curves", "effects"])
def test_a_model_without_edges_is_drawn(kind):
    constant = KANRegressor(random_state=0).fit(np.ones((20, 2)), np.arange(20.0))
    display = KANDisplay.from_estimator(constant, kind=kind)
    if kind == "effects":
        assert [text.get_text() for text in display.figure_.texts] == ["No effects: this model is a constant."]
        return
    assert kind == "network" or texts(display.axes_[0]) == ["No curves: this model is a constant."]


@pytest.mark.parametrize("kind", ["network", "curves", "effects"])
def test_every_kind_fits_on_axes_of_others(model, kind):
    figure, ax = plt.subplots()
    display = KANDisplay.from_estimator(model, kind=kind, ax=ax)
    assert display.figure_ is figure
    assert display.axes_.tolist() == [ax]
