"""Effects and explanations as pictures: what they show, on which scales, and that texts keep apart."""

import itertools

import matplotlib
import matplotlib.pyplot as plt
import numpy as np
import pytest
from numpy.testing import assert_allclose

from sklearn_kan import KANClassifier, KANDisplay, KANRegressor, effects, explain
from sklearn_kan.display.waterfall import steps

matplotlib.use("agg")
pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


@pytest.fixture(autouse=True)
def closed_figures():
    yield
    plt.close("all")


def table(n=400, seed=0):
    """A switch, a code of three, two columns that act together, and one with an outlier; the last does nothing."""
    rng = np.random.RandomState(seed)
    X = np.column_stack([rng.randint(0, 2, n), rng.randint(0, 3, n), *rng.uniform(-1, 1, (2, n)), rng.normal(size=n)])
    X[0, 4] = 1e5
    f = X[:, 0] + 0.7 * (X[:, 1] == 1) + 2 * X[:, 2] * X[:, 3] + X[:, 2]
    return X, f


NAMES = ["switch", "code", "left", "right", "noise"]


@pytest.fixture(scope="module")
def model():
    X, f = table()
    return KANRegressor((4,), n_init=1, max_iter=40, random_state=0).fit(X, f + 0.1 * np.sin(99 * f))


@pytest.fixture(scope="module")
def classifier():
    X, f = table()
    return KANClassifier((3,), n_init=1, max_iter=30, random_state=0).fit(X, np.where(f > 1, "yes", "no"))


def draw(est, **options):
    display = KANDisplay.from_estimator(est, kind="effects", feature_names=NAMES, **options)
    display.figure_.canvas.draw()
    return display


def titles(display):
    return [ax.get_title(loc="left").rsplit("   ")[0] for ax in display.axes_]


def test_panels_are_the_important_effects_on_one_scale(model):
    display = draw(model)
    found = effects(model)
    n_curves = sum(found.importances >= 0.005)
    order = [NAMES[i] for i in np.argsort(-found.importances)[:n_curves]]
    assert titles(display)[:n_curves] == order
    assert "left × right" in titles(display)
    limits = {ax.get_ylim() for ax in display.axes_[:n_curves]}
    assert len(limits) == 1
    assert titles(draw(model, max_curves=2))[:2] == order[:2]


def test_axes_show_the_middle_of_the_data_and_values_one_by_one(model):
    found = effects(model)
    assert found.curves[4].middle[1] < 10 < found.curves[4].x[-1]
    display = draw(model)
    for ax, name in zip(display.axes_, titles(display), strict=True):
        if name in NAMES:
            curve = found.curves[NAMES.index(name)]
            assert curve.discrete == (name in ("switch", "code"))
            expected = (curve.x[0] - 0.5, curve.x[-1] + 0.5) if curve.discrete else curve.middle
            assert_allclose(ax.get_xlim(), expected)
            if curve.discrete:
                assert_allclose(ax.get_xticks(), curve.x)


def test_an_outliers_band_does_not_set_the_scale(model):
    found = effects(model)
    lo, hi = draw(model).axes_[0].get_ylim()
    seen = [curve.y[(curve.x >= curve.middle[0]) & (curve.x <= curve.middle[1])] for curve in found.curves]
    span = max(y.max() for y in seen) - min(y.min() for y in seen)
    assert hi - lo < 2.2 * span


@pytest.mark.parametrize(("output", "word"), [(None, "yes"), ("yes", "yes"), ("no", "no")])
def test_the_scale_is_named_and_the_class_can_be_chosen(classifier, output, word):
    texts = [text.get_text() for text in draw(classifier, output=output).figure_.texts]
    assert f"change of the log-odds of {word}" in texts
    assert any(text.startswith("Shares of the variance: curves ") for text in texts)


@pytest.mark.parametrize("style", ["default", "dark_background"])
def test_texts_keep_apart_and_stay_on_the_page(model, style):
    with plt.style.context(style):
        figure = draw(model).figure_
    boxes = [text.get_window_extent() for ax in figure.axes for text in ax.get_children() if _is_words(text)]
    boxes += [label.get_window_extent() for ax in figure.axes for label in _labels(ax)]
    boxes += [text.get_window_extent() for text in figure.texts]
    page = figure.bbox
    for box in boxes:
        assert box.x0 >= page.x0 - 1 and box.x1 <= page.x1 + 1 and box.y0 >= page.y0 - 1 and box.y1 <= page.y1 + 1
    for first, second in itertools.combinations(boxes, 2):
        assert not first.overlaps(second)


def _is_words(artist):
    return isinstance(artist, matplotlib.text.Text) and artist.get_text().strip()


def _labels(ax):
    """Labels of axes and of the ticks within them."""
    found = [ax.xaxis.label, ax.yaxis.label]
    for axis, (lo, hi) in ((ax.xaxis, ax.get_xlim()), (ax.yaxis, ax.get_ylim())):
        for tick in axis.get_major_ticks():
            labels = [label for label in (tick.label1, tick.label2) if label.get_visible()]
            found += labels if lo <= tick.get_loc() <= hi else []
    return [text for text in found if text.get_text().strip()]


def test_what_cannot_be_drawn(model):
    display = KANDisplay.from_estimator(model)
    with pytest.raises(ValueError, match="has no effects"):
        display.plot(kind="effects")
    with pytest.raises(ValueError, match="output must be one of"):
        KANDisplay.from_estimator(model, kind="effects", output="no such")


@pytest.mark.parametrize("most", [2, 10])
def test_steps_of_a_waterfall_sum_to_the_prediction(model, most):
    X, _ = table()
    explanation = explain(model, X[:5])
    for row in range(5):
        names, added = steps(explanation, row, 0, most)
        assert len(names) == len(added) == (4 if most == 2 else 6)
        assert_allclose(explanation.baseline + added.sum(), model.predict(X[row : row + 1])[0])
    assert names[-1] == "more than two together"
    assert np.all(np.diff(np.abs(added[: min(most, 5)])) <= 0)


def test_a_waterfall_says_what_it_sums_to(classifier):
    X, _ = table()
    explanation = explain(classifier, X[:1])
    display = KANDisplay.from_explanation(explanation)
    display.figure_.canvas.draw()
    probability = classifier.predict_proba(X[:1])[0, 1]
    assert f"a probability of {100 * probability:.1f} %" in display.ax_.get_title(loc="left")
    page = display.figure_.bbox
    boxes = [text.get_window_extent() for text in display.ax_.texts]
    boxes += [label.get_window_extent() for label in display.ax_.get_yticklabels()]
    for first, second in itertools.combinations(boxes, 2):
        assert not first.overlaps(second)
    assert all(box.x0 >= page.x0 and box.x1 <= page.x1 for box in boxes)
