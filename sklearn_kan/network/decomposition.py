r"""The prediction as a mean, curves of one feature, surfaces of two and a rest, over rows that exist.

With f the raw prediction, w the weights of rows (of sum 1) and E the weighted mean over them, the functional analysis
of variance [1]_ for dependent features is found by least squares,

    f = m + sum_i f_i(x_i) + sum_ij f_ij(x_i, x_j) + r,        m = E f,    E f_i = 0,

with E r^2 least among all such sums where E f_ij g = 0 for every function g(x_i) and g(x_j): what curves can say is
in the curves. Nothing is asked about rows that do not exist; a partial dependence would put houses into the sea
wherever features are correlated. For independent features the f_i and f_ij are the classical ones. Pairs that matter
are found beforehand by what they explain of the rest that curves alone leave.

Each part is linear between nodes (see `hats`), with its roughness penalised, c = A^-1 B^T W f with A = B^T W B + s D,
see `smoother`. An additive network *is* its decomposition: its
curves are read from it. For others c is linear in f, and f to first order in the parameters, so that the posterior
covariance of c is (P J) C (P J)^T with P = A^-1 B^T W and J = df/dtheta at the rows.

References
----------
.. [1] G. Hooker, "Generalized functional ANOVA diagnostics for high-dimensional functions of dependent variables",
   Journal of Computational and Graphical Statistics 16, 2007.
"""

from itertools import combinations
from typing import NamedTuple

import numpy as np

from .groups import features_seen
from .hats import Hats
from .parts import CurveBlock, Part, SurfaceBlock, mean_square
from .smoother import Smoother

# Nodes of a curve at least and at most, and rows that there are for each.
_FEWEST_NODES = 5
_MOST_NODES = 30
_ROWS_A_NODE = 2
# Nodes of a surface along each side at least and at most, and when pairs are compared.
_SHORTEST_SIDE = 3
_SIDE = 8
_COARSE_SIDE = 5
# Features that may have a curve of their own, and those among which pairs are looked for: the most important.
_MOST_CURVES = 64
_MOST_CANDIDATES = 20
# Part of the variance below which a pair has no surface.
_LEAST_SHARE = 1e-3


class Decomposition(NamedTuple):
    """The parts of a prediction in units of the network's output.

    Attributes
    ----------
    outputs : list of int
        Those of the network that are taken apart.
    mean : ndarray of shape (n_outputs,)
    curves : list of Part
        One a feature, in their order; 0 for features without effect.
    surfaces : list of Part
        The pair that says most first.
    smoother : Smoother or None
        What found them; None for an additive network, whose curves are exact.
    edge_means : ndarray of shape (n_features, n_outputs) or None
        What has been taken from the edges of an additive network.
    """

    outputs: list
    mean: np.ndarray
    curves: list
    surfaces: list
    smoother: Smoother | None = None
    edge_means: np.ndarray | None = None

    def output_of(self, network, X):
        """The outputs that are taken apart, at rows."""
        return network.forward(X)[:, self.outputs]

    def curve_values(self, network, X):
        """All curves at rows, shape (n_samples, n_features, n_outputs); those of an additive network exact."""
        if self.edge_means is None:
            return np.stack([curve.at(X) for curve in self.curves], axis=1)
        return network.layers[0].functions(X.T)[:, self.outputs].transpose(2, 0, 1) - self.edge_means


