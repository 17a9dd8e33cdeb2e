r"""Which pairs of features do something together: by what they explain of that which an additive model leaves.

With r the residuals of a least-squares additive model (cubic splines) and cells c of a table of quantiles of two
features, the gain of the pair is what the means of the cells explain, less what they would of noise,

    sum_c (sum_{n in c} w_n r_n)^2 / sum_{n in c} w_n  -  (cells - 1) E r^2 / N,

a fast ranking [1]_ that needs no fit for each pair. Of very many features only those are compared that say most by
themselves.

References
----------
.. [1] Y. Lou, R. Caruana, J. Gehrke and G. Hooker, "Accurate intelligible models with pairwise interactions",
   KDD 2013.
"""

from itertools import combinations

import numpy as np

from ..layers.basis import BSplineBasis
from ..layers.knots import mixed_knots
from ..network.initialisation import as_numbers, constant_columns
from ..utils.kinds import column_ranges
from ..utils.weighted import spread, weighted_quantiles, weights_of_sum_one

# Pairs at most, and observations that each of them needs: two nodes of a pair have some 50 parameters.
_MOST_PAIRS = 28
_OBSERVATIONS_A_PAIR = 20
# Features that are compared in pairs.
_MOST_FEATURES = 20
# Rows that are enough for a ranking.
_ENOUGH_ROWS = 10_000
# Cells of the splines, and their degree.
_CELLS, _DEGREE = 5, 3
# Ends of the cells of a table.
_LEVELS = np.array([0.25, 0.5, 0.75])
# Ridge of the additive model, as a part of the mean square of its columns.
_RIDGE = 1e-3


def pairs_and_singles(data):
    """Groups of two features that gain most, the best first, and groups of one for features that are in none.

    All pairs if they are few, else as many as the observations bear.

    Parameters
    ----------
    data : TrainingData

    Returns
    -------
    groups : tuple of tuples of int
    """
    most = int(np.clip(data.total_weight // _OBSERVATIONS_A_PAIR, 1, _MOST_PAIRS))
    data = data.sample(_ENOUGH_ROWS)
    weight = weights_of_sum_one(data.sample_weight, len(data.X))
    X, location = as_numbers(data), weight @ data.Y
    Y = (data.Y - location) / spread(data.Y, data.sample_weight, location)
    order, compared = _by_themselves(X, Y, weight)
    residual = Y - _fitted(X[:, compared], Y, weight)
    noise = float(weight @ np.sum(residual**2, axis=1)) / data.total_weight
    cells = {i: _cells(X[:, i], weight) for i in compared}
    gains = {
        pair: _gain(*(cells[i] for i in pair), weight[:, None] * residual, weight, noise)
        for pair in combinations(sorted(compared), 2)
    }
    pairs = sorted(gains, key=lambda pair: -gains[pair])[:most]
    paired = {i for pair in pairs for i in pair}
    return (*pairs, *((i,) for i in order if i not in paired))


def _by_themselves(X, Y, weight):
    """All features, those first that explain most alone, and those of them that are compared in pairs."""
    constant = constant_columns(*column_ranges(X))
    gains = np.zeros(X.shape[1])
    for i in np.flatnonzero(~constant):
        gains[i] = np.sum(weight[:, None] * Y * _fitted(X[:, [i]], Y, weight))
    order = np.argsort(-gains, kind="stable").tolist()
    return order, [i for i in order if not constant[i]][:_MOST_FEATURES]


def _design(x, weight):
    """B-splines of a feature, each less its mean, shape (n_samples, n_basis); 0 where it is missing."""
    (lo, hi), known = column_ranges(x[:, None]), ~np.isnan(x)
    basis = BSplineBasis(mixed_knots(x[None], weight, lo, hi, _CELLS, _DEGREE), _DEGREE)
    design = np.zeros((len(x), basis.n_basis))
    design[known] = basis.design(x[None, known])[0].T
    return (design - weight @ design / weight[known].sum()) * known[:, None]


def _cells(x, weight):
    """Number of the quarter that each value is in; one that is missing is with the first."""
    known = ~np.isnan(x)
    return np.where(known, np.searchsorted(weighted_quantiles(x[known], weight[known], _LEVELS), x), 0)


def _fitted(X, Y, weight):
    """Targets of mean 0 as an additive model of the columns of X says them."""
    if not X.shape[1]:
        return np.zeros(Y.shape)
    design = np.hstack([_design(x, weight) for x in X.T])
    weighted = design.T * weight
    moments = weighted @ design
    moments[np.diag_indices_from(moments)] += _RIDGE * np.trace(moments) / len(moments)
    return design @ np.linalg.solve(moments, weighted @ Y)


def _gain(first, second, residual, weight, noise):
    """What the means of the cells of two features explain, less what they would of noise."""
    cell = first * (len(_LEVELS) + 1) + second
    mass = np.bincount(cell, weight)
    sums = np.array([np.bincount(cell, column)[mass > 0] for column in residual.T])
    explained = float(np.sum(sums**2 / mass[mass > 0]))
    return explained - (np.count_nonzero(mass) - 1) * noise
