"""Every solver with every loss, small and large networks, on one table whose truth is known."""

import numpy as np
import pytest

from sklearn_kan import KANClassifier, KANRegressor

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

RNG = np.random.RandomState(0)
X = RNG.uniform(-1, 1, (900, 2))
# Neither an additive model nor a constant comes near.
TRUTH = 2 * np.sin(2 * X[:, 0]) * X[:, 1]
Y = {
    **{loss: TRUTH + 0.1 * RNG.normal(size=900) for loss in ("squared_error", "huber", "quantile")},
    "poisson": RNG.poisson(5 * np.exp(TRUTH)).astype(float),
    "gamma": np.exp(TRUTH) * RNG.gamma(8, 1 / 8, 900),
    "two classes": np.where(TRUTH > 0, "yes", "no"),
    "three classes": np.digitize(TRUTH, [-0.4, 0.4]),
}
TRAIN, TEST = slice(600), slice(600, None)
# Losses with a threshold or a kink that becomes narrower are fitted three or four times.
ITERATIONS = {"lm": 20, "lbfgs": 100, "kaczmarz": 8, "adam": 40}


def agreement(loss, solver, hidden):
    """Share of classes that are right, or R^2 of the raw prediction and the truth, on rows that were not seen."""
    options = {"solver": solver, "alpha": 1e-3, "max_iter": ITERATIONS[solver], "n_init": 1, "random_state": 0}
    if "classes" in loss:
        return KANClassifier(hidden, **options).fit(X[TRAIN], Y[loss][TRAIN]).score(X[TEST], Y[loss][TEST])
    predicted = KANRegressor(hidden, loss=loss, **options).fit(X[TRAIN], Y[loss][TRAIN]).predict(X[TEST])
    raw = np.log(predicted) if loss in ("poisson", "gamma") else predicted
    return np.corrcoef(raw, TRUTH[TEST])[0, 1] ** 2


@pytest.mark.parametrize("loss", Y)
@pytest.mark.parametrize("solver", ITERATIONS)
def test_small_networks_learn_it(solver, loss):
    assert agreement(loss, solver, (6,)) > (0.85 if "classes" in loss else 0.8)


@pytest.mark.parametrize("loss", ["squared_error", "poisson", "gamma", "two classes", "three classes"])
def test_large_networks_learn_it_on_batches(loss):
    """Two hidden layers and more parameters than rows: here steps on saturated rows once had no limit."""
    assert agreement(loss, "kaczmarz", (12, 6)) > 0.8


def test_default_classifiers_of_more_parameters_than_normal_equations_bear():
    """A product of two features in the company of eight others, 2,000 rows."""
    rng = np.random.RandomState(0)
    rows = rng.uniform(-1, 1, (2600, 10))
    y = rows[:, 0] * rows[:, 1] > 0
    model = KANClassifier((32, 16), solver="kaczmarz", max_iter=10, random_state=0).fit(rows[:2000], y[:2000])
    assert model.score(rows[2000:], y[2000:]) > 0.9
    assert np.max(model.loss_curve_) < 1.0


def test_labels_that_cannot_be_explained_do_not_drive_scores_away():
    """Coins: the loss stays near that of the constant."""
    rng = np.random.RandomState(0)
    rows, y = rng.uniform(size=(500, 1)), rng.randint(2, size=500)
    model = KANClassifier((), solver="kaczmarz", random_state=0)
    for batch in np.array_split(np.arange(500), 5) * 4:
        model.partial_fit(rows[batch], y[batch], classes=[0, 1])
    assert np.abs(model.decision_function(rows)).max() < 3
