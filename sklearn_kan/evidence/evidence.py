r"""How strong the penalty is and how noisy the data are, by the evidence: ``alpha="auto"``.

The penalised fit is the mode of a posterior. With b the precision of the noise, W the weight of all rows
and F = L + theta^T S theta / 2 the objective (a mean over rows and outputs), the posterior is proportional
to exp(-k F) with k = b W n_outputs, and close to a normal distribution of covariance C = (k H)^-1, H the
Gauss-Newton matrix of F. The evidence, the probability of the data with theta integrated out [1]_, is

    log Z = -k F(theta) + log det(S) / 2 - log det(H) / 2 + c N log b,    N = W n_outputs,

(b^c is the normalising constant of the likelihood, c = 1/2 for normal noise; see `noise` for others and for b).
Setting its derivatives to zero gives updates that are repeated between steps of the solver [1]_ [2]_ [3]_. A
strength a_g stands before a quadratic form S_g in S = sum_g a_g S_g, and with

    d_g = a_g (tr(S^-1 S_g) - tr(H^-1 S_g)),    d = sum_g d_g,

the degrees of freedom that the data, not the prior, decide,

    a_g <- d_g / (k theta^T S_g theta),         b <- (c N - d / 2) / (N L).

A spline that the data do not ask for has d_g = 0, its strengths run to infinity and it vanishes [4]_.

Where edges must rise or fall and the mode lies on a face of the cone of such parameters (see `objective.cone`), the
integral is taken over that face: determinants, traces and the posterior covariance are those of its free
directions, as if increments that are 0 were no parameters. Which part of the prior lies inside the cone is left out.
It changes with the ratio of two strengths, but not with their size.

Roughness and ridge of an edge share little data, so each of their two strengths is drawn towards the one
for both together, t = sum d / (k sum S), by a gamma prior of weight v (in degrees of freedom):

    a_g <- (d_g + v) / (k (theta^T S_g theta + v / (k t))).

References
----------
.. [1] D. J. C. MacKay, "Bayesian interpolation", Neural Computation 4, 1992.
.. [2] F. D. Foresee and M. T. Hagan, "Gauss-Newton approximation to Bayesian learning", ICNN 1997.
.. [3] S. N. Wood and M. Fasiolo, "A generalized Fellner-Schall method for smoothing parameter
   optimization", Biometrics 73, 2017.
.. [4] M. E. Tipping, "Sparse Bayesian learning and the relevance vector machine", JMLR 1, 2001.
"""

from typing import NamedTuple

import numpy as np

from ..objective.objective import bounded
from ..utils.inverse_root import inverse_root
from .noise import estimate_noise

# Ridge beside roughness when one strength stands for both.
_TIE = 0.3
# Weight of the prior that says so, in degrees of freedom.
_TIE_WEIGHT = 3.0
# Limits of strengths, on the scale of the mean loss, and of their change in one update.
_WEAKEST = 1e-14
_STRONGEST = 1e8
_LARGEST_CHANGE = 30.0
# Variance of the noise below which there is none to speak of: going on would only collect rounding errors.
_NOISELESS = 1e-14


class Evidence(NamedTuple):
    """What the data say about strengths and noise at a point.

    Attributes
    ----------
    strengths : ndarray of shape (2, n_groups)
        Next strengths of roughness and ridge, on the scale of the mean loss.
    precision : ndarray of shape (n_outputs,)
        Next precision of the noise.
    dof : float
        Degrees of freedom that the data decide, d.
    group_dof : ndarray of shape (n_groups,)
        Their parts by group.
    log_evidence : float
    root : ndarray of shape (at least n_params, n_params)
        A square root of the posterior covariance of theta, C = root^T root.
    source : Source or None
        What it can be computed from again, if that is known.
    """

    strengths: np.ndarray
    precision: np.ndarray
    dof: float
    group_dof: np.ndarray
    log_evidence: float
    root: np.ndarray
    source: object = None

    def scaled(self, scale):
        """The same with standard deviations of the parameters times a factor each, shape (n_params,).

        If there are more factors than parameters, the others are of new parameters that are not in doubt.
        """
        root = np.zeros((len(self.root), len(scale)))
        n = self.root.shape[1]
        root[:, :n] = self.root * scale[:n]
        return self._replace(root=root, source=self.source and self.source.scaled(scale))

    @property
    def covariance(self):
        """Posterior covariance C of theta, shape (n_params, n_params)."""
        return self.root.T @ self.root

    @property
    def noiseless(self):
        """Whether there is no noise to speak of in any output, so that nothing is left to explain."""
        return bool(np.min(self.precision) * _NOISELESS >= 1)


def estimate(objective, theta, n_observed, by_output=True):
    """Evidence, and the strengths and noise that it asks for, at a mode.

    Parameters
    ----------
    objective : Objective
        With the strengths in force.
    theta : ndarray of shape (n_params,)
    n_observed : float
        How many observations the rows are, W.
    by_output : bool, default=True
        Whether to estimate the noise of several outputs one by one, which costs another pass over the rows.
        Otherwise their ratios stay.

    Returns
    -------
    evidence : Evidence
    """
    objective = objective.informed()
    penalty, loss = objective.penalty, objective.loss
    value, _, H = objective.normal_equations(theta)
    face = None if objective.cone is None else objective.cone.face(theta)
    root, log_det = inverse_root(H if face is None else face.restricted(H))
    n_free, root = len(root), root if face is None else face.extended(root)
    energies, posterior = penalty.energies(theta), penalty.traces(root)
    parts = np.maximum(penalty.strengths * (penalty.prior_traces(face) - posterior), 0.0)
    dof = float(n_free - np.sum(penalty.strengths * posterior))
    data_loss = value - 0.5 * float(np.sum(penalty.strengths * energies))
    noise = estimate_noise(objective, theta, root, data_loss, dof, n_observed, by_output)
    n_terms = n_observed * (1 if loss.coupled else objective.network.n_outputs)
    k, k_likelihood = (float(np.mean(bounded(p))) * n_terms for p in (noise.precision, noise.likelihood_precision))
    log_likelihood = n_observed * noise.log_normaliser - k_likelihood * noise.loss
    log_evidence = log_likelihood - k * penalty.value(theta) + 0.5 * (penalty.log_determinant(face) - log_det)
    # The less an output counts, the weaker the strengths of its edges are.
    strengths = _next_strengths(penalty.strengths, parts, k * energies, k, _WEAKEST * objective.precision.min())
    root /= np.sqrt(k)
    return Evidence(strengths, noise.precision, dof, parts.sum(axis=0), float(log_evidence), root)


def _next_strengths(strengths, dof, energies, k, weakest):
    """The updates of the module's docstring; `energies` times k already."""
    tie = np.array([[1.0], [_TIE]])
    energies = tie * energies
    tiny = np.finfo(float).tiny
    both = np.maximum(dof.sum(axis=0) / np.maximum(energies.sum(axis=0), tiny), tiny)
    new = tie * (dof + _TIE_WEIGHT) / np.maximum(energies + _TIE_WEIGHT / both, tiny)
    new = np.clip(new, strengths / _LARGEST_CHANGE, strengths * _LARGEST_CHANGE)
    return np.clip(new, weakest, _STRONGEST)
