"""Converters of both estimators for skl2onnx, by its own protocol: a parser, a shape calculator, a converter."""

import numpy as np
from onnx import TensorProto, helper
from skl2onnx import update_registered_converter
from skl2onnx.common.data_types import (
    DoubleTensorType,
    FloatTensorType,
    Int64TensorType,
    StringTensorType,
)

from ...estimators import KANClassifier, KANRegressor
from ..model_data import ModelData, label_values
from .columns import coded_rows
from .graph import ML_OPSET, OPSET, Graph
from .prediction import prediction

_ALIASES = {KANRegressor: "SklearnKANRegressor", KANClassifier: "SklearnKANClassifier"}
_REGRESSOR_OPTIONS = {"return_std": [False, True, "epistemic"]}
_CLASSIFIER_OPTIONS = {
    "zipmap": [True, False, "columns"],
    "nocl": [False, True],
    "raw_scores": [False, True],
    "output_class_labels": [False, True],
}
# Options that say what is predicted; skl2onnx sees to the others itself.
_OWN = {"return_std": False, "nocl": False, "raw_scores": False}


def register():
    """Register both converters."""
    update_registered_converter(
        KANRegressor,
        _ALIASES[KANRegressor],
        _regressor_shapes,
        _convert,
        parser=_parse_regressor,
        options=_REGRESSOR_OPTIONS,
    )
    update_registered_converter(
        KANClassifier, _ALIASES[KANClassifier], _classifier_shapes, _convert, options=_CLASSIFIER_OPTIONS
    )


def _parse_regressor(scope, model, inputs, custom_parsers=None):
    """Declare the outputs of a regressor, with the standard deviation if it is asked for."""
    operator = scope.declare_local_operator(_ALIASES[type(model)], model)
    operator.inputs = inputs
    names = ["variable", "std"] if scope.get_options(model, {"return_std": False})["return_std"] else ["variable"]
    for name in names:
        operator.outputs.append(scope.declare_local_variable(name, _number_type(operator)()))
    return operator.outputs


def _regressor_shapes(operator):
    """Types and shapes of what a regressor has."""
    n = operator.inputs[0].get_first_dimension()
    for output in operator.outputs:
        output.set_type(_number_type(operator)([n, operator.raw_operator.n_outputs_]))


def _classifier_shapes(operator):
    """Types and shapes of what a classifier has."""
    n, labels = operator.inputs[0].get_first_dimension(), _labels(operator)
    operator.outputs[0].set_type((StringTensorType if labels.dtype == object else Int64TensorType)([n]))
    operator.outputs[1].set_type(_number_type(operator)([n, len(labels)]))


def _convert(scope, operator, container):
    """Put the graph of an estimator into the container."""
    if container.target_opset < OPSET:
        raise ValueError(f"A KAN needs target_opset >= {OPSET}; got {container.target_opset}.")
    est = operator.raw_operator
    dtype = np.float64 if _number_type(operator) is DoubleTensorType else np.float32
    graph = Graph(dtype, f"{scope.get_unique_variable_name('kan')}_")
    inputs = [(v.full_name, v.type.shape[1], isinstance(v.type, StringTensorType)) for v in operator.inputs]
    rows, data = coded_rows(graph, inputs, ModelData.of(est))
    outputs = prediction(graph, rows, est, data, **_options(operator))
    for tensor in graph.constants:
        text = tensor.data_type == TensorProto.STRING
        content = [value.decode() for value in tensor.string_data] if text else tensor
        container.add_initializer(tensor.name, tensor.data_type, list(tensor.dims), content)
    for value, variable in zip(outputs.values(), operator.outputs, strict=True):
        graph.nodes.append(helper.make_node("Identity", [value], [variable.full_name], name=graph.name("node")))
    for node in graph.nodes:
        attributes = {attribute.name: helper.get_attribute_value(attribute) for attribute in node.attribute}
        names = {"name": node.name, "op_domain": node.domain, "op_version": ML_OPSET if node.domain else None}
        container.add_node(node.op_type, list(node.input), list(node.output), **names, **attributes)


def _number_type(operator):
    """Type of the numbers: double where all inputs of floats are, and there is one."""
    floats = [v.type for v in operator.inputs if isinstance(v.type, DoubleTensorType | FloatTensorType)]
    double = floats and all(isinstance(kind, DoubleTensorType) for kind in floats)
    return DoubleTensorType if double else FloatTensorType


def _options(operator):
    """Options that say what is predicted."""
    allowed = _REGRESSOR_OPTIONS if isinstance(operator.raw_operator, KANRegressor) else _CLASSIFIER_OPTIONS
    known = {name: value for name, value in _OWN.items() if name in allowed}
    options = operator.scope_inst.get_options(operator.raw_operator, dict(known))
    return {name: options[name] for name in known}


def _labels(operator):
    """Labels that are predicted."""
    classes = operator.raw_operator.classes_
    return np.arange(len(classes)) if _options(operator)["nocl"] else label_values(classes.tolist())
