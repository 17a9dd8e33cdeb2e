"""Many runs: which are kept, and what an interrupt leaves."""

import numpy as np
import pytest
from problems import exp_sin
from small_fits import data, make, noisy, unconverged
from small_plans import make_plan, rng, table, train

from sklearn_kan import KANRegressor
from sklearn_kan.evidence.evidence import estimate
from sklearn_kan.solvers import Adam, LevenbergMarquardt
from sklearn_kan.training.monitor import Monitor


def test_best_of_several_starts_is_kept():
    plan, data, generator = make_plan(n_init=4, max_iter=3), table(), rng()
    best = train(plan, data, generator)
    generator, single = rng(), make_plan(max_iter=3)
    losses = [train(single, data, generator).loss for _ in range(4)]
    assert best.loss == min(losses) < max(losses)
    assert losses.index(best.loss) > 0


def test_a_start_that_diverged_is_never_the_best():
    rates = iter([1e200, 0.01])

    def make_solver(generator):
        return Adam(learning_rate=next(rates), random_state=generator)

    with np.errstate(all="ignore"):
        outcome = train(make_plan(n_init=2, make_solver=make_solver), table(), rng())
    assert np.isfinite(outcome.loss)


def test_an_interrupt_in_a_later_start_is_told_though_the_first_is_kept():
    calls = []

    def listener(monitor, network):
        calls.append(1)
        if len(calls) == 21:
            raise KeyboardInterrupt
        return False

    plan = make_plan(n_init=5, make_solver=lambda rng: LevenbergMarquardt(tol=0))
    outcome = train(plan, table(), rng(), lambda: Monitor(listener=listener))
    assert outcome.interrupted and outcome.n_iter == 20 and len(calls) == 21


@unconverged
def test_n_init_keeps_the_lowest_loss():
    X, y = data()
    rng = np.random.RandomState(3)
    singles = [make(max_iter=5, random_state=rng).fit(X, y).loss_ for _ in range(4)]
    best = make(max_iter=5, random_state=3, n_init=4).fit(X, y)
    assert best.loss_ == min(singles) < max(singles)
    assert best.n_iter_ == 5


@unconverged
def test_n_init_keeps_the_best_validation_score():
    X, y, X_val, y_val = noisy()
    rng = np.random.RandomState(0)
    model = make(hidden=(5,), alpha=1e-6, early_stopping=True, max_iter=8)
    singles = []
    for _ in range(3):
        model.set_params(random_state=rng).fit(X, y, X_val=X_val, y_val=y_val)
        singles.append(model.best_validation_score_)
    model.set_params(random_state=0, n_init=3).fit(X, y, X_val=X_val, y_val=y_val)
    assert model.best_validation_score_ == max(singles) > min(singles)


@pytest.mark.parametrize(("sizes", "least"), [((2,), 0.9), ("auto", 0.5)])
def test_interrupt_keeps_the_network(monkeypatch, sizes, least):
    calls = []

    def interrupt(*args):
        """Once, at the ninth call."""
        calls.append(args)
        if len(calls) == 9:
            raise KeyboardInterrupt
        return estimate(*args)

    X, y, *_ = exp_sin(100, noise=0.1)
    monkeypatch.setattr("sklearn_kan.training.evidence_stage.estimate", interrupt)
    model = KANRegressor(sizes, n_init=3, random_state=0)
    with pytest.warns(UserWarning, match="interrupted"):
        model.fit(X, y)
    assert model.score(X, y) > least and model.n_iter_ > 8
