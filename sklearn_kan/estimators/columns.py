"""Tables as people have them, as arrays of numbers: categories become codes, what is missing becomes NaN.

Which columns are categories is said by `categorical_features`, as for HistGradientBoosting [1]_: "from_dtype" are the
columns of a data frame whose type is a category, text or bool. Levels are those of the rows of the fit, each with its
number as code; levels that come later have the code -1, and so have the rarest of a column of very many.

A column is looked at by its place, so that names may be anything that scikit-learn allows, and be there twice.

References
----------
.. [1] F. Pedregosa et al., "Scikit-learn: machine learning in Python", JMLR 12, 2011.
"""

from dataclasses import dataclass, replace
from numbers import Integral, Number

import numpy as np
from sklearn.utils import check_array, check_X_y

from ..utils.kinds import Kinds
from ..utils.sklearn_compat import validate_data

# Levels of a category that have an effect of their own; the rarest beyond them share that of unknown levels.
MOST_LEVELS = 1000


@dataclass(frozen=True)
class Columns:
    """What the columns of a table are.

    Attributes
    ----------
    levels : tuple of (tuple or None)
        Levels of each category in the order of their codes; None for numbers.
    """

    levels: tuple

    @property
    def n_levels(self):
        """Levels of each column, 0 for numbers: an int ndarray of shape (n_features,)."""
        return np.array([0 if levels is None else len(levels) for levels in self.levels], dtype=int)

    def decoded(self, X):
        """Rows of codes as a table of levels, an array of objects; unknown levels are of a kind of their own."""
        table = X.astype(object)
        for i in np.flatnonzero(self.n_levels):
            names = [*self.levels[i], object()]
            known = ~np.isnan(X[:, i])
            table[known, i] = [names[int(code)] for code in X[known, i]]
        return table

    def named(self, others):
        """These columns, whose levels are codes of other ones, with their levels."""
        pairs = zip(self.levels, others.levels, strict=True)
        names = (mine and tuple(theirs[int(c)] if c >= 0 else None for c in mine) for mine, theirs in pairs)
        return replace(self, levels=tuple(names))

    @classmethod
    def joined(cls, parts):
        """Columns with the levels of parts of a table: in their order if all have the same ones, else sorted."""
        return cls(tuple(_joined_levels(levels) for levels in zip(*(part.levels for part in parts), strict=True)))

    def seen(self, X, weight):
        """Only the levels of some rows, and of very many only those of most weight; with the codes of these rows.

        Parameters
        ----------
        X : ndarray of shape (n_samples, n_features)
        weight : ndarray of shape (n_samples,)

        Returns
        -------
        columns : Columns
        X : ndarray of shape (n_samples, n_features)
        """
        columns, codes = self.of_most_weight(self.level_weights(X, weight))
        return columns, recoded(X, codes)

    def level_weights(self, X, weight):
        """Weight of the rows of each level, an array for each category."""
        found = {}
        for i in np.flatnonzero(self.n_levels):
            known = X[:, i] >= 0
            found[i] = np.bincount(X[known, i].astype(int), weight[known], minlength=len(self.levels[i]))
        return found

    def of_most_weight(self, weights):
        """Only levels of positive weight, of very many the heaviest; with new codes for old ones of each category."""
        levels, codes = list(self.levels), {}
        for i, mass in weights.items():
            most = np.sort(np.argsort(-mass, kind="stable")[:MOST_LEVELS])
            kept = most[mass[most] > 0]
            codes[i] = np.full(len(levels[i]), -1.0)
            codes[i][kept] = np.arange(len(kept))
            levels[i] = tuple(levels[i][code] for code in kept)
        return replace(self, levels=tuple(levels)), codes


def recoded(X, codes):
    """Rows with new codes of levels, given those of each category by its old ones."""
    X = X.copy()
    for i, new in codes.items():
        known = X[:, i] >= 0
        X[known, i] = new[X[known, i].astype(int)]
    return X


def _joined_levels(parts):
    """Levels of a column, or None, given those of parts of a table."""
    if parts[0] is None or all(levels == parts[0] for levels in parts):
        return parts[0]
    return _sorted(set().union(*parts))


class TableMixin:
    """An estimator whose tables may have categories and missing values."""

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        return tags


def with_kinds(estimator, rows, known=False, every_level=False):
    """The rows, a TrainingData, with what their columns are.

    Parameters
    ----------
    estimator : BaseKAN
        Has seen the table.
    rows : TrainingData
        Those of it that count.
    known : bool, default=False
        Whether columns are what they were in a former fit.
    every_level : bool, default=False
        Whether levels that no row has, but that the type of a column declares, are kept.

    Sets: _columns, _kinds, is_categorical_.
    """
    if not rows.in_memory:
        if not known:
            estimator._columns, estimator._kinds = rows.columns, rows.column_kinds
            estimator.is_categorical_ = None if rows.columns is None else rows.columns.n_levels > 0
        return rows
    if known:
        return replace(rows, column_kinds=getattr(estimator, "_kinds", None))
    X, levels = rows.X, None
    if estimator._columns is not None:
        if not every_level:
            estimator._columns, X = estimator._columns.seen(X, rows.shares)
        levels = estimator._columns.n_levels
    estimator._kinds = Kinds.of(X, levels)
    estimator.is_categorical_ = None if levels is None else levels > 0
    return replace(rows, X=X, column_kinds=estimator._kinds)


