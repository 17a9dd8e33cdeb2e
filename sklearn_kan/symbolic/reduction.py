"""A problem in fewer variables: sums or products of the inputs, and a product that is a factor of y."""

from dataclasses import dataclass

import numpy as np

from .edges import C, Constants, SymbolicEdge
from .graph import FormulaGraph, Node
from .identities import POWERS
from .library import IDENTITY, get_function
from .rows import Rows

# Exponents that products may have.
EXPONENTS = (0, *POWERS)


@dataclass(frozen=True)
class Reduction:
    """New variables that are sums or products of old ones, and a product that is a factor of y.

    Attributes
    ----------
    powers : bool
        Whether variables are products.
    basis : ndarray of shape (n_variables, n_inputs)
        Coefficients of sums, or exponents of products.
    factor : ndarray of shape (n_inputs,)
        Exponents of the factor; all 0 for none.
    """

    powers: bool
    basis: np.ndarray
    factor: np.ndarray

    def columns(self, X):
        """The new variables of rows."""
        if not self.powers:
            return X @ self.basis.T
        return np.stack([monomial(X, row) for row in self.basis], axis=1)

    def size(self, X):
        """The factor of y."""
        return monomial(X, self.factor)

    def apply(self, rows):
        """The rows of the problem that is left, None if they are not finite; targets without a constant added."""
        with np.errstate(all="ignore"):
            Z, rest = self.columns(rows.X), rows.Y / self.size(rows.X)[:, None]
        if not (np.all(np.isfinite(Z)) and np.all(np.isfinite(rest))):
            return None
        return Rows(Z, rest, rows.sample_weight)

    def lift(self, graph, X):
        """The formula of the old variables that a formula of the new ones is.

        Parameters
        ----------
        graph : FormulaGraph
            Of the new variables.
        X : ndarray of shape (n_samples, n_inputs)
            Rows of the old variables, for their signs.

        Returns
        -------
        graph : FormulaGraph
        """
        n_inputs, nodes, sources = X.shape[1], [], []
        for row in self.basis:
            used = np.flatnonzero(row)
            if len(used) == 1 and row[used[0]] == 1:
                sources.append(int(used[0]))
            else:
                edges = (
                    _powers(row, X) if self.powers else [_fixed(SymbolicEdge(int(i), IDENTITY, c=row[i])) for i in used]
                )
                nodes.append(Node(edges, product=self.powers))
                nodes[-1].constants.free[0] = False
                sources.append(n_inputs + len(nodes) - 1)
        sources += [n_inputs + len(nodes) + k for k in range(len(graph.nodes))]
        for node in graph.copy().nodes:
            for edge in node.edges:
                edge.source = sources[edge.source]
            nodes.append(node)
        if np.any(self.factor):
            whole = _fixed(SymbolicEdge(sources[graph.outputs[0]], IDENTITY))
            nodes.append(Node([*_powers(self.factor, X), whole], product=True))
            nodes.append(Node([SymbolicEdge(n_inputs + len(nodes) - 1, IDENTITY)]))
            nodes[-1].edges[0].constants.free[C] = False
            return FormulaGraph(n_inputs, nodes, [n_inputs + len(nodes) - 1])
        return FormulaGraph(n_inputs, nodes, [sources[graph.outputs[0]]])

    @property
    def complexity(self):
        """How far from plain inputs the variables are."""
        entries = np.concatenate([self.basis.ravel(), self.factor])
        return float(np.sum(np.abs(entries)) + np.count_nonzero(entries) + 2 * np.sum(entries % 1 != 0))


def _powers(exponents, X):
    """Edges with the powers of inputs; negative inputs as powers of their size, with a sign."""
    edges = []
    for i in np.flatnonzero(exponents):
        p, sign = exponents[i], -1.0 if X[:, i].max() < 0 else 1.0
        edge = SymbolicEdge(int(i), get_function(POWERS[p]), sign, c=sign**p if sign < 0 else 1.0)
        edges.append(_fixed(edge))
    return edges


def _fixed(edge):
    """The edge with none of its constants free."""
    edge.constants = Constants(edge.constants.values, [False] * 4)
    return edge


def monomial(X, exponents):
    """prod_i x_i^p_i of each row."""
    used = np.flatnonzero(exponents)
    return np.prod([_power(X[:, i], exponents[i]) for i in used], axis=0) if len(used) else np.ones(len(X))


def _power(x, p):
    """x^p; for whole p of any sign."""
    return x ** int(p) if p == int(p) and p > 0 else 1.0 / x ** int(-p) if p == int(p) else x**p
