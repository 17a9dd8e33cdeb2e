"""KANClassifier from the outside: what it learns, weights, probabilities, how it goes on."""

import pickle
import warnings

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn import config_context
from sklearn.base import clone
from sklearn.calibration import CalibratedClassifierCV
from sklearn.ensemble import VotingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.multiclass import OneVsRestClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from small_classes import LABELS, NOISY, WEIGHT, X, all_sizes, all_solvers, make

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


# --- learning ---------------------------------------------------------------------------------------------------


@all_solvers
@all_sizes
@pytest.mark.parametrize("hidden", [(), (3,)])
def test_each_solver_learns_rings(solver, n_classes, hidden):
    y = LABELS[n_classes]
    model = make(solver, hidden).fit(X[:180], y[:180])
    assert model.score(X[180:], y[180:]) > 0.8
    assert model.solver_ == solver and model.n_outputs_ == (1 if n_classes == 2 else 3)
    assert_array_equal(model.classes_, np.unique(y))


def test_straight_lines_are_those_of_logistic_regression():
    """One piece of degree 1 and next to no penalty: a linear model, binary and with several classes."""
    for labels in (NOISY, np.where(np.arange(len(X)) % 7 == 0, "other", NOISY)):
        model = make(degree=1, grid_size=1, alpha=1e-9, tol=1e-9, max_iter=200).fit(X, labels, WEIGHT)
        linear = LogisticRegression(C=np.inf, tol=1e-10, max_iter=1000).fit(X, labels, WEIGHT)
        assert_allclose(model.predict_proba(X), linear.predict_proba(X), atol=1e-4)


@all_sizes
def test_two_class_softmax_and_loss(n_classes):
    y = LABELS[n_classes]
    model = make(alpha=1e-3).fit(X, y, WEIGHT)
    S = model.network_.theta
    assert model.loss_ > log_loss(y, model.predict_proba(X), sample_weight=WEIGHT) > 0
    model = make(alpha=0, max_iter=4).fit(X, y, WEIGHT)
    assert model.loss_ == pytest.approx(log_loss(y, model.predict_proba(X), sample_weight=WEIGHT), rel=1e-9)
    assert np.all(np.isfinite(S))


# --- probabilities ----------------------------------------------------------------------------------------------


@all_sizes
def test_predictions_fit_together(n_classes):
    model = make().fit(X, LABELS[n_classes])
    proba, scores = model.predict_proba(X), model.decision_function(X)
    assert proba.shape == (len(X), n_classes) and scores.shape == ((len(X),) if n_classes == 2 else (len(X), 3))
    assert_allclose(proba.sum(axis=1), 1.0)
    assert_allclose(np.exp(model.predict_log_proba(X)), proba)
    assert_array_equal(model.predict(X), model.classes_[proba.argmax(axis=1)])
    if n_classes == 2:
        assert_array_equal(model.predict(X) == model.classes_[1], scores > 0)
        assert_allclose(proba[:, 1], 1 / (1 + np.exp(-scores)))
    assert np.all(np.isfinite(model.predict_log_proba(1e6 * X)))


@all_sizes
def test_gradient_is_that_of_the_decision_function(n_classes):
    model, points, step = make(hidden=(2,), max_iter=8).fit(X, LABELS[n_classes]), 0.9 * X[:10], 1e-5
    gradient = model.predict_gradient(points)
    assert gradient.shape == ((10, 2) if n_classes == 2 else (10, 3, 2))
    for i in range(2):
        e = step * np.eye(2)[i]
        expected = (model.decision_function(points + e) - model.decision_function(points - e)) / (2 * step)
        assert_allclose(gradient[..., i], expected, rtol=1e-5, atol=1e-5 * np.abs(expected).max())


