r"""Which function is this curve? Fits of c f(a u + b) + d to points (u, v), for a whole library.

For given a and b the best c and d are those of a straight line through (f(a u + b), v), so only a and
b are searched for (variable projection [1]_). With centred and projected values

    r(a, b) = v - mean v - c(a, b) (f - mean f),        c = <f, v> / <f, f>,

a coarse scan over a and b, all at once, gives a few starts. From there Levenberg-Marquardt runs on
all starts together with the approximation of Kaufman: the columns of the Jacobian are c f' u and c f'
less their projections on 1 and f. The inputs are mapped to z in [-1, 1] before, so that one scan suits
every curve; arguments never leave the domain of f.

Beside f there may be other functions g_k of u without constants of their own, c f(a u + b) + sum_k e_k g_k(u) + d:
then everything is projected on what is orthogonal to 1 and these, instead of to 1 alone.

References
----------
.. [1] G. H. Golub, V. Pereyra, "Separable nonlinear least squares", Inverse Problems 19, 2003.
"""

from dataclasses import dataclass

import numpy as np

from .library import Function

# Points that a curve is reduced to, starts that are refined, and steps of the refinement.
_POINTS, _STARTS, _STEPS = 80, 4, 12
# Steps of a rough fit: without any the next start may be so far that a right function is not among the best forty.
_ROUGH_STEPS = 2
# Part of the square of a function that is rounding: what is left of it lies in what is beside it.
_NOTHING = 1e-20
# A kink must be this far inside the range, as part of its half-width.
_KINK = 0.98
# Half-widths of the arguments: below it is taken for a straight line or a parabola, above for a step.
_SMALLEST, _LARGEST = {"rate": 0.02, "shift": 0.02, "both": 0.25}, 60.0


@dataclass(frozen=True)
class EdgeFit:
    """One function fitted to a curve.

    Attributes
    ----------
    function : Function
    a, b, c, d : float
        v ~ c f(a u + b) + d.
    beside : tuple of float
        Factors of the functions beside it.
    misfit : float
        Residual sum of squares over that of the mean: 1 - R^2.
    score : float
        Criterion to choose by, lower is better; see `fit_edge`.
    """

    function: Function
    a: float
    b: float
    c: float
    d: float
    beside: tuple
    misfit: float
    score: float


def fit_edge(u, v, library, tol=1e-4, rough=False, beside=()):
    """Fit every function of a library to a curve.

    Parameters
    ----------
    u, v : ndarray of shape (n,)
        Points of the curve, in any order.
    library : sequence of Function
    tol : float, default=1e-4
        Accuracy of the curve relative to its spread: misfits below are all the same.
    rough : bool, default=False
        Take only a few steps from the best of the scan.
    beside : sequence of Function, default=()
        Others of u that are added.

    Returns
    -------
    fits : list of EdgeFit
        Best score first: m log(misfit + tol^2) + complexity log m, with m points.
    """
    u, v = thinned(u, v)
    lo, hi = u.min(), u.max()
    half = (hi - lo) / 2
    spread = float(np.sum((v - v.mean()) ** 2))
    if not half > 0 or not spread > 0:
        return []
    z = (u - lo) / half - 1.0
    fits, others = [], np.stack([np.ones_like(u), *(other.f(u) for other in beside)], axis=1)
    span = np.linalg.qr(others)[0]
    for function in library:
        best = _fit_function(function, z, _rest(v, span), span, rough)
        if best is None:
            continue
        if degenerate(function, *best):
            continue
        a, b = best[0] / half, best[1] - best[0] * (lo / half + 1.0)
        fits.append(_finish(function, a, b, u, v, others, span, tol))
    return sorted((fit for fit in fits if fit is not None), key=lambda fit: fit.score)


def degenerate(function, a, b):
    """Whether z in [-1, 1] is so small or so large a part of f(a z + b) that other functions would do as well."""
    if function.freedom in ("rate", "both"):
        return not _SMALLEST[function.freedom] < abs(a) < _LARGEST
    if function.has_kink:
        return abs(b) > _KINK
    return function.freedom == "shift" and abs(b) > 1 / _SMALLEST["shift"]


