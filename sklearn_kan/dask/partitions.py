"""Tables of dask as partitions on the workers of a cluster, checked there.

A partition is a tuple of features, targets and weights (or None), of as many rows each. It is the result of a task on
the collections that were given, so that dask computes it again if its worker is lost.
"""

from typing import NamedTuple

import dask.array as da
import numpy as np
from dask import delayed
from dask.base import is_dask_collection
from sklearn.utils import check_array

from ..estimators.columns import Columns, chosen_columns, columns_of, encoded, has_categories
from ..utils.data import are_repetitions
from ..utils.tables import refuse_masks_and_dates


class Partitions(NamedTuple):
    """What is on the workers.

    Attributes
    ----------
    futures : list of Future
        Of partitions with rows.
    lengths : list of int
        Their numbers of rows.
    weight_unit : float
        How many observations a weight of 1 stood for; see `utils.data.observations`.
    """

    futures: list
    lengths: list
    weight_unit: float = 1.0

    @property
    def n_rows(self):
        """Rows of all of them."""
        return sum(self.lengths)


def load(client, X, y, sample_weight, columns=None):
    """Convert and check collections where they are.

    Parameters
    ----------
    client : Client
    X, y, sample_weight : dask arrays, data frames or series; weights may be None
        Cut into the same rows, or arrays whose chunks are known.
    columns : Columns, default=None
        If there are categories.

    Returns
    -------
    partitions : Partitions

    Raises
    ------
    ValueError
        If they do not fit together, or values cannot be used.
    """
    X_parts = _parts(X)
    chunks = X.chunks[0] if isinstance(X, da.Array) and not np.isnan(X.chunks[0]).any() else None
    tables = [X_parts, _parts(y, "y", chunks)]
    tables.append([None] * len(X_parts) if sample_weight is None else _parts(sample_weight, "sample_weight", chunks))
    if len({len(table) for table in tables}) > 1:
        raise ValueError(
            "X, y and sample_weight must be cut into the same partitions; "
            f"got {[len(table) for table in tables]}. Use repartition, or compute_chunk_sizes and rechunk."
        )
    futures = client.compute([delayed(_checked)(*row, columns) for row in zip(*tables, strict=True)])
    futures, lengths = with_rows(client, futures)
    if sample_weight is None or not futures:
        return Partitions(futures, lengths)
    return _observed(client, futures, lengths)


def columns_of_all(client, X, asked):
    """Columns of a collection with the levels that are in any partition; None if there are only numbers.

    Parameters
    ----------
    client : Client
    X : dask array or data frame
    asked : as the parameter `categorical_features`
    """
    if X.ndim != 2:
        raise ValueError(f"X must have rows and columns; got {X.ndim} dimension(s). Reshape it, e.g. X[:, None].")
    like = getattr(X, "_meta_nonempty", np.zeros((1, X.shape[1])))
    if not has_categories(like, asked):
        return None
    chosen = chosen_columns(like, asked)
    return Columns.joined(client.gather(client.compute([delayed(columns_of)(part, chosen) for part in _parts(X)])))


def with_rows(client, futures):
    """Partitions without those that are empty, and their numbers of rows."""
    lengths = client.gather(client.map(_length, futures, pure=False))
    known = [(future, length) for future, length in zip(futures, lengths, strict=True) if length]
    return [future for future, _ in known], [length for _, length in known]


def _observed(client, futures, lengths):
    """Partitions whose weights are counted as observations, as `utils.data.observations` does."""
    facts = client.gather(client.map(_weight_facts, futures, pure=False))
    largest = max(fact[1] for fact in facts)
    mean = sum(fact[1] / largest * fact[2] for fact in facts) / sum(lengths)
    if are_repetitions(all(fact[0] for fact in facts), largest, mean):
        return Partitions(futures, lengths)
    futures = client.map(_scaled, futures, largest=largest, mean=mean, pure=False)
    return Partitions(futures, lengths, float(np.float64(1.0) / largest / mean))


def gather(client, partitions):
    """All rows in one partition, here."""
    parts = client.gather(partitions.futures)
    X, y, weights = zip(*parts, strict=True)
    weight = None if any(w is None for w in weights) else np.concatenate(weights)
    return np.concatenate(X), np.concatenate(y), weight


def _parts(collection, name="X", chunks=None):
    """The partitions of a collection, each a Delayed; arrays are cut like `chunks` if that is given."""
    if not is_dask_collection(collection):
        raise TypeError(f"{name} must be a dask collection, as X is one; got {type(collection).__name__}.")
    if isinstance(collection, da.Array):
        if chunks is not None and not np.isnan(collection.chunks[0]).any():
            if sum(chunks) != collection.shape[0]:
                raise ValueError(f"X has {sum(chunks)} rows and {name} has {collection.shape[0]}.")
            collection = collection.rechunk({0: chunks})
        if collection.ndim == 2:
            collection = collection.rechunk({1: -1})
        return list(collection.to_delayed().ravel())
    return list(collection.to_delayed())


def _checked(X, y, weight, columns):
    """One partition as arrays of rows of positive weight."""
    refuse_masks_and_dates(X, "X")
    X = X if columns is None else encoded(X, columns)
    X = check_array(X, dtype=np.float64, ensure_min_samples=0, ensure_all_finite="allow-nan", input_name="X")
    y = np.asarray(y)
    if len(y) != len(X):
        raise ValueError(f"A partition of X has {len(X)} rows and that of y has {len(y)}; they must be cut alike.")
    if weight is None:
        return X, y, None
    weight = check_array(weight, ensure_2d=False, dtype=np.float64, ensure_min_samples=0, input_name="sample_weight")
    if weight.shape != (len(X),):
        raise ValueError(f"A partition of X has {len(X)} rows and sample_weight has the shape {weight.shape} there.")
    if np.any(weight < 0):
        raise ValueError("sample_weight has negative weights; remove those rows or give them weight zero.")
    return positive(X, y, weight)


def positive(X, y, weight):
    """The rows of positive weight."""
    if weight is None or np.all(weight > 0):
        return X, y, weight
    kept = weight > 0
    return X[kept], y[kept], weight[kept]


def _weight_facts(partition):
    """Whether weights are whole numbers, the largest, and the sum of all in units of that."""
    weight = partition[2]
    return np.array_equal(weight, np.round(weight)), weight.max(), np.sum(weight / weight.max())


def _scaled(partition, largest, mean):
    """A partition with weights in another unit."""
    X, y, weight = partition
    return X, y, weight / largest / mean


def _length(partition):
    """Number of rows."""
    return len(partition[0])
