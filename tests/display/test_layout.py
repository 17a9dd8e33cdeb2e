"""Places in a diagram: nothing overlaps, and nothing is left out in silence."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from sklearn_kan.display.layout import MOST_CURVES, MOST_NODES, lay_out

SHAPES = [(1, 2, 1), (4, 4, 2, 1), (10, 8, 1), (2, 5, 3), (30, 4, 1), (3, 1), (100, 50, 1)]


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
        assert all(np.diff(y) > diagram.card.height)


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
    idle = int(np.sum(~masks[0].any(axis=1)))
    assert (diagram.caption == "") == (len(curves) == total and not idle)
    assert ("without effect left out" in diagram.caption) == (idle > 0)
    assert {node.index for node in diagram.nodes.values() if node.layer == 0} <= set(
        np.flatnonzero(masks[0].any(axis=1))
    )
    if len(curves) < total:
        assert f"the {len(curves)} most important of {total} edges" in diagram.caption
    assert ("32 of 100 inputs" in diagram.caption) == (shape[0] == 100)


def test_lines_go_from_node_to_card_to_node():
    diagram, _, _ = random_diagram((25, 3, 2))
    assert any(edge.x is None for edge in diagram.edges)
    for edge in diagram.edges:
        start, end = diagram.nodes[edge.layer, edge.i], diagram.nodes[edge.layer + 1, edge.j]
        points = np.array(edge.bends)
        assert_allclose(points[[0, -1]], [(start.x, start.y), (end.x, end.y)])
        assert np.all(np.diff(points[:, 0]) >= 0)
        assert_allclose(points[1::3, 1], points[:-1:3, 1])  # Level where they begin
        assert_allclose(points[2::3, 1], points[3::3, 1])  # and where they end.
        if edge.x is not None:
            half = diagram.card.width / 2
            assert_allclose(points[[3, 6]], [(edge.x - half, edge.y), (edge.x + half, edge.y)])


def test_strength_grows_with_importance():
    diagram, _, edges = random_diagram((4, 3, 1))
    for depth in (0, 1):
        shown = [edge for edge in diagram.edges if edge.layer == depth]
        assert shown[0].strength == 1
        for edge in shown:
            assert_allclose(edge.strength**2, edges[depth][edge.i, edge.j] / edges[depth].max())
            assert edge.width <= shown[0].width
