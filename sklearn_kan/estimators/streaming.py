"""One pass over a batch of rows: what `partial_fit` does."""

import copy

from sklearn.utils import check_random_state

from ..network.initialisation import initialise
from ..training.fixed_stage import FixedStage
from ..training.monitor import Monitor
from ..training.stream import Stream
from ..utils.threads import one_blas_thread
from .checks import check_finite, unchanged_on_error
from .columns import with_kinds
from .defaults import choose
from .fitted import epoch_attributes, fitted_units, networks_to_continue, prediction_attributes
from .limits import find_limits


def fit_batch(estimator, X, y, sample_weight, **known):
    """Go once over a batch of rows; `known` goes to ``_validated``.

    Sets: what `prediction_attributes` and `epoch_attributes` say.
    """
    first = not hasattr(estimator, "network_")
    with unchanged_on_error(estimator), one_blas_thread():
        batch = estimator._validated(X, y, sample_weight, reset=first, **known).weighted_only(2 if first else 1)
        batch = with_kinds(estimator, batch, known=not first, every_level=True)
        limits = find_limits(estimator, batch, None if first else estimator._limits)
        defaults, loss = choose(estimator, batch, limits), estimator._make_loss(batch.Y.shape[1])
        if not first:
            networks_to_continue(estimator, defaults, batch.Y.shape[1])
        rng = check_random_state(estimator.random_state)
        stream = copy.deepcopy(getattr(estimator, "_stream", None))
        stream = stream or Stream(rng, None if first else estimator.network_)
        fitted = None if first else fitted_units(estimator)
        given = stream.units(loss, batch, fitted)
        units, fitted_loss, rows, _ = estimator._standardised(loss, stream.rows(batch), None, given)
        plan = estimator._plan(defaults, fitted_loss)
        if first:
            network = initialise(plan.architecture, rows, rng)
        else:
            network = copy.deepcopy(estimator.network_)
            stream.adapt(network, plan.architecture, batch, units, fitted, loss.link)
        if stream.solver is None or estimator.solver_ != defaults.solver:
            stream.solver = plan.make_solver(rng)
        epoch_loss = FixedStage(plan, plan.architecture, rows, Monitor(), stream.solver).epoch(network)
        check_finite(defaults.solver, epoch_loss, *network.theta)  # The loss is taken before the last step.
        stream.add(batch)
    estimator.__dict__.update(
        prediction_attributes(network, units, defaults.solver, loss)
        | epoch_attributes(estimator, network, epoch_loss, stream, plan.alpha)
        | {"_limits": limits}
    )
    return estimator
