"""A stage with a fixed penalty: its loss, and single epochs."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from small_plans import make_plan, rng, table, train

from sklearn_kan.network.initialisation import initialise
from sklearn_kan.objective.objective import Objective
from sklearn_kan.objective.penalty import Penalty
from sklearn_kan.solvers import Adam
from sklearn_kan.training.fixed_stage import FixedStage
from sklearn_kan.training.monitor import Monitor


def objective(plan, data, network):
    return Objective(network, plan.loss, Penalty.fixed(network, plan.alpha), data)


def epoch(plan, data, network, solver):
    return FixedStage(plan, plan.architecture, data, Monitor(), solver).epoch(network)


@pytest.mark.parametrize("weighted", [False, True])
def test_outcome_tells_the_loss_of_its_network(weighted):
    plan, data = make_plan(), table(weighted=weighted)
    outcome = train(plan, data, rng())
    assert outcome.loss == objective(plan, data, outcome.network).value(outcome.network.theta)
    assert outcome.loss < 0.1 * outcome.loss_curve[0]
    assert outcome.n_iter == len(outcome.loss_curve) <= plan.max_iter
    assert outcome.best_validation_score is None and outcome.validation_scores == []
    assert not outcome.interrupted


def test_an_epoch_changes_the_network_and_tells_the_mean_loss_of_its_batches():
    plan, data = make_plan(), table()
    network, solver = initialise(plan.architecture, data, rng()), Adam(batch_size=len(data.X), random_state=rng())
    before = network.theta
    start = objective(plan, data, network).value(before)
    assert_allclose(epoch(plan, data, network, solver), start, rtol=1e-12)
    assert_allclose(np.abs(network.theta - before), solver.learning_rate, rtol=1e-3)


def test_batches_of_unlike_size_count_by_their_rows():
    plan, data = make_plan(alpha=0), table()
    network = initialise(plan.architecture, data, rng())
    start = objective(plan, data, network).value(network.theta)
    solver = Adam(batch_size=50, learning_rate=1e-13, random_state=rng())
    assert_allclose(epoch(plan, data, network, solver), start, rtol=1e-9)
