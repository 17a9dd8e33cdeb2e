"""What the outside sees of a running fit: printed lines and scikit-learn's callbacks."""

import copy


def is_watched(estimator):
    """Whether anybody sees the iterations of a fit: one at a time, in order, then."""
    return bool(estimator.verbose) or bool(getattr(estimator, "_skl_callbacks", []))


def report(verbose, notify, monitor, network):
    """Listener of a fit: print if asked, tell scikit-learn's callbacks; True asks to stop."""
    if verbose:
        score = f", validation score = {monitor.validation_scores[-1]:.6f}" if monitor.validation_scores else ""
        print(f"Iteration {len(monitor.loss_curve)}, loss = {monitor.loss_curve[-1]:.8g}{score}")
    return notify(network)


def task_listener(estimator, plan, X, y, attributes):
    """Forward iterations to scikit-learn's callbacks, if it has them and any are set.

    Parameters
    ----------
    estimator : estimator with CallbackSupportMixin
    plan : Plan
    X, y : arrays
        Training data, for callbacks that ask for them.
    attributes : callable
        Fitted attributes, given a network, from which callbacks may rebuild a fitted estimator.

    Returns
    -------
    on_iteration : callable
        Takes a network; True if a callback asks to stop.
    finish : callable
        To be called with the final network.
    """
    if not hasattr(estimator, "_init_callback_context"):
        return lambda network: False, lambda network: None
    context = estimator._init_callback_context(max_subtasks=_most_iterations(plan))
    given = {"estimator": estimator, "X": X, "y": y}
    context.call_on_fit_task_begin(**given)

    def on_iteration(network):
        task = context.subcontext(task_name="iteration").call_on_fit_task_begin(**given)
        # A copy: callbacks may keep what they are given, and training goes on.
        return task.call_on_fit_task_end(**given, reconstruction_attributes=lambda: attributes(copy.deepcopy(network)))

    def finish(network):
        context.call_on_fit_task_end(**given, reconstruction_attributes=lambda: attributes(network))

    return on_iteration, finish


def _most_iterations(plan):
    """Iterations of all runs at most."""
    stages = len(plan.architecture.grid_sizes) + (plan.prune is not None) + plan.loss.steps_left
    return plan.max_iter * stages * plan.n_init * len(plan.candidates)
