"""A layer that keeps values on a fixed grid."""

import numpy as np

from .base import Layer, Linearization


class Tanh(Layer):
    """A layer without parameters that keeps values on the grid [-1, 1]: y = tanh(x).

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_kan.layers import Tanh
    >>> Tanh().forward(np.array([[0.0, 100.0]]))
    array([[0., 1.]])
    """

    kind = "tanh"

    def __repr__(self):
        return "Tanh()"

    def evaluator(self):
        """The function tanh, for x of shape (n_features, n)."""
        return np.tanh

    def backward(self, X, dY):
        """No parameter gradient, and dL/dX of shape (n_samples, n_features)."""
        return None, dY * (1 - np.tanh(X) ** 2)

    def linearize(self, x, slopes=True, design=None):
        """Output and slopes at a block x of shape (n_features, n)."""
        output = np.tanh(x)
        return Linearization(output, None, 1 - output**2)

    def pull_to_input(self, local, sensitivity):
        """Sensitivities of shape (n_outputs, n_features, n), pulled back to the input."""
        return sensitivity * local.slopes

    def push(self, local, tangent, direction):
        """Change of the output for one of the input; there are no parameters."""
        return tangent * local.slopes

    def as_data(self):
        """Its kind is all there is."""
        return {"type": self.kind}
