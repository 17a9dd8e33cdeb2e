r"""Posterior variance of predictions as a graph: J C J^T of each averaged network, and how these differ.

With B_l the basis functions of layer l and S_l the derivative of an output by the output of that layer, the derivative
by the coefficients of edge (i, j) is B_l,i S_l,j; and S_{l-1,i} = sum_j phi'_ij S_l,j (see `network.network`).
"""

from dataclasses import dataclass

import numpy as np

from ..languages.flat import writer_of
from ..model_data import layer_data, parameter_places
from ..polynomials import SplinePolynomials
from .splines import Places, branch, each


@dataclass
class _Local:
    """A layer at x: its output, and what derivatives need.

    Attributes
    ----------
    output : str
        Of shape (n_out, n).
    slopes : str
        Of splines (n_in, n_out, n), else (n_in, n).
    design : str or None
        Derivative by the coefficients of an edge, of shape (n_in, n_coef, n); None without parameters.
    edges : ndarray or None
    n_coef : int
    """

    output: str
    slopes: str
    design: str | None = None
    edges: np.ndarray | None = None
    n_coef: int = 0


def posterior_variance(graph, posterior, x):
    """Variance of the output of a network, of shape (n_outputs, n).

    Parameters
    ----------
    graph : Graph
    posterior : Posterior
    x : str
        Of shape (n_features, n).

    Returns
    -------
    variance : str
    """
    outputs, variances = [], []
    for member, covariance in zip(posterior.members, posterior.covariances, strict=True):
        places = parameter_places(member)
        output, variance = _member(graph, layer_data(member), covariance[np.ix_(places, places)], x)
        outputs.append(output)
        variances.append(variance)
    if len(outputs) == 1:
        return variances[0]
    weights = [graph.numbers(weight) for weight in posterior.weights]
    mean = graph.sum([graph.op("Mul", output, w) for output, w in zip(outputs, weights, strict=True)])
    parts = []
    for output, variance, weight in zip(outputs, variances, weights, strict=True):
        off = graph.op("Sub", output, mean)
        parts.append(graph.op("Mul", graph.op("Add", variance, graph.op("Mul", off, off)), weight))
    return graph.sum(parts)


def _member(graph, layers, covariance, x):
    """Output of one network and its variance."""
    chain = []
    for layer in layers:
        chain.append(writer_of(_KINDS, layer)(graph, layer, x))
        x = chain[-1].output
    n_outputs = next(local for local in reversed(chain) if local.design is not None).edges.shape[1]
    variances = [_variance(graph, chain, covariance, output) for output in range(n_outputs)]
    return x, variances[0] if n_outputs == 1 else graph.op("Concat", *variances, axis=0)


def _variance(graph, chain, covariance, output):
    """Variance of one output, of shape (1, n)."""
    rows, columns = [], []
    stop, sensitivity = len(covariance), None
    for depth in range(len(chain) - 1, -1, -1):
        local = chain[depth]
        if local.design is not None:
            start = stop - int(local.edges.sum()) * local.n_coef
            at = start + np.arange(stop - start).reshape(-1, local.n_coef)
            stop = start
            part, used = _jacobian(graph, local, sensitivity, output)
            rows.append(part)
            columns.append(at[used].ravel())
        sensitivity = _pulled(graph, local, sensitivity, output) if depth else None
    J = rows[0] if len(rows) == 1 else graph.op("Concat", *rows, axis=0)
    columns = np.concatenate(columns)
    product = graph.op("MatMul", graph.numbers(covariance[np.ix_(columns, columns)]), J)
    total = graph.op("ReduceSum", graph.op("Mul", J, product), graph.integers([0]), keepdims=1)
    return graph.op("Max", total, graph.numbers(0.0))


def _jacobian(graph, local, sensitivity, output):
    """Derivative by the coefficients of the edges that lead to the output, and which edges these are."""
    i, j = np.nonzero(local.edges)
    used = np.arange(len(i)) if sensitivity is not None else np.flatnonzero(j == output)
    part = graph.op("Gather", local.design, graph.integers(i[used]), axis=0)
    if sensitivity is not None:
        pulled = graph.op("Gather", sensitivity, graph.integers(j), axis=0)
        part = graph.op("Mul", part, graph.op("Unsqueeze", pulled, graph.integers([1])))
    return graph.flat(part, len(used) * local.n_coef), used


def _pulled(graph, local, sensitivity, output):
    """Derivative of the output by the input of a layer, of shape (n_in, n); the last layer has no sensitivity yet."""
    if local.design is None:
        return graph.op("Mul", local.slopes, sensitivity)
    if sensitivity is None:
        return graph.op("Gather", local.slopes, graph.integers(output), axis=1)
    product = graph.op("Mul", local.slopes, graph.op("Unsqueeze", sensitivity, graph.integers([0])))
    return graph.op("ReduceSum", product, graph.integers([1]), keepdims=0)


def _spline(graph, layer, x):
    """A spline layer with its derivatives."""
    splines = SplinePolynomials.of(layer)
    n_in, n_out = splines.edges.shape
    places = Places.of(graph, splines, x, np.arange(n_in))
    n_basis = splines.coef.shape[2]
    design = each(places, splines.pieces(np.broadcast_to(np.eye(n_basis), (n_in, n_basis, n_basis))))
    slopes = graph.op("Mul", _slopes(places, splines), graph.numbers(splines.rate[:, None, None]))
    coef = splines.coef
    if splines.base is not None:
        value, slope = (graph.op("Unsqueeze", v, graph.integers([1])) for v in branch(places, splines, slopes=True))
        design = graph.op("Concat", design, value, axis=1)
        per_unit = 2.0 * splines.base * splines.rate[:, None] / splines.cells
        slope = _damped(places, slope)
        slopes = graph.op("Add", slopes, graph.op("Mul", graph.numbers(per_unit[:, :, None]), slope))
        coef = np.concatenate([coef, splines.base[:, :, None]], axis=2)
    weights = graph.numbers(np.swapaxes(coef, 0, 1).reshape(n_out, -1))
    output = graph.op("MatMul", weights, graph.flat(design, n_in * coef.shape[2]))
    return _Local(output, slopes, design, splines.edges, coef.shape[2])


def _slopes(places, splines):
    """Derivatives of the edges by the place in mean cells, of shape (n_in, n_out, n)."""
    pieces, (n_in, cells) = splines.pieces(), places.width.shape
    width = np.concatenate([places.width, places.width[:, :1], places.width[:, -1:]], axis=1)
    slopes = pieces[..., 1:] * np.arange(1, pieces.shape[3]) / width.reshape(n_in, 1, cells + 2, 1)
    return _damped(places, each(places, slopes))


def _damped(places, slopes):
    """Derivatives, of shape (n_in, ..., n), times that of the bound on the excess."""
    if places.shrink is None:
        return slopes
    damp = places.graph.op("Mul", places.shrink, places.shrink)
    return places.graph.op("Mul", slopes, places.graph.op("Unsqueeze", damp, places.graph.integers([1])))


def _tanh(graph, layer, x):
    """The hyperbolic tangent with its derivative."""
    y = graph.op("Tanh", x)
    return _Local(y, graph.op("Sub", graph.numbers(1.0), graph.op("Mul", y, y)))


_KINDS = {"spline": _spline, "tanh": _tanh}