def thinned(u, v):
    """At most _POINTS points of a curve by u: half of them at quantiles of u, half evenly over its range."""
    order = np.argsort(u, kind="stable")
    u, v = u[order], v[order]
    if len(u) <= _POINTS:
        return u, v
    even = np.searchsorted(u, np.linspace(u[0], u[-1], _POINTS // 2)).clip(max=len(u) - 1)
    at = np.union1d(np.linspace(0, len(u) - 1, _POINTS // 2).astype(int), even)
    return u[at], v[at]


def _rest(values, span):
    """What of values (..., n) is orthogonal to an orthonormal basis (n, k)."""
    return values - values @ span @ span.T


def _finish(function, a, b, u, v, others, span, tol):
    """c and d for given a and b, and factors of what is beside, in the units of the curve."""
    with np.errstate(all="ignore"):
        f = function.f(a * u + b)
        own = _rest(f, span)
        size = own @ own
        c = own @ v / size if size > 0 else 0.0
        d, *factors = np.linalg.lstsq(others, v - c * f, rcond=None)[0] if np.isfinite(c) else [0.0]
        rest = v - c * f - others @ np.array([d, *factors]) if np.isfinite(c) else v * np.nan
        misfit = float(rest @ rest / np.sum((v - v.mean()) ** 2))
    if not np.isfinite(misfit):
        return None
    score = len(u) * np.log(misfit + tol**2) + function.complexity * np.log(len(u))
    return EdgeFit(function, float(a), float(b), float(c), float(d), tuple(map(float, factors)), misfit, float(score))


def _fit_function(function, z, v, span, rough=False):
    """The best a and b on z in [-1, 1], or None if no start is within the domain."""
    a, b = starts(function)
    if function.freedom == "none":
        return a[0], b[0]
    a, b = _inside(function, a, b)
    if not len(a):
        return None
    misfit = _project(function, a, b, z, v, span)[0]
    best = [int(np.argmin(misfit))] if rough else _apart(a, b, misfit)
    a, b, misfit = _refine(function, a[best], b[best], z, v, span, _ROUGH_STEPS if rough else _STEPS)
    winner = int(np.argmin(misfit))
    return (a[winner], b[winner]) if np.isfinite(misfit[winner]) else None


def _apart(a, b, misfit):
    """The best few starts, only one of close neighbours in a."""
    chosen = []
    for i in np.argsort(misfit):
        if not np.isfinite(misfit[i]) or len(chosen) == _STARTS:
            break
        if all(abs(a[i] - a[j]) > 0.15 * abs(a[i]) or abs(b[i] - b[j]) > 0.3 * (1 + abs(b[i])) for j in chosen):
            chosen.append(i)
    return np.array(chosen or [int(np.argmin(misfit))])


def starts(function):
    """Values of a and b to scan, for arguments a z + b with z in [-1, 1].

    Returns
    -------
    a, b : ndarray of shape (n_starts,)
    """
    lo, hi = function.domain
    if function.freedom == "none":
        return np.ones(1), np.zeros(1)
    if function.freedom == "rate":
        rates = np.geomspace(0.05, 20, 16)
        return np.concatenate([rates, -rates]), np.zeros(32)
    if function.freedom == "shift":
        return _shift_starts(lo)
    if np.isfinite(lo) and np.isfinite(hi):
        return _bounded_starts(lo, hi)
    rates = np.concatenate([np.geomspace(0.3, 3, 9), np.arange(3.5, 30, 0.8)])
    centres = np.linspace(-1.5, 1.5, 13)
    a, centre = (grid.ravel() for grid in np.meshgrid(rates, centres, indexing="ij"))
    return a, -a * centre


def _shift_starts(lo):
    """z + b and -z + b; from the edge of the domain on if it has one."""
    if np.isfinite(lo):
        beyond = lo + 1 + np.geomspace(1e-4, 30, 24)
        return np.repeat([1.0, -1.0], 24), np.tile(beyond, 2)
    far = np.geomspace(1.2, 20, 6)
    shifts = np.concatenate([-far[::-1], np.linspace(-1, 1, 21), far])
    return np.ones(len(shifts)), shifts


def _bounded_starts(lo, hi):
    """Parts of a finite domain: their widths and places."""
    half, middle = (hi - lo) / 2, (hi + lo) / 2
    width, place = np.meshgrid([0.05, 0.15, 0.3, 0.5, 0.7, 0.85, 0.95, 0.99, 0.9995], np.linspace(-1, 1, 9))
    a, b = half * width.ravel(), middle + half * ((1 - width) * place).ravel() * (1 - 1e-9)
    return np.concatenate([a, -a]), np.concatenate([b, b])


def _inside(function, a, b):
    """The pairs whose arguments are within the domain."""
    lo, hi = function.domain
    keep = (b - np.abs(a) > lo) & (b + np.abs(a) < hi)
    return a[keep], b[keep]


def _project(function, a, b, z, v, span):
    """Misfit and what the Jacobian needs, for each pair of a and b; v is orthogonal to `span`."""
    with np.errstate(all="ignore"):
        t = a[:, None] * z + b[:, None]
        f = function.f(t)
        whole = np.einsum("sn,sn->s", f, f)
        f = _rest(f, span)
        size = np.maximum(np.einsum("sn,sn->s", f, f), 1e-300)
        c = np.where(size > _NOTHING * whole, f @ v / size, 0.0)
        rest = v - c[:, None] * f
        misfit = np.einsum("sn,sn->s", rest, rest)
    return np.where(np.isfinite(misfit), misfit, np.inf), t, f, size, c, rest


def _refine(function, a, b, z, v, span, steps):
    """Levenberg-Marquardt on a and b, from all starts together."""
    damping = np.full(len(a), 1e-2)
    state = _project(function, a, b, z, v, span)
    free = np.array([function.freedom in ("rate", "both"), function.freedom in ("shift", "both")])
    for _ in range(steps):
        step = _step(function, state, z, span, damping, free)
        new_a, new_b = a + step[:, 0], b + step[:, 1]
        lo, hi = function.domain
        inside = (new_b - np.abs(new_a) > lo) & (new_b + np.abs(new_a) < hi)
        trial = _project(function, np.where(inside, new_a, a), np.where(inside, new_b, b), z, v, span)
        better = inside & (trial[0] < state[0])
        a, b = np.where(better, new_a, a), np.where(better, new_b, b)
        damping = np.clip(np.where(better, damping / 10, damping * 5), 1e-12, 1e8)
        state = tuple(
            np.where(better if new.ndim == 1 else better[:, None], new, old)
            for new, old in zip(trial, state, strict=True)
        )
    return a, b, state[0]


def _step(function, state, z, span, damping, free):
    """The damped step of each start, shape (n_starts, 2)."""
    _, t, f, size, c, rest = state
    with np.errstate(all="ignore"):
        slope = c[:, None] * function.slope(t)
        J = np.stack([slope * z, slope], axis=1) * free[:, None]
        J = _rest(J, span)
        J = J - (J @ f[:, :, None]) / size[:, None, None] * f[:, None]
        H = J @ J.transpose(0, 2, 1)
        g = (J @ rest[:, :, None])[:, :, 0]
        diagonal = np.einsum("sii->si", H)
        scale = np.maximum(diagonal, 1e-10 * diagonal.max(axis=1, keepdims=True))
        H = H + np.eye(2) * (damping[:, None] * scale + 1e-300)[:, :, None]
        det = H[:, 0, 0] * H[:, 1, 1] - H[:, 0, 1] ** 2
        step = np.stack(
            [H[:, 1, 1] * g[:, 0] - H[:, 0, 1] * g[:, 1], H[:, 0, 0] * g[:, 1] - H[:, 0, 1] * g[:, 0]], axis=1
        )
        step = step / det[:, None] * free
    return np.where(np.isfinite(step), step, 0.0)
