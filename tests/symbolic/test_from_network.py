"""A network as a formula."""

import numpy as np
import pytest
from problems import NETWORKS, inputs

from sklearn_kan.symbolic.from_network import from_network


@pytest.mark.parametrize("name", NETWORKS)
def test_a_network_is_a_formula(name):
    network = NETWORKS[name]()
    mean, scale = np.arange(network.n_outputs) + 1.0, np.arange(network.n_outputs) + 2.0
    X = inputs(50, spread=0.9)
    graph = from_network(network, mean, scale)
    inside = np.ones(len(X), dtype=bool)
    for layer, values in zip(network.layers, network.hidden_values(X.T), strict=False):
        if hasattr(layer, "basis"):
            lo, hi = layer.basis.lo[:, None], layer.basis.hi[:, None]
            inside &= ((values >= lo) & (values <= hi)).all(axis=0)
    assert inside.sum() >= 5
    assert np.allclose(graph.forward(X)[inside], (mean + scale * network.forward(X))[inside], atol=1e-11)
