"""Where the parts of a network go on a page: nodes in columns, and between them a column of small curves.

Edges run from an input node through their curve to an output node. Inputs keep their order; hidden nodes are
ordered by the places that their important edges come from, which leaves few crossings, and each curve stays as
close to the middle of its edge as others allow (least squares with a least distance, which is an isotonic
regression). Large networks show their most important nodes and curves; `Diagram.caption` says what was left out.

Lengths are in pixels, y grows downwards.
"""

from itertools import pairwise
from typing import NamedTuple

import numpy as np
from scipy.optimize import isotonic_regression

# Curves drawn in a layer at most: more are a thicket.
MOST_CURVES = 18
# Nodes drawn in a column at most.
MOST_NODES = 32
# From curve to curve, from node to node, and from node to node in long columns, vertically.
_CURVE_PITCH = 38.0
_NODE_PITCH = 58.0
_TIGHT_PITCH = 24.0
# From a column of nodes to the next.
_COLUMN = 250.0
# Free above and below.
_PAD = 22.0
# Radii of hidden nodes and of outputs; that of a feature without importance, and what the most important has more.
_HIDDEN_RADIUS = 10.5
_OUTPUT_RADIUS = 9.0
_LEAST_RADIUS = 4.0
_MORE_RADIUS = 7.0
# Lines: of edges without a curve, of an edge without importance, and what the most important has more.
_FAINT_WIDTH = 0.6
_LINE_WIDTH = 0.8
_MORE_WIDTH = 4.2


class Card(NamedTuple):
    """The little page that a curve is drawn on: its size, and how far from its border the curve stays."""

    width: float = 58.0
    height: float = 30.0
    x_inset: float = 6.0
    y_inset: float = 5.5
    corner: float = 6.0


class Labels(NamedTuple):
    """Where texts stand, horizontally, from the centre of their node: they end or, of outputs, begin there."""

    feature: float = -56.0
    share: float = -19.0
    output: float = 19.0


class Node(NamedTuple):
    """A node: input number `index` of spline layer `layer`, or an output if there is no such layer."""

    layer: int
    index: int
    x: float
    y: float
    importance: float
    radius: float


class Edge(NamedTuple):
    """An edge i -> j of a spline layer.

    Attributes
    ----------
    layer, i, j : int
    importance : float
    strength : float
        How much of the eye the edge gets, from 0 to 1, which is the most important of its layer.
    x, y : float or None
        Centre of its curve; None if it has none.
    bends : list of (x, y)
        Its line: a point, and then three points (two of them control points) for each cubic Bézier curve.
    width : float
        Of the line.
    """

    layer: int
    i: int
    j: int
    importance: float
    strength: float
    x: float | None
    y: float | None
    bends: list
    width: float


class Diagram(NamedTuple):
    """A laid out network.

    Attributes
    ----------
    nodes : dict of (layer, index) to Node
    edges : list of Edge
        Of falling importance, those without a curve last.
    width, height : float
        Of nodes and curves, without names.
    caption : str
        What is not shown; empty if all is.
    card : Card
    labels : Labels
    """

    nodes: dict
    edges: list
    width: float
    height: float
    caption: str
    card: Card = Card()
    labels: Labels = Labels()


def lay_out(edge_masks, edge_importances, node_importances):
    """Places for all nodes and edges.

    Parameters
    ----------
    edge_masks : list of bool ndarray of shape (n_in, n_out)
        Edges that exist, for each spline layer.
    edge_importances : list of ndarray of shape (n_in, n_out)
    node_importances : list of ndarray of shape (n_in,)

    Returns
    -------
    diagram : Diagram
    """
    kept = _kept_nodes(edge_masks, node_importances)
    drawn = [
        _drawn_edges(m, imp, kept[d], kept[d + 1])
        for d, (m, imp) in enumerate(zip(edge_masks, edge_importances, strict=True))
    ]
    height = _height(kept, drawn)
    levels = [_spread(len(kept[0]), height)]
    for depth, importance in enumerate(edge_importances):
        last = depth == len(edge_importances) - 1
        order = kept[depth + 1] if last else _by_origin(kept[depth + 1], kept[depth], levels[-1], importance)
        kept[depth + 1] = order
        levels.append(_spread(len(order), height))
    nodes = _nodes(kept, levels, node_importances)
    edges = []
    for depth, (curves, importance) in enumerate(zip(drawn, edge_importances, strict=True)):
        edges += _with_curve(depth, curves, importance, nodes, height) + _faint(
            depth, edge_masks[depth], curves, importance, nodes
        )
    edges.sort(key=lambda edge: (edge.x is None, -edge.importance))
    width = (len(kept) - 1) * _COLUMN
    return Diagram(nodes, edges, width, height, _caption(edge_masks, kept, edges))


def _nodes(kept, levels, importances):
    """All nodes shown, by (layer, index)."""
    nodes, last = {}, len(kept) - 1
    for depth, (column, ys) in enumerate(zip(kept, levels, strict=True)):
        importance = importances[depth] if depth < last else np.ones(max(column, default=0) + 1)
        share = importance / (importance.max() or 1.0)
        for index, y in zip(column, ys, strict=True):
            radius = _LEAST_RADIUS + _MORE_RADIUS * float(np.sqrt(share[index]))
            radius = _OUTPUT_RADIUS if depth == last else _HIDDEN_RADIUS if depth else radius
            place = (depth * _COLUMN, float(y))
            nodes[depth, int(index)] = Node(depth, int(index), *place, float(importance[index]), radius)
    return nodes


