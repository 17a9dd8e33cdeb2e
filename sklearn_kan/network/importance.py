r"""How much nodes and edges matter: the change of the output when a node shows the value of another row.

Let f(x) be the output of a network and f(x; v <- x') what it becomes when node v carries the value that it has
at row x', while all else stays as at row x. For independent rows x, x' the importance of v is

    I_v = E ||f(x) - f(x; v <- x')||^2 / (2 V),        V = sum over the outputs of Var f.

The change travels along all paths from v to the outputs, so parts that cancel each other count for nothing. For
an input it is Jansen's form of the total Sobol index [1]_, and half of what permutation importance [2]_ measures
when the targets are the model's own output: the mean squared error added by shuffling a feature is 2 V I_v.
An input without effect has I_v = 0 exactly. Of correlated inputs it asks about rows that do not exist;
`feature_importance` has a measure that does not.

The importance of a node is divided among the edges that leave it in proportion to what each of them does alone:
with E_e the same expression for edge e showing the value of another row, and all else as it is,

    I_e = I_v E_e / (sum of E over the edges that leave v).

In an additive model, and so in the last layer of every network, this is exactly Var(phi_e) / V.

Interaction of two inputs is measured in the same way, by

    D = f(x) - f(x; i <- x') - f(x; j <- x') + f(x; i, j <- x'),        I_ij = E ||D||^2 / (4 V),

the share of the variance that belongs to i and j jointly, higher interactions included [3]_ (for independent
inputs). It is 0 for every pair of an additive model.

The last layer is done in closed form. For others, rows are paired by a fixed random permutation, and only the
layers above are evaluated again: a changed edge adds a difference to the sum at its node.

References
----------
.. [1] M. J. W. Jansen, "Analysis of variance designs for model output", Computer Physics Communications 117, 1999.
.. [2] L. Breiman, "Random forests", Machine Learning 45, 2001.
.. [3] R. Liu and A. B. Owen, "Estimating mean dimensionality of analysis of variance decompositions", JASA 101, 2006.
"""

from itertools import combinations, pairwise
from typing import NamedTuple

import numpy as np

from ..utils.sampling import distinct_rows, sampled_rows
from .network import KANNetwork
from .pruning import edge_variances

# Rows that take part at most, and pairs of rows: in `profile`, which every fit calls, and in `interactions`.
_ROWS, _PAIRS, _MORE_PAIRS = 10_000, 1024, 8192
# Evaluations of edges at most, beyond which there are fewer pairs (but at least so many).
_WORK, _FEWEST_PAIRS = 4e6, 64
# Rows kept with a profile: numbers in all, and rows at least and at most.
_KEPT_NUMBERS = 2**15
_FEWEST_KEPT = 256
_MOST_KEPT = 2048
# Deviation of the output, in its own unit, below which it is what a solver leaves of a constant.
LEAST_DEVIATION = 1e-6
# Quantiles kept of each layer's inputs.
PROBABILITIES = np.linspace(0.0, 1.0, 33)


class Profile(NamedTuple):
    """What is known of a network on its data.

    Attributes
    ----------
    edges : list of ndarray of shape (n_in, n_out)
        Importance of each edge, one array for each spline layer.
    nodes : list of ndarray of shape (n_in,)
        Importance of the inputs of each spline layer; the first are the features.
    quantiles : list of ndarray of shape (n_in, 33)
        Quantiles of these inputs at probabilities 0, 1/32, ..., 1.
    means : ndarray of shape (n_in, n_out)
        Mean of each edge of the last layer.
    rows : ndarray of shape (n_rows, n_features)
        All different rows if they are few, else some, drawn by their weights: what effects are measured on.
    weights : ndarray of shape (n_rows,)
        Of these rows, of sum 1.
    """

    edges: list
    nodes: list
    quantiles: list
    means: np.ndarray
    rows: np.ndarray
    weights: np.ndarray

    def shares(self):
        """The same with importances that sum to 1 in each layer, for pictures and their percentages."""
        edges, nodes = ([part / (part.sum() or 1.0) for part in parts] for parts in (self.edges, self.nodes))
        return self._replace(edges=edges, nodes=nodes)


