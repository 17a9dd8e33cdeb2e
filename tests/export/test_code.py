"""Programs predict what the model does, whatever it is made of and however its columns are called."""

import numpy as np
import pandas as pd
import pytest
from fitted import FITS, STACKS, assert_same, fits, holding, places
from problems import NETWORKS, inputs, make_layer
from programs import RUN, run_sql
from sklearn.pipeline import make_pipeline

from sklearn_kan import KANClassifier, KANRegressor, export_code
from sklearn_kan.layers import Tanh
from sklearn_kan.network import KANNetwork

# Fits are stopped early: what they predict is all that matters.
pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

NASTY = [
    'a"b',
    "*/ int",
    "'; DROP TABLE data; --",
    "</script>",
    "\\",
    "line\nend",
    "??/",
    "größe 日本",
    "",
    "__proto__",
]
NASTY += ["${x}", "@DATA@", "kan_row", "%s{0}", "\t", "-- \N{LINE SEPARATOR}"]


@pytest.fixture(params=RUN)
def language(request):
    return request.param


@pytest.mark.parametrize("name", STACKS)
def test_a_program_computes_what_the_network_does(name, language, tmp_path):
    model = holding(STACKS[name]())
    X = places(model.network_, far="deep" not in name)
    assert_same(RUN[language](export_code(model, language), X, tmp_path).y, model.predict(X))


@pytest.mark.parametrize("name", FITS)
def test_a_program_predicts_what_the_estimator_does(name, language, tmp_path):
    X, models = fits()
    model, X = models[name], np.vstack([X[:20], inputs(20, spread=2.0)])
    run = RUN[language](export_code(model, language), X, tmp_path)
    assert_same(run.y, model.predict_proba(X) if "classes" in name else model.predict(X))


@pytest.mark.parametrize("rule", ["continue", "constant"])
def test_a_program_extrapolates_as_the_estimator(rule, language, tmp_path):
    model = KANRegressor((2,), extrapolation=rule, alpha=1e-3, max_iter=10, tol=0.1, random_state=0)
    model.fit(inputs(40), inputs(40).sum(axis=1) ** 2)
    X = inputs(20, spread=3.0)
    assert_same(RUN[language](export_code(model, language), X, tmp_path).y, model.predict(X))


def test_a_program_refuses_what_the_estimator_refuses(language, tmp_path):
    X = inputs(40)
    model = KANRegressor((), extrapolation="error", alpha=1e-3, max_iter=10, tol=0.1).fit(X, X[:, 0])
    program = export_code(model, language)
    assert_same(RUN[language](program, X, tmp_path).y, model.predict(X))
    with pytest.raises(ValueError, match=r"outside the training range"):
        RUN[language](program, np.array([[0.0, 1.5]]), tmp_path)


def test_names_are_escaped(language, tmp_path):
    names = NASTY if language == "sql" else [*NASTY, "nul\0"]
    X = np.random.RandomState(0).uniform(size=(60, len(names)))
    model = KANRegressor((), alpha=1e-3, max_iter=3, tol=0.1, random_state=0).fit(X, X[:, 0])
    program = export_code(model, language, feature_names=names, output_names=['*/\\"'])
    options = {"features": names} if language == "sql" else {}
    run = RUN[language](program, X, tmp_path, **options)
    assert_same(run.y, model.predict(X))
    cut = {"c": "nul"}.get(language, "nul\0")  # There a string ends at the first 0.
    assert run.features == [cut if name == "nul\0" else name for name in names]
    assert run.outputs == (["prediction"] if language == "sql" else ['*/\\"'])


def test_sql_refuses_names_that_it_cannot_have():
    with pytest.raises(ValueError, match="give feature_names"):
        export_code(holding(NETWORKS["single"]()), "sql", feature_names=["a", "nul\0"])


def test_columns_may_be_called_like_those_of_the_statement(tmp_path):
    model, X, names = holding(NETWORKS["two layers"]()), inputs(9), ["kan_row", "KAN__h0"]
    assert_same(run_sql(export_code(model, "sql", feature_names=names), X, tmp_path, names).y, model.predict(X))


