"""The parameters that both estimators have: which values are allowed, and what the docstrings say about them.

Each estimator's docstring has its own words and, where ``%(name)s`` stands, the texts below. Names and figures in
them come from where they are defined, so that nothing is said twice.
"""

from numbers import Integral, Real
from textwrap import indent

from ..objective.penalty import RELEVANCES
from ..solvers import BATCH_SIZE, DETERMINISTIC, LEARNING_RATE, STOCHASTIC
from ..utils.sklearn_compat import Interval, StrOptions
from . import defaults
from .limits import INTERACTIONS

SOLVERS = ("auto", *DETERMINISTIC, *STOCHASTIC)

CONSTRAINTS = {
    "hidden_layer_sizes": [StrOptions({"auto"}), "array-like", Interval(Integral, 1, None, closed="left")],
    "grid_size": [StrOptions({"auto"}), "array-like", Interval(Integral, 1, None, closed="left")],
    "degree": [Interval(Integral, 1, 5, closed="both")],
    "knots": [StrOptions({"uniform", "quantile", "mixed"})],
    "extrapolation": [StrOptions({"linear", "constant", "continue", "error"})],
    "squash": [StrOptions({"tanh"}), None],
    "base_function": [StrOptions({"silu"}), None],
    "categorical_features": ["array-like", StrOptions({"from_dtype"}), None],
    "fill_missing": ["boolean"],
    "interaction_cst": [StrOptions(set(INTERACTIONS)), list, tuple, None],
    "monotonic_cst": ["array-like", dict, None],
    "periodic": [dict, None],
    "solver": [StrOptions(set(SOLVERS))],
    "alpha": [StrOptions({"auto"}), Interval(Real, 0, None, closed="left")],
    "relevance": [StrOptions({"auto", *RELEVANCES})],
    "prune": [Interval(Real, 0, 1, closed="left"), None],
    "grid_schedule": ["array-like", None],
    "n_init": [StrOptions({"auto"}), Interval(Integral, 1, None, closed="left")],
    "max_iter": [Interval(Integral, 1, None, closed="left")],
    "tol": [Interval(Real, 0, None, closed="left")],
    "n_iter_no_change": [Interval(Integral, 1, None, closed="left")],
    "early_stopping": ["boolean"],
    "validation_fraction": [Interval(Real, 0, 1, closed="neither")],
    "batch_size": [StrOptions({"auto"}), Interval(Integral, 1, None, closed="left")],
    "learning_rate_init": [Interval(Real, 0, None, closed="neither"), None],
    "shuffle": ["boolean"],
    "warm_start": ["boolean"],
    "random_state": ["random_state"],
    "verbose": ["verbose"],
}

_STRUCTURE = """\
hidden_layer_sizes : "auto", int or sequence of int, default="auto"
    Nodes of each hidden layer; () is an additive model. "auto" goes on from the additive model to %(ladder)s
    as the evidence allows, and averages those of like evidence. Where there
    is no evidence it is %(fixed_sizes)s. If an additive model would have more than %(lm_params)s parameters it is
    %(shared_sizes)s for many outputs, about ten or more, else ().
grid_size : "auto", int or sequence of int, default="auto"
    Knot intervals of each spline, for all layers or one for each. "auto" is %(grid_size)s; an additive model whose
    strengths come from the evidence goes on, up to %(finest)s, doubling them as long as the data decide nearly all
    coefficients of a curve and the evidence rises.
degree : int, default=3
    Degree of the splines, 1 to 5.
knots : {"quantile", "mixed", "uniform"}, default="quantile"
    Intervals of equal weight of data, also of hidden values (tied quantiles are merged), equal intervals, or half-way
    between the two for the features and equal ones for hidden values. Few values far from all others lie outside, if
    the rule for that is "linear" or "constant".
extrapolation : {"linear", "constant", "continue", "error"}, default="linear"
    Rule outside the training range, as in SplineTransformer; but straight lines level off, so that a row counts as
    at most once the range away, and hidden values may leave their grids by less still.
squash : {None, "tanh"}, default=None
    None: hidden grids follow the data. "tanh": the original formulation, weights N(0, 0.1) and a
    Tanh layer that keeps hidden values on fixed grids [-1, 1].
base_function : {None, "silu"}, default=None
    Residual branch beside each spline, as in the original paper.
categorical_features : "from_dtype", array-like of bool, int or str, or None, default="from_dtype"
    Which features are categories: a mask, numbers or names, as for HistGradientBoosting. "from_dtype" are the columns
    of a data frame whose type is a category, text or bool. Each level has an effect of its own, drawn to the mean of
    all; levels that are not in fit count as that mean. NaN says that a value is missing, in every feature.
fill_missing : bool, default=False
    Whether a number that is missing counts as what the other features lead one to expect, as far as they do, beside
    the constant for "missing" on each edge. Not for `monotonic_cst`, and such a model is not exported.
interaction_cst : {"pairwise", "no_interactions"} or sequence of lists of int or str, default=None
    Groups of features, by number or name, that may interact, as in HistGradientBoosting: each hidden node sees features
    of one group. Features that are in none are one more group. "pairwise": each pair, of many pairs those that gain
    most. Nodes of `hidden_layer_sizes` are shared out evenly, at least two to a group.
monotonic_cst : array-like of int of shape (n_features,) or dict, default=None
    1 for features along which raw predictions must not fall, -1 for those along which they must not rise, 0 for others;
    a dict has the names of some. It holds everywhere, outside the training range too. Not for more than two
    classes, ``extrapolation="continue"`` and a base function.
periodic : dict of str or int to float, default=None
    Periods of features that come round, by name or number, such as ``{"hour": 24}``: value and derivatives up to
    degree - 1 join. Their knots are equally spaced. Not for a base function."""

