r"""Symmetries of a function, read from its gradients, and the problem in fewer variables that is left.

If f depends on some sums z_k = sum_i v_ki x_i only, its gradients lie in the space of the v_k. If it depends on some
products z_k = prod_i x_i^v_ki only, the vectors x_i df/dx_i lie there: logarithms of products are sums. So the
singular values of all gradients, or of these vectors, tell how many variables there are in truth, and the space has
a basis of simple numbers, one for each choice of as many inputs that are to appear in one z_k each (reduced echelon
form).

A function of products may be homogeneous besides: sum_k a_k z_k df/dz_k = f, which is Euler's relation and linear in
a. Then f = z_1^(1/a_1) F(z_k z_1^(-a_k/a_1)), and F has one variable less. Dimensional analysis does the same [1]_,
but needs to be told the units; symmetries found by networks are those of [2]_.

Nothing here is proven: a reduction is believed if a network of the new variables is as accurate as one of the old.

References
----------
.. [1] E. Buckingham, "On physically similar systems", Physical Review 4, 1914.
.. [2] S.-M. Udrescu, M. Tegmark, "AI Feynman: a physics-inspired method for symbolic regression",
   Science Advances 6, 2020.
"""

from itertools import combinations

import numpy as np

from .reduction import EXPONENTS, Reduction
from .surrogate import fit_surrogate

# A singular value that is smaller than the one before by this factor may be the first of those that are noise ...
_GAP = 3.0
# ... if it is at most this part of the largest.
_NOISE = 0.1
# Entries of a basis are multiples of 1 / 2, found to this accuracy.
_STEP, _ACCURACY = 0.5, 0.12
# Part of f that Euler's relation may miss.
_EULER = 0.1
# Bases that are compared.
_BASES = 200
# A network of fewer variables is no worse if its error is at most so many times as large: these are tried first.
_NO_WORSE = 1.1
# One of fewer variables is as good if its error is at most so many times as large,
_AS_GOOD = 2.0
# or so many times while it is below this part of the spread.
_NEARLY, _GOOD = 10.0, 1e-2
# Rows that gradients are taken at.
_ROWS = 500
# Reductions that are tried.
_MOST = 6
# Part of the time after which no more are.
_LATE = 0.5


def reduced_problems(rows, surrogate, random_state, clock):
    """Problems in fewer variables that networks confirm: those with fewest first, of those that are easier to learn.

    Parameters
    ----------
    rows : Rows
        With one target, in units in which it has no constant added.
    surrogate : Surrogate
        Of these rows.
    random_state : RandomState
    clock : Clock
        None is looked for when half of its time is over.

    Yields
    ------
    reduction : Reduction
    reduced : Rows
    network : Surrogate
        Of the reduced rows.
    """
    some, later = rows.part(_ROWS, random_state), []
    for reduction in reductions(surrogate, some.X, some.Y[:, 0])[:_MOST]:
        reduced = reduction.apply(rows)
        if reduced is None or clock.spent > _LATE:
            continue
        network = fit_surrogate(reduced, random_state)
        error = network.error * np.sqrt(np.mean(reduction.size(rows.X) ** 2))  # In the units of y.
        if error < _NO_WORSE * surrogate.error:
            yield reduction, reduced, network
        elif error < _AS_GOOD * surrogate.error or error < min(_NEARLY * surrogate.error, _GOOD * rows.spread[0]):
            later.append((reduction, reduced, network))
    yield from later


def reductions(surrogate, X, y):
    """What symmetries suggest, most variables less first.

    Parameters
    ----------
    surrogate : Surrogate
        Of y.
    X : ndarray of shape (n_samples, n_inputs)
    y : ndarray of shape (n_samples,)
        In units in which y has no constant added.

    Returns
    -------
    found : list of Reduction
    """
    gradient, n_inputs, found = surrogate.gradient(X), X.shape[1], []
    none, spread = np.zeros(n_inputs), X.std(axis=0)
    for space in _spaces(gradient * spread):
        basis = simple_basis(space / np.where(spread > 0, spread, 1.0))  # No gradient is along constant columns.
        if basis is not None and len(basis) < n_inputs:
            found.append(Reduction(False, basis, none))
    for space in _spaces(gradient * X):
        basis = simple_basis(space, lambda row: _makes_sense(row, X))
        if basis is None:
            continue
        found += _homogeneous(basis, gradient * X, y, X)
        if len(basis) < n_inputs:
            found.append(Reduction(True, basis, none))
    return sorted(found, key=lambda reduction: (len(reduction.basis), reduction.complexity))


def _makes_sense(row, X):
    """Whether a product exists: exponents that the library has, and no root or quotient of what changes its sign."""
    mixed = (X.min(axis=0) <= 0) & (X.max(axis=0) >= 0)
    negative = X.min(axis=0) < 0
    known = all(p in EXPONENTS for p in row)
    return known and not np.any(mixed & (row < 0)) and not np.any(negative & (row % 1 != 0))


def _spaces(vectors):
    """Row spaces of the most important directions, orthonormal bases (k, n_inputs), smallest k first."""
    _, s, Vt = np.linalg.svd(vectors, full_matrices=False)
    for k in range(1, len(s) + 1):
        last = k == len(s)
        if last or (s[k] < s[k - 1] / _GAP and s[k] < _NOISE * s[0]):
            yield Vt[:k]


def simple_basis(space, allowed=lambda row: True):
    """The simplest basis of a space with entries that are multiples of 1 / 2.

    Parameters
    ----------
    space : ndarray of shape (k, n)
        A basis.
    allowed : callable, default: all are
        Whether a row may be used.

    Returns
    -------
    basis : ndarray of shape (k, n) or None
        In reduced echelon form for some choice of columns; None if there is none.
    """
    k, n = space.shape
    best, least = None, np.inf
    for pivots in list(combinations(range(n), k))[:_BASES]:
        square = space[:, pivots]
        if np.linalg.cond(square) > 1e3 * np.linalg.cond(space):
            continue
        exact = np.linalg.solve(square, space)
        basis = np.round(exact / _STEP) * _STEP + 0.0
        misfit = np.abs(exact - basis).max()
        size = np.sum(np.abs(basis)) + 2 * np.sum(basis % 1 != 0) + misfit
        if misfit < _ACCURACY and size < least and all(map(allowed, basis)):
            best, least = basis, size
    return best


def _homogeneous(basis, vectors, y, X):
    """Reductions with a factor, for a function of products that is homogeneous."""
    slopes = vectors @ np.linalg.pinv(basis)
    a = np.linalg.lstsq(slopes, y, rcond=1e-3)[0]
    rounded = np.round(a / _STEP) * _STEP
    if np.std(slopes @ a - y) > _EULER * np.std(y) or np.abs(a - rounded).max() > _ACCURACY or not rounded.any():
        return []
    found = []
    for first in np.flatnonzero(rounded) if len(basis) > 1 else ():
        others = [k for k in range(len(basis)) if k != first]
        rest = np.array([basis[k] - rounded[k] / rounded[first] * basis[first] for k in others])
        rest = rest.reshape(len(others), basis.shape[1])
        factor = basis[first] / rounded[first]
        if all(_makes_sense(row, X) for row in (*rest, factor)):
            found.append(Reduction(True, rest, factor))
    return sorted(found, key=lambda reduction: reduction.complexity)[:2]
