r"""Posterior variance of predictions as a graph: J C J^T of each averaged network, and how these differ.

With B_l the basis functions of layer l and S_l the derivative of an output by the output of that layer, the derivative
by the coefficients of edge (i, j) is B_l,i S_l,j; and S_{l-1,i} = sum_j phi'_ij S_l,j (see `network.network`).
"""

from dataclasses import dataclass

import numpy as np

from ..column_effects import ColumnEffects
from ..languages.flat import writer_of
from ..model_data import layer_data, parameter_places
from ..polynomials import SplinePolynomials
from .columns import known_numbers, level_places
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
        Basis functions of all inputs below each other, of shape (n_functions, n); None without parameters.
    rows : list of ndarray
        Which of them the edges of each input have, in the order of their coefficients.
    edges : ndarray or None
    """

    output: str
    slopes: str
    design: str | None = None
    rows: list | None = None
    edges: np.ndarray | None = None


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
    parts, columns = [], []
    stop, sensitivity = len(covariance), None
    for depth in range(len(chain) - 1, -1, -1):
        local = chain[depth]
        if local.design is not None:
            part, used = _jacobian(graph, local, sensitivity, output)
            parts.append(part)
            stop -= len(used)
            columns.append(stop + np.flatnonzero(used))
        sensitivity = _pulled(graph, local, sensitivity, output) if depth else None
    J = parts[0] if len(parts) == 1 else graph.op("Concat", *parts, axis=0)
    columns = np.concatenate(columns)
    product = graph.op("MatMul", graph.numbers(covariance[np.ix_(columns, columns)]), J)
    total = graph.op("ReduceSum", graph.op("Mul", J, product), graph.integers([0]), keepdims=1)
    return graph.op("Max", total, graph.numbers(0.0))


def _jacobian(graph, local, sensitivity, output):
    """Derivative by the coefficients of the edges that lead to the output, and which of all coefficients these are."""
    edges = np.argwhere(local.edges)
    rows = np.concatenate([local.rows[i] for i, _ in edges])
    to = np.repeat(edges[:, 1], [len(local.rows[i]) for i, _ in edges])
    used = np.ones(len(to), dtype=bool) if sensitivity is not None else to == output
    part = graph.op("Gather", local.design, graph.integers(rows[used]), axis=0)
    if sensitivity is not None:
        part = graph.op("Mul", part, graph.op("Gather", sensitivity, graph.integers(to), axis=0))
    return part, used


def _pulled(graph, local, sensitivity, output):
    """Derivative of the output by the input of a layer, of shape (n_in, n); the last layer has no sensitivity yet."""
    if local.design is None:
        return graph.op("Mul", local.slopes, sensitivity)
    if sensitivity is None:
        return graph.op("Gather", local.slopes, graph.integers(output), axis=1)
    product = graph.op("Mul", local.slopes, graph.op("Unsqueeze", sensitivity, graph.integers([0])))
    return graph.op("ReduceSum", product, graph.integers([1]), keepdims=0)


def _spline(graph, layer, x):
    """A spline layer with its derivatives; those by the input are asked for where no input is a column of a table."""
    splines, columns = SplinePolynomials.of(layer), ColumnEffects.of(layer)
    known = known_numbers(graph, columns, splines, x)
    design, slopes = _spline_design(graph, splines, known)
    design, rows = _whole_design(graph, columns, layer, x, design)
    weights = np.zeros((layer["outputs"], sum(map(len, rows))))
    for i, j in np.argwhere(splines.edges):
        weights[j, rows[i]] = layer["coef"][i][j]
    return _Local(graph.op("MatMul", graph.numbers(weights), design), slopes, design, rows, splines.edges)


def _spline_design(graph, splines, x):
    """Splines and residual branch of all inputs, of shape (n_in, n_coef, n), and derivatives of the edges by x."""
    (n_in, _), n_basis = splines.edges.shape, splines.coef.shape[2]
    places = Places.of(graph, splines, x, np.arange(n_in))
    design = each(places, splines.pieces(np.broadcast_to(np.eye(n_basis), (n_in, n_basis, n_basis))))
    slopes = graph.op("Mul", _slopes(places, splines), graph.numbers(splines.rate[:, None, None]))
    if splines.base is None:
        return design, slopes
    value, slope = (graph.op("Unsqueeze", v, graph.integers([1])) for v in branch(places, splines, slopes=True))
    per_unit = 2.0 * splines.base * splines.rate[:, None] / splines.cells
    slope = graph.op("Mul", graph.numbers(per_unit[:, :, None]), _damped(places, slope))
    return graph.op("Concat", design, value, axis=1), graph.op("Add", slopes, slope)


def _whole_design(graph, columns, layer, x, design):
    """The design of all inputs, flat, and the rows that each has, in the order of its coefficients."""
    n_in, n_coef = len(layer["lo"]), layer["coefs"]
    flat, own = graph.flat(design, n_in * n_coef), np.arange(n_in * n_coef).reshape(n_in, n_coef)
    if columns.missing is None:
        return flat, list(own)
    sizes = np.array([len(row) for row in layer["absent"]])
    kinds = [
        (np.flatnonzero(~columns.categories), _numbers_design),
        (np.flatnonzero(columns.categories), _levels_design),
    ]
    kinds = [(inputs, part) for inputs, part in kinds if len(inputs)]
    parts = [part(graph, columns, layer, x, inputs, flat) for inputs, part in kinds]
    order = np.concatenate([inputs for inputs, _ in kinds])
    stops = np.cumsum(sizes[order])
    rows = {i: np.arange(stop - sizes[i], stop) for i, stop in zip(order.tolist(), stops, strict=True)}
    whole = parts[0] if len(parts) == 1 else graph.op("Concat", *parts, axis=0)
    gone = graph.op("Gather", graph.op("IsNaN", x), graph.integers(np.repeat(order, sizes[order])), axis=0)
    absent = graph.numbers(np.concatenate([layer["absent"][i] for i in order])[:, None])
    return graph.op("Where", gone, absent, whole), [rows[i] for i in range(n_in)]


def _numbers_design(graph, columns, layer, x, inputs, flat):
    """Rows of the design of numbers, with one of zeros where a function is that of a missing value."""
    n_in, n_coef = len(layer["lo"]), layer["coefs"]
    nothing = graph.op(
        "Cast", graph.op("Less", graph.rows(x, [0], n_in), graph.rows(x, [0], n_in)), to=graph.element_type
    )
    rows = []
    for i in inputs:
        own = np.arange(i * n_coef, (i + 1) * n_coef)
        gone = [n_in * n_coef] * (len(layer["absent"][i]) - n_coef)
        rows.append(np.insert(own, n_coef - layer["silu"], gone))
    return graph.op("Gather", graph.op("Concat", flat, nothing, axis=0), graph.integers(np.concatenate(rows)), axis=0)


def _levels_design(graph, columns, layer, x, inputs, flat):
    """Rows of the design of categories: whether a code is that of each level."""
    sizes = [len(layer["absent"][i]) for i in inputs]
    others = columns.n_levels[inputs, None]
    place = level_places(graph, graph.rows(x, inputs.tolist(), len(layer["lo"])), others)
    # Codes may be any number of a level and less than 1: what is compared are whole ones.
    place = graph.op(
        "Gather", graph.op("Floor", place), graph.integers(np.repeat(np.arange(len(inputs)), sizes)), axis=0
    )
    same = graph.op("Equal", place, graph.numbers(np.concatenate([np.arange(size) for size in sizes])[:, None]))
    return graph.op("Cast", same, to=graph.element_type)


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
