"""Solvers: each minimises an objective over one flat vector and knows nothing of networks."""

from .base import Batched, Differentiable, DualSteps, NormalEquations, Result, Sampled, State
from .kaczmarz import NewtonKaczmarz
from .lbfgs import LBFGS
from .lm import LevenbergMarquardt
from .registry import BATCH_SIZE, DETERMINISTIC, LEARNING_RATE, STOCHASTIC, check_options, make_solver
from .sampled_lm import SampledLM
from .sgd import SGD, Adam

__all__ = [
    "BATCH_SIZE",
    "DETERMINISTIC",
    "LBFGS",
    "LEARNING_RATE",
    "SGD",
    "STOCHASTIC",
    "Adam",
    "Batched",
    "Differentiable",
    "DualSteps",
    "LevenbergMarquardt",
    "NewtonKaczmarz",
    "NormalEquations",
    "Result",
    "Sampled",
    "SampledLM",
    "State",
    "check_options",
    "make_solver",
]
