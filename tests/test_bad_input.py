"""Input that cannot be used is refused before work starts; odd but legal input works."""

import pickle
import re
import warnings

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from problems import additive
from scipy.sparse import csr_array
from sklearn import config_context
from sklearn.exceptions import NotFittedError

import sklearn_kan.estimators.base
import sklearn_kan.estimators.streaming
from sklearn_kan import KANRegressor
from sklearn_kan.training.fixed_stage import FixedStage

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

PROBLEM = additive(60, noise=0.05)
X, y = PROBLEM.X[:, :3], PROBLEM.y
ONES = np.ones(len(X))
NEW = additive(20, seed=1).X[:, :3]
STOP = {"early_stopping": True}
VALIDATION = {"X_val": NEW, "y_val": NEW[:, 0]}
MODES = [{}, {"hidden_layer_sizes": ()}, {"knots": "quantile"}, {"squash": "tanh"}, {"base_function": "silu"}]


def make(**options):
    return KANRegressor(**{"hidden_layer_sizes": (2,), "grid_size": 4, "max_iter": 20, "random_state": 0, **options})


def put(array, value):
    """A copy whose fourth entry or row is another value."""
    array = array.astype(object if isinstance(value, str) else float)
    array[3] = value
    return array


def only(*rows):
    """Weights that are one on these rows and zero elsewhere."""
    return np.isin(np.arange(len(X)), rows).astype(float)


def assert_same(got, expected, scale=1.0):
    assert_allclose(got / scale, expected, rtol=0, atol=1e-6 * np.std(y))


@pytest.fixture
def no_training(monkeypatch):
    """Fail if training starts."""

    def fail(*args, **kwargs):
        pytest.fail("training has started")

    monkeypatch.setattr(sklearn_kan.estimators.base, "train", fail)
    monkeypatch.setattr(sklearn_kan.estimators.streaming, "initialise", fail)
    monkeypatch.setattr(FixedStage, "epoch", fail)


BAD_DATA = [
    ("inf in X", {"X": put(X, np.inf)}, "X contains infinity"),
    ("NaN in y", {"y": put(y, np.nan)}, "y contains NaN"),
    ("inf in y", {"y": put(y, -np.inf)}, "y contains infinity"),
    ("NaN in weights", {"sample_weight": put(ONES, np.nan)}, "sample_weight contains NaN"),
    ("inf in weights", {"sample_weight": put(ONES, np.inf)}, "sample_weight contains infinity"),
    ("sparse X", {"X": csr_array(X)}, "[Ss]parse data was passed"),
    ("1-D X", {"X": X[:, 0]}, "Expected 2D array"),
    ("3-D X", {"X": X[:, :, None]}, "dim 3"),
    ("no columns", {"X": X[:, :0]}, r"0 feature\(s\)"),
    ("complex X", {"X": X * 1j}, "Complex data not supported"),
    ("strings in X", {"X": put(X, "red")}, "could not convert string to float: 'red'"),
    ("strings in y", {"y": put(y, "red")}, "could not convert string to float: 'red'"),
    ("only strings in y", {"y": ["red"] * len(y)}, "y must be numeric"),
    ("no y", {"y": None}, "requires y"),
    ("3-D y", {"y": y[:, None, None]}, "dim 3"),
    ("sparse y", {"y": csr_array(y[:, None])}, "y"),
    ("y without columns", {"y": y[:, None][:, :0]}, r"0 feature\(s\)"),
    ("y too short", {"y": y[:-1]}, r"inconsistent numbers of samples: \[60, 59\]"),
    ("no rows", {"X": X[:0], "y": y[:0]}, r"0 sample\(s\)"),
    ("one row", {"X": X[:1], "y": y[:1]}, "X must have at least 2 rows .* n_samples=1"),
    ("one row of positive weight", {"sample_weight": only(7)}, "positive sample_weight"),
    ("all weights zero", {"sample_weight": 0 * ONES}, "sample_weight: all weights are zero"),
    ("negative weights", {"sample_weight": put(ONES, -1)}, "sample_weight has negative"),
    ("weights too short", {"sample_weight": ONES[:-1]}, r"sample_weight.shape == \(59,\), expected \(60,\)"),
    ("2-D weights", {"sample_weight": ONES[:, None]}, "Sample weights must be 1D"),
    ("a float for weights", {"sample_weight": 2.0}, "sample_weight must have one weight for each row"),
    ("an int for weights", {"sample_weight": 2}, "sample_weight must have one weight for each row"),
    ("0-D weights", {"sample_weight": np.array(2.0)}, "sample_weight must have one weight for each row"),
]

