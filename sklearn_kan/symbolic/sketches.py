r"""Sketches: the structure of a formula before anything of it is known, and formulas of splines made of them.

A sketch is an input (an int) or a pair (op, parts), with op "+" or "*" and parts a tuple of sketches.
Each part stands for a spline of it: ("+", (0, ("*", (1, 2)))) is f(x0) + g(h(x1) k(x2)). A formula of a
sketch is an affine function of it, or a spline of it if it is `linked`.

The grammar: `flat` sketches of a list of parts, `joined` lists with two parts made one, and sketches in which one
of two parts is `repeated`.
"""

import numpy as np

from .edges import SplineEdge, SymbolicEdge
from .graph import FormulaGraph, Node
from .library import IDENTITY
from .naming import sharpened
from .refit import error

# Fits that are kept of a sketch.
_FITS = 3
# Errors below this part of the spread are all the same in the order of sketches.
_EXACT = 1e-7


class Sketch:
    """A structure with its best fits, and what is known of them.

    Attributes
    ----------
    tree : tuple
    linked : bool
    size : int
        Splines.
    starts : int
        Random starts so far.
    fits : list of (float, FormulaGraph)
        The best few on coarse grids, best first.
    sharp, sharp_error : FormulaGraph, float
        The best of them on finer grids, and its error.
    converted_error : float
        What `sharp_error` was when it was last converted.
    """

    def __init__(self, tree, linked):
        self.tree, self.linked, self.size, self.starts = tree, linked, splines_of(tree) + linked, 0
        self.fits, self._waiting = [], []
        self.sharp, self.sharp_error, self.converted_error = None, np.inf, np.inf

    @property
    def error(self):
        """The lowest error on coarse grids."""
        return self.fits[0][0] if self.fits else np.inf

    def add(self, size, graph):
        """Take a fit on a coarse grid; returns whether it is the best."""
        best = size < self.error
        self.fits = sorted([*self.fits, (size, graph)], key=lambda fit: fit[0])[:_FITS]
        self._waiting = [fit for fit in [*self._waiting, (size, graph)] if fit in self.fits]
        return best

    def sharpen(self, rows):
        """Fit what is new and nearly best on finer grids."""
        for size, graph in self._waiting:
            if size < 3 * self.error:
                finer = sharpened(graph, rows)[0]
                finer_error = error(finer, rows)
                if finer_error < self.sharp_error:
                    self.sharp, self.sharp_error = finer, finer_error
        self._waiting = []

    @property
    def new(self):
        """Whether it fits much better than when it was converted."""
        return self.sharp_error < 0.5 * self.converted_error

    def rank(self, n, floor=0.0):
        """Order by the error on finer grids, from a floor on, a spline counting as about 8 parameters for n rows."""
        return 2 * n * np.log(max(self.sharp_error, _EXACT, floor)) + 8 * self.size * np.log(n)


def flat(parts, linked=True):
    """All parts added, all parts multiplied; plain, and with a link."""
    parts = tuple(parts)
    if len(parts) == 1:
        return [(("+", parts), False)]
    return [((op, parts), link) for link in ((False, True) if linked else (False,)) for op in "+*"]


def joined(parts):
    """The lists of parts that arise if two of them are joined, by a sum or by a product."""
    found = []
    for i in range(len(parts)):
        for j in range(i + 1, len(parts)):
            rest = [part for k, part in enumerate(parts) if k not in (i, j)]
            found += [[(op, (parts[i], parts[j])), *rest] for op in "+*"]
            for a, b in ((parts[i], parts[j]), (parts[j], parts[i])):
                if isinstance(a, tuple) and a[0] == "+":
                    found.append([("+", (*a[1], b)), *rest])
    return found


def repeated(parts):
    """Two parts of which one comes twice."""
    a, b = parts
    trees = [(outer, ((inner, (a, b)), again)) for outer in "*+" for inner in "*+" for again in (a, b)]
    return [(tree, link) for link in (False, True) for tree in trees]


def of_rank_two(parts):
    """p(u) + q(u) r(v) of two parts, and p(v) + q(v) r(u)."""
    a, b = parts
    return [("+", (("*", (a, b)), again)) for again in (a, b)]


def splines_of(tree):
    """Number of splines in a sketch, without a link."""
    return sum(1 + (splines_of(part) if isinstance(part, tuple) else 0) for part in tree[1])


def from_sketch(sketch, X, n_cells, degree, random_state, linked=False, known=None):
    """A formula of a sketch with random splines, close to straight lines.

    Parameters
    ----------
    sketch : tuple
    X : ndarray of shape (n_samples, n_inputs)
    n_cells, degree : int
        Of all splines.
    random_state : RandomState
    linked : bool, default=False
    known : dict, default=None
        Splines of sketches within this one, as `splines_of_parts` returns them; half of them are started from.

    Returns
    -------
    graph : FormulaGraph
        Of standardised y. A sketch that comes twice is one node.
    """
    builder = _Builder(X, n_cells, degree, random_state, known)
    top = builder.add(sketch)
    builder.append(Node([builder.spline(top) if linked else SymbolicEdge(top, IDENTITY)]))
    return FormulaGraph(X.shape[1], builder.nodes, [X.shape[1] + len(builder.nodes) - 1])


def splines_of_parts(sketch, graph):
    """The splines of every sketch within a sketch, as they are in a formula of it: a dict of lists of edges."""
    order = []

    def visit(part):
        if isinstance(part, tuple) and part not in order:
            for below in part[1]:
                visit(below)
            order.append(part)

    visit(sketch)
    return {part: node.edges for part, node in zip(order, graph.nodes, strict=False)}


class _Builder:
    """Nodes as they are made, with their values on X so that each grid fits."""

    def __init__(self, X, n_cells, degree, random_state, known=None):
        self.X, self.n_cells, self.degree, self.random_state = X, n_cells, degree, random_state
        self.nodes, self.values, self.made, self.known = [], list(X.T), {}, known or {}
        self.offset, self.noise = random_state.choice([0.3, 1.0]), random_state.choice([0.1, 0.5])

    def add(self, sketch):
        """Source of a sketch, adding the nodes it needs."""
        if not isinstance(sketch, tuple):
            return sketch
        if sketch not in self.made:
            op, parts = sketch
            sources = [self.add(part) for part in parts]
            if sketch in self.known and self.random_state.uniform() < 0.5:
                edges = [self.again(edge, source) for edge, source in zip(self.known[sketch], sources, strict=True)]
            else:
                edges = [self.spline(source, op == "*") for source in sources]
            self.made[sketch] = self.append(Node(edges, product=op == "*"))
        return self.made[sketch]

    def again(self, edge, source):
        """A known spline on a source, laid over its values."""
        lo, hi = float(self.values[source].min()), float(self.values[source].max())
        return SplineEdge(source, SplineEdge.line(source, lo, hi, self.n_cells, self.degree).basis, edge.coef)

    def append(self, node):
        """Add a node, returning its source."""
        self.nodes.append(node)
        self.values.append(node.combine([edge.value(self.values[edge.source]) for edge in node.edges]))
        return len(self.values) - 1

    def spline(self, source, factor=False):
        """A line of random slope and offset with a little noise, over the values of a source."""
        lo, hi = float(self.values[source].min()), float(self.values[source].max())
        rng = self.random_state
        slope = rng.choice([-1.0, 1.0]) * rng.uniform(0.5, 1.2)
        offset = self.offset * rng.normal() if factor else 0.0
        edge = SplineEdge.line(source, lo, hi, self.n_cells, self.degree, offset, slope)
        edge.coef = edge.coef + self.noise * rng.normal(size=edge.n_params)
        return edge
