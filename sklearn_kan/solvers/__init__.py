"""Solvers: each minimises an objective over one flat vector and knows nothing of networks."""

from .adam import SGD, Adam
from .base import Result, State
from .choice import STOCHASTIC, check_options, choose_solver, make_solver
from .kaczmarz import NewtonKaczmarz
from .lbfgs import LBFGS
from .lm import LevenbergMarquardt
from .sampled import SampledLM

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
