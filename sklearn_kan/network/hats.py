r"""Functions of one and of two features that are linear between nodes: the space in which effects are looked for.

A hat h_k is 1 at node t_k, 0 at all other nodes and linear between; beyond the first and the last node it stays as it
is there. A function sum_k c_k h_k has the value c_k at t_k, so that coefficients are what a picture shows, and
products of hats do the same for two features. Hats sum to 1.

Nodes are quantiles of a measure that is half the distribution of the data and half uniform on its middle 98 %: where
rows are many curves are known in detail, and an outlier takes one node, not all. A feature of few values has a node
at each of them, so that its hats are indicators; so has a category at each of its levels. Where values are missing
there is one more hat, the last, that is 1 there and 0 elsewhere, as the others are 0 there.

Roughness is the sum over inner nodes of squared second differences, with h_k the distance from node k to the next:

    s_k ((c_{k+1} - c_k) / h_k - (c_k - c_{k-1}) / h_{k-1}),    s_k = min (min / max)^1/2 of h_{k-1} and h_k.

It is 0 for straight lines, does not depend on the unit of the feature, and says little across a gap.
"""

import numpy as np

from ..utils.weighted import weights_of_sum_one

# A feature of at most so many values is shown value by value.
FEW_VALUES = 10
# The uniform half of the measure, and axes of pictures, span this part of the data in the middle.
MIDDLE = 0.98
# What a squared distance counts where second differences make no sense.
_DISCRETE = 1e-6


class Hats:
    """The hats of one feature.

    Parameters
    ----------
    nodes : ndarray of shape (n_nodes,)
        Increasing, at least one.
    discrete : bool
        Whether the nodes are all values that the feature has.
    missing : bool, default=False
        Whether there is a hat for missing values.
    """

    def __init__(self, nodes, discrete, missing=False):
        self.nodes, self.discrete, self.missing = nodes, discrete, missing

    @classmethod
    def of(cls, x, weight, most, category=False):
        """Hats with at most so many nodes, or of a category all, for values of shape (n,) with weights or None."""
        known = ~np.isnan(x)
        values, missing = np.unique(x[known]), not known.all()
        if category or len(values) <= FEW_VALUES:
            return cls(values if len(values) else np.zeros(1), True, missing)
        weight = weights_of_sum_one(None if weight is None else weight[known], int(known.sum()))
        return cls(_nodes(x[known], weight, most), False, missing)

    @property
    def size(self):
        """Number of hats."""
        return len(self.nodes) + self.missing

    @property
    def places(self):
        """Where each hat is 1: the nodes, and NaN if values are missing."""
        return np.append(self.nodes, np.nan) if self.missing else self.nodes

    def coarser(self, most):
        """Hats at some of the nodes, the first and the last among them."""
        if len(self.nodes) <= most:
            return self
        kept = np.unique(np.linspace(0, len(self.nodes) - 1, most).round().astype(int))
        return Hats(self.nodes[kept], self.discrete, self.missing)

    def place(self, x):
        """The node below each x, of shape (n,), and the value of the hat of the next one."""
        if len(self.nodes) == 1:
            return np.zeros(len(x), dtype=int), np.zeros(len(x))
        below = np.clip(np.searchsorted(self.nodes, x, side="right") - 1, 0, len(self.nodes) - 2)
        left, right = self.nodes[below], self.nodes[below + 1]
        return below, (np.clip(x, left, right) - left) / (right - left)

    def design(self, x):
        """Values of all hats at x of shape (n,), shape (n, size)."""
        gone = np.isnan(x)
        below, part = self.place(np.where(gone, self.nodes[0], x))
        design, rows = np.zeros((len(x), self.size)), np.arange(len(x))
        design[rows, below] = 1 - part
        if len(self.nodes) > 1:
            design[rows, below + 1] = part
        if self.missing:
            design[gone] = np.eye(self.size)[-1]
        return design

    def roughness(self):
        """The matrix of the squared second differences; of distances from their mean if the feature has few values."""
        if self.missing:
            alone = Hats(self.nodes, self.discrete).roughness()
            return np.pad(alone, (0, 1)) + _DISCRETE * (np.eye(self.size) - 1 / self.size)
        n = len(self.nodes)
        if self.discrete:
            return _DISCRETE * (np.eye(n) - 1 / n)
        h, inner = np.diff(self.nodes), np.arange(n - 2)
        less, more = np.minimum(h[:-1], h[1:]), np.maximum(h[:-1], h[1:])
        scale, matrix = less * np.sqrt(less / more), np.zeros((n - 2, n))
        matrix[inner, inner] = scale / h[:-1]
        matrix[inner, inner + 2] = scale / h[1:]
        matrix[inner, inner + 1] = -matrix.sum(axis=1)
        return matrix.T @ matrix


def products(first, second):
    """Products of two designs (n, a) and (n, b), shape (n, a b)."""
    return (first[:, :, None] * second[:, None, :]).reshape(len(first), -1)


def middle(x, weight):
    """Where the middle of values begins and ends; all of them if the middle is a point. Missing ones are left out."""
    known = ~np.isnan(x)
    if not known.all():
        x, weight = (x[known], weight[known] / weight[known].sum()) if known.any() else (np.zeros(1), np.ones(1))
    order = np.argsort(x, kind="stable")
    below = np.cumsum(weight[order])
    ends = np.searchsorted(below, [(1 - MIDDLE) / 2, (1 + MIDDLE) / 2 - 1e-12])
    lo, hi = x[order][np.minimum(ends, len(x) - 1)]
    return (lo, hi) if lo < hi else (x[order[0]], x[order[-1]])


def _nodes(x, weight, most):
    """Quantiles of the measure described above, shape (at most `most`,)."""
    values, which = np.unique(x, return_inverse=True)
    below = np.cumsum(np.bincount(which, weight, len(values)))
    lo, hi = middle(x, weight)
    measure = 0.5 * below + 0.5 * np.clip((values - lo) / (hi - lo), 0.0, 1.0)
    inner = np.interp(np.linspace(0, 1, most)[1:-1], measure, values)
    nodes = np.unique(np.concatenate([values[:1], inner, values[-1:]]))
    # Rounding must not put two nodes at what is one place.
    apart = np.concatenate([[True], np.diff(nodes) > 1e-9 * (hi - lo)])
    apart[-1] = True
    return nodes[apart]
