"""The Jacobian of one output against that of the network."""

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from problems import ALL_NETWORKS, inputs

from sklearn_kan.objective.jacobian import jacobian_of_output


@pytest.mark.parametrize("name", ALL_NETWORKS)
def test_only_columns_of_zeros_are_left_out(name):
    network, X = ALL_NETWORKS[name](), inputs(20)
    J = network.jacobian(X)
    chain = network.linearize(X.T)
    for output in range(network.n_outputs):
        columns, part = jacobian_of_output(network, chain, output)
        whole = np.zeros((network.n_params, 20))
        whole[columns] = part
        assert_array_equal(whole.T, J[:, output])
        if network.layers[-1].has_edges:
            assert len(columns) <= network.n_params - network.layers[-1].edges.sum() + network.layers[-1].edges.size


def test_edges_to_other_outputs_are_not_among_the_columns():
    network = ALL_NETWORKS["single"]()
    columns = [jacobian_of_output(network, network.linearize(inputs(5).T), output)[0] for output in range(3)]
    assert sorted(np.concatenate(columns)) == list(range(network.n_params))
