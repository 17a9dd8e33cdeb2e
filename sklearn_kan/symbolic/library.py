r"""The functions that an edge may become, each with derivative, SymPy form, domain and complexity.

An edge is c f(a u + b) + d. Not all of a, b, c and d mean something for every f:

    u               c (a u + b) + d  has one slope and one offset          neither a nor b is free
    u^p, |u|, sgn   c (a u + b)^p = c |a|^p (+-u + b / |a|)^p              only the sign of a, and b
    log u           c log(a u + b) = c log(+-u + b / |a|) + c log|a|       only the sign of a, and b
    exp u           c exp(a u + b) = c e^b exp(a u)                        only a

``freedom`` says which of these cases holds. While a formula is fitted, the argument of f must stay
within ``domain``, an open interval free of singularities: the fit refuses steps that leave it. A fitted
formula is evaluated as it is written, with NaN where it is not defined.

A new function is one entry of `_FUNCTIONS`: its symmetry, what a factor in its argument does and where it
may stand in functions of functions are fields of the entry, and nothing else asks for it by name.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, fields

import numpy as np
from scipy.special import expit

from .writing import substituted

FREEDOMS = ("none", "shift", "rate", "both")


@dataclass(frozen=True)
class Function:
    """A univariate function f.

    Attributes
    ----------
    name : str
    f : callable
        NumPy function of an array.
    sympy : callable
        Takes the module sympy and a SymPy expression, returns f of it.
    df : callable, default=None
        Derivative of f; None: central differences.
    complexity : int, default=2
        What f counts for in the size of a formula; 0 for the identity.
    domain : (float, float), default=(-inf, inf)
        Open interval of arguments that is free of singularities.
    freedom : {"none", "shift", "rate", "both"}, default="both"
        Which of a and b are free parameters: neither, b alone, a alone, both.
    text : str, default=None
        How it is written, with {} for the argument, such as "1/({})^2"; None: name({}).
    symmetry : {1, -1, 0}, default=0
        1: f(-u) = f(u), -1: f(-u) = -f(u), 0: neither.
    scaled : callable, default=None
        Takes a number s > 0, returns (factor, offset) with f(s u) = factor f(u) + offset for all u; None: there are
        no such numbers.
    quarter_turn : (str, int), default=None
        Name and sign of the function that f(u + pi / 2) is.
    has_kink : bool, default=False
        Whether it is straight on both sides of 0, so that an argument of one sign says nothing.
    automatic : bool, default=True
        Whether a curve may become it without being asked to.
    outer : bool, default=False
        Whether it may be the outer one in functions of functions.
    inner : (tuple, tuple), default=None
        Where it may be the inner one in functions of functions: half-widths of its argument to try, and values of a;
        both empty for functions that end somewhere, which are laid from there on.
    """

    name: str
    f: Callable
    sympy: Callable
    df: Callable | None = None
    complexity: int = 2
    domain: tuple = (-np.inf, np.inf)
    freedom: str = "both"
    text: str | None = None
    symmetry: int = 0
    scaled: Callable | None = None
    quarter_turn: tuple | None = None
    has_kink: bool = False
    automatic: bool = True
    outer: bool = False
    inner: tuple | None = None

    def slope(self, t):
        """Derivative at t."""
        if self.df is not None:
            return self.df(t)
        step = 6e-6 * np.maximum(1.0, np.abs(t))
        return (self.f(t + step) - self.f(t - step)) / (2 * step)

    def allows(self, t):
        """Whether all arguments are within the domain."""
        lo, hi = self.domain
        return bool(np.min(t) > lo and np.max(t) < hi)

    def write(self, argument):
        """The function of a `Text`, as one."""
        return substituted(self.text or self.name + "({})", argument)

    @property
    def words(self):
        """Identifiers in its text."""
        return frozenset(re.findall(r"\w+", (self.text or self.name).replace("{}", "")))

    def __reduce__(self):
        """Functions of the library are pickled by name, those of users with their callables."""
        if named(self) is not self:
            return get_function, (self.name,)
        return Function, tuple(getattr(self, field.name) for field in fields(self))


def _homogeneous(p):
    """What a factor in the argument of u^p does."""
    return lambda s: (s**p, 0.0)


def _power(p, complexity, **options):
    """u^p for p = 2, 3, ..."""
    return Function(
        f"x^{p}",
        lambda t: np.power(t, p),
        lambda sp, t: t**p,
        lambda t: p * np.power(t, p - 1),
        complexity,
        freedom="shift",
        text=f"({{}})^{p}",
        symmetry=1 - 2 * (p % 2),
        scaled=_homogeneous(p),
        **options,
    )


def _inverse_power(p, complexity, **options):
    """1 / u^p for p = 1, 2, ... on u > 0, as the sign of a does the rest."""
    power = "" if p == 1 else f"^{p}"
    return Function(
        f"1/x{power}",
        lambda t: 1.0 / np.power(t, p),
        lambda sp, t: t**-p,
        lambda t: -p / np.power(t, p + 1),
        complexity,
        _POSITIVE,
        "shift",
        f"1/({{}}){power}",
        scaled=_homogeneous(-p),
        **options,
    )


def _half_power(p, complexity, name, text, **options):
    """u^p for p = n / 2, on u > 0."""
    return Function(
        name,
        lambda t: np.sqrt(t) ** int(2 * p) if p > 0 else 1.0 / np.sqrt(t) ** int(-2 * p),
        lambda sp, t: t ** sp.Rational(int(2 * p), 2),
        lambda t: p * np.sqrt(t) ** int(2 * p - 2) if p >= 1 else p / np.sqrt(t) ** int(2 - 2 * p),
        complexity,
        _POSITIVE,
        "shift",
        text,
        scaled=_homogeneous(p),
        **options,
    )


def _sinc(t):
    """sin(t) / t."""
    return np.sinc(t / np.pi)


def _sinc_slope(t):
    """Derivative of sin(t) / t; near 0 by its series."""
    small = np.abs(t) < 1e-2
    safe = np.where(small, 1.0, t)
    return np.where(small, -t / 3 + t**3 / 30 - t**5 / 840, (np.cos(safe) - np.sin(safe) / safe) / safe)


def _sympy_sinc(sp, t):
    """sin(t) / t with value 1 at 0."""
    return sp.sinc(t)


_POSITIVE = (0.0, np.inf)
# Half-widths of the argument of a wave, and of a hill, that a curve may show; see `Function.inner`.
_WAVES, _HILLS = (1, 2, 3, 4, 5, 6.5, 8), (2, 3, 4, 5, 6, 7, 8.5, 10)

_FUNCTIONS = (
    Function(
        "0",
        np.zeros_like,
        lambda sp, t: sp.Integer(0),
        np.zeros_like,
        0,
        freedom="none",
        text="0",
        automatic=False,
    ),
    Function("x", lambda t: t, lambda sp, t: t, np.ones_like, 0, freedom="none", text="{}", symmetry=-1),
    _power(2, 1, outer=True, inner=((), (1.0,))),
    _power(3, 2, outer=True),
    _power(4, 2),
    _power(5, 3),
    _inverse_power(1, 1, outer=True, inner=((), ())),
    _inverse_power(2, 2, outer=True),
    _inverse_power(3, 3),
    _inverse_power(4, 3),
    _inverse_power(5, 3),
    _half_power(0.5, 1, "sqrt", "sqrt({})", outer=True),
    _half_power(1.5, 3, "x^1.5", "({})^(3/2)"),
    _half_power(-0.5, 2, "1/sqrt", "1/sqrt({})", outer=True),
    Function(
        "exp",
        np.exp,
        lambda sp, t: sp.exp(t),
        np.exp,
        1,
        freedom="rate",
        outer=True,
        inner=((0.5, 1, 2, 4, -0.5, -1, -2, -4), (1.0, -1.0)),
    ),
    Function(
        "log",
        np.log,
        lambda sp, t: sp.log(t),
        lambda t: 1 / t,
        1,
        _POSITIVE,
        "shift",
        scaled=lambda s: (1.0, np.log(s)),
        outer=True,
    ),
    Function(
        "abs",
        np.abs,
        lambda sp, t: sp.Abs(t),
        np.sign,
        2,
        freedom="shift",
        symmetry=1,
        scaled=_homogeneous(1),
        has_kink=True,
    ),
    Function(
        "sgn",
        np.sign,
        lambda sp, t: sp.sign(t),
        np.zeros_like,
        3,
        freedom="shift",
        symmetry=-1,
        scaled=_homogeneous(0),
        automatic=False,
    ),
    Function(
        "sin",
        np.sin,
        lambda sp, t: sp.sin(t),
        np.cos,
        1,
        symmetry=-1,
        quarter_turn=("cos", 1),
        inner=(_WAVES, (0.5, 1.0, 2.0)),
    ),
    Function(
        "cos",
        np.cos,
        lambda sp, t: sp.cos(t),
        lambda t: -np.sin(t),
        1,
        symmetry=1,
        quarter_turn=("sin", -1),
        inner=(_WAVES, (0.5, 1.0, 2.0)),
    ),
    Function(
        "tan",
        np.tan,
        lambda sp, t: sp.tan(t),
        lambda t: 1 + np.tan(t) ** 2,
        2,
        (-np.pi / 2, np.pi / 2),
        symmetry=-1,
    ),
    Function("tanh", np.tanh, lambda sp, t: sp.tanh(t), lambda t: 1 - np.tanh(t) ** 2, 2, symmetry=-1),
    Function(
        "arcsin",
        np.arcsin,
        lambda sp, t: sp.asin(t),
        lambda t: 1 / np.sqrt(1 - t**2),
        2,
        (-1.0, 1.0),
        symmetry=-1,
    ),
    Function("arccos", np.arccos, lambda sp, t: sp.acos(t), lambda t: -1 / np.sqrt(1 - t**2), 3, (-1.0, 1.0)),
    Function("arctan", np.arctan, lambda sp, t: sp.atan(t), lambda t: 1 / (1 + t**2), 2, symmetry=-1),
    Function(
        "arctanh",
        np.arctanh,
        lambda sp, t: sp.atanh(t),
        lambda t: 1 / (1 - t**2),
        2,
        (-1.0, 1.0),
        symmetry=-1,
    ),
    Function(
        "gaussian",
        lambda t: np.exp(-(t**2)),
        lambda sp, t: sp.exp(-(t**2)),
        lambda t: -2 * t * np.exp(-(t**2)),
        2,
        text="exp(-({})^2)",
        symmetry=1,
    ),
    Function("sinh", np.sinh, lambda sp, t: sp.sinh(t), np.cosh, 3, symmetry=-1),
    Function(
        "cosh",
        np.cosh,
        lambda sp, t: sp.cosh(t),
        np.sinh,
        3,
        symmetry=1,
        inner=((0.5, 1, 2, 3), (1.0,)),
    ),
    Function("sinc", _sinc, _sympy_sinc, _sinc_slope, 3, symmetry=1, inner=(_HILLS, (0.5, 1.0, 2.0))),
    Function(
        "silu",
        lambda t: t * expit(t),
        lambda sp, t: t / (1 + sp.exp(-t)),
        lambda t: expit(t) * (1 + t * expit(-t)),
        4,
        automatic=False,
    ),
)
_BY_NAME = {function.name: function for function in _FUNCTIONS}
IDENTITY = _BY_NAME["x"]
# Other names of pykan for the same functions, so that its 29 names are all known.
ALIASES = {"x^0.5": "sqrt", "1/x^0.5": "1/sqrt", "1/sqrt(x)": "1/sqrt"}


def get_function(name):
    """A function of the library by name, ValueError if there is none."""
    name = ALIASES.get(name, name)
    if name not in _BY_NAME:
        raise ValueError(f"library has no function {name!r}; it has {', '.join(map(repr, _BY_NAME))}.")
    return _BY_NAME[name]


def named(function):
    """The name of a function of the library; a function of a user as it is."""
    return function.name if _BY_NAME.get(function.name) is function else function


def make_library(library=None):
    """The functions to choose from.

    Parameters
    ----------
    library : sequence, default=None
        Names, `Function` objects, and tuples (name, numpy callable, sympy callable) or (name, numpy
        callable, sympy callable, options), with options a dict of further fields of `Function`. The
        SymPy callable of a tuple takes the argument alone, such as ``sympy.airyai``. None: all.

    Returns
    -------
    functions : tuple of Function

    Raises
    ------
    ValueError
        If a name is unknown or appears twice, or an entry is none of these.
    """
    if library is None:
        return _FUNCTIONS
    functions = tuple(_as_function(entry) for entry in library)
    names = [function.name for function in functions]
    twice = sorted({name for name in names if names.count(name) > 1})
    if not functions or twice:
        raise ValueError(f"library must hold each function once and at least one; got {names}.")
    return functions


def automatic_library(library=None):
    """The functions that a curve may become by itself: those named, or by default those that are automatic."""
    functions = make_library(library)
    return functions if library is not None else tuple(f for f in functions if f.automatic)


class _OfArgument:
    """A SymPy callable of users, which takes no module."""

    def __init__(self, build):
        self.build = build

    def __call__(self, sp, t):
        return self.build(t)


def _as_function(entry):
    """An entry of a library as a Function."""
    if isinstance(entry, Function):
        return entry
    if isinstance(entry, str):
        return get_function(entry)
    if isinstance(entry, tuple) and len(entry) in (3, 4) and isinstance(entry[0], str):
        name, f, build = entry[:3]
        options = entry[3] if len(entry) == 4 else {}
        if callable(f) and callable(build):
            function = Function(name, f, _OfArgument(build), **options)
            if function.freedom not in FREEDOMS:
                raise ValueError(f"freedom must be one of {FREEDOMS}; got {function.freedom!r}.")
            return function
    raise ValueError(
        f"library entries must be names, Function objects, or tuples (name, numpy callable, sympy callable[, "
        f"options]); got {entry!r}."
    )
