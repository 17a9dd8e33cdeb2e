"""Edge masks: hidden nodes see features of one group, through all layers."""

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from small_plans import make_architecture, rng, table

from sklearn_kan.network.groups import edge_masks, features_seen, share_out
from sklearn_kan.network.initialisation import initialise


@pytest.mark.parametrize(
    "groups, n_nodes, expected",
    [
        (((0, 1), (2, 3)), 4, [0, 0, 1, 1]),
        (((0, 1), (2, 3)), 5, [0, 0, 0, 1, 1, 1]),
        (((0, 1), (1, 2)), 1, [0, 0, 1, 1]),
        (((0, 1, 2), (3,)), 4, [0, 0, 0, 1]),
        (((0,), (1,)), 7, [0, 1]),
    ],
)
def test_nodes_are_shared_out_evenly(groups, n_nodes, expected):
    owners = share_out(groups, n_nodes)
    assert_array_equal(owners, expected)
    assert_array_equal(share_out(groups, len(owners)), owners)


def test_no_node_sees_two_groups_and_every_feature_is_seen():
    groups = ((0, 1), (1, 2), (3,))
    widths = (4, *(len(share_out(groups, size)) for size in (6, 5)), 2)
    seen = np.eye(4, dtype=bool)
    for mask in edge_masks(groups, widths)[:-1]:
        seen = seen @ mask
        assert {tuple(np.flatnonzero(column)) for column in seen.T} == set(groups)
    assert edge_masks(groups, widths)[-1].all()


def test_a_network_starts_within_its_groups():
    architecture = make_architecture((2, 2), groups=((0,), (1,)))
    network = initialise(architecture, table(), rng())
    assert_array_equal(features_seen(network)[2], np.eye(2, dtype=bool))
    assert network.n_params == architecture.n_params(2, 1) == 6 * 7