def profile(network, X, sample_weight=None):
    """Importances of all edges and nodes of a network on data, and where its values lie.

    Parameters
    ----------
    network : KANNetwork
    X : ndarray of shape (n_samples, n_features)
    sample_weight : ndarray of shape (n_samples,), default=None

    Returns
    -------
    profile : Profile
    """
    kept = representative_rows(X, sample_weight)
    X, sample_weight = _thinned(X, sample_weight)
    starts = [depth for depth, layer in enumerate(network.layers) if layer.has_edges]
    output, variance, means = _last_layer(network, X, sample_weight)
    total = _total_variance(output, sample_weight)
    pairs = Pairs(X, sample_weight, _n_pairs(network, _PAIRS))
    values = network.hidden_values(pairs.x)
    edges, nodes = [], []
    for depth in starts[:-1]:
        edge, node = _swap_layer(network.layers[depth:], values[depth], pairs)
        alone = edge.sum(axis=1)
        edges.append(edge / np.where(alone > 0, alone, 1.0)[:, None] * (node / (2 * total))[:, None])
        nodes.append(node / (2 * total))
    edges.append(variance / total)
    nodes.append(variance.sum(axis=1) / total)
    quantiles = [_quantiles(values[depth]) for depth in starts]
    return Profile(edges, nodes, quantiles, means, *kept)


