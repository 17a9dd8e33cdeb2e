"""The rows of a table as formulas see them: some fitted to, some held out, targets standardised."""

import numpy as np


class SplitRows:
    """Rows to fit to and rows held out, targets standardised by the former."""

    def __init__(self, X, Y, fraction, random_state):
        aside = np.zeros(len(X), dtype=bool)
        count = min(max(round(fraction * len(X)), 1), len(X) - 2)
        aside[random_state.permutation(len(X))[:count]] = True
        self.aside = aside
        spread = Y[~aside].std(axis=0)
        self.mean, self.scale = Y[~aside].mean(axis=0), np.where(spread > 0, spread, 1.0)
        Z = (Y - self.mean) / self.scale
        self.fitted, self.held_out = (X[~aside], Z[~aside]), (X[aside], Z[aside])

    def in_units(self, Y):
        """Standardised targets in the units of y."""
        return self.mean + self.scale * Y
