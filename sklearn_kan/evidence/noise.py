r"""How noisy each output is.

Under a loss whose likelihood has a precision b for each output (see `losses.noise`), b is where the losses are as
large as the noise alone would make them, less what the degrees of freedom d_o of the fit have taken from them. The
d_o of one output is the trace of the posterior covariance with its own part of the Gauss-Newton matrix,

    d_o = sum_n w_n b_o l''_no J_no^T C J_no,        sum_o d_o = d,

and costs a pass over the rows. Where that is saved, all outputs share d, and their ratios stay.

A fit of N observations leaves a part s = 1 - d / N of the losses that noise makes. Where it comes near to all
observations s and the losses both go to 0, and what they say about the noise is lost: a fit of eight rows by ten
features would find none. Leaving out one row at a time, losses are 1 / s^2 times as large [1]_, and that stays when s
goes to 0. So losses are multiplied by s0 / s where s is less than s0. For one layer, whose degrees of freedom are all
there are, s0 = 0.8 leaves tables with rows enough as they are; in a network with hidden layers splines adapt to the
rows by more than d, and s0 = 1: noise is what is left when a row is left out.

References
----------
.. [1] P. Craven and G. Wahba, "Smoothing noisy data with spline functions", Numerische Mathematik 31, 1979.
"""

from typing import NamedTuple

import numpy as np

from ..losses.noise import SandwichNoise
from ..objective.jacobian import jacobian_of_output
from ..objective.objective import bounded

# Part of the observations that a fit of one layer has to leave for its noise to be believed: its s0.
_LEAST_SPARE = 0.8
# Part of the observations that may be rounding.
_ROUNDING = 1e-6
# Bytes of the part of a covariance root that is multiplied with a block of rows.
_BLOCK_BYTES = 2**24


class Noise(NamedTuple):
    """The noise of all outputs.

    Attributes
    ----------
    precision : ndarray of shape (n_outputs,)
        How informative an observation is; 1 where the loss itself is minus a log likelihood.
    likelihood_precision : ndarray of shape (n_outputs,)
        The b of the likelihood that networks are compared by: the same, but for losses that grow linearly.
    log_normaliser : float
        Logarithm of the normalising constant of the likelihood of one observation, outputs multiplied.
    loss : float
        Mean loss of the outputs, weighed by these precisions.
    """

    precision: np.ndarray
    likelihood_precision: np.ndarray
    log_normaliser: float
    loss: float


def estimate_noise(objective, theta, root, loss, dof, n_observed, by_output):
    """The noise that losses at a mode are evidence of.

    Parameters
    ----------
    objective : Objective
    theta : ndarray of shape (n_params,)
    root : ndarray of shape (n_params, n_params)
        Its square is the inverse of the Gauss-Newton matrix.
    loss : float
        Objective at theta without the penalty.
    dof : float
        Degrees of freedom.
    n_observed : float
    by_output : bool
        Whether to estimate the noise of several outputs one by one; otherwise their ratios stay.

    Returns
    -------
    noise : Noise
    """
    n_outputs, model = objective.network.n_outputs, objective.loss.noise
    if model is None:
        return Noise(np.ones(n_outputs), np.ones(n_outputs), 0.0, loss)
    losses, dofs = np.full(n_outputs, loss), np.full(n_outputs, dof / n_outputs)
    share = objective.precision
    if by_output and n_outputs > 1:
        (losses, dofs), share = _by_output(objective, theta, root), 1.0
    mean_losses, losses = losses, losses * _doubt(dofs / n_observed, objective.network)
    likelihood = precision = share * model.precision(losses, dofs / n_observed)
    if share is objective.precision and objective.noise is not None:
        # Beyond the bound on ratios all that is known of an output is what was estimated last.
        likelihood = precision = np.where(objective.noise > bounded(objective.noise), objective.noise, precision)
    if isinstance(model, SandwichNoise):
        precision = model.informative_precision(*_moments(objective, theta), dofs / n_observed)
    if share is not objective.precision:
        loss = float(np.average(mean_losses, weights=bounded(likelihood)))
    return Noise(precision, likelihood, float(np.sum(model.log_normaliser(likelihood))), loss)


def _doubt(dof, network):
    """Factor on mean losses, given degrees of freedom for each observation: the s0 / s above, at least 1."""
    least = _LEAST_SPARE if len(network.spline_layers) == 1 else 1.0
    return np.maximum(1.0, least / np.maximum(1 - dof, _ROUNDING))


def _moments(objective, theta):
    """Mean second derivative and mean squared derivative of the loss of each output, shape (2, n_outputs)."""
    objective.network.theta = theta

    def moments(blocks):
        totals = np.zeros((2, objective.network.n_outputs))
        for block in blocks:
            f = objective.network.forward(block.x.T).T
            totals[0] += objective.curvature(block.y, f) @ block.share
            totals[1] += objective.loss.gradient(block.y, f) ** 2 @ block.share
        return (totals,)

    return objective.data.sum_over_blocks(moments, objective.network.block_rows())[0]


def _by_output(objective, theta, root):
    """Mean loss and degrees of freedom of each output, shape (2, n_outputs)."""
    network = objective.network
    network.theta = theta

    def losses_and_dofs(blocks):
        totals = np.zeros((2, network.n_outputs))
        for block in blocks:
            chain = network.linearize(block.x)
            f, weight = chain[-1].output, objective.weight(block)
            curvature = objective.curvature(block.y, f)
            weight = weight if curvature is None else weight * curvature
            totals[0] += objective.loss.value(block.y, f) @ block.share
            for output in range(network.n_outputs):
                columns, J = jacobian_of_output(network, chain, output)
                totals[1, output] += np.sum(np.square(root[:, columns] @ J), axis=0) @ weight[output]
        return (totals,)

    step = int(np.clip(_BLOCK_BYTES // (8 * max(1, len(theta))), 32, network.block_rows()))
    return objective.data.sum_over_blocks(losses_and_dofs, step)[0]
