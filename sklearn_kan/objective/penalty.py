r"""The prior on the splines of a network: roughness and ridge of every edge, grouped.

Each edge e has the quadratic form c^T (a_e R + b_e Q) c on its coefficients c, with R the roughness of
its spline and Q a ridge, both scaled so that they approximate integrals over the grid mapped to [-1, 1],

    c^T R c  ~  int phi''(z)^2 dz,        c^T Q c  ~  int phi(z)^2 dz,

and therefore mean the same on every grid size. R does not see straight lines; how large they may be is
up to b, how far splines may bend away from them is up to a. Edges of one group share a and b:

    "layer"   all edges of a layer,
    "input"   all edges that leave one node,
    "edge"    each edge for itself.

As Q is a multiple of the unit matrix, the eigenvalues of R give every determinant and trace of the
prior at once. On a face of a cone (see `cone`) both become T_F^T R T_F and T_F^T Q T_F, and their generalised
eigenvalues, those of L^-1 R L^-T with Q = L L^T, do.
"""

from functools import cached_property

import numpy as np

# Strength of the ridge beside that of the roughness where a single number is given for both.
RIDGE = 1e-2
RELEVANCES = ("layer", "input", "edge")


class Penalty:
    """Roughness and ridge of all edges of a network, in groups: one quadratic form theta^T S theta.

    Parameters
    ----------
    network : KANNetwork
    relevance : {"layer", "input", "edge"}, default="layer"
        Which edges form a group.
    strengths : list of ndarray of shape (2, in_features, out_features), default=None
        Strengths by edge, one array for each layer (see `by_edge`); None: 1 and RIDGE.

    Attributes
    ----------
    strengths : ndarray of shape (2, n_groups)
        Strength of the roughness and of the ridge of each group; may be set.
    group : int ndarray of shape (n_edges,)
        Group of each edge, in the order of theta.
    """

    def __init__(self, network, relevance="layer", strengths=None):
        self._layers = network.spline_layers
        self._roughness = [_roughness(layer) for layer in self._layers]
        self._rows = [np.nonzero(layer.edges)[0] for layer in self._layers]
        self._ridge = [layer.basis.ridge()[rows] for layer, rows in zip(self._layers, self._rows, strict=True)]
        groups, start = [], 0
        for layer in self._layers:
            number, size = _group_numbers(layer.edges, relevance)
            groups.append(number + start)
            start += size
        self.group = np.concatenate(groups)
        self.strengths = np.array([[1.0], [RIDGE]]) * np.ones(start)
        if strengths is not None:
            parts = [values[:, layer.edges] for values, layer in zip(strengths, self._layers, strict=True)]
            self.strengths[:, self.group] = np.concatenate(parts, axis=1)

    @classmethod
    def fixed(cls, network, alpha):
        """The penalty of one number: alpha for the roughness and RIDGE of it for the ridge of every edge."""
        penalty = cls(network)
        penalty.strengths *= alpha
        return penalty

    def by_edge(self):
        """Strengths by edge, 0 where there is none: for each layer an array of shape (2, in_features, out_features)."""
        strengths = [np.zeros((2, *layer.edges.shape)) for layer in self._layers]
        for values, layer, part in zip(strengths, self._layers, self._by_layer(), strict=True):
            values[:, layer.edges] = part
        return strengths

    def value(self, theta):
        """theta^T S theta / 2."""
        return 0.5 * float(theta @ self.apply(theta))

    def apply(self, theta):
        """S theta, shape (n_params,)."""
        parts = []
        for layer, part, blocks in zip(self._layers, self._split(theta), self._blocks(), strict=True):
            parts.append(layer.gather(np.matmul(blocks, part[:, :, None])[:, :, 0]))
        return np.concatenate(parts)

    def matrix(self):
        """S, shape (n_params, n_params)."""
        size = sum(layer.n_params for layer in self._layers)
        S = np.zeros((size, size))
        self.add_to(S)
        return S

    def add_to(self, H):
        """Add S to a matrix H of shape (n_params, n_params), in place."""
        start = 0
        for layer, rows, blocks in zip(self._layers, self._rows, self._blocks(), strict=True):
            for i, block in zip(rows, blocks, strict=True):
                own = layer.own(i)
                block = block[own][:, own]
                stop = start + len(block)
                H[start:stop, start:stop] += block
                start = stop

    def by_input(self):
        """S of the edges that leave each node, for each layer an array (in_features, n_coef, n_coef).

        Only where those edges are in one group. Nodes without edges have 0.
        """
        for layer, rows, blocks in zip(self._layers, self._rows, self._blocks(), strict=True):
            S = np.zeros((layer.in_features, layer.n_coef, layer.n_coef))
            S[rows] = blocks
            yield S

    def energies(self, theta):
        """c^T R c and c^T Q c summed over each group, shape (2, n_groups)."""
        return self._grouped(
            np.array([np.einsum("ep,epq,eq->e", part, R[rows], part), ridge * np.sum(part**2, axis=1)])
            for part, R, rows, ridge in zip(self._split(theta), self._roughness, self._rows, self._ridge, strict=True)
        )

    def traces(self, root):
        """tr(M R) and tr(M Q) summed over each group, for M = root^T root and a lower triangular root."""
        parts, start = [], 0
        for layer, R, rows, ridge in zip(self._layers, self._roughness, self._rows, self._ridge, strict=True):
            blocks = np.zeros((len(rows), layer.n_coef, layer.n_coef))
            for i, block in zip(rows, blocks, strict=True):
                own = np.arange(layer.n_coef)[layer.own(i)]
                columns = root[start:, start : start + len(own)]
                block[own[:, None], own] = columns.T @ columns
                start += len(own)
            parts.append(np.array([np.einsum("epq,epq->e", blocks, R[rows]), ridge * np.einsum("epp->e", blocks)]))
        return self._grouped(parts)

    def prior_traces(self, face=None):
        """tr(S^-1 R) and tr(S^-1 Q) summed over each group, on a face of the cone if there is one."""
        return self._grouped(
            np.array([np.sum(values / total, axis=1), ridge * np.sum(1.0 / total, axis=1)])
            for values, total, ridge, _ in self._spectra(face)
        )

    def log_determinant(self, face=None):
        """log det S, on a face of the cone if there is one."""
        return float(sum(np.log(total[np.isfinite(total)]).sum() + more for _, total, _, more in self._spectra(face)))

    def _spectra(self, face):
        """For each layer the eigenvalues of R and of a R + b Q of every edge, and the scale of Q.

        Last what log det S has more than they: on a face the eigenvalues are those of L^-1 R L^-T and its scale is 1.
        Coefficients that an edge does not have are 0 and infinitely well known: their precision is infinite.
        """
        parts = zip(self._layers, self._by_layer(), self._roughness, self._rows, self._ridge, strict=True)
        for number, (layer, (a, b), R, rows, ridge) in enumerate(parts):
            bounds = None if face is None else face.of_layer(number)
            if bounds is not None:
                values, log_scale = _on_face(R[rows], ridge, *bounds)
                total = a[:, None] * values + b[:, None]
                total[np.arange(layer.n_coef) < layer.n_coef - bounds[1].sum(axis=1)[:, None]] = np.inf
                yield values, total, np.ones(len(rows)), log_scale
                continue
            values = self._eigenvalues[number]
            total = a[:, None] * values + (b * ridge)[:, None]
            if layer.used is not None:
                # They are among the eigenvalues 0, which come first.
                total[np.arange(layer.n_coef) < layer.n_coef - layer.used.sum(axis=1)[rows][:, None]] = np.inf
            yield values, total, ridge, 0.0

    @cached_property
    def _eigenvalues(self):
        """Eigenvalues of R of every edge, in ascending order, for each layer an array of shape (n_edges, n_coef)."""
        parts = zip(self._roughness, self._rows, strict=True)
        return [np.maximum(np.linalg.eigvalsh(R), 0.0)[rows] for R, rows in parts]

    def _blocks(self):
        """S of every edge, for each layer an array of shape (n_edges, n_coef, n_coef)."""
        strengths = self._by_layer()
        for (a, b), R, rows, ridge in zip(strengths, self._roughness, self._rows, self._ridge, strict=True):
            yield a[:, None, None] * R[rows] + (b * ridge)[:, None, None] * np.eye(R.shape[1])

    def _by_layer(self):
        """Strengths of every edge, for each layer an array of shape (2, n_edges)."""
        return np.split(self.strengths[:, self.group], np.cumsum([len(rows) for rows in self._rows])[:-1], axis=1)

    def _split(self, theta):
        """Coefficients of every edge, for each layer an array of shape (n_edges, n_coef)."""
        parts = np.split(theta, np.cumsum([layer.n_params for layer in self._layers])[:-1])
        return [layer.spread(part) for part, layer in zip(parts, self._layers, strict=True)]

    def _grouped(self, parts):
        """Sums over the groups, shape (2, n_groups), of values by layer and edge."""
        values = np.concatenate(list(parts), axis=1)
        return np.array([np.bincount(self.group, weights=row, minlength=self.strengths.shape[1]) for row in values])


