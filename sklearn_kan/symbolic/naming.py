r"""Splines become functions of the library, one edge after the other.

For each spline the curve itself is fitted first (`fit_edge`), which orders the candidates. The best few
are then tried in the whole formula: the edge is replaced, everything, the other splines included, is
refitted, and the criterion of the formula decides. So a choice that the curve alone suggests but the data
refuse is not made, and one that is right up to what other edges can absorb is found. An edge for which no
function is good enough may become a function of a function, and stays a spline if that fails too.
"""

import numpy as np

from .compositions import compositions, powers_of_compositions, products, sums
from .criterion import criterion
from .edge_fit import degenerate, fit_edge
from .edges import A, B, C, Exact, SymbolicEdge
from .library import IDENTITY
from .refit import error, refit
from .simple_constants import fix, is_factor, slots
from .simplify import scale_edge

# Curves are known to this part of their spread; candidates a curve; iterations of a trial.
_CURVE_TOL, _TRIALS, _TRIAL_ITER = 1e-3, 5, 16
# Splines that vary by less than this part of the node, or of their own mean in products, may be constants.
_FLAT = 0.1
# Finer grids are tried so often, with this penalty, and count as better if the error falls to this part.
_SHARPEN, _SHARP_ALPHA, _SHARPER = 3, 1e-12, 0.6
# Trials that get more iterations if none is good enough: so many, with an error of at most so many floors.
_SLOW, _NEAR = 2, 30.0
# Functions of functions are tried if so many splines are left at most, with an error below this part of the spread.
_FEW, _FITS = 2, 0.1
# Errors up to this many times that of the splines are all the same, if it is not noise.
_SLACK = 3.0


def convert(graph, rows, library, trials=_TRIALS, note=None, stop=None, least=0.0):
    """Replace splines by functions as far as the data agree.

    Parameters
    ----------
    graph : FormulaGraph
        Not changed.
    rows : Rows
    library : sequence of Function
    trials : int, default=5
        Candidates of an edge that are tried in the whole formula.
    note : callable, default=None
        Called with every formula that is accepted on the way.
    stop : callable, default=None
        Asked before each edge; True ends it.
    least : float, default=0.0
        Errors below, relative to the spread of y, are all the same.

    Returns
    -------
    graph : FormulaGraph
    """
    current, floor = sharpened(graph, rows)
    floor = max(floor, least)
    best, refused = criterion(current, rows, floor), set()
    while stop is None or not stop():
        step = _next(current, rows, refused)
        if step is None:
            break
        attempt, place = step
        trials_here = _refitted(attempt(current, place, rows.X, library, trials), rows)
        scored = [(criterion(trial, rows, floor), i, trial) for i, trial in enumerate(trials_here)]
        score, _, winner = min(scored, default=(np.inf, 0, None))
        if not score < best:
            score, winner = _longer(scored, rows, floor)
        if not score < best:
            refused.add(step)
            continue
        current, refused = winner, set()
        floor = max(min(floor, _SLACK * error(current, rows)), least) if floor else floor
        best = criterion(current, rows, floor)
        if note is not None:
            note(current)
    return current


def _longer(scored, rows, floor):
    """The best of some trials after more iterations, for those that may only have been slow."""
    slow = [trial for _, _, trial in sorted(scored)[:_SLOW] if error(trial, rows) < _NEAR * floor]
    again = [refit(trial.copy(), rows, max_iter=60, rounds=3, alpha=_SHARP_ALPHA, tol=1e-1) for trial in slow]
    scores = [(criterion(trial, rows, floor), i) for i, trial in enumerate(again)]
    score, i = min(scores, default=(np.inf, -1))
    return score, again[i] if scores else None


def _next(graph, rows, refused):
    """What to try next on which edge, inputs before hidden ones; None if nothing is left."""
    places = sorted(graph.places(), key=lambda place: (_hidden(graph, place), place))
    steps = [(_dropped, place) for place in _flat(graph, places, rows)]
    steps += [(_single, place) for place in places]
    if _worth_composing(graph, rows):
        steps += [(_without, slot) for slot in slots(graph) if slot is not None and not is_factor(slot)]
        attempts = (_added, _multiplied, _composite, _multiplied_composite)
        steps += [(attempt, place) for attempt in attempts for place in places]
    return next((step for step in steps if step not in refused), None)


def _flat(graph, places, rows):
    """Splines that vary little beside what they are joined with, flattest first."""
    sources, flat = graph.values(rows.X), []
    for n, k in places:
        edge, node = graph.nodes[n].edges[k], graph.nodes[n]
        values = edge.value(sources[edge.source])
        size = np.abs(np.mean(values)) if node.product else np.std(sources[graph.n_inputs + n])
        if len(node.edges) > 1 and np.std(values) < _FLAT * size:
            flat.append((np.std(values) / size, (n, k)))
    return [place for _, place in sorted(flat)]


def _dropped(graph, place, X, library, trials):
    """The formula with one spline taken for a constant."""
    n, k = place
    new = graph.copy()
    node = new.nodes[n]
    level = float(np.mean(curve(graph, place, X)[1]))
    node.edges.pop(k)
    if node.product:
        scale_edge(node.edges[0], level)
    else:
        node.set_edge(0, node.edges[0], level)
    yield new


def _hidden(graph, place):
    """Whether an edge leaves a node."""
    return graph.nodes[place[0]].edges[place[1]].source >= graph.n_inputs


