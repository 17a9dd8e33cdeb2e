"""ONNX Runtime computes what the estimator does, of standard operators, in double and in single precision."""

import json
import sys

import numpy as np
import pandas as pd
import pytest
from conftest import needed
from fitted import FITS, STACKS, assert_same, fits, holding, places, run_onnx
from numpy.testing import assert_allclose
from problems import inputs, make_layer
from sklearn.pipeline import make_pipeline

from sklearn_kan import KANClassifier, KANRegressor, export_onnx, register_onnx_converter
from sklearn_kan.evidence.posterior import Posterior
from sklearn_kan.layers import Tanh
from sklearn_kan.network import KANNetwork

onnx = needed("onnx")
needed("onnxruntime")

# Fits are stopped early: what they predict is all that matters.
pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


def nodes(graph):
    """All operators of a graph, those within others too."""
    for node in graph.node:
        yield node
        for attribute in node.attribute:
            yield from nodes(attribute.g)


@pytest.mark.parametrize("name", STACKS)
def test_double_precision_is_that_of_the_network(name):
    model = holding(STACKS[name]())
    X = places(model.network_, far="deep" not in name)
    assert_same(run_onnx(export_onnx(model), X)["variable"], model.predict(X))


@pytest.mark.parametrize("name", STACKS)
def test_single_precision_is_close_within_the_grid(name):
    model, X = holding(STACKS[name]()), inputs(50)
    y, expected = run_onnx(export_onnx(model, dtype="float32"), X, np.float32)["variable"], model.predict(X)
    assert y.dtype == np.float32
    assert_allclose(y, expected.reshape(y.shape), rtol=0, atol=1e-4 * (np.ptp(expected) or 1.0))


@pytest.mark.parametrize("name", FITS)
def test_a_file_predicts_what_the_estimator_does(name):
    X, models = fits()
    model, X = models[name], np.vstack([X[:20], inputs(20, spread=2.0)])
    outputs = run_onnx(export_onnx(model), X)
    if "classes" not in name:
        assert_same(outputs["variable"], model.predict(X))
        return
    assert_same(outputs["probabilities"], model.predict_proba(X))
    assert outputs["label"].tolist() == model.predict(X).tolist()


@pytest.mark.parametrize("rule", ["continue", "constant"])
def test_a_file_extrapolates_as_the_estimator(rule):
    model = KANRegressor((2,), extrapolation=rule, alpha=1e-3, max_iter=10, tol=0.1, random_state=0)
    model.fit(inputs(40), inputs(40).sum(axis=1) ** 2)
    X = inputs(20, spread=3.0)
    assert_same(run_onnx(export_onnx(model), X)["variable"], model.predict(X))


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_rows_that_the_estimator_refuses_are_not_a_number(dtype):
    X = inputs(40)
    model = KANRegressor((), extrapolation="error", alpha=1e-3, max_iter=10, tol=0.1).fit(X, X[:, 0])
    y = run_onnx(export_onnx(model, dtype=dtype), np.vstack([X, [[0.0, 1.5]]]), dtype)["variable"][:, 0]
    assert_allclose(y[:-1], model.predict(X), rtol=0, atol=1e-4)
    assert np.isnan(y[-1])


@pytest.mark.parametrize("n", [0, 1, 2, 1023, 1024, 1025, 2500])
def test_a_batch_has_any_number_of_rows(n):
    model, X = holding(STACKS["tanh between"]()), inputs(2500)[:n]
    y = run_onnx(export_onnx(model), X)["variable"]
    assert y.shape == (n, 2)
    # A product of one row is another routine than that of many: they round differently.
    assert n == 0 or np.allclose(y[-1:], run_onnx(export_onnx(model), X[-1:])["variable"], rtol=1e-12)


def posterior_of(*members):
    """A posterior with random covariances."""
    rng, covariances = np.random.RandomState(0), []
    for member in members:
        root = rng.normal(size=(member.n_params, member.n_params))
        covariances.append(root @ root.T / len(root))
    weights = np.arange(1.0, len(members) + 1)
    return Posterior(members, covariances, weights / weights.sum())


MEMBERS = {
    "additive": lambda: [KANNetwork([make_layer(2, 1)])],
    "several outputs": lambda: [
        KANNetwork([make_layer(2, 3, missing=[(0, 1)]), make_layer(3, 2, 1, missing=[(2, 0)])])
    ],
    "straight": lambda: [KANNetwork([make_layer(2, 2, degree=1, kind="unequal"), make_layer(2, 1, degree=1)])],
    "one straight cell": lambda: [KANNetwork([make_layer(2, 2, degree=1, grid_size=1), make_layer(2, 1, degree=1)])],
    "constant outside": lambda: [
        KANNetwork([make_layer(2, 2), make_layer(2, 1, 1, extrapolation="constant", max_excess=0.25)])
    ],
    "continued": lambda: [KANNetwork([make_layer(2, 2), make_layer(2, 1, extrapolation="continue", max_excess=0.25)])],
    "silu and tanh": lambda: [
        KANNetwork([make_layer(2, 3, base_function="silu"), Tanh(), make_layer(3, 1, 1, base_function="silu")])
    ],
    "silu, constant and continued": lambda: [STACKS["silu, constant and continued"]()],
    "averaged": lambda: [
        KANNetwork([make_layer(2, 3, 0, kind="unequal"), make_layer(3, 1, 1, max_excess=0.25)]),
        KANNetwork([make_layer(2, 2, 2), make_layer(2, 2, 3, missing=[(0, 0)]), make_layer(2, 1, 4)]),
    ],
}