@all_solvers
@all_sizes
def test_separable_classes_stay_finite_and_calibrated(solver, n_classes):
    """A gap between the classes: sure where rows are, no certainty beyond what the penalty allows."""
    codes = np.arange(90) % n_classes
    table = (3.0 * codes + np.random.RandomState(1).uniform(0, 1, 90))[:, None]
    model = make(solver, alpha=1e-3, max_iter=200).fit(table, codes)
    assert model.score(table, codes) == 1.0
    proba = model.predict_proba(table)
    assert np.all(np.isfinite(model.network_.theta)) and 0 < log_loss(codes, proba) < 0.2
    between = model.predict_proba([[2.0]])[0]
    assert abs(between[0] - between[1]) < 0.9


@pytest.mark.parametrize("alpha", [0, 1e-12])
def test_separable_classes_without_a_penalty(alpha):
    with np.errstate(all="raise", under="ignore"):
        model = make(alpha=alpha, max_iter=300).fit(X, X[:, 0] > 0)
    assert np.all(np.isfinite(model.predict_log_proba(X))) and model.score(X, X[:, 0] > 0) == 1.0


def test_constant_columns_predict_the_shares():
    for labels in (LABELS[2], LABELS[3]):
        for hidden in [(), (2,)]:
            model = make(hidden=hidden).fit(np.ones((len(X), 2)), labels, WEIGHT)
            shares = np.bincount(np.unique(labels, return_inverse=True)[1], weights=WEIGHT) / WEIGHT.sum()
            assert_allclose(model.predict_proba([[1.0, 1.0], [7.0, -7.0]]), [shares, shares], rtol=1e-5)


# --- weights ----------------------------------------------------------------------------------------------------


@all_sizes
@pytest.mark.parametrize(
    "options", [{}, {"hidden": (2,), "max_iter": 10}, {"class_weight": "balanced"}, {"early_stopping": True}], ids=str
)
def test_integer_weights_are_repeated_rows(n_classes, options):
    y, rows = LABELS[n_classes], np.repeat(np.arange(len(X)), WEIGHT)
    weighted = make(**options).fit(X, y, WEIGHT).predict_proba(X)
    assert_allclose(weighted, make(**options).fit(X[rows], y[rows]).predict_proba(X), rtol=0, atol=1e-7)


# --- early stopping ---------------------------------------------------------------------------------------------


@all_sizes
def test_score_on_given_rows_is_the_part_of_log_loss_explained(n_classes):
    y = LABELS[n_classes]
    codes = np.unique(y, return_inverse=True)[1]
    shares = np.bincount(codes, weights=WEIGHT) / WEIGHT.sum()
    constant = -np.average(np.log(shares[codes]), weights=WEIGHT)
    model = make(early_stopping=True, alpha=1e-8).fit(X, y, WEIGHT, X_val=X[:50], y_val=y[:50])
    expected = 1 - log_loss(y[:50], model.predict_proba(X[:50]), labels=model.classes_) / constant
    assert model.best_validation_score_ == max(model.validation_scores_) == pytest.approx(expected, rel=1e-9)


# --- going on ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("solver", ["adam", "sgd"])
@all_sizes
def test_partial_fit_learns_from_batches_of_one_class(solver, n_classes):
    y = LABELS[n_classes]
    model = make(solver, (3,)).partial_fit(X, y, classes=np.unique(y))
    losses = []
    for _ in range(12):
        for start in (0, 120):
            model.partial_fit(X[start : start + 120], y[start : start + 120])
        losses.append(log_loss(y, model.predict_proba(X)))
    assert losses[-1] < 0.8 * losses[0]
    one = y == y[0]
    assert model.partial_fit(X[one], y[one]).predict_proba(X).shape == (240, n_classes)


def test_first_batch_may_lack_a_class():
    first = LABELS[3] != "c"
    model = make("adam", (), learning_rate_init=0.3).partial_fit(X[first], LABELS[3][first], classes=["c", "b", "a"])
    assert_array_equal(model.classes_, ["a", "b", "c"])
    assert np.median(model.predict_proba(X)[:, 2]) < 0.01
    for _ in range(40):
        model.partial_fit(X, LABELS[3])
    assert model.score(X, LABELS[3]) > 0.7


