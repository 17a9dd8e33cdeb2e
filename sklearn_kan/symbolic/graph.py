r"""A formula as a graph: edges are univariate functions, nodes add or multiply them.

    sum node       v = constant + sum_k e_k(u_k)
    product node   v = prod_k e_k(u_k)

A network of splines is such a graph with sum nodes only. A product is no more than a KAN can do, as
u v = ((u + v)^2 - (u - v)^2) / 4 are two nodes with squares on their edges; written as one node it has
no constants that have to be equal to each other.

Sources are numbered: 0, ..., n_inputs - 1 are the inputs, n_inputs + k is node k; nodes only use sources
before them. Derivatives are taken backwards, once for each output.
"""

import copy

import numpy as np

from .edges import C, Constants, D, SplineEdge

# Imaginary parts up to this part of the real one are rounding.
_REAL = 1e-8


class Node:
    """A sum or a product of edges.

    Parameters
    ----------
    edges : list of SymbolicEdge or SplineEdge
    product : bool, default=False
    constant : float, default=0.0
        Of a sum.
    """

    def __init__(self, edges, product=False, constant=0.0):
        self.edges, self.product = list(edges), product
        self.constants = Constants([constant], [not product and not self._has_spline()])

    def _has_spline(self):
        """Whether a spline edge can hold the constant."""
        return any(isinstance(edge, SplineEdge) for edge in self.edges)

    def copy(self):
        """A copy that shares nothing that changes."""
        new = copy.copy(self)
        new.edges, new.constants = [edge.copy() for edge in self.edges], self.constants.copy()
        return new

    def set_edge(self, k, edge, constant=0.0):
        """Put another edge in place of edge k, adding to the constant of a sum."""
        self.edges[k] = edge
        if not self.product:
            self.add_constant(constant, not self._has_spline())

    def add_constant(self, value, free, exact=None):
        """Add to the constant of a sum, and say whether it is free; fixed exact numbers have an exact sum."""
        old = self.constants.exact[0]
        self.constants = Constants([self.constants.values[0] + value], [free])
        if not free and old is not None and exact is not None and old.plus(exact) is not None:
            self.constants.fix(0, old.plus(exact))

    def combine(self, values):
        """Value of the node from those of its edges."""
        if self.product:
            return np.prod(values, axis=0)
        return self.constants.values[0] + sum(values)


