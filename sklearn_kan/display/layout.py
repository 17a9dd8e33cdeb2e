"""Where the parts of a network go on a page: nodes in columns, and between them a column of small curves.

Edges run from an input node through their curve to an output node. Inputs keep their order; hidden nodes are
ordered by the places that their important edges come from, which leaves few crossings, and each curve stays as
close to the middle of its edge as others allow (least squares with a least distance, which is an isotonic
regression). Large networks show their most important nodes and curves; `Diagram.caption` says what was left out.

Lengths are in pixels, y grows downwards.
"""

from typing import NamedTuple

import numpy as np
from scipy.optimize import isotonic_regression

# Curves drawn in a layer at most, and nodes in a column.
MOST_CURVES, MOST_NODES = 18, 32
CURVE_WIDTH, CURVE_HEIGHT = 58.0, 30.0
_CURVE_PITCH, _NODE_PITCH, _TIGHT_PITCH = 38.0, 58.0, 24.0
_COLUMN, _PAD = 250.0, 22.0


class Node(NamedTuple):
    """A node: input number `index` of spline layer `layer`, or an output if there is no such layer."""

    layer: int
    index: int
    x: float
    y: float
    importance: float


class Edge(NamedTuple):
    """An edge i -> j of a spline layer; (x, y) is the centre of its curve, None if it has none."""

    layer: int
    i: int
    j: int
    importance: float
    x: float | None
    y: float | None


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
    """

    nodes: dict
    edges: list
    width: float
    height: float
    caption: str


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
    nodes = {}
    for depth, (column, ys) in enumerate(zip(kept, levels, strict=True)):
        importance = node_importances[depth] if depth < len(node_importances) else np.ones(len(column))
        for index, y in zip(column, ys, strict=True):
            nodes[depth, int(index)] = Node(depth, int(index), depth * _COLUMN, float(y), float(importance[index]))
    edges = []
    for depth, (curves, importance) in enumerate(zip(drawn, edge_importances, strict=True)):
        edges += _placed(depth, curves, importance, nodes, height)
        edges += [
            Edge(depth, int(i), int(j), float(importance[i, j]), None, None)
            for i, j in np.argwhere(edge_masks[depth])
            if (i, j) not in curves and (depth, i) in nodes and (depth + 1, j) in nodes
        ]
    edges.sort(key=lambda edge: (edge.x is None, -edge.importance))
    width = (len(kept) - 1) * _COLUMN
    return Diagram(nodes, edges, width, height, _caption(edge_masks, kept, edges))


def _kept_nodes(edge_masks, node_importances):
    """Indices of the nodes shown in each column; hidden ones without edges are left out."""
    kept = []
    for depth, importance in enumerate(node_importances):
        alive = edge_masks[depth].any(axis=1) if depth else np.ones(len(importance), bool)
        if depth:
            alive |= edge_masks[depth - 1].any(axis=0)
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


def _placed(depth, curves, importance, nodes, height):
    """The edges of a layer that have a curve, each near the middle of its two nodes."""
    middle = {(i, j): (nodes[depth, i].y + nodes[depth + 1, j].y) / 2 for i, j in curves}
    order = sorted(curves, key=lambda edge: (middle[edge], nodes[depth, edge[0]].y))
    shift = np.arange(len(order)) * _CURVE_PITCH
    y = isotonic_regression([middle[edge] for edge in order] - shift).x + shift if order else shift
    x = (depth + 0.5) * _COLUMN
    top, bottom = _PAD + CURVE_HEIGHT / 2, height - _PAD - CURVE_HEIGHT / 2
    if len(order):  # Back onto the page, keeping the distances.
        y = np.maximum(y, top + shift)
        y = np.minimum(y, bottom - shift[::-1])
    return [Edge(depth, i, j, float(importance[i, j]), x, float(v)) for (i, j), v in zip(order, y, strict=True)]


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
        what = "inputs" if depth == 0 else "outputs" if depth == len(kept) - 1 else "hidden nodes"
        if len(column) < size and (depth in (0, len(kept) - 1) or len(column) == MOST_NODES):
            parts.append(f"{len(column)} of {size} {what}")
    return "; ".join(parts) + ("." if parts else "")
