"""Tables of numbers: what looks like one but is not is refused, by the name of its column.

Masks of NumPy arrays would be dropped in silence, and dates would become counts of whatever unit they are stored in,
so that the same day is another number in another table.
"""

import numpy as np

# Columns that a message names at most.
_NAMED = 5


def refuse_masks_and_dates(table, name):
    """Raise if values are masked, or are dates or durations.

    Parameters
    ----------
    table : array-like or data frame of shape (n_samples,) or (n_samples, n_features)
    name : str
        What the table is called in the error.

    Raises
    ------
    ValueError
        If values are masked.
    TypeError
        If there are dates or durations.
    """
    if isinstance(table, np.ma.MaskedArray) and np.ma.is_masked(table):
        masked = np.flatnonzero(np.ma.getmaskarray(table).any(axis=0)) if table.ndim == 2 else []
        raise ValueError(
            f"{name} is a masked array with masked values{in_columns(masked)}; masks are not used: fill these values, "
            "e.g. by an imputer, or leave their rows out."
        )
    dates = [column for column, dtype in _dtypes(table) if _is_date(dtype)]
    if dates:
        raise TypeError(
            f"{name} has dates or durations{in_columns([d for d in dates if d is not None])}; turn them into numbers "
            "of one unit first, e.g. days: (t - t.min()) / np.timedelta64(1, 'D')."
        )


def refuse_collections(table, name):
    """Raise a TypeError if a table lies on a cluster: NumPy would fetch all of it in silence."""
    if hasattr(table, "__dask_graph__"):
        raise TypeError(
            f"{name} is a collection of dask; sklearn_kan.dask has DaskKANRegressor and DaskKANClassifier for these. "
            f"If it fits into memory, pass {name}.compute()."
        )


def _dtypes(table):
    """Pairs of a column's name (None of a whole array) and its dtype."""
    if hasattr(table, "schema") and hasattr(table.schema, "items"):  # polars
        return list(table.schema.items())
    dtypes = getattr(table, "dtypes", None)
    if hasattr(dtypes, "items"):  # A data frame of pandas.
        return list(dtypes.items())
    return [(None, getattr(table, "dtype", None))]


def _is_date(dtype):
    """Whether a dtype of NumPy, pandas or polars is for dates or durations."""
    temporal = getattr(dtype, "is_temporal", None)
    return temporal() if callable(temporal) else getattr(dtype, "kind", "") in ("M", "m")


def text_columns(table):
    """Columns of a table with texts that are no numbers, by name or number.

    Parameters
    ----------
    table : array-like or data frame of shape (n_samples, n_features)

    Returns
    -------
    columns : list
    """
    values = np.asarray(table, dtype=object)
    if values.ndim != 2:
        return []
    names = list(getattr(table, "columns", range(values.shape[1])))
    return [name for name, column in zip(names, values.T, strict=True) if any(map(_is_text, column))]


def _is_text(value):
    """Whether a value is a text that is no number."""
    try:
        return isinstance(value, str) and float(value) is None
    except ValueError:
        return True


def in_columns(columns):
    """Where, for an error message; the first few of many."""
    if len(columns) == 0:
        return ""
    named = [repr(column if isinstance(column, str) else int(column)) for column in columns]
    more = f" and {len(named) - _NAMED} more" if len(named) > _NAMED else ""
    return f" in column{'s' if len(named) > 1 else ''} {', '.join(named[:_NAMED])}{more}"
