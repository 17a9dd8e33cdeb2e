"""Solvers: each minimises an objective over one flat vector and knows nothing of networks."""

from .base import Result, State
from .kaczmarz import NewtonKaczmarz
from .lbfgs import LBFGS
from .lm import LevenbergMarquardt
from .registry import STOCHASTIC, check_options, choose_solver, make_solver
from .sampled_lm import SampledLM
from .sgd import SGD, Adam

__all__ = [
    "LBFGS",
    "SGD",
    "STOCHASTIC",
    "Adam",
    "LevenbergMarquardt",
    "NewtonKaczmarz",
    "Result",
    "SampledLM",
    "State",
    "check_options",
    "choose_solver",
    "make_solver",
]