def _worth_composing(graph, rows):
    """Whether few enough splines are left, and the rest fits: else the structure is wrong."""
    return 0 < len(graph.places()) <= _FEW and error(graph, rows) < _FITS


def sharpened(graph, rows):
    """Finer splines as long as they help, and the error below which differences say nothing.

    Where finer grids still lower the error it is one of approximation, and functions that differ by a few
    times that cannot be told apart. Where they do not it is noise, and every difference counts.

    Returns
    -------
    graph : FormulaGraph
    floor : float
    """
    current, floor = graph.copy(), 0.0
    size = error(current, rows)
    for _ in range(_SHARPEN):
        finer = current.copy()
        for n, k in finer.places():
            edge = finer.nodes[n].edges[k]
            finer.nodes[n].edges[k] = edge.moved(edge.basis.lo[0], edge.basis.hi[0], 2 * edge.basis.n_cells)
        if 3 * finer.n_params > rows.Y.size:
            break
        refit(finer, rows, max_iter=60, rounds=3, tol=1e-1, alpha=_SHARP_ALPHA)
        new = error(finer, rows)
        if not new < _SHARPER * size:
            break
        current, size, floor = finer, new, _SLACK * new
    return current, floor


def _refitted(options, rows):
    """Formulas fitted to the data."""
    for option in options:
        trial = refit(option, rows, max_iter=_TRIAL_ITER, rounds=2, alpha=_SHARP_ALPHA, tol=1e-1)
        if _sound(trial, rows.X):
            yield trial


def curve(graph, place, X):
    """Points (u, v) of a spline on rows X."""
    edge = graph.nodes[place[0]].edges[place[1]]
    u = graph.values(X)[edge.source]
    return u, edge.value(u)


def _single(graph, place, X, library, trials):
    """The formulas with one edge replaced by each of the best functions."""
    fits = fit_edge(*curve(graph, place, X), library, _CURVE_TOL)
    simple = [fit for fit in fits[trials:] if fit.function.complexity == 0 and fit.misfit < 0.9]
    for fit in fits[:trials] + simple:
        yield with_function(graph, place, fit)


def with_function(graph, place, fit):
    """A formula with one edge replaced by a fitted function."""
    n, k = place
    new = graph.copy()
    node = new.nodes[n]
    source, product = node.edges[k].source, node.product
    edge = SymbolicEdge(source, fit.function, fit.a, fit.b, fit.c, fit.d if product else 0.0, offset=product)
    moved = 0.0
    if not product:
        moved = fit.d + edge.constants.values[3]
        edge.constants.values[3] = 0.0
    node.set_edge(k, edge, moved)
    return new


def _without(graph, slot, X, library, trials):
    """The formula with one summand 0: a spline may have taken it up, and only be a known function without it."""
    new = graph.copy()
    fix(new, slot, Exact(0))
    yield new


def _composite(graph, place, X, library, trials):
    """The formulas with one edge replaced by each of the best functions of a function."""
    for formula in compositions(*curve(graph, place, X), library, _CURVE_TOL)[:trials]:
        yield with_formula(graph, place, formula)


def _added(graph, place, X, library, trials):
    """The formulas with one edge replaced by each of the best sums of two functions."""
    for formula in sums(*curve(graph, place, X), library, _CURVE_TOL)[:trials]:
        yield with_formula(graph, place, formula)


def _multiplied(graph, place, X, library, trials):
    """The formulas with one edge replaced by each of the best products of two functions."""
    for formula in products(*curve(graph, place, X), library, _CURVE_TOL)[:trials]:
        yield with_formula(graph, place, formula)


def _multiplied_composite(graph, place, X, library, trials):
    """The formulas with one edge replaced by each of the best products of a power and a function of a function."""
    for formula in powers_of_compositions(*curve(graph, place, X), library, _CURVE_TOL)[:trials]:
        yield with_formula(graph, place, formula)


def with_formula(graph, place, formula):
    """A formula with one edge replaced by a formula of one input, whose last node is a sum."""
    n, k = place
    new, below = graph.copy(), formula.copy().nodes
    source = new.nodes[n].edges[k].source
    for number, node in enumerate(below):
        for edge in node.edges:
            edge.source = source if edge.source == 0 else new.n_inputs + n + edge.source - 1
        new.insert(n + number, node)
    whole = SymbolicEdge(new.n_inputs + n + len(below) - 1, IDENTITY)
    whole.constants.fix(C, Exact(1))
    constant = 0.0
    if not new.nodes[n + len(below)].product:
        constant = below[-1].constants.values[0]
        below[-1].constants.fix(0, Exact(0))
    new.nodes[n + len(below)].set_edge(k, whole, constant)
    return new


def _sound(graph, X):
    """Whether no function of a formula is used on so small a part that any other would do."""
    sources = graph.values(X)
    for n, k in graph.places(SymbolicEdge):
        edge = graph.nodes[n].edges[k]
        a, b = edge.constants.values[[A, B]]
        lo, hi = np.min(sources[edge.source]), np.max(sources[edge.source])
        half, middle = (hi - lo) / 2, (hi + lo) / 2
        if edge.function.freedom == "shift":
            a, b = a, (a * middle + b) / max(half, 1e-300)
        else:
            a, b = a * half, a * middle + b
        if degenerate(edge.function, a, b):
            return False
    return True