BAD_PARAMETERS = [
    *[({"hidden_layer_sizes": sizes}, "hidden_layer_sizes") for sizes in [(0,), (-1,), (2.5,), 0, 2.5, None, "4"]],
    *[({"grid_size": size}, "grid_size") for size in [0, 2.5, (5,), (5, 5, 5), (5, 0), (2.5, 5), ()]],
    *[({"degree": degree}, "degree") for degree in [0, 6, 2.5]],
    *[({"grid_schedule": sizes}, "grid_schedule") for sizes in [(10, 5), (5, 5), (), (0, 5), (2.5, 5), 5]],
    *[({"alpha": alpha}, "alpha") for alpha in [-1, np.nan, np.inf, "much"]],
    *[({"prune": prune}, "prune") for prune in [-0.1, 1.0]],
    *[({"validation_fraction": part, **STOP}, "validation_fraction") for part in [0.0, 1.0]],
    *[
        ({"solver": solver, name: value}, name)
        for solver in ["auto", "lm", "lbfgs"]
        for name, value in [("batch_size", 10), ("learning_rate_init", 0.1), ("shuffle", False)]
    ],
    ({"knots": "random"}, "knots"),
    ({"extrapolation": "periodic"}, "extrapolation"),
    ({"solver": "newton"}, "solver"),
    ({"random_state": "seed"}, "random_state"),
]

BAD_VALIDATION = [
    ("no y_val", {"y_val": None}, STOP, "X_val and y_val go together"),
    ("no X_val", {"X_val": None}, STOP, "X_val and y_val go together"),
    ("only weights", {"X_val": None, "y_val": None, "sample_weight_val": ONES[:20]}, STOP, "X_val and y_val go"),
    ("no early stopping", {}, {}, "early_stopping=True"),
    ("X_val too narrow", {"X_val": NEW[:, :2]}, STOP, "X has 2 features, but KANRegressor is expecting 3"),
    ("y_val too wide", {"y_val": NEW}, STOP, "y_val has 3 outputs and y has 1"),
    ("y_val too short", {"y_val": NEW[1:, 0]}, STOP, r"X_val has 20 rows and y_val has 19"),
    ("inf in X_val", {"X_val": put(NEW, np.inf)}, STOP, "contains infinity"),
    ("NaN in y_val", {"y_val": put(NEW[:, 0], np.nan)}, STOP, "y_val contains NaN"),
    ("negative weights", {"sample_weight_val": put(ONES[:20], -1)}, STOP, "sample_weight_val has negative"),
    ("all weights zero", {"sample_weight_val": 0 * ONES[:20]}, STOP, "sample_weight_val: all weights are zero"),
]


@pytest.mark.parametrize("method", ["fit", "partial_fit"])
@pytest.mark.parametrize("data, match", [case[1:] for case in BAD_DATA], ids=[case[0] for case in BAD_DATA])
def test_bad_data(data, match, method, no_training):
    with pytest.raises((ValueError, TypeError), match=match):
        getattr(make(solver="adam"), method)(**{"X": X, "y": y, **data})


@pytest.mark.parametrize(
    "name, value", [("X", put(X, np.inf)), ("y", put(y, np.inf)), ("sample_weight", put(ONES, np.nan))]
)
@pytest.mark.parametrize("loss", ["squared_error", "quantile"])
def test_bad_data_that_nobody_looked_for(name, value, loss, no_training):
    with config_context(assume_finite=True), pytest.raises(ValueError, match=f"^{name} contains (NaN or )?infinity"):
        make(loss=loss).fit(**{"X": X, "y": y, name: value})


@pytest.mark.parametrize("options, match", BAD_PARAMETERS, ids=str)
def test_bad_parameters(options, match, no_training):
    with pytest.raises((ValueError, TypeError), match=match):
        make(**options).fit(X, y)


@pytest.mark.parametrize(
    "rows, options, match", [case[1:] for case in BAD_VALIDATION], ids=[case[0] for case in BAD_VALIDATION]
)
def test_bad_validation_rows(rows, options, match, no_training):
    with pytest.raises(ValueError, match=match):
        make(**options).fit(X, y, **{**VALIDATION, **rows})


