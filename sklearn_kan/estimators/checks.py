"""Checks of what users give: parameters, tables, weights, targets."""

import warnings
from contextlib import contextmanager
from itertools import pairwise
from numbers import Integral, Real

import numpy as np

from ..losses import LOSSES
from ..solvers import LEARNING_RATE
from ..utils.data import TrainingData
from ..utils.sklearn_compat import check_sample_weight
from ..utils.tables import in_columns, refuse_masks_and_dates
from .columns import validated

# Loss of a fit that has run away, in units of the loss and as a multiple of that of a constant.
_RUN_AWAY = 1e3
# What validation sets on an estimator before it knows that the fit will succeed.
_SEEN = (
    "_columns",
    "_kinds",
    "is_categorical_",
    "n_features_in_",
    "feature_names_in_",
    "_y_ndim",
    "_y_names",
    "classes_",
)


@contextmanager
def unchanged_on_error(estimator):
    """Let an estimator forget the data that it has seen if an error is raised inside."""
    before = {name: value for name, value in vars(estimator).items() if name in _SEEN}
    try:
        with np.errstate(
            over="ignore", invalid="ignore", divide="ignore"
        ):  # A step too long is refused, not warned about.
            yield
    except BaseException:
        for name in _SEEN:
            if name not in before:
                vars(estimator).pop(name, None)
        vars(estimator).update(before)
        raise


def check_layer_sizes(sizes):
    """Hidden layer sizes as a tuple of positive ints."""
    sizes = (sizes,) if isinstance(sizes, Integral) else tuple(sizes)
    if not all(isinstance(size, Integral) and not isinstance(size, bool) and size > 0 for size in sizes):
        raise ValueError(
            f"hidden_layer_sizes must hold integers of at least 1; got {sizes!r}. Use () for an additive model."
        )
    return tuple(int(size) for size in sizes)


def warn_of_whole_structures(sizes, n_features, n_outputs):
    """Say so if hidden layer sizes look like those of all layers, input and output among them."""
    sizes = [] if isinstance(sizes, str | Integral) else [int(size) for size in sizes]
    if len(sizes) >= 3 and (sizes[0], sizes[-1]) == (n_features, n_outputs):
        warnings.warn(
            f"hidden_layer_sizes={sizes} are {len(sizes)} hidden layers between {n_features} features and {n_outputs} "
            f"output{'s' if n_outputs > 1 else ''}. If they were to include input and output, as in pykan, "
            f"pass {tuple(sizes[1:-1])}.",
            stacklevel=2,
        )


def check_schedule(grid_size, grid_schedule, n_layers):
    """Stages of grid sizes, each a tuple with one int for each spline layer.

    Parameters
    ----------
    grid_size : int or sequence of int
    grid_schedule : sequence of int or None
    n_layers : int

    Returns
    -------
    stages : tuple of tuples of int
    """
    if grid_schedule is not None:
        sizes = _positive_ints(grid_schedule, "grid_schedule")
        if any(a >= b for a, b in pairwise(sizes)):
            raise ValueError(f"grid_schedule must increase at each stage, e.g. (5, 10, 20); got {grid_schedule!r}.")
        return tuple((size,) * n_layers for size in sizes)
    if isinstance(grid_size, Integral):
        return ((int(grid_size),) * n_layers,)
    sizes = _positive_ints(grid_size, "grid_size")
    if len(sizes) != n_layers:
        raise ValueError(
            f"grid_size has {len(sizes)} entries for {n_layers} layers; "
            "give one int, or one for each hidden layer and one for the output."
        )
    return (sizes,)


def _positive_ints(values, name):
    """A non-empty tuple of ints of at least 1."""
    values = tuple(values)
    if not values or not all(isinstance(v, Integral) and v > 0 for v in values):
        raise ValueError(f"{name} must hold integers of at least 1; got {values!r}.")
    return tuple(int(v) for v in values)


def check_weights(sample_weight, X, name="sample_weight"):
    """Weights as a float array of shape (n_samples,), or None where all rows count the same."""
    if sample_weight is None:
        return None
    if isinstance(sample_weight, Real) or (isinstance(sample_weight, np.ndarray) and sample_weight.ndim == 0):
        raise ValueError(f"{name} must have one weight for each row, or be None; got the number {sample_weight!r}.")
    refuse_masks_and_dates(sample_weight, name)
    sample_weight = check_sample_weight(sample_weight, X)
    if np.any(sample_weight < 0):
        raise ValueError(f"{name} has negative weights; remove those rows or give them weight zero.")
    if not np.any(sample_weight):
        raise ValueError(f"{name}: all weights are zero; give at least one row a positive weight.")
    return sample_weight


def names_of_targets(y):
    """What a series or the columns of a frame are called, as a list of str; None if nothing is, or not by text."""
    names = getattr(y, "columns", None)
    names = [getattr(y, "name", None)] if names is None else list(names)
    return names if names and all(isinstance(name, str) for name in names) else None


def check_targets(y):
    """Targets as finite floats of shape (n_samples, n_outputs)."""
    y = np.asarray(y)
    if y.dtype.kind in "OUS":
        try:
            y = y.astype(np.float64)
        except (TypeError, ValueError) as error:
            raise ValueError("y must be numeric for regression; encode strings as numbers first.") from error
    y = y.astype(np.float64, copy=False)
    return y[:, None] if y.ndim == 1 else y


