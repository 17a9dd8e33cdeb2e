"""A Kolmogorov-Arnold network: a stack of layers behind one flat parameter vector.

Derivatives with respect to the parameters are accumulated backwards. With S the sensitivities of
the network's outputs to the output of a layer, the layer's own Jacobian is the row-wise Kronecker
product of its basis values and S, and the layer below sees S pulled through the slopes of the edges.
"""

import numpy as np

from ..utils.data import row_slices
from ..utils.threads import keep_freed_memory, map_threads, one_blas_thread

# Bytes of one block of a network's widest arrays: large enough for BLAS, small enough for a cache.
_BLOCK_BYTES = 2**21


class KANNetwork:
    """A stack of layers.

    Parameters
    ----------
    layers : list of Layer
        The output of each feeds the next.

    Attributes
    ----------
    theta : ndarray of shape (n_params,)
        All parameters, layer by layer. Reading copies, assigning sets the layers.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_kan.layers import SplineLayer
    >>> from sklearn_kan.network import KANNetwork
    >>> network = KANNetwork([SplineLayer(2, 3), SplineLayer(3, 1)])
    >>> network
    KANNetwork(2 -> 3 -> 1, 9 edges, 72 parameters)
    >>> network.theta = np.ones(72)
    >>> network.forward(np.zeros((4, 2))).shape
    (4, 1)
    """

    def __init__(self, layers):
        self.layers = list(layers)

    def __repr__(self):
        sizes = [self.spline_layers[0].in_features, *(layer.out_features for layer in self.spline_layers)]
        edges = sum(int(layer.edges.sum()) for layer in self.spline_layers)
        return f"KANNetwork({' -> '.join(map(str, sizes))}, {edges} edges, {self.n_params} parameters)"

    @property
    def spline_layers(self):
        """The layers that have edges, in order."""
        return [layer for layer in self.layers if layer.has_edges]

    @property
    def n_params(self):
        """Length of theta."""
        return sum(layer.n_params for layer in self.layers)

    @property
    def n_outputs(self):
        """Width of the last layer."""
        return self.spline_layers[-1].out_features

    @property
    def theta(self):
        """All parameters, layer by layer."""
        return np.concatenate([layer.theta for layer in self.layers])

    @theta.setter
    def theta(self, values):
        if np.shape(values) != (self.n_params,):
            raise ValueError(f"theta must be of shape ({self.n_params},); got {np.shape(values)}.")
        for layer, part in zip(self.spline_layers, self.split(values), strict=True):
            layer.theta = part

    @property
    def widest(self):
        """Nodes of the widest layer, inputs left out."""
        return max(layer.out_features for layer in self.spline_layers)

    def split(self, values):
        """Views of a flat vector (or of the rows of a matrix), one for each spline layer."""
        return np.split(values, np.cumsum([layer.n_params for layer in self.spline_layers])[:-1])

    def block_rows(self):
        """Rows of a block, so that its arrays stay in a cache."""
        widest = max(layer.in_features * layer.n_coef for layer in self.spline_layers)
        return int(np.clip(_BLOCK_BYTES // (8 * max(widest, 1)), 64, 4096))

    def forward(self, X):
        """Output of the network.

        Parameters
        ----------
        X : ndarray of shape (n_samples, n_features)

        Returns
        -------
        Y : ndarray of shape (n_samples, n_outputs)
        """
        output = np.empty((len(X), self.n_outputs))
        step, evaluators = self.block_rows(), [layer.evaluator() for layer in self.layers]

        def fill(rows):
            values = np.ascontiguousarray(X[rows].T)
            for evaluate in evaluators:
                values = evaluate(values)
            output[rows] = values.T

        keep_freed_memory()
        with one_blas_thread():
            map_threads(fill, row_slices(len(X), step))
        return output

    def linearize(self, x, design=None, input_slopes=False):
        """All layers at a block of rows.

        Parameters
        ----------
        x : ndarray of shape (n_features, n)
        design : ndarray, default=None
            Design of the first layer, if it is known.
        input_slopes : bool, default=False
            Whether derivatives with respect to the input are wanted too.

        Returns
        -------
        locals : list of Linearization
        """
        chain = []
        for depth, layer in enumerate(self.layers):
            first = depth == 0
            chain.append(layer.linearize(x, slopes=input_slopes or not first, design=design if first else None))
            x = chain[-1].output
        return chain

    def backward(self, chain, sensitivity):
        """Gradient of a loss with respect to theta.

        Parameters
        ----------
        chain : list of Linearization
        sensitivity : ndarray of shape (n_outputs, n)
            Derivative of the loss with respect to the output of each row.

        Returns
        -------
        gradient : ndarray of shape (n_params,)
        """
        parts = []
        for layer, local, sensitivities in self.pulled(chain, sensitivity[None]):
            parts.append(layer.pull_to_theta(local, sensitivities[0]))
        return np.concatenate(parts[::-1])

    def push(self, chain, direction):
        """Change of the outputs, to first order, for a change of theta.

        Parameters
        ----------
        chain : list of Linearization
        direction : ndarray of shape (n_params,)

        Returns
        -------
        change : ndarray of shape (n_outputs, n)
        """
        tangent, start = None, 0
        for layer, local in zip(self.layers, chain, strict=True):
            stop = start + layer.n_params
            if tangent is not None or layer.n_params:
                tangent = layer.push(local, tangent, direction[start:stop])
            start = stop
        return np.zeros(chain[-1].output.shape) if tangent is None else tangent

    def fill_jacobian(self, chain, out):
        """Write the derivative of each output with respect to theta.

        Parameters
        ----------
        chain : list of Linearization
        out : ndarray of shape (n_outputs, n_params, n)
        """
        stop = out.shape[1]
        unit = np.repeat(np.eye(len(out))[:, :, None], out.shape[2], axis=2)
        for layer, local, sensitivities in self.pulled(chain, unit):
            start, stop = stop - layer.n_params, stop
            if layer.n_params:
                for part, sensitivity in zip(out[:, start:stop], sensitivities, strict=True):
                    layer.fill_jacobian(local, sensitivity, part)
            stop = start

    def pulled(self, chain, sensitivity):
        """Layers from last to first, each with the sensitivities of the outputs to its own output."""
        for depth in range(len(self.layers) - 1, -1, -1):
            layer, local = self.layers[depth], chain[depth]
            yield layer, local, sensitivity
            if depth:
                sensitivity = layer.pull_to_input(local, sensitivity)

    def jacobian(self, X):
        """Derivative of the outputs with respect to theta.

        Parameters
        ----------
        X : ndarray of shape (n_samples, n_features)

        Returns
        -------
        J : ndarray of shape (n_samples, n_outputs, n_params)
        """
        out = np.empty((self.n_outputs, self.n_params, len(X)))
        self.fill_jacobian(self.linearize(X.T), out)
        return out.transpose(2, 0, 1)

    def gradient(self, X):
        """Derivative of the outputs with respect to the input.

        Parameters
        ----------
        X : ndarray of shape (n_samples, n_features)

        Returns
        -------
        dYdX : ndarray of shape (n_samples, n_outputs, n_features)
        """
        out = np.empty((len(X), self.n_outputs, X.shape[1]))
        step = max(64, self.block_rows() // self.n_outputs)
        for rows in row_slices(len(X), step):
            x = X[rows].T
            chain = self.linearize(x, input_slopes=True)
            unit = np.repeat(np.eye(self.n_outputs)[:, :, None], x.shape[1], axis=2)
            for layer, local, sensitivities in self.pulled(chain, unit):
                last = layer, local, sensitivities
            layer, local, sensitivities = last
            out[rows] = layer.pull_to_input(local, sensitivities).transpose(2, 0, 1)
        return out

    def hidden_values(self, x):
        """Input of every layer and output of the last, at a block x of shape (n_features, n).

        As fits see them: to the last digits of a part of a grid, however small, see `kinks`.
        """
        values = [x]
        for layer in self.layers:
            values.append(layer.linearize(values[-1], slopes=False).output)
        return values