def decompose(network, X, weight, importances, n_pairs, outputs):
    """Take the output of a network apart.

    Parameters
    ----------
    network : KANNetwork
    X : ndarray of shape (n_samples, n_features)
    weight : ndarray of shape (n_samples,)
        Of sum 1.
    importances : ndarray of shape (n_features,)
        Which features come first where there are too many.
    n_pairs : int
        Surfaces at most.
    outputs : list of int
        What to take apart.

    Returns
    -------
    decomposition : Decomposition
    """
    output = network.forward(X)[:, outputs]
    mean, order = weight @ output, _in_order(network, X, importances)
    active = sorted(order[:_MOST_CURVES])
    most = int(np.clip(len(X) // (_ROWS_A_NODE * max(len(active), 1)), _FEWEST_NODES, _MOST_NODES))
    categories = ~network.spline_layers[0].basis.numbers
    hats = [Hats.of(x, weight, most, category) for x, category in zip(X.T, categories, strict=True)]
    if len(network.layers) == 1:
        layer = network.layers[0]
        means = layer.functions(X.T)[:, outputs] @ weight
        return Decomposition(outputs, mean, _curves_of_layer(layer, hats, means, outputs), [], edge_means=means)
    curves = [Part((i,), (h,), np.zeros((h.size, len(mean)))) for i, h in enumerate(hats)]
    if not active:
        return Decomposition(outputs, mean, curves, [])
    blocks, candidates = [CurveBlock(i, hats[i], X, weight) for i in active], _meeting(network, order)
    smoother, surfaces = _fit(blocks, candidates, hats, X, weight, output - mean, n_pairs)
    for part in smoother.parts(smoother.coef)[: len(active)]:
        curves[part.features[0]] = part
    return Decomposition(outputs, mean, curves, surfaces, smoother)


def _in_order(network, X, importances):
    """The features that do something, the most important first."""
    used = network.spline_layers[0].edges.any(axis=1) & np.any(X[0] != X, axis=0)
    return [i for i in np.argsort(-importances, kind="stable").tolist() if used[i]]


def _meeting(network, order):
    """Pairs of the most important features that a hidden node sees together: others cannot do anything together."""
    pairs = combinations(sorted(order[:_MOST_CANDIDATES]), 2)
    if len(network.spline_layers) == 1:
        return list(pairs)
    seen = features_seen(network)[-2].astype(int)
    together = seen @ seen.T > 0
    return [pair for pair in pairs if together[pair]]


def _curves_of_layer(layer, hats, means, outputs):
    """The edges of an additive network, each less its mean."""
    longest = max(h.size for h in hats)
    nodes = np.array([np.pad(h.places, (0, longest - h.size), mode="edge") for h in hats])
    # What is filled in for a missing value depends on others: here none of them is known.
    unknown = layer.functions(np.full((len(hats), 1), np.nan)) if any(h.missing for h in hats) else 0.0
    values = np.where(np.isnan(nodes)[:, None], unknown, layer.functions(nodes))[:, outputs] - means[:, :, None]
    return [Part((i,), (h,), values[i, :, : h.size].T) for i, h in enumerate(hats)]


def _fit(curves, candidates, hats, X, weight, target, n_pairs):
    """Curves and surfaces together, and the surfaces, the largest first."""
    smoother, least = Smoother(curves, target, weight), _LEAST_SHARE * mean_square(target, weight)
    pairs = _likely_pairs(candidates, hats, X, weight, target - smoother.fitted, least)[:n_pairs]
    sizes = {}
    # What looked like a pair may have been the shadow of another: a second time without such.
    for _ in range(2):
        if not pairs:
            break
        side = int(np.clip(np.sqrt(len(X) / (_ROWS_A_NODE * len(pairs))), _SHORTEST_SIDE, _SIDE))
        blocks = [SurfaceBlock(pair, tuple(hats[i].coarser(side) for i in pair), X, weight) for pair in pairs]
        smoother = Smoother(curves + blocks, target, weight)
        surfaces = smoother.parts(smoother.coef)[len(curves) :]
        sizes = {surface.features: mean_square(surface.at(X), weight) for surface in surfaces}
        if min(sizes.values()) > least:
            break
        pairs = [pair for pair in pairs if sizes[pair] > least]
    if not pairs:
        return Smoother(curves, target, weight) if sizes else smoother, []
    return smoother, sorted(surfaces, key=lambda surface: -sizes[surface.features])


def _likely_pairs(candidates, hats, X, weight, left, least):
    """Pairs that explain more than so much of what curves leave, the best first."""
    coarse = {i: hats[i].coarser(_COARSE_SIDE) for pair in candidates for i in pair}
    gains = {
        pair: SurfaceBlock(pair, tuple(coarse[i] for i in pair), X, weight).gain(left, weight) for pair in candidates
    }
    return sorted((pair for pair in gains if gains[pair] > least), key=lambda pair: -gains[pair])