def test_too_few_distinct_rows_to_set_some_aside(no_training):
    with pytest.raises(ValueError, match=r"early_stopping needs at least 3 distinct rows of X .* got 2"):
        make(**STOP).fit(np.repeat(X[:2], 5, axis=0), y[:10])
    with pytest.raises(ValueError, match=r"early_stopping needs at least 3 distinct rows of X .* got 2"):
        make(**STOP).fit(X, y, only(1, 2))


@pytest.mark.parametrize("method", ["predict", "predict_gradient"])
@pytest.mark.parametrize(
    "rows, match",
    [
        (NEW[:, :2], "X has 2 features, but KANRegressor is expecting 3"),
        (put(NEW, np.inf), "X contains infinity"),
        (csr_array(NEW), "[Ss]parse data was passed"),
        (NEW[0], "Expected 2D array"),
        (NEW[:0], r"0 sample\(s\)"),
        (put(NEW, "red"), "could not convert string to float: 'red'"),
    ],
)
def test_bad_rows_to_predict(method, rows, match):
    model = make().fit(X, y)
    with pytest.raises((ValueError, TypeError), match=match):
        getattr(model, method)(rows)


@pytest.mark.parametrize("method", ["predict", "predict_gradient"])
def test_rows_outside_the_range_are_an_error_if_asked(method):
    model = make(extrapolation="error").fit(X, y)
    lo, hi = X[:, 1].min(), X[:, 1].max()
    assert np.all(np.isfinite(getattr(model, method)(X)))
    for value in (lo - 0.01, hi + 0.01, 1e300):
        rows = X.copy()
        rows[5, 1] = value
        with pytest.raises(ValueError, match="column 1: row 5 .*" + re.escape(f"outside [{lo:.6g}, {hi:.6g}]")):
            getattr(model, method)(rows)


@pytest.mark.parametrize("method", ["predict", "predict_gradient"])
def test_nothing_to_predict_before_fit(method):
    with pytest.raises(NotFittedError, match="not fitted"):
        getattr(make(), method)(X)
    with pytest.raises(AttributeError, match="n_layers_ exists after fit"):
        _ = make().n_layers_


def test_partial_fit_needs_a_stochastic_solver():
    with pytest.raises(AttributeError, match="partial_fit"):
        make().partial_fit(X, y)


BAD_FITS = [
    {"sample_weight": put(ONES, -1)},
    {"y": put(y, np.nan)},
    {"X": X[:, :2], "y": put(y, np.nan)},
    {"X": X[:, :2], "sample_weight": only(1)},
    {"y": np.column_stack([y, y]), "sample_weight": 0 * ONES},
    {"X": X[:, :2], **VALIDATION},
]


@pytest.mark.parametrize("data", BAD_FITS, ids=lambda data: ", ".join(data))
@pytest.mark.parametrize("options", [{}, STOP, {"warm_start": True}, {"solver": "adam"}], ids=str)
def test_a_failed_fit_leaves_everything_as_it_was(data, options):
    model, data = make(**options), {"X": X, "y": y, **data}
    with pytest.raises(ValueError):
        model.fit(**data)
    assert [name for name in vars(model) if name not in model.get_params()] == []
    expected = make(**options).fit(X, y).predict(NEW)
    assert_array_equal(model.fit(X, y).predict(NEW), expected)
    before = pickle.dumps(model)
    with pytest.raises(ValueError):
        model.fit(**data)
    assert pickle.dumps(model) == before
    assert_array_equal(model.predict(NEW), expected)


@pytest.mark.parametrize("data", BAD_FITS[:-1], ids=lambda data: ", ".join(data))
def test_a_failed_partial_fit_leaves_everything_as_it_was(data):
    model, data = make(solver="adam"), {"X": X, "y": y, **data}
    with pytest.raises(ValueError):
        model.partial_fit(**data)
    assert [name for name in vars(model) if name not in model.get_params()] == []
    before = pickle.dumps(model.partial_fit(X, y))
    with pytest.raises(ValueError):
        model.partial_fit(**data)
    assert pickle.dumps(model) == before


def test_warm_start_refuses_another_shape():
    model = make(warm_start=True).fit(X, y)
    before = model.predict(NEW)
    for options, match in [({"hidden_layer_sizes": (3,)}, "warm_start=False"), ({"degree": 2}, "degree")]:
        with pytest.raises(ValueError, match=match):
            model.set_params(**options).fit(X, y)
        model.set_params(hidden_layer_sizes=(2,), degree=3)
        assert_array_equal(model.predict(NEW), before)


