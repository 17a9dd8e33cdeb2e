"""A fitted estimator as an ONNX model, of standard operators only."""

import json
from importlib import import_module
from pathlib import Path

import numpy as np

from .model_data import ModelData, label_values

# Versions of the operators and of the format: older than the newest, as runtimes lag behind.
_OPSET, _IR_VERSION = 15, 8
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
    feature_names=None,
    output_names=None,
):
    """The model in ONNX, for ONNX Runtime and whatever else runs such files.

    Its input "X" are rows of features, as many as one likes. Regressors have the output "variable" of shape
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
    feature_names, output_names : sequence of str, default=None
        For the properties "features" and "outputs" of the file, lists in JSON. None: column names of the data frame of
        fit, classes, or x0, x1, ... and y.

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
    from .graphs.graph import Graph
    from .graphs.prediction import prediction

    graph = Graph(_number_type(dtype))
    data = ModelData.of(est, feature_names=feature_names, output_names=output_names)
    outputs = prediction(graph, "X", est, data, return_std=return_std, raw_scores=raw_scores, nocl=nocl)
    model = _model(onnx, graph, data, outputs, nocl)
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


def _model(onnx, graph, data, outputs, nocl):
    """The whole file."""
    helper, n_outputs = onnx.helper, len(data.outputs)
    for name, value in outputs.items():
        graph.nodes.append(helper.make_node("Identity", [value], [name], name=name))
    infos = [helper.make_tensor_value_info(name, graph.element_type, [None, n_outputs]) for name in outputs]
    if data.classes is not None:
        kind = helper.np_dtype_to_tensor_dtype(np.dtype(np.int64) if nocl else label_values(data.classes).dtype)
        infos[0] = helper.make_tensor_value_info("label", kind, [None])
    rows = helper.make_tensor_value_info("X", graph.element_type, [None, len(data.features)])
    proto = helper.make_graph(graph.nodes, data.title, [rows], infos, initializer=graph.constants)
    model = helper.make_model(proto, opset_imports=[helper.make_opsetid("", _OPSET)], ir_version=_IR_VERSION)
    model.producer_name, model.doc_string = "sklearn_kan", f"{data.title} of sklearn_kan"
    helper.set_model_props(model, {"features": json.dumps(data.features), "outputs": json.dumps(data.outputs)})
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
