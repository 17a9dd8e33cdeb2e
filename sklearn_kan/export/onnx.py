"""A fitted estimator as an ONNX model, of standard operators only."""

import json
from dataclasses import replace
from importlib import import_module
from pathlib import Path

import numpy as np

from .model_data import ModelData, has_texts, label_values, unused_prefix

# Versions of the operators and of the format: older than the newest, as runtimes lag behind.
_OPSETS, _IR_VERSION = {"": 15, "ai.onnx.ml": 2}, 8
# Names of outputs, all that there may be.
_OUTPUTS = {"variable", "std", "label", "probabilities"}
# What installs onnx.
_EXTRA = "sklearn-kan[onnx]"


def export_onnx(
    est,
    path=None,
    *,
    dtype=np.float64,
    return_std=False,
    raw_scores=False,
    nocl=False,
    coded=False,
    feature_names=None,
    output_names=None,
):
    """The model in ONNX, for ONNX Runtime and whatever else runs such files.

    The input "X" are rows of features, as many as one likes. Regressors have the output "variable" of shape
    (n_samples, n_outputs), classifiers "label" and "probabilities", as skl2onnx has them. To convert a pipeline whose
    last step is a KAN, call `register_onnx_converter` once and then ``skl2onnx.to_onnx``.

    Parameters
    ----------
    est : KANRegressor or KANClassifier
        Fitted.
    path : str or path-like, default=None
        File to write.
    dtype : float64 or float32, default=float64
        Of its numbers: float64 gives the predictions of the estimator to rounding, float32 to 1e-4 of their range or
        better, in half the time.
    return_std : bool or "epistemic", default=False
        For regressors with a posterior: a second output "std", as of ``predict(X, return_std=...)``. The file then has
        the covariances of all coefficients, tens of megabytes for a default model.
    raw_scores : bool, default=False
        For classifiers: scores instead of probabilities; of two classes the logit of the second with both signs.
    nocl : bool, default=False
        For classifiers: the place of the label in ``classes_`` instead of the label.
    coded : bool, default=False
        Whether categories come as codes: there is one input "X", and in it a level has the number of its place in the
        property "levels" of the file; any other number is an unknown level.
    feature_names, output_names : sequence of str, default=None
        For the properties "features" and "outputs" of the file, beside "levels", all in JSON. None: column names of
        the data frame of fit, classes, or x0, x1, ... and y.

    Returns
    -------
    model : onnx.ModelProto
        With ``extrapolation="error"`` rows outside the training range get NaN.

    Raises
    ------
    ImportError
        If onnx is not installed.
    ValueError
        If a standard deviation is asked for that the model does not have.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_kan import KANRegressor, export_onnx
    >>> X = np.random.RandomState(0).uniform(-1, 1, (200, 2))
    >>> model = KANRegressor((), random_state=0).fit(X, X[:, 0] + X[:, 1] ** 2)
    >>> export_onnx(model, "model.onnx")  # doctest: +SKIP
    >>> onnxruntime.InferenceSession("model.onnx").run(["variable"], {"X": X[:3]})  # doctest: +SKIP
    """
    onnx = _require("onnx", _EXTRA)
    from .graphs.columns import coded_rows
    from .graphs.graph import Graph
    from .graphs.prediction import prediction

    data = ModelData.of(est, feature_names=feature_names, output_names=output_names)
    inputs = _inputs(data, coded)
    graph = Graph(_number_type(dtype), unused_prefix("kan_", inputs))
    rows, uncoded = coded_rows(graph, [(name, *shape) for name, shape in inputs.items()], data)
    uncoded = replace(data, levels=[None] * len(data.features)) if coded else uncoded
    outputs = prediction(graph, rows, est, uncoded, return_std=return_std, raw_scores=raw_scores, nocl=nocl)
    model = _model(onnx, graph, data, inputs, outputs, nocl)
    onnx.checker.check_model(model)
    if path is not None:
        Path(path).write_bytes(model.SerializeToString())
    return model


def register_onnx_converter():
    """Teach skl2onnx to convert KANRegressor and KANClassifier, alone and in pipelines.

    Their options are those of other classifiers, "zipmap", "nocl", "raw_scores" and "output_class_labels", and
    "return_std" of regressors, with the values that `export_onnx` takes.

    Raises
    ------
    ImportError
        If skl2onnx is not installed.

    Examples
    --------
    >>> from sklearn_kan import register_onnx_converter
    >>> register_onnx_converter()  # doctest: +SKIP
    >>> skl2onnx.to_onnx(pipeline, X[:1])  # doctest: +SKIP
    """
    _require("onnx", _EXTRA)
    _require("skl2onnx", "skl2onnx")
    from .graphs.converter import register

    register()


def _inputs(data, coded):
    """Names of the inputs, and of each how many features it has and whether it holds texts."""
    texts = [not coded and has_texts(levels) for levels in data.levels]
    if not any(texts):
        return {"X": (len(texts), False)}
    inputs = {name: (1, is_text) for name, is_text in zip(data.features, texts, strict=True)}
    if len(inputs) < len(texts) or inputs.keys() & _OUTPUTS or "" in inputs:
        raise ValueError(
            "With categories of texts each feature is an input of its own, called like it: names must differ, not be "
            f"empty, and be none of {sorted(_OUTPUTS)}. Pass feature_names, or coded=True for one input of numbers."
        )
    return inputs


def _model(onnx, graph, data, inputs, outputs, nocl):
    """The whole file."""
    helper, n_outputs = onnx.helper, len(data.outputs)
    for name, value in outputs.items():
        graph.nodes.append(helper.make_node("Identity", [value], [name], name=graph.name("node")))
    infos = [helper.make_tensor_value_info(name, graph.element_type, [None, n_outputs]) for name in outputs]
    if data.classes is not None:
        kind = helper.np_dtype_to_tensor_dtype(np.dtype(np.int64) if nocl else label_values(data.classes).dtype)
        infos[0] = helper.make_tensor_value_info("label", kind, [None])
    rows = [
        helper.make_tensor_value_info(name, onnx.TensorProto.STRING if is_text else graph.element_type, [None, width])
        for name, (width, is_text) in inputs.items()
    ]
    proto = helper.make_graph(graph.nodes, data.title, rows, infos, initializer=graph.constants)
    opsets = [helper.make_opsetid(domain, _OPSETS[domain]) for domain in sorted(graph.domains)]
    model = helper.make_model(proto, opset_imports=opsets, ir_version=_IR_VERSION)
    model.producer_name, model.doc_string = "sklearn_kan", f"{data.title} of sklearn_kan"
    properties = {"features": data.features, "outputs": data.outputs, "levels": data.levels}
    helper.set_model_props(model, {name: json.dumps(value) for name, value in properties.items()})
    return model


def _number_type(dtype):
    """The type of numbers, checked."""
    try:
        found = np.dtype(dtype)
    except TypeError:
        found = None
    if found not in (np.float64, np.float32):
        raise ValueError(f"dtype must be float64 or float32; got {dtype!r}.")
    return found


def _require(package, source):
    """A package that not everybody has."""
    try:
        return import_module(package)
    except ImportError as error:
        raise ImportError(f"{package} is needed: pip install '{source}'.") from error
