r"""Where the parameters of a network may be whose edges rise or fall by demand: a cone, and its faces.

The coefficients c of an edge of sign s = 1 or -1 that may not fall or rise are, in other variables,

    c_0 = d_0,    c_r = c_{r-1} + s d_r,    d_r >= 0,

so that the cone is a set of bounds [1]_. With theta = T d, gradients become T^T g and matrices T^T H T.

Where increments are 0 the parameters lie on a face of the cone, with fewer dimensions: what the data know and what the
prior says (see `penalty`) is counted on it. Of d only the free part F is left, and the posterior covariance is
T_F (T_F^T H T_F)^-1 T_F^T.

References
----------
.. [1] N. Pya and S. N. Wood, "Shape constrained additive models", Statistics and Computing 25, 2015.
"""

from typing import NamedTuple

import numpy as np

from ..layers.monotone import nearest_in_order


def cone_of(network):
    """The cone of a network, or None where no edge has a sign."""
    signed = any((layer.signs[layer.edges] != 0).any() for layer in network.spline_layers)
    return Cone(network) if signed else None


class Cone:
    """Parameters of a network with signs.

    Parameters
    ----------
    network : KANNetwork

    Attributes
    ----------
    layers : list of SplineLayer
    bounded : bool ndarray of shape (n_params,)
        Which of the d may not be negative.
    """

    def __init__(self, network):
        self.layers, self._chains, start = network.spline_layers, [], 0
        self.bounded = np.zeros(network.n_params, dtype=bool)
        for layer in self.layers:
            signs = layer.signs[layer.edges]
            places = layer.spread(np.arange(start, start + layer.n_params))[signs != 0, : layer.n_splines]
            self._chains.append((places, signs[signs != 0]))
            self.bounded[places[:, 1:]] = True
            start += layer.n_params

    def increments(self, theta):
        """d for parameters of shape (n_params,); negative ones, by rounding, are 0."""
        d = theta.copy()
        for places, signs in self._chains:
            d[places[:, 1:]] = np.maximum(signs[:, None] * np.diff(theta[places], axis=1), 0.0)
        return d

    def coefficients(self, d):
        """Theta = T d for a vector of shape (n_params,), in order to the last bit."""
        theta = d.copy()
        for places, signs in self._chains:
            steps = d[places]
            steps[:, 1:] *= signs[:, None]
            theta[places] = np.cumsum(steps, axis=1)
        return theta

    def pull(self, values):
        """T^T times an array of shape (n_params, n), or a vector."""
        return self._multiplied(values, lambda signs, n_coef: _chain(signs, n_coef).transpose(0, 2, 1))

    def push(self, values):
        """T times an array of shape (n_params, n)."""
        return self._multiplied(values, _chain)

    def _multiplied(self, values, matrix):
        """A matrix of each edge with a sign times its part of an array."""
        product = values.copy()
        for places, signs in self._chains:
            parts = values[places].reshape(*places.shape, -1)
            product[places] = (matrix(signs, places.shape[1]) @ parts).reshape(*places.shape, *values.shape[1:])
        return product

    def nearest(self, theta):
        """The parameters of the cone nearest to given ones."""
        theta = theta.copy()
        for places, signs in self._chains:
            theta[places] = nearest_in_order(theta[places], signs)
        return theta

    def face(self, theta):
        """The face on which parameters lie."""
        return Face(self, ~(self.bounded & (self.increments(theta) <= 0)))


class Face(NamedTuple):
    """The part of a cone where some increments are 0.

    Attributes
    ----------
    cone : Cone
    free : bool ndarray of shape (n_params,)
        Which of the d are not 0.
    """

    cone: Cone
    free: np.ndarray

    def restricted(self, H):
        """The matrix T_F^T H T_F of a symmetric H."""
        pulled = self.cone.pull(self.cone.pull(H).T)
        return pulled[np.ix_(self.free, self.free)]

    def extended(self, root):
        """A square root of T_F C T_F^T, given one of C; triangular by edge if that is."""
        full = np.zeros((len(self.free), len(self.free)))
        full[np.ix_(self.free, self.free)] = root
        return self.cone.push(full.T).T

    def of_layer(self, number):
        """T and which d are free for the edges of one layer, of shape (n_edges, n_coef, n_coef) and (n_edges, n_coef).

        None where no edge of the layer has a sign.
        """
        layer, start = self.cone.layers[number], sum(layer.n_params for layer in self.cone.layers[:number])
        signs = layer.signs[layer.edges]
        if not signs.any():
            return None
        T, m = np.tile(np.eye(layer.n_coef), (len(signs), 1, 1)), layer.n_splines
        T[signs != 0, :m, :m] = _chain(signs[signs != 0], m)
        return T, layer.spread(self.free[start : start + layer.n_params])


def _chain(signs, n_coef):
    """The blocks of T for edges of some signs, shape (n_edges, n_coef, n_coef)."""
    return np.tri(n_coef) * np.where(np.arange(n_coef) > 0, signs[:, None, None], 1)