def test_columns_of_a_data_frame_and_labels_are_named(language, tmp_path):
    X, models = fits()
    frame = pd.DataFrame(X, columns=["wind speed", "height"])
    model = KANClassifier((), alpha=1e-3, max_iter=3, tol=0.1).fit(frame, models["three classes"].predict(X))
    program = export_code(model, language)
    run = RUN[language](program, X, tmp_path, **({"features": list(frame)} if language == "sql" else {}))
    prefix = "probability_" if language == "sql" else ""
    assert run.features == list(frame)
    assert run.outputs == [prefix + label for label in ("high", "low", "middle")]


def test_labels_stay_what_they_are():
    model = KANClassifier((), alpha=1e-3, max_iter=3, tol=0.1).fit(inputs(40), inputs(40)[:, 0] > 0)
    module = {}
    exec(export_code(model, "python"), module)
    assert module["OUTPUTS"] == (False, True)


@pytest.mark.parametrize("name", ["additive, unequal", "constant, unequal", "bounded and unequal"])
def test_what_is_not_a_number_gives_no_number(name, language, tmp_path):
    """Never one that looks like a prediction."""
    if language == "sql":
        return  # Where missing values are NULL; see below.
    model = holding(STACKS[name]())
    X = np.array([[0.1, np.nan], [0.1, 0.2], [np.nan, 0.2]])
    y = RUN[language](export_code(model, language), X, tmp_path).y
    assert np.isnan(y[[0, 2]]).all() and np.isfinite(y[1]).all()


def test_null_gives_null(tmp_path):
    """Where the model does not know what a missing value is."""
    for model in (holding(STACKS["additive, unequal"]()), holding(STACKS["constant, unequal"]())):
        with pytest.raises(ValueError, match="outside"):  # That is how run_sql tells of a NULL.
            run_sql(export_code(model, "sql"), np.array([[0.0, np.nan]]), tmp_path)


def test_sql_of_an_additive_model_is_one_expression():
    program = export_code(holding(STACKS["additive, unequal"]()), "sql", name='of "wind"')
    assert "WITH" not in program and 'FROM "of ""wind""" AS t' in program


def test_sql_refuses_large_networks_with_advice():
    network = KANNetwork([make_layer(2, 40), make_layer(40, 30), make_layer(30, 1)])
    with pytest.raises(ValueError, match=r"hidden_layer_sizes=\(\) is additive"):
        export_code(holding(network), "sql")


@pytest.mark.parametrize("name", ["", "1st", "a b", "größe", "for", "a;b"])
@pytest.mark.parametrize("language", ["python", "c", "javascript"])
def test_a_function_needs_a_name(name, language):
    with pytest.raises(ValueError, match="name must be one"):
        export_code(holding(NETWORKS["single"]()), language, name=name)


def test_a_function_has_the_name_that_is_asked_for(tmp_path):
    model, X = holding(NETWORKS["two layers"]()), inputs(5)
    module = {}
    exec(export_code(model, "python", name="strength"), module)
    assert_same(np.array([[module["strength"](row)] for row in X]), model.predict(X))
    with pytest.raises(ValueError, match="2 values; got 3"):
        module["strength"]([1, 2, 3])


def test_it_writes_a_file(tmp_path):
    model = holding(NETWORKS["single"]())
    assert export_code(model, "c", tmp_path / "model.c") == (tmp_path / "model.c").read_text(encoding="utf-8")


def test_bad_input_is_refused():
    model = holding(NETWORKS["single"]())
    with pytest.raises(ValueError, match="language must be one of"):
        export_code(model, "fortran")
    with pytest.raises(TypeError, match="pass its last step"):
        export_code(make_pipeline(model), "c")
    model.network_.layers[0].coef[0, 0, 0] = np.inf
    with pytest.raises(ValueError, match="not finite"):
        export_code(model, "c")


def test_a_model_of_partial_fit_is_written_too():
    X = inputs(50)
    model = KANRegressor((), solver="adam", random_state=0).partial_fit(X, X[:, 0])
    assert "predict" in export_code(model, "python")


@pytest.mark.parametrize("language", RUN)
def test_layers_of_other_kinds_are_refused(language):
    class Product(Tanh):
        kind = "product"

    with pytest.raises(ValueError, match="'product' cannot be exported"):
        export_code(holding(KANNetwork([make_layer(2, 2), Product(), make_layer(2, 1)])), language)
