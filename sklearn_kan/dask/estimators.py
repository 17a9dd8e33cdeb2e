"""KANRegressor and KANClassifier for dask arrays and data frames, by the conventions of LightGBM's estimators.

`fit` is that of the local estimators, on rows that stay where they are: see `ClusterRows`. A table of at most
`SAMPLE_ROWS` rows comes here. Of a larger one so many rows come here, those of a local fit, and decide on architecture,
knots and strengths; then all rows move the splines, each step a sum over partitions.
"""

from functools import partial

import dask.array as da
import numpy as np
import pandas as pd
from dask import delayed
from dask.base import is_dask_collection
from distributed import get_client
from sklearn.base import clone
from sklearn.utils import check_array
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_is_fitted

from ..estimators import KANClassifier, KANRegressor
from ..estimators.checks import check_targets
from ..estimators.class_labels import class_factors, encode, one_column_a_class
from ..solvers import STOCHASTIC
from ..training.train import SAMPLE_ROWS
from ..utils.sklearn_compat import DocumentedOnSite, validate_data
from .partitions import columns_of_all, gather, load
from .rows import ClusterRows


class _DaskKAN:
    """What both share; `_local` is the class whose fit it is, next in the order of resolution."""

    _doc_link_template = DocumentedOnSite._doc_link_template.replace("sklearn_kan.", "sklearn_kan.dask.")

    def __init__(self, hidden_layer_sizes="auto", *, client=None, **parameters):
        super().__init__(hidden_layer_sizes, **parameters)
        self.client = client

    @classmethod
    def _get_param_names(cls):
        return sorted([*cls._local._get_param_names(), "client"])

    def __sklearn_clone__(self):
        """A clone on the same cluster: a client is not to be copied."""
        parameters = {name: clone(value, safe=False) for name, value in self._local_parameters().items()}
        return type(self)(client=self.client, **parameters)

    def __getstate__(self):
        """What is saved: all but the client."""
        return {**super().__getstate__(), "client": None}

    @property
    def client_(self):
        """The client in use: `client`, or the one that is active."""
        try:
            return self._client()
        except ValueError as error:  # scikit-learn asks for all properties where it shows an estimator.
            raise AttributeError(*error.args) from None

    def _client(self):
        """`client_`, or an error that says where to get one."""
        try:
            return get_client() if self.client is None else self.client
        except ValueError:
            raise ValueError(
                "No client of a cluster is active. Start one, distributed.Client(), or pass client."
            ) from None

    def to_local(self):
        """The fitted model as an estimator without a cluster.

        Returns
        -------
        model : KANRegressor or KANClassifier
        """
        check_is_fitted(self)
        model = self._local(**self._local_parameters())
        fitted = {name: value for name, value in vars(self).items() if name not in self._get_param_names()}
        model.__dict__.update(fitted)
        return model

    def _local_parameters(self):
        """All parameters but the client."""
        return {name: value for name, value in self.get_params(deep=False).items() if name != "client"}

    def _validated(self, X, y, sample_weight, reset, **known):
        """The rows, checked where they are; those that are few, or here already, as TrainingData."""
        if not is_dask_collection(X):
            return super()._validated(X, y, sample_weight, reset, **known)
        if self.solver in STOCHASTIC:
            raise ValueError(
                f"solver={self.solver!r} learns from rows in memory; on a cluster take 'auto', 'lm' or 'lbfgs', "
                "or call partial_fit of the local estimator partition by partition."
            )
        client = self._client()
        columns = columns_of_all(client, X, self.categorical_features) if reset else getattr(self, "_columns", None)
        partitions = load(client, X, y, sample_weight, columns)
        if partitions.n_rows <= SAMPLE_ROWS:
            values, *others = (
                gather(client, partitions) if partitions.lengths else (np.zeros((0, X.shape[1])), [], None)
            )
            return super()._validated(_like(X, values, columns, reset), *others, reset, **known)
        validate_data(self, _like(X, np.zeros((1, X.shape[1]))), reset=reset)
        return ClusterRows.of(client, partitions, self._convert(client, partitions, y, reset), columns, reset)

    def _set_aside(self, loss, rows, validation, random_state):
        """Rows to train on; those to validate by have to be given."""
        if self.early_stopping and validation is None and not rows.in_memory:
            raise ValueError("early_stopping on a cluster needs X_val and y_val, rows in memory.")
        return super()._set_aside(loss, rows, validation, random_state)

    def _lazily(self, name, X, *meta, **options):
        """Predictions of a collection as dask arrays, one for each entry of `meta`, an empty array each."""
        check_is_fitted(self)
        model = self.to_local()
        if not options:
            model.posterior_ = None  # Large, and not needed.
        model, arrays = delayed(model, traverse=False), []  # A task, so that it travels once, not with each partition.
        for number, empty in enumerate(meta):
            function = partial(_predicted, name=name, number=number, empty=empty, options=options)
            arrays.append(_mapped(function, X, empty, model))
        return arrays[0] if len(arrays) == 1 else tuple(arrays)


