"""The one home of what scikit-learn calls private, or has not had for long."""

import numpy as np
from sklearn.base import _fit_context as fit_context
from sklearn.utils import validation
from sklearn.utils._param_validation import Interval, StrOptions
from sklearn.utils.validation import _check_sample_weight

from .tables import in_columns, refuse_collections, refuse_masks_and_dates, text_columns

try:  # scikit-learn >= 1.9
    from sklearn.callback import CallbackSupportMixin
except ImportError:

    class CallbackSupportMixin:
        """Stands in for scikit-learn's mixin where callbacks do not exist yet."""


__all__ = [
    "CallbackSupportMixin",
    "DocumentedOnSite",
    "Interval",
    "StrOptions",
    "check_sample_weight",
    "fit_context",
    "validate_data",
]

# Where the site of docs/ is published.
SITE = "https://sklearn-kan.readthedocs.io/en/latest/"


class DocumentedOnSite:
    """An estimator whose representation in notebooks links to its page."""

    _doc_link_module = "sklearn_kan"
    _doc_link_template = SITE + "api/generated/sklearn_kan.{estimator_name}.html"


def check_sample_weight(sample_weight, X):
    """Weights as a float array of shape (n_samples,); that all are zero is left to the caller to refuse."""
    young = "allow_all_zero_weights" in _check_sample_weight.__code__.co_varnames
    options = {"allow_all_zero_weights": True} if young else {}
    return _check_sample_weight(sample_weight, X, dtype=np.float64, **options)


def validate_data(estimator, X="no_validation", y="no_validation", **options):
    """scikit-learn's `validate_data`, which refuses masks, dates and collections of dask, and says where text is."""
    refuse_collections(X, "X")
    refuse_collections(y, "y")
    refuse_masks_and_dates(X, "X")
    refuse_masks_and_dates(y, "y")
    try:
        return validation.validate_data(estimator, X, y, **options)
    except ValueError as error:
        columns = text_columns(X) if "could not convert" in str(error) else []
        if not columns:
            raise
        raise ValueError(
            f"X has text{in_columns(columns)} ({error}). Encode it as numbers first, e.g. by OneHotEncoder or "
            "OrdinalEncoder."
        ) from error
