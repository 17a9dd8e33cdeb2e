"""A small network that says nearly what a large model says."""

import warnings
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from sklearn.base import clone
from sklearn.utils import check_random_state

from ..estimators.checks import check_weights
from ..estimators.regressor import KANRegressor
from ..utils.weighted import weights_of_sum_one
from .fitted_model import check_kan, checked_rows, location_and_scale, measured

# Hidden layers to try, in this order, until one is good enough.
_LADDER = ((), (1,), (2,), (2, 1), (3,), (3, 1), (4,), (4, 2), (6,), (8,))
# Shares of a node's variance below which edges are removed, if what is left is still good enough.
_PRUNINGS = (0.003, 0.01, 0.03, 0.1)
# Part of the rows on which fidelity is measured and no twin is fitted.
_HELD_OUT = 0.25
# Rows without which there is nothing to hold out.
_FEWEST_ROWS = 8
# Iterations of a fit, which usually ends before.
_MAX_ITER = 200
# Scores of classes further apart than this mean the same: probabilities of 0 and 1.
_CERTAIN = 6.0
# What the fit of a twin takes over from the model.
_TAKEN_OVER = ("degree", "knots", "extrapolation", "squash", "base_function")
# What a model knows of the data that its twin must know too.
_SEEN = (
    "n_features_in_",
    "feature_names_in_",
    "_y_ndim",
    "_y_names",
    "classes_",
    "_fitted_loss",
    "n_outputs_",
    "_limits",
)


class Trade(NamedTuple):
    """A network that was tried: its hidden layers, how many edges it has, and its fidelity."""

    hidden_layer_sizes: tuple
    n_edges: int
    fidelity: float


def distill(est, X=None, y=None, *, sample_weight=None, fidelity=0.95, max_edges=60, n_starts=4, random_state=0):
    r"""A small twin of a fitted model: an ordinary fitted estimator with few nodes and edges.

    Networks grow from the additive one on, and are fitted to the raw predictions of the model, which have no noise,
    with strengths by their evidence; of several starts the best is kept, until the twin explains so much of the
    model on rows that it has not seen. Edges that are not needed for that are removed then.

    Parameters
    ----------
    est : KANRegressor or KANClassifier
        Fitted.
    X : array-like of shape (n_samples, n_features), default=None
        Rows to be alike on; None: those of the training rows that fit has kept.
    y : array-like of shape (n_samples,) or (n_samples, n_outputs), default=None
        Targets of the rows `X`: then ``scores_`` says how well model and twin predict them.
    sample_weight : array-like of shape (n_samples,), default=None
        Weights of the rows of `X`.
    fidelity : float, default=0.95
        :math:`R^2` of the twin to the model's raw predictions that is enough.
    max_edges : int, default=60
        No larger networks are tried. If none is good enough the best is returned.
    n_starts : int, default=4
        Random starts of each network.
    random_state : int, RandomState instance or None, default=0
        Which rows are held out.

    Returns
    -------
    twin : KANRegressor or KANClassifier
        Fitted, of the class of `est`, with the additional attributes

        fidelity\_ : float
            :math:`R^2` to the raw predictions of the model on rows held out.
        trade\_ : list of Trade
            Those of all networks tried that none with as few edges surpasses.
        scores\_ : dict or None
            With `y`: what ``score`` says of "model" and "twin" on the rows held out from the twin.

        It has no posterior: how well it resembles the model says nothing about how sure the model is.

    Raises
    ------
    TypeError
        If `est` is no fitted estimator of this package.
    ValueError
        If there are fewer than 8 rows, or fit has kept none (after ``partial_fit``).

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_kan import KANRegressor, distill
    >>> X = np.random.RandomState(0).uniform(-1, 1, (500, 3))
    >>> model = KANRegressor((4,), n_init=1, random_state=0).fit(X, np.sin(3 * X[:, 0]) + X[:, 1])
    >>> twin = distill(model)
    >>> twin.hidden_layer_sizes, twin.fidelity_ > 0.999
    ((), True)
    """
    check_kan(est)
    rows, weight = _rows(est, X, sample_weight)
    held_out = np.zeros(len(rows), dtype=bool)
    held_out[check_random_state(random_state).permutation(len(rows))[: int(np.ceil(_HELD_OUT * len(rows)))]] = True
    task = _Task(est, rows, weight, held_out)
    chosen = task.pruned(task.grow(fidelity, max_edges, n_starts), fidelity)
    twin = _twin(est, chosen.student)
    twin.fidelity_, twin.trade_, twin.scores_ = chosen.fidelity, task.trade(), None
    if y is not None:
        both, targets = {"model": est, "twin": twin}, np.asarray(y)[held_out]
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # The rows have lost the names of their columns.
            table = (
                rows[held_out]
                if getattr(est, "is_categorical_", None) is None
                else est._columns.decoded(rows[held_out])
            )
            twin.scores_ = {name: model.score(table, targets) for name, model in both.items()}
    return twin