def validated(estimator, X, y="no_validation", *, reset, **options):
    """scikit-learn's `validate_data` for tables of any kind.

    Parameters
    ----------
    estimator : BaseKAN
        Has `categorical_features`.
    X : array-like or data frame of shape (n_samples, n_features)
    y : array-like, default="no_validation"
    reset : bool
        Whether the table is the first one: its columns say what columns are from now on.
    **options
        Of `check_array` or `check_X_y`.

    Returns
    -------
    X : ndarray of shape (n_samples, n_features)
        Numbers, codes of categories, and NaN for what is missing.
    y : ndarray
        Only if given.

    Sets: n_features_in_, feature_names_in_, _columns.
    """
    if not reset and _is_plain(estimator, X) and isinstance(y, str) and y == "no_validation":
        return X
    options |= {"dtype": np.float64, "ensure_all_finite": "allow-nan"}
    asked = estimator.categorical_features if reset else None
    if not (has_categories(X, asked) if reset else _is_encoded(estimator)):
        found = validate_data(estimator, X, y, reset=reset, **options)
        if reset:
            estimator._columns = None
        return found
    validate_data(estimator, X, reset=reset, skip_check_array=True)
    table = _table(X)
    if reset:
        estimator._columns = _columns(table, _chosen(table, asked))
    codes = table.encoded(estimator._columns)
    if isinstance(y, str) and y == "no_validation":
        return check_array(codes, estimator=estimator, input_name="X", **options)
    return check_X_y(codes, y, estimator=estimator, **options)


def _is_plain(estimator, X):
    """Whether rows for a fitted estimator are what all checks would let through as it is.

    For one row the checks take longer than the network.
    """
    if type(X) is not np.ndarray or X.dtype != np.float64 or X.ndim != 2 or _is_encoded(estimator):
        return False
    if hasattr(estimator, "feature_names_in_") or X.shape[1] != estimator.n_features_in_ or not len(X):
        return False
    with np.errstate(over="ignore", invalid="ignore"):
        return bool(np.isfinite(X.sum()))


def _is_encoded(estimator):
    """Whether the table of the fit had categories."""
    return getattr(estimator, "_columns", None) is not None


class _Table:
    """A table by its columns; this one is an array."""

    def __init__(self, X):
        self.X = np.asarray(X)
        if self.X.ndim != 2:
            raise ValueError(f"Expected 2D array, got {self.X.ndim}D array instead. Reshape your data.")
        self.names = None

    @property
    def n_columns(self):
        """Number of columns."""
        return self.X.shape[1]

    def label(self, i):
        """What a column is called in an error."""
        return repr(self.names[i]) if self.names is not None else str(i)

    def objects(self, i):
        """Values of a column as a list, and which are missing."""
        values = self.X[:, i].tolist()
        return values, np.array([value is None or value != value for value in values], dtype=bool)

    def numbers(self, i):
        """A column as floats."""
        return self.X[:, i].astype(np.float64)

    def is_category(self, i):
        """Whether the type of a column says that it is a category: not of an array."""
        return False

    def declared(self, i):
        """Levels in the order that the type of a column gives; None if it gives none."""
        return None

    def encoded(self, columns):
        """The table as an array of numbers and codes."""
        return np.column_stack([self._codes(i, levels) for i, levels in enumerate(columns.levels)])

    def _codes(self, i, levels):
        """A column as numbers or codes."""
        if levels is None:
            try:
                return self.numbers(i)
            except (TypeError, ValueError) as error:
                raise ValueError(
                    f"Column {self.label(i)} of X was numbers in fit, or is to be, and is not: {error}. Turn it into "
                    "numbers, or name it in categorical_features."
                ) from error
        (values, missing), code = self.objects(i), {level: float(number) for number, level in enumerate(levels)}
        try:
            codes = np.array([code.get(value, -1.0) for value in values], dtype=np.float64)
        except TypeError as error:
            raise TypeError(f"Column {self.label(i)} of X has values that are no levels: {error}.") from error
        codes[missing] = np.nan
        return codes


