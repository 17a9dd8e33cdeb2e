"""Pictures of networks: what is on them, that nothing overlaps, and that they need matplotlib only when drawn."""

import itertools
import sys

import matplotlib
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.collections import LineCollection
from numpy.testing import assert_allclose
from problems import additive, make_layer

from sklearn_kan import KANDisplay, KANRegressor
from sklearn_kan.display.colors import DARK, LIGHT, node_colors
from sklearn_kan.display.layout import CURVE_HEIGHT, MOST_CURVES, MOST_NODES, lay_out
from sklearn_kan.inspection.curves import layer_curves
from sklearn_kan.network import KANNetwork

matplotlib.use("agg")
pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
SHAPES = [(1, 2, 1), (4, 4, 2, 1), (10, 8, 1), (2, 5, 3), (30, 4, 1), (3, 1), (100, 50, 1)]
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


def random_diagram(shape, seed=0, density=1.0):
    rng = np.random.RandomState(seed)
    sizes = list(itertools.pairwise(shape))
    masks = [rng.uniform(size=size) < density for size in sizes]
    edges = [rng.uniform(size=size) * mask for size, mask in zip(sizes, masks, strict=True)]
    nodes = [edge.sum(axis=1) for edge in edges]
    return lay_out(masks, edges, nodes), masks, edges


@settings(max_examples=40, deadline=None, database=None, derandomize=True)
@given(st.sampled_from(SHAPES), st.integers(0, 99), st.sampled_from([1.0, 0.6, 0.1]))
def test_nothing_overlaps_or_leaves_the_page(shape, seed, density):
    diagram, _, _ = random_diagram(shape, seed, density)
    for column in range(len(shape)):
        y = sorted(node.y for node in diagram.nodes.values() if node.layer == column)
        assert all(np.diff(y) >= 20)
        y += sorted(edge.y for edge in diagram.edges if edge.layer == column and edge.x is not None)
        assert all(0 < place < diagram.height for place in y)
    for column in range(len(shape) - 1):
        y = np.sort([edge.y for edge in diagram.edges if edge.layer == column and edge.x is not None])
        assert all(np.diff(y) > CURVE_HEIGHT)


@pytest.mark.parametrize("shape", SHAPES)
def test_every_edge_is_there_or_the_caption_says_how_many_are_not(shape):
    diagram, masks, edges = random_diagram(shape, density=0.7)
    curves = {(e.layer, e.i, e.j) for e in diagram.edges if e.x is not None}
    total = sum(mask.sum() for mask in masks)
    for depth, mask in enumerate(masks):
        drawn = {edge[1:] for edge in curves if edge[0] == depth}
        assert all(mask[edge] for edge in drawn)
        assert len(drawn) == min(mask.sum(), MOST_CURVES)
        if max(shape) <= MOST_NODES:
            assert min(edges[depth][e] for e in drawn) >= np.sort(edges[depth][mask])[-len(drawn)]
    assert (diagram.caption == "") == (len(curves) == total)
    if diagram.caption:
        assert f"the {len(curves)} most important of {total} edges" in diagram.caption
    assert ("32 of 100 inputs" in diagram.caption) == (shape[0] == 100)


def test_curves_are_the_edges():
    network = KANNetwork([make_layer(2, 3), make_layer(3, 2, 1, missing=[(0, 1)])])
    means = np.full((3, 2), 0.5)
    curves = layer_curves(network, 1, scale=np.array([2.0, 10.0]), means=means)
    spline = network.layers[1].edge(2, 1)
    assert_allclose(curves.y[2, 1], 10 * (spline(curves.x[2]) - 0.5), rtol=1e-12, atol=1e-12)
    assert not np.any(curves.y[0, 1])


def test_bands_are_those_of_the_posterior():
    class Posterior:
        @staticmethod
        def edge_covariance(layer, i, j):
            return np.eye(8) * (1 + i)

    network = KANNetwork([make_layer(2, 1)])
    curves = layer_curves(network, 0, scale=3.0, posterior=Posterior())
    design = network.layers[0].design(curves.x)
    design -= design.mean(axis=2, keepdims=True)
    assert_allclose(curves.sd[1, 0], 3 * np.sqrt(2 * np.sum(design[1] ** 2, axis=0)), rtol=1e-12)


def test_bands_do_not_hold_what_edges_can_exchange():
    class Constants:
        @staticmethod
        def edge_covariance(layer, i, j):
            return np.ones((8, 8))

    curves = layer_curves(KANNetwork([make_layer(2, 1)]), 0, posterior=Constants())
    assert_allclose(curves.sd, 0, atol=1e-7)


def test_colours_follow_importance():
    colors = node_colors([np.array([[1.0, 0.0], [0.0, 1.0], [0.0, 0.0]])], [np.array([1.0, 1.0, 0.0])], LIGHT)
    assert colors[0] == [*LIGHT.features[:2], LIGHT.muted]
    assert colors[1] == list(LIGHT.features[:2])


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
