"""Gauss-Newton on many rows: the gradient of all of them, the matrix of a part.

Normal equations of n rows and p parameters cost n p^2, a gradient n p. The matrix only says how far to go: with that of
m rows, drawn at random, a step leaves some sqrt(d / m) of the way, with d <= p the degrees of freedom that the rows
decide [1]_, and what is a minimum is what it is for all.

While strengths are looked for, a few rows a parameter are enough: a step is followed by other strengths anyway. The
evidence of such a matrix has a log determinant that is too small by some d^2 / 4 m nats and degrees of freedom that are
too many by a part d / m. Where strengths stand and steps are all there is, more rows pay.

References
----------
.. [1] R. H. Byrd, G. M. Chin, W. Neveitt and J. Nocedal, "On the use of stochastic Hessian information in optimization
   methods for machine learning", SIAM Journal on Optimization 21, 2011.
"""

from typing import NamedTuple

from .objective import Objective


class Part(NamedTuple):
    """How many rows a matrix is made of.

    Attributes
    ----------
    per_parameter : int
        Rows for each parameter.
    least : int
        Rows at least.
    enough : float
        How many times as many rows there must be, or the matrix of all costs little more.
    """

    per_parameter: int
    least: int
    enough: float


# For steps at strengths that change. (Two tables of 8,000 rows: seconds times .62 and .68, errors as with all rows.)
WHILE_STRENGTHS_CHANGE = Part(3, 2000, 1.5)
# For steps at strengths that stand, of which a fit takes some ten. (50 rows: twice the time on protein.)
WHERE_STRENGTHS_STAND = Part(10, 0, 2)


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
        self._part, self._known = objective.on(objective.data.sample(n_rows)), None

    def __getstate__(self):
        """What travels to other processes, which add up gradients."""
        return {**super().__getstate__(), "_part": None}

    def _sums(self, theta):
        """Loss and gradient of all rows, the Gauss-Newton matrix of the part."""
        H = self._part._sums(theta)[2]
        return *self._data_gradient(theta), H

    def _with(self, **attributes):
        """A copy with other attributes, which are those of the part too."""
        return super()._with(**attributes, _part=self._part._with(**attributes))


def cheaply_curved(objective, part):
    """An objective of many rows as a CurvedByPart, others as they are; `part` says what are many."""
    n_rows = max(part.per_parameter * objective.network.n_params, part.least)
    return objective if objective.n_samples < part.enough * n_rows else CurvedByPart(objective, n_rows)
