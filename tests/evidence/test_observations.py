"""Whose noise is whose, and what counts as an observation: fits with known truth."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy import stats

from sklearn_kan import KANClassifier, KANRegressor

additive = {"hidden_layer_sizes": (), "random_state": 0}


def sine(n, seed, n_features=2):
    rng = np.random.RandomState(seed)
    X = rng.uniform(-1, 1, (n, n_features))
    return X, np.sin(3 * X[:, 0]), rng


# --- one output beside others -----------------------------------------------------------------------------------

OTHERS = {
    "constant": lambda X, rng: np.full(len(X), 7.0),
    "a column": lambda X, rng: X[:, 1],
    "nearly exact": lambda X, rng: X[:, 1] + 1e-7 * rng.normal(size=len(X)),
    "noise alone": lambda X, rng: 100 * rng.normal(size=len(X)),
}


@pytest.mark.parametrize("hidden", [(), (3,)])
@pytest.mark.parametrize("other", OTHERS)
def test_an_output_is_fitted_as_if_alone(other, hidden):
    X, f, rng = sine(200, 0)
    y, options = f + 0.1 * rng.normal(size=200), {"hidden_layer_sizes": hidden, "random_state": 0, "n_init": 1}
    alone = KANRegressor(**options).fit(X, y)
    both = KANRegressor(**options).fit(X, np.column_stack([y, OTHERS[other](X, rng)]))
    assert_allclose(both.sigma_[0], alone.sigma_[0], rtol=0.1)
    error = np.sqrt(np.mean((both.predict(X)[:, 0] - f) ** 2))
    assert error < 1.3 * np.sqrt(np.mean((alone.predict(X) - f) ** 2)) + 0.005


@pytest.mark.parametrize("loss", ["squared_error", "huber", "absolute_error"])
def test_additive_outputs_know_nothing_of_each_other(loss):
    X, f, rng = sine(150, 1)
    Y = np.column_stack([f, X[:, 1], f]) + rng.normal(size=(150, 3)) * [0.05, 1.0, 0.3]
    options = {**additive, "loss": loss, "tol": 1e-5}
    together = KANRegressor(**options).fit(X, Y)
    for o in range(3):
        alone = KANRegressor(**options).fit(X, Y[:, o])
        assert np.std(together.predict(X)[:, o] - alone.predict(X)) < 0.02 * np.std(Y[:, o])


# --- counts -----------------------------------------------------------------------------------------------------


def test_exposure_has_no_unit():
    """The likelihood of counts is the same whether their exposure is told in days or in years."""
    X, f, rng = sine(300, 0)
    years = rng.uniform(0.1, 3, 300)
    counts = rng.poisson(years * np.exp(f))
    fits = []
    for unit in (1.0, 0.01, 365.25):
        model = KANRegressor(loss="poisson", **additive).fit(X, counts / (unit * years), unit * years)
        rate, std = model.predict(X, return_std="epistemic")
        fits.append(np.array([unit * rate, unit * std]))
    assert_allclose(fits[1:], [fits[0]] * 2, rtol=1e-7)
    error = np.sqrt(np.mean((fits[0][0] - np.exp(f)) ** 2))
    assert 0.5 < error / fits[0][1].mean() < 1.5 and error < 0.3


@pytest.mark.parametrize("mean", [0.05, 2.0, 400.0])
def test_counts_are_followed_as_far_as_their_number_allows(mean):
    """Errors in the log rate agree with what is claimed, few events or many."""
    ratios, dof = [], []
    for seed in range(4):
        X, f, rng = sine(600, seed, n_features=1)
        truth = mean * np.exp(0.2 * f)
        model = KANRegressor(loss="poisson", **additive).fit(X, rng.poisson(truth).astype(float))
        rate, std = model.predict(X, return_std="epistemic")
        # What is not claimed is how well the mean is known.
        ratios.append(np.sqrt(np.mean(((rate - truth) / np.hypot(std, np.sqrt(mean / 600))) ** 2)))
        dof.append(model.effective_dof_)
    assert 0.3 < np.mean(ratios) < 1.6
    assert np.mean(dof) > 4 if mean == 400.0 else np.mean(dof) < 6


def test_rare_counts_do_not_make_a_large_network():
    """Some 80 events in 1,200 rows: near the truth, and far better than the constant."""
    excess = []
    for seed in range(3):
        rng = np.random.RandomState(seed)
        X, new = rng.uniform(size=(1200, 2)), rng.uniform(size=(1000, 2))
        y, truth = rng.poisson(0.03 * np.exp(1.5 * X[:, 0])).astype(float), 0.03 * np.exp(1.5 * new[:, 0])
        rate = KANRegressor(loss="poisson", random_state=0, n_init=1).fit(X, y).predict(new)
        excess.append([np.mean(m - truth + truth * np.log(truth / m)) / truth.mean() for m in (rate, y.mean())])
    rate, constant = np.mean(excess, axis=0)
    assert rate < 0.6 * constant


def test_overdispersed_counts_and_amounts():
    """Ten times the counts, or amounts: their dispersion is seen, and their unit does not matter."""
    X, f, rng = sine(400, 0)
    counts = rng.poisson(5 * np.exp(0.5 * f)).astype(float)
    plain, tenfold, amounts = (
        KANRegressor(loss="poisson", **additive).fit(X, y) for y in (counts, 10 * counts, 0.0371 * counts)
    )
    for model, unit in ((tenfold, 10), (amounts, 0.0371)):
        assert_allclose(model.effective_dof_, plain.effective_dof_, rtol=0.1)
        assert np.std(model.predict(X) / unit - plain.predict(X)) < 0.05 * np.std(plain.predict(X))


# --- weights ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("loss", ["squared_error", "huber", "absolute_error", "poisson", "gamma"])
def test_whole_weights_are_repetitions(loss):
    X, f, rng = sine(60, 0)
    y = rng.poisson(3 * np.exp(f)) + (loss != "poisson") * rng.uniform(0.1, 1, 60)
    weight = rng.randint(0, 4, 60)
    options = {**additive, "loss": loss, "max_iter": 30, "degree": 2}
    weighted = KANRegressor(**options).fit(X, y, weight)
    repeated = KANRegressor(**options).fit(np.repeat(X, weight, axis=0), np.repeat(y, weight))
    for one, other in zip(*(m.predict(X, return_std="epistemic") for m in (weighted, repeated)), strict=True):
        assert_allclose(one, other, rtol=1e-6, atol=1e-7 * np.abs(other).max())


@pytest.mark.parametrize("unit", [1 / 200, 1e-300, 0.5, 1e5, 1e305])
def test_equal_weights_are_no_weights(unit):
    """Also those of boosting, which sum to 1."""
    X, f, rng = sine(200, 0)
    y = f + 0.2 * rng.normal(size=200)
    model = KANRegressor(**additive)
    plain = model.fit(X, y).predict(X, return_std=True)
    assert_allclose(model.fit(X, y, np.full(200, unit)).predict(X, return_std=True), plain, rtol=1e-6)


@pytest.mark.parametrize("sigma", [(0.001, 0.003), (0.001, 0.002), (1e3, 2e3)])
def test_inverse_variances(sigma):
    """Known variances in any unit: errors are smaller than without weights, and as large as claimed."""
    X, f, rng = sine(200, 0)
    sigma = rng.choice(sigma, 200)
    truth = f * np.mean(sigma) * 3
    y = truth + sigma * rng.normal(size=200)
    errors = []
    for weight in (None, 1 / sigma**2):
        mean, std = KANRegressor(**additive).fit(X, y, weight).predict(X, return_std="epistemic")
        errors.append(np.sqrt(np.mean((mean - truth) ** 2)))
        assert 0.4 < errors[-1] / std.mean() < 1.6
    assert errors[1] < errors[0]


def test_class_weights_do_not_make_observations():
    """They say how classes compare; weights that are repetitions stay so beside them."""
    X, f, rng = sine(120, 0)
    y, weight = f + 0.3 * rng.normal(size=120) > 0.3, rng.randint(1, 4, 120)
    model = KANClassifier((), class_weight={True: 10}, random_state=0)
    weighted = model.fit(X, y, weight).predict_proba(X)
    repeated = model.fit(np.repeat(X, weight, axis=0), np.repeat(y, weight)).predict_proba(X)
    assert_allclose(weighted, repeated, atol=1e-6)
    by_hand = KANClassifier((), random_state=0).fit(X, y, np.where(y, 1.0, 0.1)).predict_proba(X)
    assert_allclose(model.fit(X, y).predict_proba(X), by_hand, atol=1e-6)


# --- losses that grow linearly ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("loss", "q", "noise"),
    [
        ("absolute_error", 0.5, stats.norm(0, 0.3)),
        ("absolute_error", 0.5, stats.t(2, 0, 0.2)),
        ("quantile", 0.9, stats.norm(0, 0.3)),
        ("quantile", 0.1, stats.expon(0, 0.3)),
        ("huber", 0.5, stats.norm(0, 0.3)),
        ("huber", 0.5, stats.t(2, 0, 0.2)),
    ],
    ids=["median, normal", "median, t", "0.9, normal", "0.1, exponential", "huber, normal", "huber, t"],
)
def test_what_is_claimed_is_the_spread_over_tables(loss, q, noise):
    errors, claims, inside = [], [], np.linspace(-0.9, 0.9, 30)[:, None]
    for seed in range(8):
        X, f, _ = sine(300, seed, n_features=1)
        y = f + noise.rvs(size=300, random_state=100 + seed)
        model = KANRegressor((), loss=loss, quantile=q, random_state=0).fit(X, y)
        mean, std = model.predict(inside, return_std="epistemic")
        errors.append(mean - np.sin(3 * inside[:, 0]) - noise.ppf(q))
        claims.append(std)
    size = np.sqrt(np.mean(np.square(errors)))
    assert 0.7 < size / np.sqrt(np.mean(np.square(claims))) < 1.5
    assert np.mean(np.abs(errors) < 2 * np.array(claims)) > 0.85