@pytest.mark.parametrize("kind", [True, "epistemic"])
@pytest.mark.parametrize("name", MEMBERS)
def test_a_file_knows_the_standard_deviation(name, kind):
    members = MEMBERS[name]()
    sigma = np.full(members[0].n_outputs, 0.3)
    model = holding(members[-1], posterior_=posterior_of(*members), sigma_=sigma)
    X = places(members[0], far=False)
    outputs = run_onnx(export_onnx(model, return_std=kind), X)
    y, std = model.predict(X, return_std=kind)
    assert_same(outputs["variable"], y)
    assert_allclose(outputs["std"], std.reshape(len(X), -1), rtol=1e-9)


def test_the_standard_deviation_goes_through_the_link():
    X = inputs(60)
    model = KANRegressor((), loss="poisson", max_iter=10, tol=0.1).fit(X, np.round(np.exp(X[:, 0] + 1)))
    std = model.predict(X, return_std="epistemic")[1]
    assert_allclose(run_onnx(export_onnx(model, return_std="epistemic"), X)["std"][:, 0], std, rtol=1e-9)
    with pytest.raises(ValueError, match="ask for 'epistemic'"):
        export_onnx(model, return_std=True)


def test_labels_have_a_type_of_their_own():
    X = inputs(40)
    code = (X[:, 0] > 0) + (X[:, 1] > 0).astype(int)
    for labels in ([5, -1, 7], ["ä", "b c", ""], [1.0, 2.0, 3.0]):
        model = KANClassifier((), alpha=1e-3, max_iter=5, tol=0.1).fit(X, np.array(labels, dtype=object)[code].tolist())
        label = run_onnx(export_onnx(model), X)["label"]
        assert label.tolist() == model.predict(X).tolist()
        assert (
            run_onnx(export_onnx(model, nocl=True), X)["label"].tolist()
            == model.predict_proba(X).argmax(axis=1).tolist()
        )


def test_scores_instead_of_probabilities():
    X, models = fits()
    two, three = models["two classes"], models["three classes"]
    score = two.decision_function(X)
    assert_same(run_onnx(export_onnx(two, raw_scores=True), X)["probabilities"], np.column_stack([-score, score]))
    assert_same(run_onnx(export_onnx(three, raw_scores=True), X)["probabilities"], three.decision_function(X))


def test_operators_are_standard_ones_and_names_are_kept(tmp_path):
    frame = pd.DataFrame(inputs(40), columns=["wind speed", "größe"])
    model = KANRegressor((2,), alpha=1e-3, max_iter=5, tol=0.1).fit(frame, frame["größe"])
    file = export_onnx(model, tmp_path / "model.onnx", output_names=["power"])
    assert {node.domain for node in nodes(file.graph)} == {""}
    assert [(opset.domain, opset.version) for opset in file.opset_import] == [("", 15)]
    properties = {entry.key: json.loads(entry.value) for entry in onnx.load(tmp_path / "model.onnx").metadata_props}
    assert properties == {"features": ["wind speed", "größe"], "outputs": ["power"], "levels": [None, None]}


def test_what_an_estimator_does_not_have_is_refused():
    _, models = fits()
    with pytest.raises(ValueError, match="return_std is for regressors only"):
        export_onnx(models["two classes"], return_std=True)
    with pytest.raises(ValueError, match="raw_scores is for classifiers only"):
        export_onnx(models["gamma"], raw_scores=True)
    with pytest.raises(ValueError, match="alpha='auto'"):
        export_onnx(models["several"], return_std=True)
    with pytest.raises(ValueError, match="dtype must be float64 or float32"):
        export_onnx(models["several"], dtype="float16")
    with pytest.raises(TypeError, match="pass its last step"):
        export_onnx(make_pipeline(models["several"]))


def test_layers_of_other_kinds_are_refused():
    class Product(Tanh):
        kind = "product"

    with pytest.raises(ValueError, match="'product' cannot be exported"):
        export_onnx(holding(KANNetwork([make_layer(2, 2), Product(), make_layer(2, 1)])))


def test_the_file_of_an_average_of_networks_is_small():
    """Parts that share no nodes are products of their own, without the zeros between them."""
    layers = [
        make_layer(2, 60, 0),
        make_layer(60, 10, 1, missing=[(i, j) for i in range(60) for j in range(10) if i // 6 != j]),
    ]
    model = holding(KANNetwork([*layers, make_layer(10, 1, 2)]))
    edges = sum(int(layer.edges.sum()) for layer in model.network_.layers)
    size = len(export_onnx(model).SerializeToString())
    assert size < edges * 17 * 8 + 60_000
    X = inputs(20, spread=2.0)
    assert_same(run_onnx(export_onnx(model), X)["variable"], model.predict(X))


@pytest.mark.parametrize("function", [lambda: export_onnx(fits()[1]["gamma"]), register_onnx_converter])
def test_a_missing_package_is_named_with_its_extra(monkeypatch, function):
    monkeypatch.setitem(sys.modules, "onnx", None)
    with pytest.raises(ImportError, match=r"pip install 'sklearn-kan\[onnx\]'"):
        function()