# Odd but legal


@pytest.mark.parametrize("options", MODES, ids=str)
def test_tied_and_constant_columns(options):
    tied = np.column_stack([np.sign(X[:, 0]), np.round(X[:, 1]), np.full(len(X), 5.0), X[:, 2] > 0.9])
    target = 2.0 * tied[:, 0] + tied[:, 1] ** 2
    model = make(alpha=1e-6, **options).fit(tied, target)
    assert model.score(tied, target) > 0.99
    other = tied.copy()
    other[:, 2] = -1e9
    assert_array_equal(model.predict(other), model.predict(tied))


@pytest.mark.parametrize(
    "options", [*MODES, STOP | {"solver": "lm"}, {"solver": "lbfgs"}, {"solver": "kaczmarz", "max_iter": 200}], ids=str
)
def test_constant_columns_predict_the_weighted_mean(options):
    weight = np.random.RandomState(0).uniform(size=len(X))
    constant = np.full((len(X), 2), [3.0, 0.0])
    data = dict(zip(VALIDATION, (constant, y), strict=True)) if "early_stopping" in options else {}
    model = make(alpha=1e-8, **options).fit(constant, y, weight, **data)
    assert_allclose(model.predict([[3.0, 0.0], [1e9, -1e9]]), np.average(y, weights=weight), rtol=1e-4)


@pytest.mark.parametrize("scale", [1e-300, 1e300])
@pytest.mark.parametrize("options", [{}, {"hidden_layer_sizes": ()}, {"knots": "quantile"}], ids=str)
def test_extreme_units_of_a_column(options, scale):
    units = np.array([1.0, scale, 1.0])
    expected = make(**options).fit(X, y).predict(NEW)
    model = make(**options).fit(X * units, y)
    assert_same(model.predict(NEW * units), expected)


@pytest.mark.parametrize("scale", [1e-300, 1e300])
@pytest.mark.parametrize("options", [*MODES, STOP], ids=str)
def test_extreme_units_of_the_target(options, scale):
    expected = make(**options).fit(X, y).predict(NEW)
    assert_same(make(**options).fit(X, y * scale).predict(NEW), expected, scale)


@pytest.mark.parametrize("value", [0.0, 7.0, -1e300, 0.1])
@pytest.mark.parametrize("options", [*MODES, STOP, {"solver": "adam"}], ids=str)
def test_constant_target(options, value):
    model = make(**{"max_iter": 200, "n_iter_no_change": 200, "tol": 1e-8, **options}).fit(X, np.full(len(X), value))
    assert_allclose(model.predict(NEW) - value, 0, atol=0.05 + 1e-12 * abs(value))
    assert_array_equal(model.y_scale_, 1.0)


@pytest.mark.parametrize("n", [2, 3, 10])
@pytest.mark.parametrize("options", MODES, ids=str)
def test_fewer_rows_than_parameters(options, n):
    model = make(**options).fit(X[:n], y[:n])
    assert model.network_.n_params > n
    assert np.abs(model.predict(NEW) - y[:n].mean()).max() < 10 * np.ptp(y[:n])


@pytest.mark.parametrize(
    "convert",
    [
        np.asfortranarray,
        np.ndarray.tolist,
        lambda X: X[::-1][::-1],
        lambda X: X.astype(object),
        lambda X: np.repeat(X, 2, axis=1)[:, ::2],
    ],
    ids=["F-ordered", "list", "negative strides", "object", "strided"],
)
def test_layouts_of_the_same_table(convert):
    expected = make().fit(X, y).predict(NEW)
    assert_array_equal(make().fit(convert(X), y.tolist()).predict(convert(NEW)), expected)


@pytest.mark.parametrize("dtype", ["int8", "int64", "uint16", "float16", "float32", "bool"])
def test_dtypes(dtype):
    table = (4 * X + 4).astype(dtype)
    model = make().fit(table, y.astype("float32"))
    assert_array_equal(model.predict(table), make().fit(table.astype(float), y.astype("float32")).predict(table))
    assert model.predict(table).dtype == np.float64