def check_domain(loss, Y, location, name):
    """Refuse targets for which a loss is not finite."""
    if not loss.in_domain(Y) or not np.all(np.isfinite(location)):
        known = [key for key, kind in LOSSES.items() if isinstance(loss, kind)]
        raise ValueError(f"{name} must be {loss.domain} for loss={known[0] if known else 'log loss'!r}.")


def check_within(estimator, X):
    """Rows as they are; those outside the training range are refused where extrapolation='error' says so.

    Parameters
    ----------
    estimator : fitted estimator
    X : ndarray of shape (n_samples, n_features)

    Returns
    -------
    X : ndarray of shape (n_samples, n_features)

    Raises
    ------
    ValueError
        With the columns, and the row of the first value and how far outside it is.
    """
    basis = estimator.network_.spline_layers[0].basis
    excess = basis.excesses(X.T).T if basis.extrapolation == "error" else np.zeros(1)
    if not excess.any():
        return X
    row, i = np.argwhere(excess)[0]
    names = getattr(estimator, "feature_names_in_", list(range(X.shape[1])))
    where = in_columns([names[j] for j in np.flatnonzero(excess.any(axis=0))])
    raise ValueError(
        f"extrapolation='error', and X is outside the training range{where}: row {row} has {X[row, i]:.6g} in "
        f"{names[i]!r}, {excess[row, i]:.3g} outside [{basis.lo[i]:.6g}, {basis.hi[i]:.6g}]. Remove such rows or "
        "choose extrapolation='linear'."
    )


def check_finite(solver, *values):
    """Refuse a fit by a solver that has run away to infinity."""
    if not np.isfinite(values).all():
        raise ValueError(f"The fit has diverged: the loss is no longer finite. {advice(solver)}")


def check_not_diverged(loss, constant, solver):
    """Refuse a fit that has run away.

    Parameters
    ----------
    loss : float
        Loss of the fit, in units of the loss.
    constant : float
        That of the best constant prediction.
    solver : str

    Raises
    ------
    ValueError
        If it is not finite, or beyond all measure.
    """
    check_finite(solver, loss)
    if not loss <= _RUN_AWAY * (1 + constant):
        raise ValueError(
            f"The fit has diverged: its loss is {loss:.3g}, that of a constant {constant:.3g}. {advice(solver)}"
        )


def advice(solver):
    """What to do about a fit by this solver that ended badly."""
    if solver in LEARNING_RATE:
        return "Lower learning_rate_init."
    others = "solver='lbfgs'" if solver != "lbfgs" else "solver='adam'"
    return f"Raise alpha, take {others}, or look for extreme values in X and y."


def check_return_std(return_std):
    """What is asked for: False, True or "epistemic".

    Anything that is or equals a bool is one, so that 1 and NumPy's True are True.
    """
    if isinstance(return_std, str) and return_std == "epistemic":
        return return_std
    if isinstance(return_std, bool | np.bool_ | Integral) and return_std in (0, 1):
        return bool(return_std)
    raise ValueError(f"return_std must be True, False or 'epistemic'; got {return_std!r}.")


def check_validation_rows(estimator, X_val, y_val, sample_weight_val, n_outputs):
    """Validation rows that were passed to fit, as TrainingData; None if none were."""
    if X_val is None and y_val is None and sample_weight_val is None:
        return None
    if X_val is None or y_val is None:
        raise ValueError("X_val and y_val go together: pass both or neither.")
    if not estimator.early_stopping:
        raise ValueError("X_val and y_val are only used with early_stopping=True; set it or leave them out.")
    X_val = validated(estimator, X_val, reset=False)
    Y_val = estimator._check_targets(y_val, "y_val")
    if len(X_val) != len(Y_val):
        raise ValueError(f"X_val has {len(X_val)} rows and y_val has {len(Y_val)}; they must be the same.")
    if Y_val.shape[1] != n_outputs:
        raise ValueError(f"y_val has {Y_val.shape[1]} outputs and y has {n_outputs}; they must be the same.")
    weight = check_weights(sample_weight_val, X_val, "sample_weight_val")
    return TrainingData(X_val, Y_val, weight).weighted_only(at_least=1)


def check_same_structure(estimator, network, widths):
    """Refuse to go on from a fitted network of another structure than the parameters ask for.

    Parameters
    ----------
    estimator : fitted estimator
    network : KANNetwork
        One of those whose mean is the fitted one.
    widths : tuple of int or None
        Nodes of each layer but the first that are asked for; None: any.
    """
    layers = network.spline_layers
    fitted_widths = getattr(estimator, "_widths", tuple(layer.out_features for layer in layers))
    fitted = {
        "hidden_layer_sizes and outputs": fitted_widths,
        "degree": layers[0].degree,
        "extrapolation": layers[0].basis.extrapolation,
        "base_function": layers[0].base_function,
        "squash": None if len(network.layers) == len(layers) else "tanh",
        "fill_missing": estimator.fill_missing or getattr(layers[0].basis, "filling", None) is not None,
        "link of the loss": estimator._fitted_loss.link,
    }
    asked = {
        "hidden_layer_sizes and outputs": fitted_widths if widths is None else widths,
        "degree": estimator.degree,
        "extrapolation": estimator.extrapolation,
        "base_function": estimator.base_function,
        "squash": estimator.squash if len(layers) > 1 else None,
        "fill_missing": estimator.fill_missing,
        "link of the loss": estimator._make_loss(network.n_outputs).link,
    }
    for name, now in fitted.items():
        if now != asked[name]:
            raise ValueError(
                f"The fitted network has {name} {now!r}, asked for is {asked[name]!r}; set it back, or use "
                "warm_start=False (or a clone, before partial_fit) and fit anew."
            )
