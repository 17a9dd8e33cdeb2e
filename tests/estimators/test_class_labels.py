"""Labels of any kind, and weights of classes."""

import pickle

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from small_classes import LABELS, WEIGHT, X, all_sizes, make

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


@pytest.mark.parametrize(
    "names",
    [
        [False, True],
        [-1, 1],
        [7, 3, 5],
        [0.0, 1.0],
        ["no", "yes", "maybe"],
        np.array(["b", "a"], dtype=object),
        pd.Series(["x", "y", "z"], dtype="category"),
    ],
    ids=str,
)
def test_labels_of_any_kind(names):
    codes = (X[:, 0] > 0).astype(int) + ((X[:, 0] > 0.5) if len(names) == 3 else 0)
    y = names.iloc[codes] if isinstance(names, pd.Series) else np.asarray(names)[codes]
    model = make().fit(X, y)
    assert_array_equal(model.classes_, np.unique(np.asarray(y)))
    assert model.score(X, y) > 0.95
    assert set(model.predict(X)) <= set(np.asarray(names))


def test_order_of_labels_does_not_matter():
    one, two = make().fit(X, LABELS[2]), make().fit(X, np.where(LABELS[2] == "inside", "z", "a"))
    assert_allclose(one.predict_proba(X), two.predict_proba(X)[:, ::-1], atol=1e-6)


@pytest.mark.parametrize(
    "y, match",
    [
        (np.zeros(240), "y has one class only, .0.0., on rows of positive weight"),
        (X[:, 0], "Unknown label type"),
        (np.eye(3)[np.arange(240) % 3], "2d array|bad input shape|should be a 1d array"),
        (np.where(np.arange(240) == 3, np.nan, 1.0), "NaN"),
        (None, "requires y"),
        (LABELS[2][:-1], "inconsistent numbers of samples"),
    ],
)
def test_labels_that_cannot_be_used(y, match):
    model = make("adam")
    with pytest.raises(ValueError, match=match):
        model.fit(X, y)
    if y is None or len(np.unique(y)) > 1:
        with pytest.raises(ValueError):
            model.partial_fit(X, y, classes=[0, 1])
    assert [name for name in vars(model) if name.endswith("_")] == []


def test_one_class_after_weights_of_zero():
    for options, weight in [({}, LABELS[2] == "inside"), ({"class_weight": {"outside": 0}}, None)]:
        with pytest.raises(ValueError, match=r"one class only, .'inside'., on rows"):
            make(**options).fit(X, LABELS[2], weight)
    model = make().fit(X, LABELS[3], LABELS[3] != "b")
    assert_array_equal(model.classes_, ["a", "c"])


@all_sizes
def test_class_weights_are_weights(n_classes):
    y = LABELS[n_classes]
    given, fixed = dict(zip(np.unique(y), [3.0, 1.0, 0.5], strict=False)), {"alpha": 1e-3}
    by_hand = make(**fixed).fit(X, y, WEIGHT * np.array([given[label] for label in y])).predict_proba(X)
    assert_allclose(make(class_weight=given, **fixed).fit(X, y, WEIGHT).predict_proba(X), by_hand, atol=1e-10)
    total = {label: WEIGHT[y == label].sum() for label in given}
    balanced = WEIGHT * sum(total.values()) / n_classes / np.array([total[label] for label in y])
    by_hand = make(**fixed).fit(X, y, balanced).predict_proba(X)
    assert_allclose(make(class_weight="balanced", **fixed).fit(X, y, WEIGHT).predict_proba(X), by_hand, atol=1e-10)
    first = make(class_weight={np.unique(y)[0]: 3.0}).fit(X, y).predict_proba(X)[:, 0].mean()
    assert first > make().fit(X, y).predict_proba(X)[:, 0].mean()


@pytest.mark.parametrize(
    "class_weight, match",
    [
        ({"middle": 1.0}, "no labels of y: .'middle'."),
        ({"inside": -1.0}, "at least 0"),
        ({"inside": np.inf}, "finite"),
        ("uniform", "class_weight"),
    ],
)
def test_class_weights_that_cannot_be_used(class_weight, match):
    with pytest.raises(ValueError, match=match):
        make(class_weight=class_weight).fit(X, LABELS[2])


def test_unknown_labels_of_validation_rows():
    y_val = np.where(np.arange(240) == 5, "nowhere", LABELS[2])
    with pytest.raises(ValueError, match=r"y_val has labels that are not among the classes .*: \['nowhere'\]"):
        make(early_stopping=True).fit(X, LABELS[2], X_val=X, y_val=y_val)


def test_partial_fit_checks_classes():
    model = make("adam")
    with pytest.raises(ValueError, match="classes must be passed on the first call"):
        model.partial_fit(X, LABELS[2])
    with pytest.raises(ValueError, match=r"not among the classes .*: \['b', 'c'\]"):
        model.partial_fit(X, LABELS[3], classes=["a", "d"])
    model.partial_fit(X, LABELS[2], classes=["inside", "outside"])
    before = pickle.dumps(model)
    with pytest.raises(ValueError, match="are not those of the first call"):
        model.partial_fit(X, LABELS[2], classes=["inside", "other"])
    with pytest.raises(ValueError, match=r"not among the classes"):
        model.partial_fit(X, LABELS[3])
    assert pickle.dumps(model) == before
    with pytest.raises(ValueError, match="balanced"):
        model.set_params(class_weight="balanced").partial_fit(X, LABELS[2])
    assert not hasattr(make("lm"), "partial_fit")
