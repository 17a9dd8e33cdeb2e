"""Small plans and tables for training, shared by the tests."""

import numpy as np
from problems import exp_sin

from sklearn_kan.solvers import LevenbergMarquardt
from sklearn_kan.training.monitor import Monitor
from sklearn_kan.training.plan import Architecture, Candidate, Plan
from sklearn_kan.training.runs import Former
from sklearn_kan.training.train import train as train_all
from sklearn_kan.utils.data import TrainingData


def table(n=120, seed=0, weighted=False):
    """exp-sin with a standardised target."""
    X, y, *_ = exp_sin(n, seed=seed)
    weight = np.random.RandomState(seed).uniform(0.5, 2, n) if weighted else None
    return TrainingData(X, ((y - y.mean()) / y.std())[:, None], weight)


def make_architecture(hidden=(2,), grid_sizes=None, **options):
    """A small network, by default of four cells."""
    return Architecture(hidden, grid_sizes or ((4,) * (len(hidden) + 1),), **options)


def make_plan(hidden=(2,), grid_sizes=None, **options):
    """A short fit of it with a fixed penalty."""
    given = {"max_iter": 20, "alpha": 1e-3, "make_solver": lambda rng: LevenbergMarquardt(), **options}
    return Plan((Candidate(make_architecture(hidden, grid_sizes)),), **given)


def train(plan, data, random_state, make_monitor=Monitor, network=None):
    """The outcome of a fit with a fixed penalty."""
    former = None if network is None else Former([network], np.ones(1))
    outcome, mixture = train_all(plan, data, random_state, make_monitor, former)
    assert mixture is None
    return outcome


def rng(seed=0):
    """A generator of random numbers."""
    return np.random.RandomState(seed)
