"""Which edges a network has whose hidden nodes see only features of one group.

Each hidden node belongs to a group. A node of the first hidden layer has edges from the features of its group, one of a
later layer from the nodes of its group, and all nodes may lead to the outputs. So the network is a sum of networks,
one for each group, and what two features do together is in a group that has both, or is nothing.

The nodes of a layer are shared out evenly. A group of several features has two at least: one alone is
phi(f(a) + g(b)), which is not a product of numbers of either sign. A group of one feature needs no second.
"""

from itertools import pairwise

import numpy as np

# Nodes of a group of several features in each layer, at least.
_FEWEST_NODES = 2


def share_out(groups, n_nodes):
    """The group of each node of a hidden layer of about so many nodes: rounded up, so that groups have equal parts.

    Parameters
    ----------
    groups : tuple of tuples of int
        Features of each group.
    n_nodes : int

    Returns
    -------
    owners : int ndarray of shape (n_owners,)
        Group of each node, in the order of the groups. Sharing out ``len(owners)`` nodes gives the same.
    """
    several = np.array([len(group) > 1 for group in groups])
    n_several = max(int(several.sum()), 1)
    each = max(-((several.size - several.sum() - n_nodes) // n_several), _FEWEST_NODES)
    return np.repeat(np.arange(len(groups)), np.where(several, each, 1))


def edge_masks(groups, widths):
    """Edges that a network of some widths may have.

    Parameters
    ----------
    groups : tuple of tuples of int or None
        None: all features are one group.
    widths : sequence of int
        Features, nodes of each hidden layer, outputs.

    Returns
    -------
    masks : list of bool ndarray of shape (n_in, n_out), one a layer
    """
    if groups is None:
        return [np.ones(shape, dtype=bool) for shape in pairwise(widths)]
    members = np.zeros((widths[0], len(groups)), dtype=bool)
    for number, group in enumerate(groups):
        members[list(group), number] = True
    below, masks = members, []
    for width in widths[1:-1]:
        own = share_out(groups, width)[:, None] == np.arange(len(groups))
        masks.append((below[:, None] & own).any(axis=2))
        below = own
    return [*masks, np.ones((widths[-2], widths[-1]), dtype=bool)]


def features_seen(network):
    """Which features each node sees, a bool ndarray of shape (n_features, n_nodes) for features and every layer."""
    seen = [np.eye(network.spline_layers[0].in_features, dtype=bool)]
    for layer in network.spline_layers:
        seen.append(seen[-1] @ layer.edges)
    return seen