class DaskKANRegressor(_DaskKAN, KANRegressor):
    """KANRegressor on a dask cluster.

    Parameters
    ----------
    hidden_layer_sizes, **parameters
        Those of KANRegressor.
    client : distributed.Client, default=None
        Of the cluster; None: the one that is active. It is not saved with the model.

    Attributes
    ----------
    client_ : distributed.Client
    network_, y_mean_, ...
        Those of KANRegressor.

    See Also
    --------
    KANRegressor : The same for rows in memory, with all parameters and attributes.

    Notes
    -----
    `fit` takes arrays, data frames and series of dask, also for `sample_weight`; `X_val` are rows in memory. The result
    is that of a local fit to all rows, in whatever partitions they are. With a fixed `alpha` a local fit takes all rows
    from the first iteration on; here a sample of 10,000 sets the grids. `profile_` is that of about 10,000 rows.

    Examples
    --------
    >>> from sklearn_kan.dask import DaskKANRegressor  # doctest: +SKIP
    >>> model = DaskKANRegressor(client=client).fit(X, y)  # doctest: +SKIP
    >>> model.predict(X_new).compute()  # doctest: +SKIP
    >>> model.to_local()  # doctest: +SKIP
    """

    _local = KANRegressor

    def predict(self, X, return_std=False):
        """Predictions, lazily of dask collections.

        Parameters
        ----------
        X : dask array or data frame, or rows in memory
        return_std : bool or "epistemic", default=False

        Returns
        -------
        y, or y and std : dask.array.Array
            As `KANRegressor.predict`, not computed yet.
        """
        if not is_dask_collection(X):
            return super().predict(X, return_std)
        check_is_fitted(self)
        empty = np.zeros(0) if self._y_ndim == 1 else np.zeros((0, self.n_outputs_))
        if not return_std:
            return self._lazily("predict", X, empty)
        return self._lazily("predict", X, empty, empty, return_std=return_std)

    def _convert(self, client, partitions, y, reset):
        """Targets and weights of a partition as training wants them.

        Sets: _y_ndim.
        """
        if y.ndim > 1 and self._positive_only():
            raise ValueError(f"y must be of one target for loss={self.loss!r}.")
        self._y_ndim = y.ndim
        return _numbers


