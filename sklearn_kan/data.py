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

    def take(self, mask):
        """The rows where a boolean mask of shape (n_samples,) is True."""
        weight = None if self.sample_weight is None else self.sample_weight[mask]
        return TrainingData(self.X[mask], self.Y[mask], weight)

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

    def location_and_scale(self):
        """Weighted mean and standard deviation of each target; the scale of a constant target is 1."""
        Y, weight = self.Y, self.sample_weight
        weight = np.full(len(Y), 1.0 / len(Y)) if weight is None else weight / weight.sum()
        mean = weight @ Y
        largest = np.abs(Y - mean).max(axis=0)
        # Rounding alone is no spread; and squares of 1e300 must not be formed.
        constant = largest <= 1e-13 * np.abs(mean)
        unit = np.where(constant | (largest == 0), 1.0, largest)
        scale = unit * np.sqrt(weight @ ((Y - mean) / unit) ** 2)
        return mean, np.where(constant, 1.0, scale)

    def standardised(self, mean, scale):
        """The same rows with targets (Y - mean) / scale."""
        return TrainingData(self.X, (self.Y - mean) / scale, self.sample_weight)

    def score(self, network):
        """1 - mean squared error of a network; for standardised targets R^2 against the training spread."""
        square = np.mean((network.forward(self.X) - self.Y) ** 2, axis=1)
        return 1.0 - float(np.average(square, weights=self.sample_weight))