def _rows(est, X, sample_weight):
    """Rows to be alike on, and their weights as numbers of rows."""
    if X is None:
        kept = measured(est)
        rows, weight = kept.rows, kept.weights * len(kept.rows)
    else:
        rows = checked_rows(est, X)
        weight = weights_of_sum_one(check_weights(sample_weight, rows), len(rows)) * len(rows)
    if len(rows) < _FEWEST_ROWS:
        raise ValueError(f"distill needs at least {_FEWEST_ROWS} different rows; got {len(rows)}. Pass more as X.")
    return rows, weight


class _Attempt(NamedTuple):
    """A fitted student of the model, and how it came about."""

    student: KANRegressor
    n_edges: int
    fidelity: float


class _Task:
    """What students are to learn, and all that have been tried."""

    def __init__(self, est, X, weight, held_out):
        self.est, self.X, self.weight, self.held_out = est, X, weight, held_out
        location, scale = location_and_scale(est)
        self.target = _believable(location + scale * est.network_.forward(X), est._fitted_loss.link)
        self.attempts = []

    def grow(self, fidelity, max_edges, n_starts):
        """The first structure on the ladder that is good enough, else the best of all: its best start."""
        found = None
        for sizes in _LADDER:
            widths = [self.X.shape[1], *sizes, self.target.shape[1]]
            if sizes and sum(a * b for a, b in pairwise(widths)) > max_edges:
                continue
            starts = [self._attempt(sizes, seed) for seed in range(n_starts if sizes else 1)]
            best = max(starts, key=lambda attempt: attempt.fidelity)
            found = best if found is None or best.fidelity > found.fidelity else found
            if found.fidelity >= fidelity:
                break
        return found

    def pruned(self, attempt, fidelity):
        """The same with fewer edges, as long as it is as good as is asked for, or as it was."""
        enough = min(fidelity, attempt.fidelity)
        student, others = attempt.student, []
        for threshold in _PRUNINGS:
            others.append(self._attempt(student.hidden_layer_sizes, student.random_state, threshold))
        good = [other for other in others if other.fidelity >= enough]
        return min([attempt, *good], key=lambda other: (other.n_edges, -other.fidelity))

    def trade(self):
        """Attempts that none with as few edges surpasses, from few edges to many."""
        best, front = -np.inf, []
        for attempt in sorted(self.attempts, key=lambda attempt: (attempt.n_edges, -attempt.fidelity)):
            if attempt.fidelity > best:
                best = attempt.fidelity
                front.append(Trade(attempt.student.hidden_layer_sizes, attempt.n_edges, attempt.fidelity))
        return front

    def _attempt(self, sizes, seed, prune=None):
        """Fit one student to the rows that are not held out, and measure it on the others."""
        given = {name: getattr(self.est, name) for name in _TAKEN_OVER} | self.est._limits.as_parameters()
        if given["extrapolation"] == "error":  # Rows held out may lie outside the range of the others.
            given["extrapolation"] = "linear"
        student = KANRegressor(
            sizes, n_init=1, max_iter=_MAX_ITER, solver="lm", prune=prune, random_state=seed, **given
        )
        student.set_params(categorical_features=getattr(self.est, "is_categorical_", None))
        train, test = ~self.held_out, self.held_out
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # One that has not converged is judged like the others.
            student.fit(self.X[train], self.target[train], self.weight[train])
        prediction = student.predict(self.X[test]).reshape(-1, self.target.shape[1])
        fidelity = _explained(self.target[test], prediction, self.weight[test])
        edges = sum(int(layer.edges.sum()) for layer in student.network_.spline_layers)
        self.attempts.append(_Attempt(student, edges, fidelity))
        return self.attempts[-1]


def _believable(raw, link):
    """Raw predictions, of classes with a limit: how certain it is beyond all doubt is of no interest."""
    if link == "logit":
        return np.clip(raw, -_CERTAIN, _CERTAIN)
    if link == "softmax":
        return np.maximum(raw - raw.max(axis=1, keepdims=True), -_CERTAIN)
    return raw


def _explained(target, prediction, weight):
    """R^2 over all outputs, each in units of its spread; 1 for targets that do not vary."""
    mean = np.average(target, axis=0, weights=weight)
    total = np.average((target - mean) ** 2, axis=0, weights=weight)
    missed = np.average((target - prediction) ** 2, axis=0, weights=weight)
    return float(np.mean(1 - missed / np.where(total > 0, total, 1.0)))


def _twin(est, student):
    """An estimator of the class of `est` with the network of a student."""
    twin = clone(est).set_params(hidden_layer_sizes=student.hidden_layer_sizes)
    learned = {name: value for name, value in vars(student).items() if name not in student.get_params()}
    seen = {name: value for name, value in vars(est).items() if name in _SEEN}
    if student._columns is not None:
        seen["_columns"] = student._columns.named(est._columns)
    vars(twin).update(learned | seen | dict.fromkeys(("posterior_", "sigma_", "log_evidence_")))
    return twin