def representative_rows(X, sample_weight):
    """A few rows that stand for all, always the same ones, and their weights of sum 1.

    Parameters
    ----------
    X : ndarray of shape (n_samples, n_features)
    sample_weight : ndarray of shape (n_samples,) or None

    Returns
    -------
    rows : ndarray of shape (n_rows, n_features)
    weights : ndarray of shape (n_rows,)
    """
    most = int(np.clip(_KEPT_NUMBERS // max(X.shape[1], 1), _FEWEST_KEPT, _MOST_KEPT))
    if len(X) > most:
        X, sample_weight = X[sampled_rows(X, sample_weight, most)], None
    first, total = distinct_rows(X, sample_weight)
    return X[first], total / total.sum()


class Pairs:
    """Rows x, and for each of them another row, both drawn in proportion to the weights, always the same.

    Parameters
    ----------
    X : ndarray of shape (n_samples, n_features)
    sample_weight : ndarray of shape (n_samples,) or None
    n : int
        Number of pairs.

    Attributes
    ----------
    x : ndarray of shape (n_features, n)
    other : int ndarray of shape (n,)
        The partner of x[:, r] is x[:, other[r]].
    """

    def __init__(self, X, sample_weight, n):
        self.x = np.ascontiguousarray(X[sampled_rows(X, sample_weight, n)].T)
        self.other = np.random.RandomState(0).permutation(n)


def interactions(network, X, sample_weight=None):
    """Share of the output's variance that belongs to each pair of inputs jointly.

    Parameters
    ----------
    network : KANNetwork
    X : ndarray of shape (n_samples, n_features)
    sample_weight : ndarray of shape (n_samples,), default=None

    Returns
    -------
    shares : ndarray of shape (n_features, n_features)
        Symmetric; the diagonal is 0.
    """
    X, sample_weight = _thinned(X, sample_weight)
    output = network.forward(X)
    total = _total_variance(output, sample_weight)
    shares = np.zeros((X.shape[1], X.shape[1]))
    if len(network.spline_layers) == 1 or np.isinf(total):
        return shares
    start = network.layers.index(network.spline_layers[0])
    pairs = Pairs(X, sample_weight, _n_pairs(network, _MORE_PAIRS, X.shape[1]))
    values = network.hidden_values(pairs.x)
    functions, above = network.layers[start].functions(values[start]), network.layers[start + 1 :]
    delta = functions[:, :, pairs.other] - functions
    alone = [_forward(above, values[start + 1] + d) for d in delta]
    for i, j in combinations(range(X.shape[1]), 2):
        both = _forward(above, values[start + 1] + delta[i] + delta[j])
        second = values[-1] - alone[i] - alone[j] + both
        shares[i, j] = shares[j, i] = np.mean(np.sum(second**2, axis=0)) / (4 * total)
    return shares


def _swap_layer(layers, x, pairs):
    """Mean squared change of the output for each edge and each input of layers[0], which is not the last.

    The next spline layer is evaluated once for each input i, with every node moved by its own edge from i.
    The outcome serves all edges of i, one by one, and the input itself, all at once.
    """
    lower = layers[0]
    middle = 1 + next(d for d, layer in enumerate(layers[1:]) if layer.has_edges)
    between, upper, above = layers[1:middle], layers[middle], layers[middle + 1 :]
    functions = lower.functions(x)
    node_values = functions.sum(axis=0)
    before = upper.functions(_forward(between, node_values))
    sums = before.sum(axis=0)
    output = _forward(above, sums)
    edge, node = np.zeros(lower.edges.shape), np.zeros(lower.in_features)
    for i in np.flatnonzero(lower.edges.any(axis=1)):
        moved = node_values + functions[i][:, pairs.other] - functions[i]
        change = upper.functions(_forward(between, moved)) - before
        alive = np.flatnonzero(lower.edges[i])
        edge[i, alive] = [_mean_square(_forward(above, sums + change[j]) - output) for j in alive]
        node[i] = _mean_square(_forward(above, sums + change.sum(axis=0)) - output)
    return edge, node


def _last_layer(network, X, sample_weight):
    """Output of the network, and variance and mean of each edge of its last layer."""
    below, last = network.layers[:-1], KANNetwork(network.layers[-1:])
    hidden = KANNetwork(below).forward(X) if below and len(network.spline_layers) > 1 else _forward(below, X.T).T
    ((mean, variance),) = edge_variances(last, hidden, sample_weight)
    return last.forward(hidden), variance, mean


def _forward(layers, x):
    """A stack of layers, which may be empty, at x of shape (n_features, n)."""
    for layer in layers:
        x = layer.evaluator()(x)
    return x


def _total_variance(output, sample_weight):
    """Variance of all outputs together; infinite, so that all shares of it are 0, if they are constant."""
    mean = np.average(output, axis=0, weights=sample_weight)
    total = float(np.sum(np.average((output - mean) ** 2, axis=0, weights=sample_weight)))
    return total if total > LEAST_DEVIATION**2 else np.inf


def _mean_square(change):
    """Mean over the pairs of the squared length, for a change of shape (n_outputs, n)."""
    return float(np.mean(np.sum(change**2, axis=0)))


def _thinned(X, sample_weight):
    """At most _ROWS rows; their weights, or None once they are drawn by weight."""
    if len(X) <= _ROWS:
        return X, sample_weight
    return X[sampled_rows(X, sample_weight, _ROWS)], None


def _quantiles(values):
    """Quantiles of each input that has none missing, else of the values that are known, 0 if there are none."""
    if not np.isnan(values).any():
        return np.quantile(values, PROBABILITIES, axis=1).T
    known = [row[~np.isnan(row)] for row in values]
    return np.array([np.quantile(row if len(row) else [0.0], PROBABILITIES) for row in known])


def _n_pairs(network, most, repeats=1):
    """As many pairs as the work allows, at most so many."""
    layers, work = network.spline_layers, 1
    for lower, upper in pairwise(layers):
        work += lower.in_features * lower.out_features * upper.out_features * repeats
        above = sum(layer.in_features * layer.out_features for layer in layers[layers.index(upper) + 1 :])
        work += lower.in_features * lower.out_features * above * repeats
    return int(np.clip(_WORK / work, _FEWEST_PAIRS, most))
