"""The rows of a table as training sees them: features, targets and weights kept together."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class TrainingData:
    """Rows with targets and weights.

    Attributes
    ----------
    X : ndarray of shape (n_samples, n_features)
    Y : ndarray of shape (n_samples, n_outputs)
    sample_weight : ndarray of shape (n_samples,) or None
        None stands for equal weights.
    """

    X: np.ndarray
    Y: np.ndarray
    sample_weight: np.ndarray | None = None

    @property
    def total_weight(self):
        """How many observations the rows stand for."""
        return float(len(self.X) if self.sample_weight is None else self.sample_weight.sum())

    def take(self, rows):
        """Some rows, by a boolean mask of shape (n_samples,) or by their numbers."""
        weight = None if self.sample_weight is None else self.sample_weight[rows]
        return TrainingData(self.X[rows], self.Y[rows], weight)

    def weighted_only(self, at_least):
        """Only the rows of positive weight; ValueError if there are not at least so many."""
        weighted = self
        if self.sample_weight is not None and np.any(self.sample_weight == 0):
            weighted = self.take(self.sample_weight > 0)
        if len(weighted.X) < at_least:
            raise ValueError(
                f"X must have at least {at_least} rows of positive weight; got n_samples={len(weighted.X)}. "
                "Pass more rows, or give more of them a positive sample_weight."
            )
        return weighted

    def with_targets(self, Y):
        """The same rows with other targets."""
        return TrainingData(self.X, Y, self.sample_weight)
