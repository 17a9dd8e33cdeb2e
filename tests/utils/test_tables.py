"""Masks and dates are refused by the name of their column; nothing else is."""

import numpy as np
import pandas as pd
import pytest

from sklearn_kan import KANClassifier, KANRegressor, SymbolicRegressor
from sklearn_kan.utils.tables import refuse_masks_and_dates

DAYS = pd.date_range("2024-01-01", periods=30, freq="D")
FRAME = pd.DataFrame({"a": np.arange(30.0), "when": DAYS})


@pytest.mark.parametrize(
    ("table", "error", "match"),
    [
        (np.ma.masked_greater(np.arange(6.0).reshape(3, 2), 4), ValueError, "X is a masked array .* in column 1;"),
        (np.ma.masked_greater(np.arange(3.0), 1), ValueError, "X is a masked array with masked values;"),
        (FRAME, TypeError, "X has dates or durations in column 'when'; turn them into numbers"),
        (FRAME.assign(wait=DAYS - DAYS[0]), TypeError, "in columns 'when', 'wait';"),
        (FRAME[["when"]].astype("datetime64[us]"), TypeError, "in column 'when'"),
        (FRAME["when"].dt.tz_localize("UTC").to_frame(), TypeError, "in column 'when'"),
        (DAYS.to_numpy()[:, None], TypeError, "X has dates or durations; turn"),
        (FRAME.set_axis([0, 1], axis=1), TypeError, "in column 1;"),
    ],
    ids=range(8),
)
def test_masks_and_dates_are_refused(table, error, match):
    with pytest.raises(error, match=match):
        refuse_masks_and_dates(table, "X")


@pytest.mark.parametrize(
    "table",
    [
        np.ma.masked_array(np.arange(3.0)),
        np.arange(3, dtype=np.float32),
        [[1, 2], [3, 4]],
        FRAME[["a"]].astype("Float64"),
        FRAME["a"],
        "no_validation",
        None,
    ],
    ids=str,
)
def test_other_tables_pass(table):
    assert refuse_masks_and_dates(table, "X") is None


@pytest.mark.parametrize("estimator", [KANRegressor(()), KANClassifier(()), SymbolicRegressor(max_time=1)], ids=repr)
def test_estimators_refuse_them_everywhere(estimator):
    X, y = np.arange(30.0)[:, None], np.arange(30) % 2
    masked = np.ma.masked_array(X, mask=X < 3)
    for arguments, name in [((masked, y), "X"), ((X, np.ma.masked_array(y, mask=X[:, 0] < 3)), "y")]:
        with pytest.raises(ValueError, match=f"{name} is a masked array"):
            estimator.fit(*arguments)
    with pytest.raises(TypeError, match="column 'when'"):
        estimator.fit(FRAME, y)
    if isinstance(estimator, SymbolicRegressor):
        return
    with pytest.raises(ValueError, match="sample_weight is a masked array"):
        estimator.fit(X, y, np.ma.masked_array(np.ones(30), mask=X[:, 0] < 3))
    estimator.fit(FRAME[["a"]], y)
    with pytest.raises(TypeError, match="column 'a'"):
        estimator.predict(pd.DataFrame({"a": DAYS}))
