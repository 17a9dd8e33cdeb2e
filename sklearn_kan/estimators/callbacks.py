"""What the outside sees of a running fit: printed lines and scikit-learn's callbacks."""

import copy
from collections import Counter
from threading import Lock

from ..training.structures import shape_of


class Watcher:
    """Listener of a fit: prints if asked, and tells scikit-learn's callbacks if there are any.

    Callbacks see one task a fit with one subtask an iteration, as many as `most_iterations` at most. These are
    numbered by how many there are already, so that only one thread at a time may add one.

    Parameters
    ----------
    estimator : estimator with CallbackSupportMixin
    most_iterations : int
        Iterations of all runs, at most.
    X, y : arrays
        Training data, for callbacks that ask for them.
    attributes : callable
        Fitted attributes, given a network, from which callbacks may rebuild a fitted estimator.

    Attributes
    ----------
    watching : bool
        Whether anybody sees the iterations: they have to come one at a time, in order, then.
    """

    def __init__(self, estimator, most_iterations, X, y, attributes):
        self._verbose, self._attributes, self._lock = int(estimator.verbose), attributes, Lock()
        self._runs = Counter()
        self._given = {"estimator": estimator, "X": X, "y": y}
        self._called_back = bool(getattr(estimator, "_skl_callbacks", []))
        self.watching = self._verbose > 1 or self._called_back
        self._fit = None
        if hasattr(estimator, "_init_callback_context"):  # scikit-learn >= 1.9
            self._fit = estimator._init_callback_context(max_subtasks=most_iterations)
            self._fit.call_on_fit_task_begin(**self._given)

    def __call__(self, monitor, network):
        """See an iteration; True asks to stop."""
        if self._verbose > 1:
            print(_line(monitor))
        if not self._called_back:
            return False
        with self._lock:
            task = self._fit.subcontext(task_name="iteration").call_on_fit_task_begin(**self._given)
            # A copy: callbacks may keep what they are given, and training goes on.
            return self._end(task, lambda: self._attributes(copy.deepcopy(network)))

    def run_over(self, outcome):
        """See the outcome of a run."""
        if self._verbose:
            with self._lock:
                sizes = shape_of(outcome.network)
                self._runs[sizes] += 1
                print(_line_of_run(sizes, self._runs[sizes], outcome))

    def finish(self, network):
        """See the fitted network."""
        if self._fit is not None:
            self._end(self._fit, lambda: self._attributes(network))

    def _end(self, task, attributes):
        """Tell callbacks that a task has ended; True if one of them asks to stop."""
        return task.call_on_fit_task_end(**self._given, reconstruction_attributes=attributes)


def _line(monitor):
    """What is printed of an iteration."""
    score = f", validation score = {monitor.validation_scores[-1]:.6f}" if monitor.validation_scores else ""
    return f"Iteration {len(monitor.loss_curve)}, loss = {monitor.loss_curve[-1]:.8g}{score}"


def _line_of_run(sizes, number, outcome):
    """What is printed of a run."""
    evidence = "" if outcome.evidence is None else f", log evidence = {outcome.log_evidence:.1f}"
    score = outcome.best_validation_score
    score = "" if score is None else f", validation score = {score:.6f}"
    took = f"{outcome.n_iter} iterations, {outcome.seconds:.2f} s"
    return f"Hidden layers {sizes}, run {number}: loss = {outcome.loss:.8g}{evidence}{score}, {took}"
