"""What was tried on the way to a model, and how much of it is in the model."""

from ..network.network import KANNetwork


def shape_of(network: KANNetwork):
    """Nodes of each hidden layer."""
    return tuple(layer.out_features for layer in network.spline_layers[:-1])


def structures(tried, kept, weights):
    """Structures, those with fewest and narrowest layers first: runs in threads end in any order.

    Parameters
    ----------
    tried : list of Outcome
        Of all runs.
    kept : list of Outcome
        Those of them that the model is made of.
    weights : ndarray of shape (n_kept,)

    Returns
    -------
    structures : list of dict
        "hidden_layer_sizes"; "n_runs" and their "seconds"; "n_edges", "n_params", "loss" and "log_evidence" (None
        without) of the best run; "weight" in the model, 0 of those that the evidence left out.
    """
    parts = {id(outcome): weight for outcome, weight in zip(kept, weights / weights.sum(), strict=True)}
    groups = {}
    for outcome in tried:
        groups.setdefault(shape_of(outcome.network), []).append(outcome)
    return [_structure(sizes, groups[sizes], parts) for sizes in sorted(groups, key=lambda sizes: (len(sizes), sizes))]


def _structure(sizes, outcomes, parts):
    """One of them."""
    best = max(outcomes, key=lambda outcome: (outcome.log_evidence, -outcome.loss))
    network = best.network
    return {
        "hidden_layer_sizes": sizes,
        "n_runs": len(outcomes),
        "n_edges": sum(int(layer.edges.sum()) for layer in network.spline_layers),
        "n_params": network.n_params,
        "loss": float(best.loss),
        "log_evidence": None if best.evidence is None else float(best.log_evidence),
        "weight": float(sum(parts.get(id(outcome), 0.0) for outcome in outcomes)),
        "seconds": sum(outcome.seconds for outcome in outcomes),
    }
