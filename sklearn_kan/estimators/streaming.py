"""One epoch over a batch of rows: what `partial_fit` does."""

import copy

from sklearn.utils import check_random_state

from ..network.initialisation import initialise
from ..training.fixed_stage import FixedStage
from ..training.monitor import Monitor
from ..utils.threads import one_blas_thread
from .checks import check_finite, unchanged_on_error
from .defaults import choose
from .fitted import epoch_attributes, networks_to_continue, prediction_attributes


def fit_batch(estimator, X, y, sample_weight, **known):
    """Go once over a batch of rows; `known` goes to ``_validated``.

    Sets: what `prediction_attributes` and `epoch_attributes` say.
    """
    first = not hasattr(estimator, "network_")
    with unchanged_on_error(estimator), one_blas_thread():
        rows = estimator._validated(X, y, sample_weight, reset=first, **known).weighted_only(2 if first else 1)
        defaults, loss = choose(estimator, rows), estimator._make_loss(rows.Y.shape[1])
        if not first:
            networks_to_continue(estimator, defaults, rows.Y.shape[1])
        units, rows, _ = estimator._standardised(loss, rows, None, not first)
        plan = estimator._plan(defaults, loss.shifted(units[0]))
        rng = check_random_state(estimator.random_state)
        network = initialise(plan.architecture, rows, rng) if first else copy.deepcopy(estimator.network_)
        solver = getattr(estimator, "_running_solver", None)
        solver = plan.make_solver(rng) if solver is None else copy.deepcopy(solver)
        epoch_loss = FixedStage(plan, plan.architecture, rows, Monitor(), solver).epoch(network)
        check_finite(defaults.solver, epoch_loss, *network.theta)  # The loss is taken before the last step.
    estimator.__dict__.update(
        prediction_attributes(network, units, defaults.solver, loss)
        | epoch_attributes(estimator, network, epoch_loss, solver, plan.alpha)
    )
    return estimator
