"""Which rows are set aside, the same however the table is written, and how a fit stops by them."""

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from sklearn.base import clone
from small_fits import all_solvers, make, noisy, r2, unconverged

from sklearn_kan.training.early_stopping import split_rows


def rows(n=50, seed=0):
    return np.random.RandomState(seed).uniform(size=(n, 2))


def split(X, weight=None, fraction=0.2, seed=0):
    return split_rows(X, weight, fraction, np.random.RandomState(seed))


@pytest.mark.parametrize("fraction, expected", [(0.1, 5), (0.2, 10), (0.21, 11), (0.5, 25), (0.9, 45)])
def test_fraction_of_equal_rows_rounded_up(fraction, expected):
    aside = split(rows(50), fraction=fraction)
    assert aside.dtype == bool and aside.shape == (50,)
    assert aside.sum() == expected


@pytest.mark.parametrize("seed", range(5))
def test_fraction_of_weight_is_reached_and_no_row_more(seed):
    X, weight = rows(40, seed), np.random.RandomState(seed).uniform(0.1, 2, 40)
    part = weight[split(X, weight, 0.3, seed)].sum() / weight.sum()
    assert 0.3 - 1e-9 <= part < 0.3 + weight.max() / weight.sum()


@pytest.mark.parametrize("scale", [1e-6, 3.0, 1e6])
def test_only_ratios_of_weights_matter(scale):
    X, weight = rows(), np.random.RandomState(1).uniform(0.1, 2, 50)
    assert_array_equal(split(X, weight), split(X, scale * weight))
    assert_array_equal(split(X), split(X, np.full(50, scale)))


def test_seeds_choose_other_rows():
    assert_array_equal(split(rows(), seed=3), split(rows(), seed=3))
    assert np.any(split(rows(), seed=3) != split(rows(), seed=4))


@pytest.mark.parametrize("seed", range(5))
def test_equal_rows_stay_together(seed):
    distinct = rows(10)
    group = np.random.RandomState(seed).randint(10, size=60)
    aside = split(distinct[group], fraction=0.4, seed=seed)
    for g in range(10):
        assert len(set(aside[group == g])) <= 1
    assert 0 < aside.sum() < 60


@pytest.mark.parametrize("seed", range(5))
def test_weights_are_repetition(seed):
    X, counts = rows(30, seed), np.random.RandomState(seed).randint(1, 5, 30)
    weighted = split(X, counts.astype(float), 0.3, seed)
    repeated = split(np.repeat(X, counts, axis=0), None, 0.3, seed)
    assert_array_equal(np.repeat(weighted, counts), repeated)


@pytest.mark.parametrize("seed", range(5))
def test_row_order_does_not_matter(seed):
    X, weight = rows(30), np.random.RandomState(1).uniform(0.1, 2, 30)
    order = np.random.RandomState(seed).permutation(30)
    assert_array_equal(split(X[order], weight[order]), split(X, weight)[order])


@pytest.mark.parametrize("fraction", [0.01, 0.5, 0.99])
@pytest.mark.parametrize("n", [3, 4])
def test_two_distinct_rows_are_left_and_one_is_taken(n, fraction):
    aside = split(rows(n), fraction=fraction)
    assert aside.sum() >= 1 and (~aside).sum() >= 2


@pytest.mark.parametrize("distinct", [1, 2])
def test_too_few_distinct_rows_are_refused(distinct):
    X = np.repeat(rows(distinct), 10, axis=0)
    with pytest.raises(ValueError, match=f"at least 3 distinct rows of X.*got {distinct}"):
        split(X)


@pytest.mark.parametrize("seed", range(4))
def test_split_takes_a_part_of_each_class(seed):
    strata = np.repeat([0, 1, 2], [100, 30, 8])
    rows = np.random.RandomState(9).uniform(size=(138, 2))
    aside = split_rows(rows, None, 0.2, np.random.RandomState(seed), strata)
    assert_array_equal(np.bincount(strata[aside]), [20, 6, 2])
    weight = np.random.RandomState(seed).randint(1, 4, 138)
    weighted = split_rows(rows, weight.astype(float), 0.2, np.random.RandomState(seed), strata)
    repeat = np.repeat(np.arange(138), weight)
    repeated = split_rows(rows[repeat], None, 0.2, np.random.RandomState(seed), strata[repeat])
    assert_array_equal(weighted[repeat], repeated)


def test_split_leaves_a_row_of_each_class():
    rows = np.arange(12.0)[:, None]
    strata = np.repeat([0, 1, 2], [1, 2, 9])
    aside = split_rows(rows, None, 0.9, np.random.RandomState(0), strata)
    assert_array_equal(np.bincount(strata[~aside]), [1, 1, 1])
    with pytest.raises(ValueError, match="at least 2 distinct rows of X in one of the classes"):
        split_rows(rows[:3], None, 0.5, np.random.RandomState(0), np.arange(3))


@all_solvers
@pytest.mark.parametrize("weighted", [False, True])
@unconverged
def test_best_network_on_given_validation_rows_is_kept(solver, weighted):
    X, y, X_val, y_val = noisy()
    weight = np.random.RandomState(0).uniform(0, 2, 40) if weighted else None
    model = make(solver, (5,), alpha=1e-6, early_stopping=True, max_iter=60)
    if solver == "sgd":
        model.set_params(learning_rate_init=1.0)
    model.fit(X, y, X_val=X_val, y_val=y_val, sample_weight_val=weight)
    scores = model.validation_scores_
    assert len(scores) == model.n_iter_
    assert model.best_validation_score_ == max(scores) > scores[-1]
    assert r2(model, X_val, y_val, weight) == pytest.approx(max(scores), abs=1e-9)


def test_fit_stops_when_the_score_stands_still():
    X, y, X_val, y_val = noisy()
    model = make(hidden=(5,), alpha=1e-6, early_stopping=True, n_iter_no_change=4)
    model.fit(X, y, X_val=X_val, y_val=y_val)
    best = int(np.argmax(model.validation_scores_))
    assert best < model.n_iter_ <= best + 5 + 4
    assert model.n_iter_ < 60


@unconverged
def test_rows_set_aside_are_scored_and_not_trained_on():
    X, y, *_ = noisy()
    model = make(hidden=(5,), early_stopping=True, validation_fraction=0.25, max_iter=30).fit(X, y)
    assert model.best_validation_score_ == max(model.validation_scores_)
    # Grids and scale come from all rows; the rows set aside are the first draw of the seed.
    assert model.y_mean_[0] == pytest.approx(y.mean())
    aside = np.zeros(60, dtype=bool)
    aside[np.lexsort(X.T[::-1])[np.random.RandomState(0).permutation(60)[:15]]] = True
    assert r2(model, X[aside], y[aside]) == pytest.approx(model.best_validation_score_, abs=1e-9)
    other = y.copy()
    other[aside] = np.random.RandomState(1).permutation(y[aside])
    again = clone(model).fit(X, other)
    assert again.loss_curve_[0] == pytest.approx(model.loss_curve_[0], rel=1e-9)
    assert again.validation_scores_[0] != model.validation_scores_[0]