class FormulaGraph:
    """A formula with one or more outputs.

    Parameters
    ----------
    n_inputs : int
    nodes : list of Node
    outputs : sequence of int
        Sources.
    """

    def __init__(self, n_inputs, nodes, outputs):
        self.n_inputs, self.nodes, self.outputs = n_inputs, list(nodes), tuple(outputs)

    def copy(self):
        """A copy that shares nothing that changes."""
        return FormulaGraph(self.n_inputs, [node.copy() for node in self.nodes], self.outputs)

    @property
    def parts(self):
        """Everything that has parameters, in the order of theta: each node's constant, then its edges."""
        return [part for node in self.nodes for part in (node.constants, *node.edges)]

    @property
    def theta(self):
        """Free parameters as a flat vector."""
        return np.concatenate([part.theta for part in self.parts])

    @theta.setter
    def theta(self, values):
        start = 0
        for part in self.parts:
            stop = start + len(part.theta)
            part.theta = values[start:stop]
            start = stop

    @property
    def n_params(self):
        """Free parameters."""
        return sum(len(part.theta) for part in self.parts)

    def insert(self, n, node):
        """Put a node before node n, renumbering the sources above it."""
        limit = self.n_inputs + n
        for other in self.nodes[n:]:
            for edge in other.edges:
                edge.source += edge.source >= limit
        self.nodes.insert(n, node)
        self.outputs = tuple(output + (output >= limit) for output in self.outputs)

    @property
    def ends(self):
        """Whether there is a function in it that does not take all numbers."""
        edges = [edge for node in self.nodes for edge in node.edges if not isinstance(edge, SplineEdge)]
        return any(np.isfinite(edge.function.domain).any() for edge in edges)

    def trimmed(self):
        """The same formula without nodes that lead nowhere."""
        used = set(self.outputs)
        for n in range(len(self.nodes) - 1, -1, -1):
            if self.n_inputs + n in used:
                used |= {edge.source for edge in self.nodes[n].edges}
        kept = [n for n in range(len(self.nodes)) if self.n_inputs + n in used]
        number = {i: i for i in range(self.n_inputs)} | {
            self.n_inputs + n: self.n_inputs + m for m, n in enumerate(kept)
        }
        nodes = [self.nodes[n].copy() for n in kept]
        for node in nodes:
            for edge in node.edges:
                edge.source = number[edge.source]
        return FormulaGraph(self.n_inputs, nodes, [number[output] for output in self.outputs])

    def in_units(self, mean, scale):
        """The formula mean + scale * formula, mean and scale of shape (n_outputs,)."""
        new = self.copy()
        for output, shift, factor in zip(new.outputs, mean, scale, strict=True):
            node = new.nodes[output - new.n_inputs]
            for edge in node.edges:
                if isinstance(edge, SplineEdge):
                    edge.coef = factor * edge.coef
                else:
                    edge.constants.values[[C, D]] *= factor
                    edge.constants.exact[C] = edge.constants.exact[D] = None
            free = node.constants.free
            node.constants = Constants([shift + factor * node.constants.values[0]], free)
        return new

    def rescaled(self, x_size, y_size):
        """The formula y_size * formula(x / x_size), sizes of shape (n_inputs,) and (n_outputs,)."""
        new = self.in_units(np.zeros(len(y_size)), y_size) if np.any(y_size != 1.0) else self.copy()
        for node in new.nodes:
            node.edges = [
                edge.of_scaled(x_size[edge.source])
                if edge.source < new.n_inputs and x_size[edge.source] != 1.0
                else edge
                for edge in node.edges
            ]
        return new

    def places(self, kind=SplineEdge):
        """(node, edge) of all edges of a kind, first nodes first."""
        pairs = [(n, k) for n, node in enumerate(self.nodes) for k in range(len(node.edges))]
        return [(n, k) for n, k in pairs if isinstance(self.nodes[n].edges[k], kind)]

    def parents(self, source):
        """(node, edge) of all edges that leave a source."""
        return [(n, k) for n, k in self.places(object) if self.nodes[n].edges[k].source == source]

    def input_designs(self, X):
        """Designs of the splines on inputs, which do not change during a fit: a dict by (node, edge)."""
        places = [(n, k) for n, k in self.places() if self.nodes[n].edges[k].source < self.n_inputs]
        return {(n, k): self._edge(n, k).design(X[:, self._edge(n, k).source]) for n, k in places}

    def _edge(self, n, k):
        return self.nodes[n].edges[k]

    def values(self, X, designs=None, strict=False):
        """Values of all sources, each of shape (n_samples,)."""
        designs = {} if designs is None else designs
        sources = list(np.ascontiguousarray(X.T))
        with np.errstate(all="ignore"):
            for n, node in enumerate(self.nodes):
                values = [
                    edge.value(sources[edge.source], designs.get((n, k)), strict) for k, edge in enumerate(node.edges)
                ]
                combined = node.combine(values) if values else np.full(len(X), node.constants.values[0])
                sources.append(combined)
        return sources

    def forward(self, X, designs=None, strict=False):
        """Output of the formula.

        Parameters
        ----------
        X : ndarray of shape (n_samples, n_inputs)
        designs : dict, default=None
            Of `input_designs`.
        strict : bool, default=False
            NaN where an argument leaves the domain of its function on any row.

        Returns
        -------
        Y : ndarray of shape (n_samples, n_outputs)
        """
        sources = self.values(X, designs, strict)
        return np.stack([sources[output] for output in self.outputs], axis=1)

    def evaluate(self, X):
        """Output on new rows: where real numbers on the way do not exist, by complex ones if the result is real.

        So exp(log(u) + log(v)) is u v for negative u and v too, as it is for SymPy.

        Parameters
        ----------
        X : ndarray of shape (n_samples, n_inputs)

        Returns
        -------
        Y : ndarray of shape (n_samples, n_outputs)
            NaN where the formula is not defined or not real.
        """
        Y = self.forward(X)
        undefined = np.isnan(Y).any(axis=1)
        if not undefined.any() or self.places():
            return Y
        try:
            Z = self.forward(X[undefined].astype(complex))
        except TypeError:  # A function that only takes real numbers.
            return Y
        real = np.isfinite(Z) & (np.abs(Z.imag) <= _REAL * np.maximum(np.abs(Z.real), 1e-3))
        Y[undefined] = np.where(np.isnan(Y[undefined]) & real, Z.real, Y[undefined])
        return Y

    def linearize(self, X, designs=None):
        """Output and derivative with respect to theta.

        Returns
        -------
        Y : ndarray of shape (n_samples, n_outputs)
        J : ndarray of shape (n_outputs, n_params, n_samples)
        """
        designs = {} if designs is None else designs
        sources, chain = list(np.ascontiguousarray(X.T)), []
        with np.errstate(all="ignore"):
            for n, node in enumerate(self.nodes):
                local = [edge.linearize(sources[edge.source], designs.get((n, k))) for k, edge in enumerate(node.edges)]
                values = [part[0] for part in local]
                sources.append(node.combine(values) if values else np.full(len(X), node.constants.values[0]))
                chain.append((local, _others(values) if node.product else None))
            J = np.empty((len(self.outputs), self.n_params, len(X)))
            for output, rows in zip(self.outputs, J, strict=True):
                self._pull_back(output, chain, rows)
        return np.stack([sources[output] for output in self.outputs], axis=1), J

    def _pull_back(self, output, chain, rows):
        """Fill the derivatives of one output, shape (n_params, n_samples)."""
        sensitivity = [None] * (self.n_inputs + len(self.nodes))
        sensitivity[output] = np.ones(rows.shape[1])
        stop = len(rows)
        for n in range(len(self.nodes) - 1, -1, -1):
            node, above, (local, others) = self.nodes[n], sensitivity[self.n_inputs + n], chain[n]
            for k in range(len(node.edges) - 1, -1, -1):
                edge, (_, slope, partials) = node.edges[k], local[k]
                start = stop - edge.n_params
                if above is None:
                    rows[start:stop] = 0.0
                else:
                    here = above if others is None else above * others[k]
                    for row, partial in zip(rows[start:stop], partials, strict=True):
                        np.multiply(partial, here, out=row)
                    if slope is not None and edge.source >= self.n_inputs:
                        old = sensitivity[edge.source]
                        sensitivity[edge.source] = here * slope if old is None else old + here * slope
                stop = start
            if node.constants.free[0]:
                stop -= 1
                rows[stop] = 0.0 if above is None else above


def _others(values):
    """For each factor the product of all others."""
    ones = np.ones_like(values[0])
    before, after = [ones], [ones]
    for value in values[:-1]:
        before.append(before[-1] * value)
    for value in values[:0:-1]:
        after.append(after[-1] * value)
    return [left * right for left, right in zip(before, after[::-1], strict=True)]


def side_by_side(graphs):
    """One formula with the outputs of several."""
    n_inputs, nodes, outputs = graphs[0].n_inputs, [], []
    for graph in graphs:
        moved = graph.copy()
        for node in moved.nodes:
            for edge in node.edges:
                edge.source += len(nodes) * (edge.source >= n_inputs)
        outputs += [output + len(nodes) * (output >= n_inputs) for output in moved.outputs]
        nodes += moved.nodes
    return FormulaGraph(n_inputs, nodes, outputs)
