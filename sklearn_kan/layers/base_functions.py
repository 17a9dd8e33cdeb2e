r"""Fixed functions that edges may have beside their spline, times a weight of their own.

They are functions of z, the input on a grid mapped to [-1, 1]. The sigmoid linear unit [1]_ [2]_ is

    silu(z) = z s(z),    silu'(z) = s(z) (1 + z (1 - s(z))),    s(z) = 1 / (1 + exp(-z)).

Outside the grid they follow the rule of the spline beside them (`outside`): with e = -1 or 1 the end that has been
passed and a the bounded excess, b is b(e) + a b'(e) by "linear", b(e) by "constant" and b(e + a) by "continue".

To add a function, add an entry to `BASE_FUNCTIONS`; its name is also that in formulas, see `symbolic.library`.

References
----------
.. [1] S. Elfwing, E. Uchibe and K. Doya, "Sigmoid-weighted linear units for neural network function
   approximation in reinforcement learning", Neural Networks 107, 2018.
.. [2] Z. Liu et al., "KAN: Kolmogorov-Arnold Networks", ICLR 2025.
"""

from collections.abc import Callable
from typing import NamedTuple

from scipy.special import expit


class BaseFunction(NamedTuple):
    """A function of one variable and its derivative, for arrays of any shape."""

    value: Callable
    derivative: Callable


def _silu(z):
    return z * expit(z)


def _silu_derivative(z):
    gate = expit(z)
    return gate * (1 + z * (1 - gate))


def outside(function, inside, excess, damp, extrapolation):
    """A base function and its derivative by z, by a rule outside the grid.

    Parameters
    ----------
    function : BaseFunction
    inside, excess, damp : ndarray of any one shape
        Of `BSplineBasis.place`.
    extrapolation : {"linear", "constant", "continue", "error"}

    Returns
    -------
    value, slope : ndarray of that shape
    """
    if extrapolation == "continue":
        return function.value(inside + excess), damp * function.derivative(inside + excess)
    value, slope = function.value(inside), function.derivative(inside)
    if extrapolation == "constant":
        return value, slope * (excess == 0)
    return value + excess * slope, damp * slope


BASE_FUNCTIONS = {"silu": BaseFunction(_silu, _silu_derivative)}