_TRAINING = """\
solver : {%(solvers)s}, default="auto"
    "auto" takes Levenberg-Marquardt up to %(lm_params)s parameters; above, Newton-Kaczmarz (second-order
    steps on batches of rows) from %(batch_rows)s rows on and L-BFGS for fewer. `solver_` says which.
alpha : float or "auto", default="auto"
    Strength of the penalty on roughness, beside the mean loss: it means the same for every
    number of rows%(unit)s. "auto" finds %(found)s by the evidence, for as many
    observations as rows, or as weights that are whole numbers say. It needs Levenberg-Marquardt on all rows: for other
    solvers and with `early_stopping` it is %(fixed_alpha)s, and for %(shared_sizes)s nodes chosen without evidence
    %(shared_prior)s over the number of observations, at most %(shared_alpha)s.
relevance : {"auto", "edge", "input", "layer"}, default="%(relevance)s"
    Which edges share strengths under ``alpha="auto"``: none, those that leave one node, or all of a layer. "auto" is
    "layer", or "input" in networks that are chosen by the evidence, if it is so much larger. Of fewer than three rows a
    feature additive models have "layer", unless the evidence is clearly larger without.
prune : float, default=None
    Edges whose share of their node's variance is below it are removed, the rest is refitted.
grid_schedule : sequence of int, default=None
    Increasing grid sizes, each started from the splines of the last; replaces `grid_size`.
n_init : int or "auto", default="auto"
    Random starts of a structure. Under ``alpha="auto"`` all networks are averaged and stand side by side in
    `network_`: by default %(runs_of_each)s of the likeliest structure that is tried, or 1 of each beyond
    %(few_of_each)s rows times outputs; of a given one %(runs)s, or %(half_runs)s beyond %(few)s. A given structure and
    1 is the easiest to read. With a given `alpha` the one of lowest objective (or best validation score) is kept, by
    default of one.
max_iter : int, default=500
    Iterations (epochs for "adam" and "sgd", 32 batches for "kaczmarz") on each grid size.
tol : float, default=1e-3
    Relative fall of the objective, or rise of the validation score, that counts as progress.
n_iter_no_change : int, default=10
    Iterations without progress after which the fit stops.
early_stopping : bool, default=False
    Stop by the loss on validation rows and keep the best network.
validation_fraction : float, default=0.1
    Part of the weight%(of_each)s that is set aside for validation if no `X_val` is given. Equal rows stay
    together, so that weights and repeated rows remain the same thing.
batch_size : int or "auto", default="auto"
    Rows of a mini-batch; "auto" is %(batch)s, for "kaczmarz" %(kaczmarz_batch)s, at most all. Not for "lm" and "lbfgs".
learning_rate_init : float, default=None
    Step size; None is %(adam_rate)s for "adam" and %(sgd_rate)s for "sgd". Only for "adam" and "sgd".
shuffle : bool, default=True
    Whether to permute the rows before each pass over them. False not for "lm" and "lbfgs"."""

