"""What was tried on the way to a model, and how much of it is in the model."""

from ..network.network import KANNetwork


def shape_of(network: KANNetwork):
    """Nodes of each hidden layer."""
    return tuple(layer.out_features for layer in network.spline_layers[:-1])


def structures(tried, kept, weights):
    """Structures in the order in which they were first tried.

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
        "hidden_layer_sizes"; "n_runs" and their "seconds"; "n_edges" and "n_params" of the first run, "loss" and
        "log_evidence" (None without) of the best; "weight" in the model, 0 of those that the evidence left out.
    """
    parts = {id(outcome): weight for outcome, weight in zip(kept, weights / weights.sum(), strict=True)}
    groups = {}
    for outcome in tried:
        groups.setdefault(shape_of(outcome.network), []).append(outcome)
    return [_structure(sizes, outcomes, parts) for sizes, outcomes in groups.items()]


def _structure(sizes, outcomes, parts):
    """One of them."""
    network = outcomes[0].network
    known = [outcome.log_evidence for outcome in outcomes if outcome.evidence is not None]
    return {
        "hidden_layer_sizes": sizes,
        "n_runs": len(outcomes),
        "n_edges": sum(int(layer.edges.sum()) for layer in network.spline_layers),
        "n_params": network.n_params,
        "loss": float(min(outcome.loss for outcome in outcomes)),
        "log_evidence": float(max(known)) if known else None,
        "weight": float(sum(parts.get(id(outcome), 0.0) for outcome in outcomes)),
        "seconds": sum(outcome.seconds for outcome in outcomes),
    }
