"""ONNX files of models of tables: levels as texts, as numbers and as codes, and missing values."""

import json

import numpy as np
import pytest
from conftest import needed
from fitted import assert_same, run_onnx
from numpy.testing import assert_allclose
from problems import inputs
from sklearn.pipeline import make_pipeline
from small_tables import NAMES, answer, coded, expected, fits, later, sure_fits, table

from sklearn_kan import KANRegressor, export_onnx, register_onnx_converter

needed("onnx")
needed("onnxruntime")

# Fits are stopped early: what they predict is all that matters.
pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
# An empty text is how a missing one is said.
LATER = later().replace({"text": {"": None}})
FITS = ["additive", "with a branch", "two classes", "periodic"]


def fed(frame, dtype=np.float64):
    """A data frame as inputs, one a column."""
    texts = frame[["text"]].astype(object).where(frame[["text"]].notna(), "").to_numpy(dtype=object)
    return {name: texts if name == "text" else frame[[name]].to_numpy(dtype) for name in frame}


@pytest.mark.parametrize("name", FITS)
def test_texts_numbers_and_codes(name):
    model, X = fits()[name], LATER
    value = "probabilities" if name == "two classes" else "variable"
    assert_same(run_onnx(export_onnx(model), fed(X))[value], expected(model, X))
    assert_same(run_onnx(export_onnx(model, coded=True), coded(model, X))[value], expected(model, X))
    single = run_onnx(export_onnx(model, dtype=np.float32), fed(X, np.float32))[value]
    assert_allclose(single, expected(model, X).reshape(single.shape), rtol=0, atol=1e-4 * max(np.ptp(single), 1.0))


@pytest.mark.parametrize("model", [0, 1])
@pytest.mark.parametrize("kind", [True, "epistemic"])
def test_standard_deviations_of_levels_and_missing_values(model, kind):
    model, X = sure_fits()[model], LATER
    std = run_onnx(export_onnx(model, return_std=kind, coded=True), coded(model, X))["std"]
    assert_allclose(std[:, 0], model.predict(X, return_std=kind)[1], rtol=1e-9)


def test_levels_that_are_numbers_are_of_standard_operators():
    X = np.column_stack([inputs(60), np.arange(60) % 3 * 2.5, np.arange(60) % 2])
    X[::9, 2] = np.nan
    model = KANRegressor((), alpha=1e-2, max_iter=3, tol=0.1, categorical_features=[2, 3]).fit(X, X[:, 0] + X[:, 3])
    file = export_onnx(model)
    assert {opset.domain for opset in file.opset_import} == {""}
    X[:5, 2:] = [[2.5000001, 1], [1, 0.5], [-2.5, np.nan], [5, -1], [np.inf, 1]]
    assert_same(run_onnx(file, X)["variable"][:4], model.predict(X[:4]))


@pytest.mark.parametrize("size", [1, 1000])
def test_one_level_and_a_thousand(size):
    frame = table(1000)[["x", "z"]]
    frame["level"] = [f"level {n % size}" for n in range(1000)]
    model = KANRegressor((), alpha=1e-2, max_iter=3, tol=0.1).fit(frame, np.arange(1000) % 7)
    frame.loc[1, "level"] = "other"
    feed = {name: frame[[name]].to_numpy() for name in frame}
    assert_same(run_onnx(export_onnx(model), feed)["variable"], model.predict(frame))


def test_an_empty_text_may_be_a_level():
    frame = table(missing=False)
    frame.loc[::3, "text"] = ""
    model = KANRegressor((), alpha=1e-2, max_iter=3, tol=0.1).fit(frame, answer(frame))
    assert_same(run_onnx(export_onnx(model), fed(frame))["variable"], model.predict(frame))


def test_missing_numbers_alone():
    X = inputs(80)
    X[::5, 0] = np.nan
    model = KANRegressor((2,), alpha=1e-2, max_iter=5, tol=0.1, random_state=0).fit(X, np.nan_to_num(X).sum(axis=1))
    X[::7, 1] = np.nan
    assert_same(run_onnx(export_onnx(model), X)["variable"], model.predict(X))


def test_the_file_knows_its_levels():
    file = export_onnx(fits()["additive"])
    properties = {entry.key: json.loads(entry.value) for entry in file.metadata_props}
    assert properties["features"] == NAMES
    assert properties["levels"] == [known and list(known) for known in fits()["additive"]._columns.levels]


@pytest.mark.parametrize("names", [["a", "a", "b", "c", "d"], ["", "a", "b", "c", "d"], ["std", "a", "b", "c", "d"]])
def test_names_that_no_inputs_can_have(names):
    with pytest.raises(ValueError, match="Pass feature_names, or coded=True"):
        export_onnx(fits()["additive"], feature_names=names)
    names = [*names[1:4], "kan_1", "X"] if len(set(names)) < 5 else [*names[1:], "KAN_node_1"]
    assert_same(
        run_onnx(
            export_onnx(fits()["additive"], feature_names=names), dict(zip(names, fed(LATER).values(), strict=True))
        )["variable"],
        fits()["additive"].predict(LATER),
    )


def test_skl2onnx_converts_columns_of_any_type():
    skl2onnx = needed("skl2onnx")
    types = skl2onnx.common.data_types
    register_onnx_converter()
    pipeline, X = make_pipeline(fits()["additive"]), LATER
    kinds = {"text": types.StringTensorType, "flag": types.DoubleTensorType}
    initial = [(name, kinds.get(name, types.DoubleTensorType)([None, 1])) for name in NAMES]
    y = run_onnx(skl2onnx.convert_sklearn(pipeline, initial_types=initial), fed(X))["variable"]
    assert_same(y, fits()["additive"].predict(X))


def test_skl2onnx_takes_the_types_of_a_data_frame():
    skl2onnx = needed("skl2onnx")
    register_onnx_converter()
    frame = table(missing=False)
    file = skl2onnx.to_onnx(fits()["with a branch"], frame[:1])
    feed = {name: frame[[name]].to_numpy(object if name == "text" else None) for name in frame}
    assert_same(run_onnx(file, feed)["variable"], fits()["with a branch"].predict(frame))
