r"""Constants become simple numbers where that costs nothing.

With J the derivative of a formula with respect to its free constants and s^2 its mean squared residual,
constants have the covariance s^2 (J^T J)^-1. A simple number is tried for a constant that lies within a few
standard errors of it, if such numbers are so sparse that this is no accident: fractions p / q have a
distance of about 1 / q^2. Everything else is refitted, and the criterion of the formula decides.

Directions in which J is 0 are choices of notation: in c (a x + b)^2 one of a and c may be anything. There
a constant becomes 0 or 1 first, which lets others become simple too.
"""

from fractions import Fraction

import numpy as np

from .criterion import criterion
from .edges import A, C, Constants, Exact, SplineEdge, SymbolicEdge
from .refit import FormulaObjective, error, polish, refit

# Penalty of splines that remain.
_ALPHA = 1e-12
# Accuracy of a formula below which rounding rules.
SNAP_FLOOR = 1e-11
_DENOMINATORS = (1, 2, 3, 4, 5, 6, 8, 10, 12)
_PI_DENOMINATORS = (1, 2, 3, 4, 6)
_LARGEST = 1000
# A number is close within so many standard errors, or this part of itself; its neighbours must be farther.
_CLOSE, _RELATIVE, _ACCIDENT = 3.5, 1e-6, 0.1


def snap(graph, rows):
    """A formula with as many simple constants as the data allow.

    Parameters
    ----------
    graph : FormulaGraph
        Fitted; not changed.
    rows : Rows

    Returns
    -------
    graph : FormulaGraph
    """
    current = graph.copy()
    best = criterion(current, rows, SNAP_FLOOR)
    for stage in (_zeros, _notation, _zeros, _numbers, _zeros):
        refused = set()
        while True:
            option = next((pair for pair in stage(current, rows) if pair not in refused), None)
            if option is None:
                break
            trial = _fixed(current, *option, rows)
            score = criterion(trial, rows, SNAP_FLOOR)
            if score < best + 1e-9:
                current, best = trial, score
            else:
                refused.add(option)
    return current


def slots(graph):
    """(node, edge or -1 for the constant of the node, slot) of each free constant, in the order of theta.

    Coefficients of splines have None.
    """
    found = []
    for n, node in enumerate(graph.nodes):
        for k, part in enumerate((node.constants, *node.edges), start=-1):
            if isinstance(part, SplineEdge):
                found += [None] * part.n_params
                continue
            constants = part if isinstance(part, Constants) else part.constants
            found += [(n, k, slot) for slot in np.flatnonzero(constants.free)]
    return found


def fix(graph, place, exact):
    """Fix one constant at an exact form, in place."""
    n, k, slot = place
    node = graph.nodes[n]
    (node.constants if k < 0 else node.edges[k].constants).fix(slot, exact)


def _fixed(graph, place, exact, rows):
    """A copy with one constant fixed and all others refitted."""
    new = graph.copy()
    fix(new, place, exact)
    if error(new, rows) > SNAP_FLOOR:
        refit(new, rows, max_iter=40, alpha=_ALPHA)
        if not new.places():
            polish(new, rows)
    return new


def uncertainty(graph, rows):
    """Standard error of each free constant, and whether it is a choice of notation.

    Returns
    -------
    standard_error : ndarray of shape (n_params,)
    loose : bool ndarray of shape (n_params,)
    """
    if not graph.n_params:
        return np.zeros(0), np.zeros(0, dtype=bool)
    rest, J = FormulaObjective(graph, rows, alpha=0.0).residuals(graph.theta)
    J = J.transpose(0, 2, 1).reshape(-1, graph.n_params)
    size = np.sqrt(np.sum(J**2, axis=0))
    loose = size == 0
    if not np.all(np.isfinite(J)):
        return np.zeros(len(size)), loose
    _, s, Vt = np.linalg.svd(J / np.where(loose, 1.0, size), full_matrices=False)
    null = s < 1e-9 * s[0]
    loose = loose | (np.sum(Vt[null] ** 2, axis=0) > 1e-4)
    variance = np.sum((Vt[~null] / s[~null, None]) ** 2, axis=0)
    residual = np.sum(rest**2) / (rows.total_weight * len(rest))
    return np.sqrt(residual * variance) / np.where(size > 0, size, 1.0), loose


def _zeros(graph, rows):
    """Constants that may be 0, smallest first."""
    values, (errors, loose) = graph.theta, uncertainty(graph, rows)
    scale = max(1.0, float(np.max(np.abs(values), initial=0.0)))
    near = (np.abs(values) <= _CLOSE * errors) | (np.abs(values) < _RELATIVE * scale)
    places = slots(graph)
    order = sorted(np.flatnonzero(near & ~loose), key=lambda i: abs(values[i]))
    order = [places[i] for i in order if places[i] is not None]
    for place in sorted(order, key=is_factor):
        yield place, Exact(0)


def is_factor(place):
    """Whether a constant multiplies."""
    _, k, slot = place
    return k >= 0 and slot in (A, C)


def _notation(graph, rows):
    """Constants that may be anything: summands become 0, factors 1 or -1, inner ones first."""
    values, loose = graph.theta, uncertainty(graph, rows)[1]
    places = slots(graph)
    free = [i for i in range(len(places)) if loose[i] and places[i] is not None]
    factors = [i for i in free if is_factor(places[i])]
    for i in free:
        if i not in factors:
            yield places[i], Exact(0)
    for i in sorted(factors, key=lambda i: (-_depth(graph, places[i]), i)):
        yield places[i], Exact(1 if values[i] > 0 else -1)
        yield places[i], Exact(-1 if values[i] > 0 else 1)


def _depth(graph, place):
    """How early a factor should become 1: those of factors of products, then of single functions."""
    n, k, slot = place
    node = graph.nodes[n]
    inner = isinstance(node.edges[k], SymbolicEdge) and node.edges[k].source < graph.n_inputs
    return 4 * node.product + 2 * (slot == A and not inner) + (slot == C and not inner)


def _numbers(graph, rows):
    """Constants close to a simple number, simplest first."""
    values, (errors, _) = graph.theta, uncertainty(graph, rows)
    places, found = slots(graph), []
    for i, (value, spread) in enumerate(zip(values, errors, strict=True)):
        for exact in simple_numbers(value, spread) if places[i] is not None else ():
            found.append((exact.pi, exact.q, abs(exact.p), i, exact))
    for *_, i, exact in sorted(found, key=lambda entry: entry[:4]):
        yield places[i], exact


def simple_numbers(value, standard_error):
    """Fractions and multiples of pi that a constant may stand for.

    Parameters
    ----------
    value, standard_error : float

    Returns
    -------
    numbers : list of Exact
    """
    found = []
    for unit, denominators in ((1.0, _DENOMINATORS), (np.pi, _PI_DENOMINATORS)):
        scaled, width = value / unit, max(_CLOSE * standard_error, _RELATIVE * abs(value)) / unit
        for q in denominators:
            p = round(scaled * q)
            if p == 0 or abs(p) > _LARGEST or abs(p / q - scaled) > width or width * q * q > _ACCIDENT:
                continue
            fraction = Fraction(p, q)
            number = Exact(fraction.numerator, fraction.denominator, unit != 1.0)
            if number not in found:
                found.append(number)
    return found
