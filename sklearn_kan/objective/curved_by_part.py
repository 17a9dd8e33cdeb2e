"""Gauss-Newton on very many rows: the gradient of all of them, the matrix of a part.

Normal equations of n rows and p parameters cost n p^2, a gradient n p. The matrix only says how far to go: with that of
m rows, drawn at random, a step leaves some sqrt(p / m) of the way [1]_, and what is a minimum is what it is for all.

References
----------
.. [1] R. H. Byrd, G. M. Chin, W. Neveitt and J. Nocedal, "On the use of stochastic Hessian information in optimization
   methods for machine learning", SIAM Journal on Optimization 21, 2011.
"""

from .objective import Objective

# Rows of the part for each parameter: of ten steps that leave a seventh each, the fit takes three or four.
_ROWS_PER_PARAM = 50
# How many times as many rows there must be, or the matrix of all costs little more.
_ENOUGH = 4


class CurvedByPart(Objective):
    """An objective with the Gauss-Newton matrix of a part of its rows.

    Parameters
    ----------
    objective : Objective
        What it has, this has too.
    n_rows : int
        Rows of the part.
    """

    def __init__(self, objective, n_rows):
        self.__dict__.update(objective.__dict__)
        self._part = objective.on(objective.data.sample(n_rows))

    def normal_equations(self, theta):
        """F and its gradient at theta, and the Gauss-Newton matrix of the part."""
        H = self._part.normal_equations(theta)[2]
        return *self.value_and_gradient(theta), H


def cheaply_curved(objective):
    """An objective of very many rows as a CurvedByPart, others as they are."""
    n_rows = _ROWS_PER_PARAM * objective.network.n_params
    return objective if objective.n_samples < _ENOUGH * n_rows else CurvedByPart(objective, n_rows)
