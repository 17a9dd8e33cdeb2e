"""Which solver, and with which options."""

from .adam import SGD, Adam
from .lbfgs import LBFGS
from .lm import LevenbergMarquardt

# Solvers that learn from batches of rows.
STOCHASTIC = {"adam": Adam, "sgd": SGD}
_DETERMINISTIC = {"lm": LevenbergMarquardt, "lbfgs": LBFGS}
_LEARNING_RATE = {"adam": 0.01, "sgd": 0.1}
# Above this many parameters normal equations cost more than they give.
_LM_PARAMS = 3000
# Rows from which mini-batches beat full gradients.
_ADAM_ROWS = 20_000


def choose_solver(solver, n_params, n_samples):
    """Name of the solver that "auto" stands for, or the name given."""
    if solver != "auto":
        return solver
    if n_params <= _LM_PARAMS:
        return "lm"
    return "adam" if n_samples >= _ADAM_ROWS else "lbfgs"


def check_options(solver, *, batch_size, learning_rate_init, shuffle):
    """Refuse options that a solver does not have.

    Raises
    ------
    ValueError
        If an option of the stochastic solvers is set for another one.
    """
    is_set = {
        "batch_size": batch_size != "auto",
        "learning_rate_init": learning_rate_init is not None,
        "shuffle": not shuffle,
    }
    unused = [name for name, given in is_set.items() if given]
    if unused and solver not in STOCHASTIC:
        raise ValueError(
            f"{', '.join(unused)} can be set for solver='adam' and 'sgd' only, and the solver is {solver!r}; "
            "leave them at their defaults or choose one of those solvers."
        )


def make_solver(solver, tol, n_iter_no_change, n_samples, batch_size, learning_rate_init, shuffle, random_state):
    """A new solver of a given name; parameters as those of KANRegressor."""
    if solver in _DETERMINISTIC:
        return _DETERMINISTIC[solver](tol, n_iter_no_change)
    return STOCHASTIC[solver](
        tol,
        n_iter_no_change,
        batch_size=min(200, n_samples) if batch_size == "auto" else batch_size,
        learning_rate=_LEARNING_RATE[solver] if learning_rate_init is None else learning_rate_init,
        shuffle=shuffle,
        random_state=random_state,
    )