_RUNNING = """\
random_state : int, RandomState instance or None, default=None
    Draws the first splines and the mini-batches.
verbose : bool or int, default=False
    True or 1 prints a line for each run: its hidden layers, log evidence or loss, validation score, iterations and
    seconds. From 2 on a line for each iteration too; runs come one after the other then."""

_FITTED = """\
solver_ : str
    The solver that was used.
n_iter_ : int
    Iterations, over all stages.
alpha_ : float or list of ndarray of shape (2, in_features, out_features)
    Strengths in force; under ``alpha="auto"`` of roughness and ridge on each edge of each spline layer."""

_HISTORY = """\
posterior_ : Posterior or None
    Posterior of the parameters, ``posterior_.edge_covariance(layer, i, j)``.
loss_ : float
    Training loss at the end, with the penalty if that is fixed.
loss_curve_ : list of float
    The loss after each iteration.
structures_ : list of dict or None
    What was tried: "hidden_layer_sizes", "n_runs"; of the best "n_edges", "n_params", "loss", "log_evidence"; "weight"
    in the model (0 of those that the evidence left out), "seconds"."""

_SHAPE = """\
best_validation_score_ : float or None
    The largest of them, after pruning if there was any: the score of the network that is kept.
feature_importances_ : ndarray of shape (n_features,)
    Share of each feature in the variance of the raw prediction over the training rows: its curve, half of its
    surfaces (see `effects`) and its part of what they leave. Of sum 1; all 0 if the prediction is constant. Found
    anew whenever it is asked for.
is_categorical_ : ndarray of bool of shape (n_features,) or None
    Which features are categories; None if none is.
profile_ : dict or None
    Importances of edges and nodes and quantiles of their inputs on the training rows, for displays; None
    after `partial_fit`.
n_layers_ : int
    Layers, counting input and output.
n_outputs_ : int
    %(outputs)s
n_features_in_ : int
    Features seen in fit.
feature_names_in_ : ndarray of shape (n_features,)
    Their names, if all are strings."""


def keep_parameters(estimator, arguments):
    """Set the arguments of a constructor, its ``locals()``, as attributes: all that scikit-learn lets it do."""
    vars(estimator).update((name, value) for name, value in arguments.items() if name != "self")


def documented(**words):
    """Decorator that puts the shared texts, with an estimator's own words, into its docstring."""
    figures = _figures() | words
    shared = {"structure": _STRUCTURE, "training": _TRAINING, "running": _RUNNING}
    shared |= {"fitted": _FITTED, "history": _HISTORY, "shape": _SHAPE}
    texts = {name: indent(text % figures, "    ").strip() for name, text in shared.items()}

    def fill_in(cls):
        if cls.__doc__ is not None:  # Python may run without docstrings.
            cls.__doc__ = cls.__doc__ % texts
        return cls

    return fill_in


def _figures():
    """Names and numbers that the texts mention, as words."""
    *ladder, largest = (str(sizes) for sizes in list(defaults.LADDER)[1:])
    return {
        "ladder": f"{', '.join(ladder)} and {largest}",
        "fixed_sizes": defaults.FIXED_SIZES,
        "grid_size": defaults.GRID_SIZE,
        "finest": defaults.FINEST,
        "shared_sizes": defaults.SHARED_SIZES,
        "lm_params": f"{defaults.LM_PARAMS:,}",
        "batch_rows": f"{defaults.BATCH_ROWS:,}",
        "fixed_alpha": _power_of_ten(defaults.FIXED_ALPHA),
        "shared_prior": f"{defaults.SHARED_PRIOR:g}",
        "shared_alpha": _power_of_ten(defaults.SHARED_ALPHA),
        "runs": defaults.RUNS,
        "half_runs": defaults.RUNS // 2,
        "few": f"{defaults.FEW_OBSERVATIONS:,}",
        "runs_of_each": defaults.RUNS_OF_EACH,
        "few_of_each": f"{defaults.TOO_FEW_FOR_WIDE:,}",
        "solvers": ", ".join(f'"{name}"' for name in SOLVERS),
        "batch": BATCH_SIZE["adam"],
        "kaczmarz_batch": BATCH_SIZE["kaczmarz"],
        "adam_rate": LEARNING_RATE["adam"],
        "sgd_rate": LEARNING_RATE["sgd"],
    }


def _power_of_ten(value):
    """1e-3, not 0.001 or 1e-03."""
    return f"{value:.0e}".replace("e-0", "e-")
