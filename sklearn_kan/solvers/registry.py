"""Solvers by name, and the options that each has."""

from .kaczmarz import NewtonKaczmarz
from .lbfgs import LBFGS
from .sampled_lm import SampledLM
from .sgd import SGD, Adam

# Solvers that use all rows in each iteration.
DETERMINISTIC = {"lm": SampledLM, "lbfgs": LBFGS}
# Solvers that learn from batches of rows.
STOCHASTIC = {"kaczmarz": NewtonKaczmarz, "adam": Adam, "sgd": SGD}
# First step sizes of those that have any, in units of the parameters.
LEARNING_RATE = {"adam": 0.01, "sgd": 0.1}
# Rows of a batch.
BATCH_SIZE = {"kaczmarz": 128, "adam": 200, "sgd": 200}


def check_options(solver, *, batch_size, learning_rate_init, shuffle):
    """Refuse options that a solver does not have.

    Raises
    ------
    ValueError
        If an option of the stochastic solvers is set for another one.
    """
    unused = {
        "batch_size": batch_size != "auto" and solver not in STOCHASTIC,
        "learning_rate_init": learning_rate_init is not None and solver not in LEARNING_RATE,
        "shuffle": not shuffle and solver not in STOCHASTIC,
    }
    for name, owners in {"batch_size": STOCHASTIC, "learning_rate_init": LEARNING_RATE, "shuffle": STOCHASTIC}.items():
        if unused[name]:
            *others, last = (repr(owner) for owner in owners)
            raise ValueError(
                f"{name} can be set for solver={', '.join(others)} and {last} only, and the solver is {solver!r}; "
                "leave it at its default or choose one of those solvers."
            )


def make_solver(solver, tol, n_iter_no_change, batch_size, learning_rate_init, shuffle, random_state):
    """A new solver of a given name; parameters as those of KANRegressor."""
    if solver in DETERMINISTIC:
        return DETERMINISTIC[solver](tol, n_iter_no_change)
    options = {"batch_size": BATCH_SIZE[solver] if batch_size == "auto" else batch_size}
    if solver in LEARNING_RATE:
        options["learning_rate"] = LEARNING_RATE[solver] if learning_rate_init is None else learning_rate_init
    return STOCHASTIC[solver](tol, n_iter_no_change, shuffle=shuffle, random_state=random_state, **options)
