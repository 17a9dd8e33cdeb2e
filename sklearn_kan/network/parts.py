r"""What a prediction is put together of: curves of one feature, surfaces of two, both linear between nodes.

Each part has a block of columns of a least squares problem. Columns of a curve are hats (see `hats`) less their mean
over the rows. Columns of a surface are products of hats less what hats of one of the two features can say: with
H the single hats side by side, T the products and W the weights of rows,

    T - H G,    G = (H^T W H)^+ H^T W T,

so that a surface is orthogonal to all functions of one of its features. As hats sum to 1, the surface with
coefficients c has the values c_kl - (G c)_k - (G c)_l at the nodes and is bilinear between them.
"""

from typing import NamedTuple

import numpy as np

from .hats import products


class Part(NamedTuple):
    """A curve or a surface.

    Attributes
    ----------
    features : tuple of int
        One or two.
    hats : tuple of Hats
        Of these features.
    values : ndarray of shape (n_nodes, k) or (n_nodes, n_nodes, k)
        At the nodes, of k outputs; of mean 0 over the rows.
    """

    features: tuple
    hats: tuple
    values: np.ndarray

    def at(self, X):
        """Values at rows, shape (n_samples, k)."""
        designs = [hats.design(X[:, i]) for i, hats in zip(self.features, self.hats, strict=True)]
        flat = self.values.reshape(-1, self.values.shape[-1])
        return (designs[0] if len(designs) == 1 else products(*designs)) @ flat


class CurveBlock:
    """The columns of a curve.

    Parameters
    ----------
    feature : int
    hats : Hats
    X : ndarray of shape (n_samples, n_features)
    weight : ndarray of shape (n_samples,)
        Of sum 1.

    Attributes
    ----------
    features : tuple of int
    design : ndarray of shape (n_samples, n_coef)
    """

    def __init__(self, feature, hats, X, weight):
        self.features, self.hats = (feature,), hats
        design = hats.design(X[:, feature])
        self.means = weight @ design
        self.design = design - self.means

    def roughness(self):
        """The matrix D of the roughness c^T D c."""
        return self.hats.roughness()

    def part(self, coef):
        """The curves of coefficients of shape (n_coef, k)."""
        return Part(self.features, (self.hats,), coef - self.means @ coef)


class SurfaceBlock:
    """The columns of a surface; parameters and attributes as those of `CurveBlock`, with two features and hats."""

    def __init__(self, features, hats, X, weight):
        self.features, self.hats = features, hats
        single = [h.design(X[:, i]) for i, h in zip(features, hats, strict=True)]
        both, alone = products(*single), np.hstack(single)
        weighted = alone.T * weight
        self.marginals = np.linalg.pinv(weighted @ alone, rcond=1e-10, hermitian=True) @ (weighted @ both)
        self.design = both - alone @ self.marginals

    def roughness(self):
        """That of its sections, averaged over the nodes of the other feature."""
        (first, second), (a, b) = (h.roughness() for h in self.hats), (h.size for h in self.hats)
        return np.kron(first, np.eye(b) / b) + np.kron(np.eye(a) / a, second)

    def part(self, coef):
        """The surfaces of coefficients of shape (n_coef, k)."""
        a, b = (h.size for h in self.hats)
        alone = self.marginals @ coef
        return Part(self.features, self.hats, coef.reshape(a, b, -1) - alone[:a, None] - alone[None, a:])

    def gain(self, target, weight):
        """Mean square of a target, of shape (n_samples, k), that the surface explains, less what it does of noise."""
        weighted = self.design.T * weight
        inverse = np.linalg.pinv(weighted @ self.design, rcond=1e-6, hermitian=True)
        right = weighted @ target
        explained, total = float(np.sum(right * (inverse @ right))), mean_square(target, weight)
        free = np.prod([h.size - 1 for h in self.hats])
        return explained - free * float(np.sum(weight**2)) * (total - explained)


def mean_square(values, weight):
    """Weighted mean of the squared length of rows."""
    return float(weight @ np.sum(values**2, axis=1))