@pytest.mark.parametrize("solver", ["lm", "lbfgs"])
@all_sizes
def test_warm_start_goes_on(solver, n_classes):
    y = LABELS[n_classes]
    # On equal hidden cells: knots that follow hidden values may cost a fit of five steps more than it gains.
    model = make(solver, (2,), warm_start=True, max_iter=5, tol=1e-9, knots="mixed").fit(X, y)
    losses = [model.loss_, model.fit(X, y).loss_, model.fit(X, y).loss_]
    assert losses[0] > losses[1] > losses[2]
    before = model.predict_proba(X)
    with pytest.raises(ValueError, match="warm_start=False"):
        model.fit(X, np.where(X[:, 0] > 0, "new", y))
    assert_array_equal(model.predict_proba(X), before)


@all_sizes
def test_n_init_and_prune(n_classes):
    table = np.column_stack([X, np.random.RandomState(1).uniform(-1, 1, len(X))])
    model = make(prune=0.05, n_init=2, alpha=1e-4).fit(table, LABELS[n_classes])
    assert not model.network_.layers[0].edges[2].any()
    assert model.network_.layers[0].edges[:2].any(axis=1).all()
    assert model.score(table, LABELS[n_classes]) > 0.9


# --- with scikit-learn ------------------------------------------------------------------------------------------


def test_calibrated_classifier():
    model = CalibratedClassifierCV(make(), cv=3).fit(X, NOISY)
    assert model.score(X, NOISY) > 0.8
    assert len(model.calibrated_classifiers_) == 3


def test_one_against_the_rest():
    model = OneVsRestClassifier(make()).fit(X, LABELS[3])
    assert model.score(X, LABELS[3]) > 0.75
    by_hand = make().fit(X, (LABELS[3] == "a").astype(int)).decision_function(X)
    assert_allclose(model.decision_function(X)[:, 0], by_hand)


def test_voting():
    model = VotingClassifier([("kan", make()), ("line", LogisticRegression())], voting="soft").fit(X, NOISY)
    each = [member.predict_proba(X) for member in model.estimators_]
    assert_allclose(model.predict_proba(X), np.mean(each, axis=0))


def test_grid_search_by_log_loss():
    search = GridSearchCV(make(), {"alpha": [1e-3, 1e3]}, scoring="neg_log_loss", cv=3).fit(X, NOISY)
    assert search.best_params_ == {"alpha": 1e-3} and -0.6 < search.best_score_ < 0
    assert cross_val_score(make(), X, NOISY, cv=3, scoring="roc_auc").min() > 0.75


def test_weights_and_routing_through_a_pipeline():
    with config_context(enable_metadata_routing=True):
        scaler = StandardScaler().set_fit_request(sample_weight=False)
        pipeline = make_pipeline(scaler, make().set_fit_request(sample_weight=True))
        routed = pipeline.fit(X, NOISY, sample_weight=WEIGHT).predict_proba(X)
    Z = StandardScaler().fit_transform(X)
    assert_array_equal(routed, make().fit(Z, NOISY, WEIGHT).predict_proba(Z))


def test_clone_and_pickle():
    model = make(hidden=(2,), max_iter=8, class_weight={"a": 2.0}).fit(X, LABELS[3])
    again = pickle.loads(pickle.dumps(model))
    assert_array_equal(again.predict_proba(X), model.predict_proba(X))
    assert_array_equal(clone(model).fit(X, LABELS[3]).predict_proba(X), model.predict_proba(X))


def test_displays():
    from matplotlib import pyplot
    from sklearn.inspection import DecisionBoundaryDisplay
    from sklearn.metrics import RocCurveDisplay

    model = make().fit(X, NOISY)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        display = RocCurveDisplay.from_estimator(model, X, NOISY)
        assert np.all(display.roc_auc > 0.8 if np.ndim(display.roc_auc) == 0 else np.array(display.roc_auc) > 0.8)
        for method in ("decision_function", "predict_proba", "predict"):
            boundary = DecisionBoundaryDisplay.from_estimator(model, X, response_method=method, grid_resolution=10)
            assert np.all(np.isfinite(np.asarray(boundary.response, dtype=float)))
    pyplot.close("all")
