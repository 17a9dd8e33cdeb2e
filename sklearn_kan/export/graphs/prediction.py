r"""Predictions as a graph: blocks of rows go through the network, then through the inverse link.

All values of a hundred thousand rows at once would go through memory at each operator. Hence rows are padded to whole
blocks, and a Scan over the blocks keeps a block in a cache: three times as fast.
"""

import numpy as np

from ...estimators.checks import check_return_std
from ..model_data import label_values
from .columns import codes_of_numbers
from .graph import Graph
from .posterior import posterior_variance
from .splines import network_values

# Rows of a block: of 256, 512, 1024 and 2048 all are within a tenth in double precision.
_BLOCK = 1024


def raw_predictions(graph, rows, model, posterior=None):
    """Raw predictions, on request with their posterior variance, as the network has them.

    Parameters
    ----------
    graph : Graph
    rows : str
        Of shape (n, n_features).
    model : ModelData
    posterior : Posterior, default=None

    Returns
    -------
    outputs : list of str
        Output of the network in the units of raw predictions, then the variance in those of its output; each of shape
        (n, n_outputs).
    """
    body = Graph(graph.dtype, f"{graph.prefix}block_")
    x = codes_of_numbers(body, body.op("Transpose", f"{graph.prefix}block", perm=[1, 0]), model.levels)
    outputs = [network_values(body, model.layers, x)]
    if posterior is not None:
        outputs.append(posterior_variance(body, posterior, x))
    outputs = [body.op("Transpose", output, perm=[1, 0]) for output in outputs]
    values = _blockwise(graph, rows, body, outputs, len(model.features), len(model.scale))
    scaled = graph.op("Mul", values[0], graph.numbers(model.scale))
    return [graph.op("Add", scaled, graph.numbers(model.location)), *values[1:]]


def _blockwise(graph, rows, body, outputs, n_features, n_outputs):
    """Outputs of a body for all rows, block by block."""
    zero, one = graph.integers([0]), graph.integers([1])
    n = graph.op("Slice", graph.op("Shape", rows), zero, one)
    some = graph.op("Max", n, one)
    block = graph.op("Min", some, graph.integers([_BLOCK]))
    n_blocks = graph.op("Div", graph.op("Sub", graph.op("Add", some, block), one), block)
    total = graph.op("Mul", n_blocks, block)
    pads = graph.op("Concat", zero, zero, graph.op("Sub", total, n), zero, axis=0)
    padded = graph.op("Pad", rows, pads, graph.numbers(0.0), mode="constant")
    blocks = graph.op("Reshape", padded, graph.op("Concat", n_blocks, block, graph.integers([n_features]), axis=0))
    proto = body.proto(f"{graph.prefix}blocks", {f"{graph.prefix}block": n_features}, dict.fromkeys(outputs, n_outputs))
    values = graph.ops("Scan", [blocks], len(outputs), body=proto, num_scan_inputs=1)
    shape = graph.op("Concat", total, graph.integers([n_outputs]), axis=0)
    return [graph.op("Slice", graph.op("Reshape", value, shape), zero, n) for value in values]


def regression(graph, rows, est, model, return_std=False):
    """Outputs of a regressor: predictions, and standard deviations if asked for; each of shape (n, n_outputs)."""
    raw, *variance = raw_predictions(graph, rows, model, est.posterior_ if return_std else None)
    y = _exp(graph, raw) if model.link == "log" else raw
    if not return_std:
        return [y]
    scale = graph.numbers(model.scale)
    scale = graph.op("Mul", scale, y) if model.link == "log" else scale
    std = graph.op("Sqrt", graph.op("Mul", variance[0], graph.op("Mul", scale, scale)))
    if return_std == "epistemic":
        return [y, std]
    total = graph.op("Add", graph.op("Mul", std, std), graph.numbers(np.ravel(est.sigma_) ** 2))
    return [y, graph.op("Sqrt", total)]


def _exp(graph, raw):
    """exp, within the range of numbers."""
    most = 700.0 if graph.dtype == np.float64 else 88.0
    return graph.op("Exp", graph.op("Clip", raw, graph.numbers(-most), graph.numbers(most)))


def classification(graph, rows, model, labels, raw_scores=False):
    """Outputs of a classifier: the label of shape (n,), and probabilities or scores of shape (n, n_classes).

    Parameters
    ----------
    graph : Graph
    rows : str
    model : ModelData
    labels : ndarray of shape (n_classes,)
        Of int64 or str.
    raw_scores : bool, default=False
        Scores instead of probabilities, for two classes those of `decision_function` with both signs.

    Returns
    -------
    label, values : str
    """
    (raw,) = raw_predictions(graph, rows, model)
    two = model.link == "logit"
    scores = graph.op("Concat", graph.op("Mul", raw, graph.numbers(0.0)), raw, axis=1) if two else raw
    place = graph.op("ArgMax", scores, axis=1, keepdims=0)
    label = graph.op("Gather", graph.constant(labels), place, axis=0)
    if not raw_scores:
        return label, graph.op("Softmax", scores, axis=1)
    return label, graph.op("Concat", graph.op("Neg", raw), raw, axis=1) if two else raw


def prediction(graph, rows, est, data, *, return_std=False, raw_scores=False, nocl=False):
    """Add a prediction to a graph.

    Parameters
    ----------
    graph : Graph
    rows : str
        Of shape (n, n_features).
    est : KANRegressor or KANClassifier
    data : ModelData
        With the levels of those categories only that are not codes in `rows`.
    return_std, raw_scores, nocl
        As of `export_onnx`.

    Returns
    -------
    outputs : dict of str to str
        Names in the graph by what they are.
    """
    if data.classes is None:
        _check_options("classifiers", raw_scores=raw_scores, nocl=nocl)
        kind = check_return_std(return_std)
        est._check_std(kind)
        return dict(zip(("variable", "std"), regression(graph, rows, est, data, kind), strict=False))
    _check_options("regressors", return_std=return_std)
    labels = np.arange(len(data.classes)) if nocl else label_values(data.classes)
    return dict(zip(("label", "probabilities"), classification(graph, rows, data, labels, raw_scores), strict=True))


def _check_options(whose, **options):
    """Raise if an option is set that is for the other kind of estimators."""
    for name, value in options.items():
        if value is not False:
            raise ValueError(f"{name} is for {whose} only; got {name}={value!r}.")
