"""KANRegressor with each of its losses: what it predicts, from the outside."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.optimize import linprog
from scipy.sparse import csr_array, hstack, identity
from sklearn.linear_model import PoissonRegressor
from sklearn.metrics import d2_pinball_score, mean_pinball_loss

from sklearn_kan import KANRegressor
from sklearn_kan.losses import LOSSES

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

RNG = np.random.RandomState(0)
X = RNG.uniform(-1, 1, (300, 2))
SIGNAL = np.exp(0.7 * np.sin(3 * X[:, 0]) + 0.7 * X[:, 1] ** 2)
NOISY = SIGNAL * RNG.gamma(20.0, 1 / 20.0, len(X))
COUNTS = RNG.poisson(2 * SIGNAL).astype(float)
WEIGHT = RNG.randint(0, 4, len(X))
SOLVERS = {
    "lm": {},
    "lbfgs": {"max_iter": 20},
    "adam": {"max_iter": 20, "learning_rate_init": 0.05, "batch_size": 50},
    "sgd": {"max_iter": 20, "learning_rate_init": 0.2, "batch_size": 50},
}
all_losses = pytest.mark.parametrize("loss", LOSSES)


def make(loss, hidden=(), solver="lm", **options):
    options = {"random_state": 0, "alpha": 1e-4, **SOLVERS[solver], **options}
    return KANRegressor(hidden, loss=loss, solver=solver, quantile=0.7 if loss == "quantile" else 0.5, **options)


def target(loss):
    return COUNTS if loss == "poisson" else NOISY


@all_losses
@pytest.mark.parametrize("solver", SOLVERS)
def test_each_loss_is_learned_by_each_solver(loss, solver):
    model = make(loss, (2,), solver, alpha=3e-3, knots="mixed").fit(X, target(loss))
    truth = SIGNAL * {"poisson": 2.0, "quantile": 1.1}.get(loss, 1.0)
    error = np.sqrt(np.mean((model.predict(X) - truth) ** 2)) / truth.std()
    assert error < (0.4 if solver in ("lm", "lbfgs") else 0.6)


@pytest.mark.parametrize("quantile", [0.1, 0.5, 0.9])
def test_pinball_loss_is_within_one_percent_of_the_linear_program(quantile):
    """The best additive spline on the same knots, by linear programming: y - B c = u - v with u, v >= 0."""
    model = KANRegressor((), loss="quantile", quantile=quantile, alpha=0, tol=1e-5, max_iter=2000).fit(X, NOISY)
    design = model.network_.layers[0].design(X.T).reshape(-1, len(X)).T
    n, p = design.shape
    cost = np.concatenate([np.zeros(p), np.full(n, quantile), np.full(n, 1 - quantile)]) / n
    equations = hstack([csr_array(design), identity(n), -identity(n)])
    best = linprog(cost, A_eq=equations, b_eq=NOISY, bounds=[(None, None)] * p + [(0, None)] * (2 * n)).fun
    ours = mean_pinball_loss(NOISY, model.predict(X), alpha=quantile)
    assert best <= ours * (1 + 1e-9)
    assert ours < 1.01 * best
    assert np.mean(model.predict(X) >= NOISY) == pytest.approx(quantile, abs=0.05)


def test_absolute_error_is_the_median():
    a = make("absolute_error").fit(X, NOISY)
    b = KANRegressor((), loss="quantile", random_state=0, alpha=1e-4, solver="lm").fit(X, NOISY)
    assert_allclose(a.predict(X), b.predict(X), rtol=1e-9)


@pytest.mark.parametrize("loss", ["huber", "absolute_error"])
def test_robust_losses_do_not_follow_outliers(loss):
    y = SIGNAL + 0.05 * np.random.RandomState(1).normal(size=len(X))
    y[::20] += 1e3
    robust, squared = (make(name, (2,)).fit(X, y).predict(X) for name in (loss, "squared_error"))
    assert np.abs(robust - SIGNAL).max() < 0.4
    assert np.abs(squared - SIGNAL).max() > 10


def test_huber_without_outliers_is_close_to_squared_error():
    y = SIGNAL + 0.1 * np.random.RandomState(1).normal(size=len(X))
    huber, squared = (make(name).fit(X, y).predict(X) for name in ("huber", "squared_error"))
    assert np.sqrt(np.mean((huber - squared) ** 2)) < 0.06


def test_straight_poisson_lines_are_those_of_the_linear_model():
    """One piece of degree 1, its slope unpenalised but for a tiny ridge: a generalised linear model."""
    model = make("poisson", degree=1, grid_size=1, alpha=1e-9, tol=1e-8).fit(X, COUNTS, WEIGHT)
    linear = PoissonRegressor(alpha=0, tol=1e-9, max_iter=1000).fit(X, COUNTS, WEIGHT)
    assert_allclose(model.predict(X), linear.predict(X), rtol=1e-4)


@pytest.mark.parametrize("loss", ["poisson", "gamma"])
def test_log_links_predict_positive_numbers_of_the_right_mean(loss):
    y = target(loss)
    model = make(loss, alpha=1e-6).fit(X, y, WEIGHT)
    far = model.predict(X * 1e6)
    assert np.all(np.isfinite(far)) and np.all(far > 0)
    if loss == "poisson":  # The canonical link keeps the mean.
        assert np.average(model.predict(X), weights=WEIGHT) == pytest.approx(np.average(y, weights=WEIGHT), rel=1e-3)
    else:
        assert np.average(y / model.predict(X), weights=WEIGHT) == pytest.approx(1.0, rel=1e-3)


@all_losses
def test_gradient_is_that_of_the_prediction(loss):
    model, points, step = make(loss, (2,), max_iter=10).fit(X, target(loss)), 0.9 * X[:20], 1e-5
    gradient = model.predict_gradient(points)
    for i in range(2):
        e = step * np.eye(2)[i]
        expected = (model.predict(points + e) - model.predict(points - e)) / (2 * step)
        assert_allclose(gradient[:, i], expected, rtol=1e-5, atol=1e-5 * np.abs(expected).max())


@all_losses
def test_integer_weights_are_repeated_rows(loss):
    weighted = make(loss, (2,), max_iter=15).fit(X, target(loss), WEIGHT).predict(X)
    rows = np.repeat(np.arange(len(X)), WEIGHT)
    repeated = make(loss, (2,), max_iter=15).fit(X[rows], target(loss)[rows]).predict(X)
    assert_allclose(weighted, repeated, rtol=0, atol=1e-7 * target(loss).std())


@all_losses
def test_unit_of_the_target_does_not_matter(loss):
    one, other = (make(loss, (2,), max_iter=15).fit(X, unit * target(loss)).predict(X) for unit in (1.0, 1e5))
    assert_allclose(other / 1e5, one, rtol=0, atol=1e-6 * target(loss).std())


@all_losses
@pytest.mark.parametrize("options", [{"prune": 0.01}, {"early_stopping": True}, {"n_init": 2}], ids=str)
def test_options_work_for_each_loss(loss, options):
    y = target(loss)
    if loss not in ("poisson", "gamma"):
        y = np.column_stack([y, 3 * y[::-1] + 1])
    model = make(loss, (2,), max_iter=10, **options).fit(X, y)
    assert np.all(np.isfinite(model.predict(X))) and model.predict(X).shape == y.shape
    assert model.loss_ > 0
    if "early_stopping" in options:
        assert model.best_validation_score_ == max(model.validation_scores_) <= 1


def test_validation_score_of_a_quantile_is_that_of_scikit_learn():
    new_X, new_y = X[:100], 1.1 * NOISY[:100]
    options = {"early_stopping": True, "max_iter": 15}
    model = make("quantile", (2,), **options).fit(X, NOISY, X_val=new_X, y_val=new_y)
    ours = mean_pinball_loss(new_y, model.predict(new_X), alpha=0.7)
    constant = np.quantile(NOISY, 0.7, method="inverted_cdf")
    expected = 1 - ours / mean_pinball_loss(NOISY, np.full(len(X), constant), alpha=0.7)
    assert model.best_validation_score_ == pytest.approx(expected, abs=1e-9)
    assert d2_pinball_score(NOISY, model.predict(X), alpha=0.7) > 0.3


@pytest.mark.parametrize(
    "loss, y, match",
    [
        ("poisson", -COUNTS - 1, "y must be non-negative"),
        ("poisson", 0 * COUNTS, "y must be non-negative, and not 0 for all rows"),
        ("gamma", COUNTS, "y must be positive for loss='gamma'"),
    ],
)
def test_targets_outside_the_domain_are_refused(loss, y, match):
    with pytest.raises(ValueError, match=match):
        make(loss).fit(X, y)
    with pytest.raises(ValueError, match="y_val must be"):
        make(loss, early_stopping=True).fit(X, NOISY, X_val=X, y_val=-NOISY)
    make(loss).fit(X, np.where(y > 0, y, -1), (y > 0) | (np.arange(len(X)) < 0)) if np.any(y > 0) else None


def test_later_batches_may_hold_only_zeros():
    model = make("poisson", solver="adam", max_iter=500).partial_fit(X, COUNTS)
    with pytest.raises(ValueError, match="y must be non-negative"):
        model.partial_fit(X, -COUNTS)
    before = model.predict(X).mean()
    assert model.partial_fit(X, 0 * COUNTS).predict(X).mean() < before


def test_quantile_belongs_to_its_loss():
    with pytest.raises(ValueError, match=r"quantile=0.9 can be set for loss='quantile' only"):
        KANRegressor(quantile=0.9).fit(X, NOISY)
