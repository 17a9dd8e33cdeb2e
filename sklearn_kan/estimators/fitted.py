"""What a fit leaves on an estimator, as dicts of attributes set all at once, and what the next takes from there."""

import warnings

import numpy as np
from sklearn.exceptions import ConvergenceWarning

from ..losses import HalfSquaredError
from ..network.importance import profile
from ..training.runs import Former
from .checks import advice, check_same_structure

# Multiple of the loss of a constant beyond which a fit is worse than it.
_WORSE = 1.01
# Loss, in its own units, that may be rounding.
_ROUNDING = 1e-9
# Attributes that only the evidence gives.
_BY_EVIDENCE = ("posterior_", "sigma_", "effective_dof_", "log_evidence_")


def prediction_attributes(network, units, solver, loss):
    """What predict needs.

    Parameters
    ----------
    network : KANNetwork
    units : tuple of ndarray of shape (n_outputs,)
        Location and scale of the raw prediction.
    solver : str
    loss : Loss

    Returns
    -------
    attributes : dict
    """
    return {
        "network_": network,
        "y_mean_": units[0],
        "y_scale_": units[1],
        "solver_": solver,
        "n_outputs_": network.n_outputs,
        "_fitted_loss": loss,
    }


def evidence_attributes(mixture, alpha, rows, loss, y_scale):
    """What the evidence says; with a fixed penalty, `mixture` None, it says nothing.

    Parameters
    ----------
    mixture : Mixture or None
    alpha : float or "auto"
        Strength of the penalty that was asked for.
    rows : TrainingData
        Rows that the networks were fitted to, for calibration.
    loss : Loss
    y_scale : ndarray of shape (n_outputs,)

    Returns
    -------
    attributes : dict
    """
    attributes = dict.fromkeys(_BY_EVIDENCE)
    attributes["alpha_"] = alpha if mixture is None else mixture.strengths
    if mixture is None or not mixture.known:
        return attributes
    normal = isinstance(loss, HalfSquaredError)
    if normal and len(mixture.networks[0].spline_layers) > 1:
        mixture = mixture.calibrated(rows)
    if loss.noise is not None and loss.noise.normal_variance is not None:
        attributes["sigma_"] = np.sqrt(loss.noise.normal_variance * mixture.noise) * y_scale
    attributes["effective_dof_"], attributes["log_evidence_"] = mixture.dof, mixture.log_evidence
    attributes["posterior_"] = mixture.posterior
    return attributes


def history_attributes(outcome, mixture, rows):
    """How the fit went, and what displays show of the training rows."""
    shown = profile(outcome.network, rows.X, rows.sample_weight)
    return {
        "loss_": outcome.loss,
        "loss_curve_": outcome.loss_curve,
        "n_iter_": outcome.n_iter,
        "validation_scores_": outcome.validation_scores or None,
        "best_validation_score_": outcome.best_validation_score,
        "structures_": outcome.structures,
        "profile_": shown._asdict(),
        "_stream": None,
        "_partially_fitted": False,
        "_widths": _widths(outcome.network if mixture is None else mixture.networks[0]),
    }


def _widths(network):
    """Nodes of each layer but the first."""
    return tuple(layer.out_features for layer in network.spline_layers)


def epoch_attributes(estimator, network, loss, stream, alpha):
    """How an epoch of `partial_fit` went; `stream` goes on with the next. What is known of a former fit is no more."""
    curve = [*getattr(estimator, "loss_curve_", []), loss]
    unknown = ("validation_scores_", "best_validation_score_", "structures_", "profile_", *_BY_EVIDENCE)
    return {
        **dict.fromkeys(unknown),
        "alpha_": alpha,
        "loss_": loss,
        "loss_curve_": curve,
        "n_iter_": len(curve),
        "_stream": stream,
        "_partially_fitted": True,
        "_widths": getattr(estimator, "_widths", _widths(network)),
    }


def fitted_units(estimator):
    """Location and scale of the raw prediction."""
    return estimator.y_mean_, estimator.y_scale_


def networks_to_continue(estimator, defaults, n_outputs):
    """The networks whose weighted mean is the fitted one, with what else the fit has found for them.

    Parameters
    ----------
    estimator : fitted estimator
    defaults : Defaults
        What its parameters stand for now.
    n_outputs : int
        Outputs of the rows to come.

    Returns
    -------
    former : Former

    Raises
    ------
    ValueError
        If they are not of the structure that the parameters ask for.
    """
    posterior = getattr(estimator, "posterior_", None)
    former = Former([estimator.network_], np.ones(1))
    if posterior is not None:
        former = Former(posterior.members, posterior.weights, posterior.sources)
    sizes = defaults.candidates[0].architecture.hidden_layer_sizes
    automatic = isinstance(estimator.hidden_layer_sizes, str)
    check_same_structure(estimator, former.networks[0], None if automatic else (*sizes, n_outputs))
    return former


def why_no_posterior(estimator):
    """What a fit lacks for standard deviations, as an error message."""
    needed = "return_std needs a fit with alpha='auto' and solver='lm', without early_stopping; "
    if estimator._partially_fitted:
        return needed + "this one was continued by partial_fit."
    if not isinstance(estimator.alpha_, list):
        return needed + f"this one had alpha_={estimator.alpha_!r} and solver_={estimator.solver_!r}."
    if estimator.log_evidence_ is None:
        return "return_std has nothing to go by: all features of the training rows are constant."
    return "return_std needs posterior_, which has been removed; fit anew."


def warn_unless_well(outcome, loss, constant, solver, max_iter):
    """Say how a fit has ended, if not well, given its loss and that of the best constant prediction."""
    if outcome.interrupted:
        warnings.warn("fit was interrupted; the best network so far is kept.", stacklevel=3)
    elif not outcome.converged:
        warnings.warn(
            f"solver={solver!r} has not converged after max_iter={max_iter} iterations; "
            "the network is kept. Raise max_iter or tol.",
            ConvergenceWarning,
            stacklevel=3,
        )
    elif loss > _WORSE * constant + _ROUNDING:
        warnings.warn(
            f"solver={solver!r} has ended with a loss of {loss:.3g}, worse than that of a constant, "
            f"{constant:.3g}; the network is kept. {advice(solver)}",
            ConvergenceWarning,
            stacklevel=3,
        )