def _kept_nodes(edge_masks, node_importances):
    """Indices of the nodes shown in each column; those without edges are left out."""
    kept = []
    for depth, importance in enumerate(node_importances):
        alive = edge_masks[depth].any(axis=1)
        if depth:
            alive |= edge_masks[depth - 1].any(axis=0)
        elif not alive.any():  # The inputs of a constant.
            alive[:] = True
        ranked = np.argsort(np.where(alive, -importance, np.inf), kind="stable")[: min(alive.sum(), MOST_NODES)]
        kept.append(np.sort(ranked))
    return [*kept, np.arange(edge_masks[-1].shape[1])[:MOST_NODES]]


def _drawn_edges(mask, importance, rows, columns):
    """Edges (i, j) of a layer that get a curve: the most important."""
    shown = np.zeros_like(mask)
    shown[np.ix_(rows, columns)] = True
    alive = [(int(i), int(j)) for i, j in np.argwhere(mask & shown)]
    return set(sorted(alive, key=lambda edge: -importance[edge])[:MOST_CURVES])


def _height(kept, drawn):
    """Height of the page: the longest column, of nodes or of curves."""
    nodes = max(min(len(column) * _NODE_PITCH, 240 + len(column) * _TIGHT_PITCH) for column in kept)
    return float(max(nodes, max(len(curves) for curves in drawn) * _CURVE_PITCH)) + 2 * _PAD


def _spread(n, height):
    """n places evenly over the height, around its middle, not too far from each other."""
    pitch = min((height - 2 * _PAD) / max(n, 1), 2.2 * _NODE_PITCH)
    return height / 2 + (np.arange(n) - (n - 1) / 2) * pitch


def _by_origin(nodes, origins, levels, importance):
    """Nodes in the order of the mean place of the edges that lead to them."""
    weight = importance[np.ix_(origins, nodes)] + 1e-12
    return nodes[np.argsort(levels @ weight / weight.sum(axis=0), kind="stable")]


def _with_curve(depth, curves, importance, nodes, height):
    """The edges of a layer that have a curve, each near the middle of its two nodes."""
    middle = {(i, j): (nodes[depth, i].y + nodes[depth + 1, j].y) / 2 for i, j in curves}
    order = sorted(curves, key=lambda edge: (middle[edge], nodes[depth, edge[0]].y))
    shift = np.arange(len(order)) * _CURVE_PITCH
    y = isotonic_regression([middle[edge] for edge in order] - shift).x + shift if order else shift
    card = Card()
    top, bottom = _PAD + card.height / 2, height - _PAD - card.height / 2
    if len(order):  # Back onto the page, keeping the distances.
        y = np.maximum(y, top + shift)
        y = np.minimum(y, bottom - shift[::-1])
    x, half, edges = (depth + 0.5) * _COLUMN, card.width / 2, []
    for (i, j), v in zip(order, y.tolist(), strict=True):
        stops = [_place(nodes[depth, i]), (x - half, v), (x + half, v), _place(nodes[depth + 1, j])]
        strength = _strength(importance, i, j)
        edges.append(
            Edge(
                depth, i, j, float(importance[i, j]), strength, x, v, _bent(stops), _LINE_WIDTH + _MORE_WIDTH * strength
            )
        )
    return edges


def _faint(depth, mask, curves, importance, nodes):
    """The edges of a layer between nodes on the page that have no curve."""
    return [
        Edge(
            depth,
            int(i),
            int(j),
            float(importance[i, j]),
            _strength(importance, i, j),
            None,
            None,
            _bent([_place(nodes[depth, i]), _place(nodes[depth + 1, j])]),
            _FAINT_WIDTH,
        )
        for i, j in np.argwhere(mask)
        if (i, j) not in curves and (depth, i) in nodes and (depth + 1, j) in nodes
    ]


def _place(node):
    """Where a node is."""
    return node.x, node.y


def _strength(importance, i, j):
    """The root of an importance relative to the largest: as areas are judged by the eye."""
    most = importance.max()
    return float(np.sqrt(importance[i, j] / most)) if most > 0 else 0.0


def _bent(stops):
    """A smooth line through stops, level at each of them."""
    bends = [stops[0]]
    for (x1, y1), (x2, y2) in pairwise(stops):
        middle = (x1 + x2) / 2
        bends += [(middle, y1), (middle, y2), (x2, y2)]
    return bends


def _caption(edge_masks, kept, edges):
    """What a reader must know that is not on the page."""
    total = sum(int(mask.sum()) for mask in edge_masks)
    curves = sum(edge.x is not None for edge in edges)
    parts = []
    if curves < total:
        faint = len(edges) - curves
        parts.append(
            f"Curves on the {curves} most important of {total} edges" + (f", {faint} others faint" if faint else "")
        )
    sizes = [mask.shape[0] for mask in edge_masks] + [edge_masks[-1].shape[1]]
    for depth, (size, column) in enumerate(zip(sizes, kept, strict=True)):
        if depth == 0 and len(column) == edge_masks[0].any(axis=1).sum() < size:
            left_out = size - len(column)
            parts.append(f"{left_out} input{'s' if left_out > 1 else ''} without effect left out")
            continue
        what = "inputs" if depth == 0 else "outputs" if depth == len(kept) - 1 else "hidden nodes"
        if len(column) < size and (depth in (0, len(kept) - 1) or len(column) == MOST_NODES):
            parts.append(f"{len(column)} of {size} {what}")
    return "; ".join(parts) + ("." if parts else "")
