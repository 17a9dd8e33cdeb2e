"""What every layer can do.

A network knows its layers by this protocol only: a new kind of layer is a file beside this one. Layers with
edges, ``has_edges``, also have parameters and the attributes of `SplineLayer`; what is not of use to others is
not asked for here.

``forward`` and ``backward`` take and return arrays with one row a sample, as scikit-learn does. Training uses
``linearize``, features first and rows last: one pass that keeps what the derivatives need, so that nothing is
evaluated twice. All derivatives of a network are made of

- ``pull_to_input(local, S)``: sensitivities S of outputs to this layer's output, pulled back to its input;
- ``push(local, t, v)``: a change t of the input and v of the parameters, carried to the output;
- ``pull_to_theta(local, s)``: those of one scalar, pulled back to the parameters;
- ``fill_jacobian(local, s, out)``: the same row by row, not summed.
"""

from abc import ABC, abstractmethod
from typing import NamedTuple

import numpy as np


class Linearization(NamedTuple):
    """A layer at a block of n rows: its output and its local derivatives.

    Attributes
    ----------
    output : ndarray of shape (n_out, n)
    design : ndarray of shape (n_in, n_coef, n) or None
        Derivative of the output with respect to the coefficients, for unit sensitivity.
    slopes : ndarray or None
        Derivative with respect to the input: (n_in, n_out, n) for splines, (n_in, n) for Tanh.
    """

    output: np.ndarray
    design: np.ndarray | None
    slopes: np.ndarray | None


class Layer(ABC):
    """A layer of a network; this one has no parameters.

    Attributes
    ----------
    kind : str
        What it is called where a network is written down: pages, formulas, exported code.
    has_edges : bool
        Whether it consists of edges with a function each, and so has ``in_features``, ``out_features``, ``edges``,
        ``coef``, ``n_coef``, ``design``, ``functions`` and
        ``keep_edges``.
    n_params : int
    theta : ndarray of shape (n_params,)
        Parameters as a flat vector. Reading copies.
    """

    kind: str
    has_edges = False
    n_params = 0
    theta = np.zeros(0)
    theta.flags.writeable = False

    @abstractmethod
    def evaluator(self):
        """A function from x of shape (n_in, n) to the output of shape (n_out, n), valid until theta changes."""

    @abstractmethod
    def linearize(self, x, slopes=True, design=None):
        """Output and derivatives at a block x of shape (n_in, n), as a `Linearization`.

        Parameters
        ----------
        x : ndarray of shape (n_in, n)
        slopes : bool, default=True
            Whether derivatives with respect to x are wanted.
        design : ndarray of shape (n_in, n_coef, n), default=None
            The design at x if it is known.
        """

    @abstractmethod
    def pull_to_input(self, local, sensitivity):
        """Sensitivities (n_outputs, n_out, n) of the output, pulled back to the input: (n_outputs, n_in, n)."""

    @abstractmethod
    def push(self, local, tangent, direction):
        """Change of the output, (n_out, n), for one of the input, (n_in, n) or None for 0, and one of theta."""

    @abstractmethod
    def as_data(self):
        """All that the layer is, in full precision, as a dict of numbers, strings and lists; "type" is its kind."""

    def forward(self, X):
        """Output of the layer.

        Parameters
        ----------
        X : ndarray of shape (n_samples, n_in)

        Returns
        -------
        Y : ndarray of shape (n_samples, n_out)
        """
        return self.evaluator()(X.T).T

    def pull_to_theta(self, local, sensitivity):
        """Gradient (n_params,) from dL/dy of shape (n_out, n)."""
        return self.theta.copy()
