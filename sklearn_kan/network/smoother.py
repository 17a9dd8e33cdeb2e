r"""Penalised least squares whose strength the data choose.

With columns B, weights W of sum 1 and the roughness c^T D c,

    c = (B^T W B + s D)^-1 B^T W f,    df = tr (B^T W B + s D)^-1 B^T W B,

and s is the one with the least ||f - B c||_W^2 / (1 - a df / n)^2, generalised cross-validation [1]_, where n = 1
over the sum of squared weights is how many equal rows the weights are worth, and a > 1 makes up for its liking of
rough curves [2]_.

References
----------
.. [1] P. Craven and G. Wahba, "Smoothing noisy data with spline functions", Numerische Mathematik 31, 1979.
.. [2] Y.-J. Kim and C. Gu, "Smoothing spline Gaussian regression: more scalable computation via efficient
   approximation", Journal of the Royal Statistical Society B 66, 2004.
"""

import numpy as np
from scipy.linalg import block_diag, cho_factor, cho_solve

from .parts import mean_square

# Strengths that are compared, for a penalty beside mean squares.
_STRENGTHS = 10.0 ** np.arange(-4, 2)
# The factor a, as recommended in [2].
_COST = 1.4
# A little of the mean diagonal, so that directions without rows stay at 0.
_RIDGE = 1e-9
# Part of the rows that must be left over by a fit that is believed.
_LEAST_SPARE = 1e-3


class Smoother:
    """A fit of blocks of columns together.

    Parameters
    ----------
    blocks : list of CurveBlock and SurfaceBlock
    target : ndarray of shape (n_samples, k)
    weight : ndarray of shape (n_samples,)
        Of sum 1.

    Attributes
    ----------
    blocks : list
    weighted : ndarray of shape (n_samples, n_coef)
        W B.
    fitted : ndarray of shape (n_samples, k)
    coef : ndarray of shape (n_coef, k)
    """

    def __init__(self, blocks, target, weight):
        self.blocks = blocks
        design, roughness = np.hstack([b.design for b in blocks]), block_diag(*(b.roughness() for b in blocks))
        self.weighted = design * weight[:, None]
        moments, right = self.weighted.T @ design, self.weighted.T @ target
        ridge = (_RIDGE * np.trace(moments) / len(moments) + 1e-300) * np.eye(len(moments))
        best, n = np.inf, 1 / np.sum(weight**2)
        for strength in _STRENGTHS:
            factor = cho_factor(moments + strength * roughness + ridge)
            coef = cho_solve(factor, right)
            spare = max(1 - _COST * np.trace(cho_solve(factor, moments)) / n, _LEAST_SPARE)
            score = mean_square(target - design @ coef, weight) / spare**2
            if score < best:
                best, self._factor, self.coef = score, factor, coef
        self.fitted = design @ self.coef

    def solve(self, right):
        """Coefficients for other targets f, given weighted^T f of shape (n_coef, k)."""
        return cho_solve(self._factor, right)

    def parts(self, coef):
        """The parts that coefficients of shape (n_coef, k) stand for, block by block."""
        ends = np.cumsum([block.design.shape[1] for block in self.blocks])[:-1]
        return [block.part(own) for block, own in zip(self.blocks, np.split(coef, ends), strict=True)]
