r"""The minimum of a quadratic function above bounds, by guessing which of them hold.

For M positive definite, min g^T s + s^T M s / 2 over s >= low has the unique solution for which, with the set A of
bounds that hold,

    s_A = low_A,    (g + M s)_F = 0,    s_F >= low_F,    (g + M s)_A >= 0.

Given a guess of A, the equations are solved; those of F that come out below their bound join A, those of A with a
negative multiplier leave it, until nothing changes [1]_. That takes few steps; where it does not end, the last point
is projected on the bounds, and whoever asked for it has to check that it is good (as in [2]_).

References
----------
.. [1] K. Kunisch and F. Rendl, "An infeasible active set method for quadratic problems with simple bounds", SIAM
   Journal on Optimization 14, 2003.
.. [2] D. P. Bertsekas, "Projected Newton methods for optimization problems with simple constraints", SIAM Journal on
   Control and Optimization 20, 1982.
"""

import numpy as np
from scipy.linalg import cho_solve

# Guesses at most.
_GUESSES = 20


def bounded_minimum(M, gradient, low):
    """The minimum above bounds.

    Parameters
    ----------
    M : ndarray of shape (n, n)
        Symmetric.
    gradient : ndarray of shape (n,)
        That at 0.
    low : ndarray of shape (n,)
        At most 0; -inf where there is no bound.

    Returns
    -------
    s : ndarray of shape (n,)

    Raises
    ------
    LinAlgError
        If M is not positive definite.
    """
    held = (low >= 0) & (gradient > 0)
    for _ in range(_GUESSES):
        free, s = ~held, np.where(held, low, 0.0)
        factor = np.linalg.cholesky(M[np.ix_(free, free)]), True
        s[free] = -cho_solve(factor, gradient[free] + M[np.ix_(free, held)] @ s[held], check_finite=False)
        guess = np.where(held, gradient + M @ s > 0, s < low)
        if np.array_equal(guess, held):
            break
        held = guess
    return np.maximum(s, low)