def _on_face(R, ridge, T, free):
    """Eigenvalues of the roughness of edges in units of the ridge, those of bounds 0 and first, and log det of that."""
    both = free[:, :, None] & free[:, None]
    roughness = np.where(both, T.transpose(0, 2, 1) @ R @ T, 0.0)
    unit = np.where(both, ridge[:, None, None] * (T.transpose(0, 2, 1) @ T), np.eye(free.shape[1]))
    factor = np.linalg.cholesky(unit)
    inverse = np.linalg.inv(factor)
    values = np.maximum(np.linalg.eigvalsh(inverse @ roughness @ inverse.transpose(0, 2, 1)), 0.0)
    return values, 2 * float(np.sum(np.log(np.diagonal(factor, axis1=1, axis2=2))))


def _group_numbers(edges, relevance):
    """Group of each existing edge of a layer, and how many groups the layer has."""
    i, _ = np.nonzero(edges)
    if relevance == "layer":
        return np.zeros(len(i), dtype=int), 1
    if relevance == "input":
        return i, edges.shape[0]
    return np.arange(len(i)), len(i)


def _roughness(layer):
    """R of an edge that leaves each input, shape (in_features, n_coef, n_coef)."""
    n = layer.n_basis
    blocks = np.zeros((layer.in_features, layer.n_coef, layer.n_coef))
    blocks[:, :n, :n] = layer.basis.roughness()
    return blocks
