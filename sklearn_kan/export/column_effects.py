"""What levels of categories and missing values add to the outputs of a layer: tables of numbers, no splines."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class ColumnEffects:
    """What is no function of a known number; made by `ColumnEffects.of`.

    Attributes
    ----------
    n_levels : int ndarray of shape (n_in,)
        0 for numbers.
    levels : dict of int to ndarray of shape (n_levels + 1, n_out)
        For each category the effects of its levels, and of any other level last.
    missing : ndarray of shape (n_in, n_out) or None
        Effects of missing values; None if these give no number.
    """

    n_levels: np.ndarray
    levels: dict
    missing: np.ndarray | None

    @classmethod
    def of(cls, layer):
        """Take it from the data of a spline layer, a dict of `SplineLayer.as_data`."""
        n_levels = np.array(layer["levels"] or [0] * len(layer["lo"]))
        levels = {
            int(i): np.array([_row(row, n_levels[i] + 1) for row in layer["coef"][i]]).T
            for i in np.flatnonzero(n_levels)
        }
        missing = None
        if layer["absent"] is not None:
            pairs = zip(layer["coef"], layer["absent"], strict=True)
            missing = np.array([[np.dot(row, at) if row else 0.0 for row in rows] for rows, at in pairs])
        return cls(n_levels, levels, missing)

    @property
    def categories(self):
        """Which inputs are categories, a bool ndarray of shape (n_in,)."""
        return self.n_levels > 0


def _row(row, n):
    """The first coefficients of an edge, 0 if there is no edge."""
    return np.zeros(n) if row is None else row[:n]
