"""Losses, each with its link.

A loss compares targets y with raw predictions f, both of shape (n_outputs, n). It gives the value,
the first derivative and a positive curvature with respect to f of each entry; solvers need no more.
"""


class HalfSquaredError:
    """(f - y)^2 / 2 with the identity link."""

    @staticmethod
    def value(y, f):
        """Loss of each entry, shape kept."""
        return 0.5 * (f - y) ** 2

    @staticmethod
    def gradient(y, f):
        """Derivative with respect to f, shape kept."""
        return f - y

    @staticmethod
    def curvature(y, f):
        """Second derivative with respect to f; None stands for 1 everywhere."""
        return None

    @staticmethod
    def inverse_link(f):
        """Prediction from raw prediction."""
        return f