class _PandasTable(_Table):
    """A data frame of pandas."""

    def __init__(self, X):
        self.X, self.names = X, list(X.columns)

    def objects(self, i):
        column = self.X.iloc[:, i]
        return column.astype(object).tolist(), column.isna().to_numpy()

    def numbers(self, i):
        return self.X.iloc[:, i].to_numpy(dtype=np.float64, na_value=np.nan)

    def is_category(self, i):
        dtype = self.X.dtypes.iloc[i]
        return hasattr(dtype, "categories") or dtype.kind == "b" or (dtype.kind == "O" and self._is_text(i))

    def declared(self, i):
        categories = getattr(self.X.dtypes.iloc[i], "categories", None)
        return None if categories is None else categories.tolist()

    def _is_text(self, i):
        values, missing = self.objects(i)
        return _is_text([value for value, gone in zip(values, missing, strict=True) if not gone], self.label(i))


class _PolarsTable(_Table):
    """A data frame of polars."""

    def __init__(self, X):
        self.X, self.names = X, list(X.columns)

    def objects(self, i):
        column = self.X.to_series(i)
        return column.to_list(), column.is_null().to_numpy()

    def numbers(self, i):
        return self.X.to_series(i).cast(float).to_numpy()

    def is_category(self, i):
        dtype = self.X.dtypes[i]
        return str(dtype).split("(")[0] in ("Categorical", "Enum", "String", "Boolean")

    def declared(self, i):
        categories = getattr(self.X.dtypes[i], "categories", None)
        return categories.to_list() if hasattr(categories, "to_list") else None


def _table(X):
    """A table by its columns."""
    if hasattr(X, "iloc") and hasattr(X, "columns"):
        return _PandasTable(X)
    return _PolarsTable(X) if hasattr(X, "to_series") and hasattr(X, "schema") else _Table(X)


def has_categories(X, asked):
    """Whether a table has columns that are categories."""
    if asked is None:
        return False
    if not isinstance(asked, str):
        return np.size(asked) > 0
    if asked != "from_dtype":
        raise ValueError(f"categorical_features must be 'from_dtype', None, or a list; got {asked!r}.")
    table = _table(X) if hasattr(X, "columns") else None
    return table is not None and any(map(table.is_category, range(table.n_columns)))


def chosen_columns(X, asked):
    """Which columns of a table are categories, a bool ndarray of shape (n_features,)."""
    return _chosen(_table(X), asked)


def columns_of(X, chosen):
    """Columns of a table, given which are categories."""
    return _columns(_table(X), chosen)


def encoded(X, columns):
    """A table as an array of numbers and codes."""
    return _table(X).encoded(columns)


def _chosen(table, asked):
    """Which columns are categories, a bool ndarray of shape (n_features,)."""
    n = table.n_columns
    if isinstance(asked, str):
        return np.array([table.is_category(i) for i in range(n)], dtype=bool)
    asked = list(asked)
    if all(isinstance(entry, bool | np.bool_) for entry in asked):
        if len(asked) != n:
            raise ValueError(f"categorical_features is a mask of {len(asked)} columns, and X has {n}.")
        return np.array(asked, dtype=bool)
    chosen = np.zeros(n, dtype=bool)
    chosen[[_place(entry, table) for entry in asked]] = True
    return chosen


def _place(entry, table):
    """The number of a column that is given by number or by name."""
    if isinstance(entry, str):
        if table.names is None or table.names.count(entry) != 1:
            found = "has no names" if table.names is None else f"has it {table.names.count(entry)} times"
            raise ValueError(f"categorical_features names the column {entry!r}, and X {found}; give its number.")
        return table.names.index(entry)
    if isinstance(entry, Integral) and 0 <= entry < table.n_columns:
        return int(entry)
    raise ValueError(
        f"categorical_features must be a mask, or names, or numbers from 0 to {table.n_columns - 1}; got {entry!r}."
    )


def _columns(table, chosen):
    """The columns of a table, given which of them are categories."""
    return Columns(tuple(_levels(table, i) if chosen[i] else None for i in range(table.n_columns)))


def _levels(table, i):
    """Levels of a category: as its type orders them, else sorted, numbers before text."""
    declared = table.declared(i)
    if declared is not None:
        return tuple(declared)
    values, missing = table.objects(i)
    try:
        levels = {value for value, gone in zip(values, missing, strict=True) if not gone}
    except TypeError as error:
        raise TypeError(f"Column {table.label(i)} of X has values that cannot be levels: {error}.") from error
    return _sorted(levels)


def _sorted(levels):
    """Levels in order, numbers before text."""
    return tuple(sorted(levels, key=lambda level: (isinstance(level, str), level if _sortable(level) else str(level))))


def _sortable(level):
    """Whether a level has a place among numbers or among texts."""
    return isinstance(level, str | Number) and not isinstance(level, complex)


def _is_text(values, label):
    """Whether known values of a column without a type are text or bools, not numbers; TypeError if neither."""
    if all(isinstance(value, str | bool | np.bool_) for value in values):
        return len(values) > 0
    if all(isinstance(value, Number) and not isinstance(value, complex) for value in values):
        return False
    types = sorted({type(value).__name__ for value in values})
    raise TypeError(
        f"Column {label} of X has values of the types {', '.join(types)}; turn them into numbers, or all into text."
    )
