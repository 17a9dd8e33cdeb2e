r"""Splines that rise everywhere, by the order of their coefficients.

The derivative of a B-spline of degree k on the knots t is [1]_

    s'(x) = k sum_r (c_r - c_{r-1}) / (t_{r+k} - t_r) B_{r,k-1}(x),

a sum of functions that are not negative, with increments of coefficients before them: if these do not fall, s does
not fall anywhere on its grid, whatever the knots. Beyond it the rules "linear", "constant" and "error" go on with the
slope at the end or with none; "continue" may turn round.

The nearest coefficients in order to given ones, in the sum of squares, are found by pooling adjacent violators [2]_.

References
----------
.. [1] C. de Boor, "A Practical Guide to Splines", Springer, 1978.
.. [2] R. E. Barlow, D. J. Bartholomew, J. M. Bremner and H. D. Brunk, "Statistical Inference under Order
   Restrictions", Wiley, 1972.
"""

import numpy as np
from scipy.optimize import isotonic_regression


def nearest_in_order(coef, signs):
    """Coefficients that do not fall (1) or do not rise (-1) nearest to given ones; 0: as they are.

    Parameters
    ----------
    coef : ndarray of shape (n, n_coef)
    signs : int ndarray of shape (n,)

    Returns
    -------
    coef : ndarray of shape (n, n_coef)
        The same array if all are in order.
    """
    wrong = np.flatnonzero((np.diff(coef, axis=1) * signs[:, None] < 0).any(axis=1))
    if not len(wrong):
        return coef
    coef = coef.copy()
    for edge in wrong:
        coef[edge] = isotonic_regression(coef[edge], increasing=bool(signs[edge] > 0)).x
    return coef
