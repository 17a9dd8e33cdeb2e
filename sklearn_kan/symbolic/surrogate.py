"""A network fitted to rows: the function that data come from, with derivatives, to be asked anywhere in its range.

Positive columns that range over more than a decade go in as logarithms: products of inputs do, and grids of equal cells
suit them then.
"""

import warnings
from dataclasses import dataclass

import numpy as np

from ..estimators.regressor import KANRegressor

# Rows a network is fitted to at most, and iterations: more accuracy than structures need takes much longer.
_ROWS = 800
_MAX_ITER = 100
# Ratio of the largest to the least value of a column from which on logarithms are taken.
_DECADE = 10.0
# Part of the rows that the error is measured on.
_TEST = 0.2
# Part of an error that is the network's own at least.
_LEAST_PART = 0.2
# Fewest rows from which anything is learnt about a function of several inputs.
LEAST_ROWS = 40


@dataclass(frozen=True)
class Surrogate:
    """A function with derivatives.

    Attributes
    ----------
    model : object with ``predict`` and ``predict_gradient``
    logarithmic : bool ndarray of shape (n_inputs,)
        Columns whose logarithm the model takes.
    error : float
        Root mean squared error on rows that were not fitted to, in the units of y.
    """

    model: object
    logarithmic: np.ndarray
    error: float

    @property
    def own_error(self):
        """What of the error is not noise of the rows it was measured on."""
        noise = getattr(self.model, "sigma_", None)
        noise = 0.0 if noise is None else float(np.ravel(noise)[0])
        return float(np.sqrt(max(self.error**2 - noise**2, (_LEAST_PART * self.error) ** 2)))

    def value(self, X):
        """Values at rows X, shape (n_samples,)."""
        return self.model.predict(_logarithms(X, self.logarithmic))

    def gradient(self, X):
        """Derivatives with respect to each input, shape (n_samples, n_inputs)."""
        gradient = self.model.predict_gradient(_logarithms(X, self.logarithmic))
        return gradient / np.where(self.logarithmic, X, 1.0)


def fit_surrogate(rows, random_state):
    """A network for rows of one target.

    Parameters
    ----------
    rows : Rows
    random_state : RandomState

    Returns
    -------
    surrogate : Surrogate or None
        None if there are too few rows.
    """
    if len(rows.X) < LEAST_ROWS:
        return None
    some = rows.part(_ROWS, random_state)
    place = random_state.permutation(len(some.X))
    count = round(_TEST * len(place))
    test, train = some.take(np.sort(place[:count])), some.take(np.sort(place[count:]))
    sizes, grid_size = ((), 20) if rows.X.shape[1] == 1 else ((6, 6), 3)
    lo, hi = rows.X.min(axis=0), rows.X.max(axis=0)
    logarithmic = (lo > 0) & (hi > _DECADE * lo)
    model = KANRegressor(
        sizes,
        grid_size=grid_size,
        n_init=1,
        max_iter=_MAX_ITER,
        random_state=random_state.randint(2**31 - 1),
    )
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")  # Whether it has converged, its error says.
        model.fit(_logarithms(train.X, logarithmic), train.Y[:, 0], sample_weight=train.sample_weight)
        rest = model.predict(_logarithms(test.X, logarithmic))[:, None] - test.Y
    return Surrogate(model, logarithmic, float(np.sqrt(test.mean_square(rest))))


def _logarithms(X, columns):
    """Rows with some columns as logarithms; far below the data these end."""
    return np.where(columns, np.log(np.maximum(X, 1e-300)), X)