class DaskKANClassifier(_DaskKAN, KANClassifier):
    """KANClassifier on a dask cluster; see `DaskKANRegressor`, whose remarks hold here too.

    Parameters
    ----------
    hidden_layer_sizes, **parameters
        Those of KANClassifier.
    client : distributed.Client, default=None
        Of the cluster; None: the one that is active. It is not saved with the model.

    Attributes
    ----------
    client_ : distributed.Client
    classes_, network_, ...
        Those of KANClassifier.

    See Also
    --------
    KANClassifier : The same for rows in memory, with all parameters and attributes.
    """

    _local = KANClassifier

    def predict(self, X):
        """Labels, lazily of dask collections; see `KANClassifier.predict`."""
        if not is_dask_collection(X):
            return super().predict(X)
        check_is_fitted(self)
        return self._lazily("predict", X, self.classes_[:0])

    def predict_proba(self, X):
        """Probabilities, lazily of dask collections; see `KANClassifier.predict_proba`."""
        if not is_dask_collection(X):
            return super().predict_proba(X)
        check_is_fitted(self)
        return self._lazily("predict_proba", X, np.zeros((0, len(self.classes_))))

    def _convert(self, client, partitions, y, reset):
        """Targets and weights of a partition as training wants them.

        Sets: classes_.
        """
        if y.ndim > 1:
            raise ValueError(f"y must be one column of labels; got {y.ndim} dimensions.")
        labels, totals = _label_weights(client, partitions)
        check_classification_targets(labels)
        factors = class_factors(self.class_weight, labels, totals)
        counted = labels if factors is None else labels[factors > 0]
        classes = counted if reset else self.classes_
        if len(classes) < 2:
            raise ValueError(f"y has one class only, {classes.tolist()}, on rows of positive weight; 2 are needed.")
        encode(labels, classes, counted, "y")  # Raises for labels that are none of the classes.
        self.classes_ = classes
        return partial(_codes, classes=classes, labels=labels, factors=factors)


def _numbers(y, weight):
    """Targets of a regressor."""
    return check_targets(check_array(y, ensure_2d=False, dtype="numeric", ensure_min_samples=0, input_name="y")), weight


def _codes(y, weight, classes, labels, factors):
    """Targets of a classifier, and weights times those of the classes."""
    codes = encode(y, classes, y[:0], "y")
    if factors is not None:
        weight = factors[np.searchsorted(labels, y)] * (1.0 if weight is None else weight)
    return one_column_a_class(codes, len(classes)), weight


def _label_weights(client, partitions):
    """All labels, and the weight of each."""
    found = client.gather(client.map(_labels, partitions.futures, pure=False))
    labels = np.unique(np.concatenate([part for part, _ in found]))
    totals = np.zeros(len(labels))
    for part, weights in found:
        totals[np.searchsorted(labels, part)] += weights
    return labels, totals


def _labels(partition):
    """The labels of a partition, and the weight of each."""
    _, y, weight = partition
    labels, codes = np.unique(y, return_inverse=True)
    return labels, np.bincount(codes.ravel(), weights=weight, minlength=len(labels))


def _like(X, values, columns=None, typed=False):
    """Values with the names of the columns of a collection, if it has any, and with levels instead of codes.

    On request the types of columns say that they are categories.
    """
    values = values if columns is None else columns.decoded(values)
    if not hasattr(X, "columns"):
        return values
    frame = pd.DataFrame(values, columns=X.columns)
    for i in np.flatnonzero(columns.n_levels) if typed and columns is not None else ():
        frame.isetitem(i, pd.Categorical(frame.iloc[:, i], categories=list(columns.levels[i])))
    return frame


def _mapped(function, X, empty, model):
    """A function of rows and a model, for each partition of a collection, as a dask array."""
    if not isinstance(X, da.Array):
        return _of_frame(function, X, empty, model)
    chunks = {"drop_axis": 1} if empty.ndim == 1 else {"chunks": (X.chunks[0], (empty.shape[1],))}
    return X.rechunk({1: -1}).map_blocks(function, model=model, dtype=empty.dtype, meta=empty, **chunks)


def _of_frame(function, X, empty, model):
    """The same of a data frame, whose numbers of rows are not known."""
    parts = [
        da.from_delayed(part, (np.nan, *empty.shape[1:]), dtype=empty.dtype, meta=empty)
        for part in (delayed(function)(part, model=model) for part in X.to_delayed())
    ]
    return da.concatenate(parts, allow_unknown_chunksizes=True)


def _predicted(X, model, name, number, empty, options):
    """Predictions of one partition, which may have no rows."""
    if not len(X):
        return empty
    values = getattr(model, name)(X, **options)
    return values[number] if isinstance(values, tuple) else values
