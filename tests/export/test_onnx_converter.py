"""skl2onnx converts a KAN, alone and as the last step of a pipeline."""

import numpy as np
import pytest
from conftest import needed
from fitted import assert_same, fits, run_onnx
from numpy.testing import assert_allclose
from problems import inputs
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sklearn_kan import KANClassifier, KANRegressor, register_onnx_converter

onnxruntime = needed("onnxruntime")
skl2onnx = needed("skl2onnx")

# Fits are stopped early: what they predict is all that matters.
pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


@pytest.fixture(scope="module", autouse=True)
def converter():
    register_onnx_converter()


@pytest.fixture(scope="module")
def regressor():
    return make_pipeline(StandardScaler(), KANRegressor((2,), max_iter=20, tol=0.1, random_state=0)).fit(
        100 + 5 * inputs(60), np.column_stack([inputs(60)[:, 0], np.sin(3 * inputs(60)[:, 1])]) + inputs(60, seed=1)
    )


@pytest.mark.parametrize("opset", [13, 15, 18, None])
def test_a_pipeline(regressor, opset):
    X = 100 + 7 * inputs(20)
    file = skl2onnx.to_onnx(regressor, X[:1], target_opset=opset)
    assert_same(run_onnx(file, X)["variable"], regressor.predict(X))


def test_a_pipeline_in_single_precision(regressor):
    X = (100 + 5 * inputs(20)).astype(np.float32)
    y = run_onnx(skl2onnx.to_onnx(regressor, X[:1]), X, np.float32)["variable"]
    assert_allclose(y, regressor.predict(X), atol=1e-4)


@pytest.mark.parametrize("kind", [True, "epistemic"])
def test_a_standard_deviation(regressor, kind):
    X = 100 + 7 * inputs(20)
    file = skl2onnx.to_onnx(regressor, X[:1], options={id(regressor[-1]): {"return_std": kind}})
    assert_allclose(run_onnx(file, X)["std"], regressor.predict(X, return_std=kind)[1], rtol=1e-9)


@pytest.mark.parametrize("name", ["two classes", "three classes"])
def test_options_of_classifiers(name):
    X, models = fits()
    model = models[name]
    classes = model.classes_.astype(int) if name == "two classes" else model.classes_
    probabilities, options = model.predict_proba(X), {"zipmap": False}

    def outputs(dtype=np.float64, **more):
        file = skl2onnx.to_onnx(model, X[:1].astype(dtype), options={KANClassifier: {**options, **more}})
        return run_onnx(file, X, dtype)

    assert outputs()["label"].tolist() == classes[probabilities.argmax(axis=1)].tolist()
    assert_same(outputs()["probabilities"], probabilities)
    assert outputs(nocl=True)["label"].tolist() == probabilities.argmax(axis=1).tolist()
    score = np.reshape(model.decision_function(X), (len(X), -1))
    score = np.hstack([-score, score]) if name == "two classes" else score
    assert_same(outputs(raw_scores=True)["probabilities"], score)
    columns = outputs(zipmap="columns")
    assert_same(np.column_stack([values for key, values in columns.items() if "label" not in key]), probabilities)
    first = outputs(np.float32, zipmap=True)["output_probability"][0]
    assert_allclose([first[label] for label in classes.tolist()], probabilities[0], atol=1e-5)


def test_the_classes_as_an_output():
    X, models = fits()
    options = {KANClassifier: {"zipmap": False, "output_class_labels": True}}
    outputs = run_onnx(skl2onnx.to_onnx(models["three classes"], X[:1], options=options), X)
    assert outputs["class_labels"].tolist() == models["three classes"].classes_.tolist()


def test_one_input_a_column(regressor):
    double = skl2onnx.common.data_types.DoubleTensorType
    model = regressor[-1]
    file = skl2onnx.convert_sklearn(model, initial_types=[("a", double([None, 1])), ("b", double([None, 1]))])
    X, session = inputs(20), onnxruntime.InferenceSession(file.SerializeToString())
    y = session.run(None, {"a": X[:, :1], "b": X[:, 1:]})[0]
    assert_same(y, model.predict(X))


def test_old_operators_are_refused(regressor):
    with pytest.raises(ValueError, match="target_opset >= 13"):
        skl2onnx.to_onnx(regressor, inputs(1), target_opset=12)