def test_read_only_memory_map(tmp_path):
    table = np.memmap(tmp_path / "X", dtype=float, mode="w+", shape=X.shape)
    table[:] = X
    table.flush()
    table = np.memmap(tmp_path / "X", dtype=float, mode="r", shape=X.shape)
    target, weight = y.copy(), ONES.copy()
    target.flags.writeable = weight.flags.writeable = False
    model = make().fit(table, target, weight)
    assert_array_equal(model.predict(table), make().fit(X, y, ONES).predict(X))


@pytest.mark.parametrize("options", [*MODES, STOP], ids=str)
def test_a_single_feature(options):
    model = make(alpha=1e-6, **options).fit(X[:, :1], np.sin(3 * X[:, 0]))
    assert_allclose(model.predict(NEW[:, :1]), np.sin(3 * NEW[:, 0]), atol=0.2)


@pytest.mark.parametrize("shape", [(60,), (60, 1), (60, 2)])
def test_predictions_have_the_shape_of_y(shape):
    target = np.resize(y, (shape[-1] if len(shape) > 1 else 1, 60)).T.reshape(shape)
    assert make().fit(X, target).predict(NEW).shape == (20, *shape[1:])


@pytest.mark.parametrize("distance", [1.0, 1e3, 1e6, 1e300])
@pytest.mark.parametrize("extrapolation", ["linear", "constant"])
@pytest.mark.parametrize("options", [*MODES, {"hidden_layer_sizes": (3, 2)}], ids=str)
def test_far_rows_are_finite_and_bounded(options, extrapolation, distance):
    model = make(extrapolation=extrapolation, **options).fit(X, y)
    for direction in (distance, -distance, [distance, 1, -1]):
        predicted = model.predict(NEW * direction)
        assert np.all(np.isfinite(predicted))
        if model.hidden_layer_sizes and not model.base_function:
            assert np.abs(predicted - y.mean()).max() < 10 * np.ptp(y)
        if extrapolation == "constant" and not model.hidden_layer_sizes:
            assert_allclose(predicted, model.predict(np.clip(NEW * direction, X.min(axis=0), X.max(axis=0))))


def test_linear_extrapolation_begins_as_a_line_and_ends_within_the_range():
    """Of an excess of e ranges e / (1 + e) count, by which the slope is multiplied."""
    model = make(hidden_layer_sizes=()).fit(X, y)
    edge = np.tile(X.mean(axis=0), (5, 1))
    excess, width = np.array([0.0, 1e-6, 1.0, 10.0, 1e6]), np.ptp(X[:, 0])
    edge[:, 0] = X[:, 0].max() + excess * width
    gained = model.predict_gradient(edge)[0, 0] * width * excess / (1 + excess)
    assert_allclose(model.predict(edge) - model.predict(edge[:1]), gained, rtol=1e-6, atol=1e-12)


def test_continued_polynomials_of_degree_one_are_straight_lines_without_end():
    model = make(hidden_layer_sizes=(), degree=1, extrapolation="continue").fit(X, y)
    edge = np.tile(X.mean(axis=0), (4, 1))
    edge[:, 0] = X[:, 0].max() + np.array([0.0, 1.0, 10.0, 1e6])
    slope = model.predict_gradient(edge)[0, 0]
    assert_allclose(model.predict(edge) - model.predict(edge[:1]), slope * (edge[:, 0] - edge[0, 0]), rtol=1e-6)


@pytest.mark.parametrize("options", MODES, ids=str)
def test_modes_of_extrapolation_agree_inside_and_differ_outside(options):
    inside, outside = np.clip(NEW, X.min(axis=0), X.max(axis=0)), 2 * np.sign(NEW)
    models = {
        mode: make(extrapolation=mode, **options).fit(X, y) for mode in ("linear", "constant", "continue", "error")
    }
    if not options.get("hidden_layer_sizes", True):  # hidden values may leave their grids in training
        for model in models.values():
            assert_same(model.predict(inside), models["linear"].predict(inside))
    predictions = [models[mode].predict(outside) for mode in ("linear", "constant", "continue")]
    assert all(np.all(np.isfinite(prediction)) for prediction in predictions)
    for one, two in [(0, 1), (0, 2), (1, 2)]:
        assert np.abs(predictions[one] - predictions[two]).max() > 1e-3
    with pytest.raises(ValueError, match="range"):
        models["error"].predict(outside)


def test_legal_input_raises_no_warning():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        model = make(hidden_layer_sizes=(), max_iter=500).fit(X, y)
        model.predict(NEW * 1e6)
        model.predict_gradient(NEW * 1e6)
