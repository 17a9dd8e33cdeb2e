r"""How much of a loss is noise: likelihoods in proportion to exp(-b l + a(b)), with a precision b of each output.

The normalising constant a(b) says how large losses l are that the noise alone makes: their mean is a'(b).
"""

import numpy as np

# Part of the observations that counts as noise even where a fit comes through all of them.
_LEAST_SPARE = 1e-3
# Variance below which noise cannot be told from rounding.
_LEAST_VARIANCE = 1e-16


class PowerNoise:
    """Likelihoods in proportion to b^c exp(-b l): losses made by noise alone have the mean c / b.

    Parameters
    ----------
    power : float
        The c: 1/2 for squares, of which normal noise is made.

    Attributes
    ----------
    is_variance : bool
        Whether 1 / b is the variance of the noise.
    """

    def __init__(self, power):
        self.power, self.is_variance = power, power == 0.5

    def precision(self, loss, dof):
        """The b at which losses are as large as noise makes them.

        Parameters
        ----------
        loss : ndarray of shape (n_outputs,)
            Mean loss of an observation.
        dof : ndarray of shape (n_outputs,)
            Degrees of freedom of the fit for each observation: each takes 1 / (2 b) from the losses.

        Returns
        -------
        precision : ndarray of shape (n_outputs,)
        """
        spare = np.maximum(1 - dof / (2 * self.power), _LEAST_SPARE)
        return np.minimum(self.power * spare / np.maximum(loss, np.finfo(float).tiny), 1 / _LEAST_VARIANCE)

    def log_normaliser(self, precision):
        """a(b) of one observation, shape kept."""
        return self.power * np.log(precision / (2 * np.pi))
