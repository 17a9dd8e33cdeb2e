"""The first view of a page, in a real browser: effects, sliders, and the sum of a prediction."""

import numpy as np
import pytest
from conftest import open_page, resize
from numpy.testing import assert_allclose
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import Select

from sklearn_kan import KANClassifier, KANRegressor, effects, explain, export_html
from sklearn_kan.export.effects_data import likely_data, scores_of

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
NAMES = ["switch", "<b>left</b>", "right", "twin of right", "noise"]


# Texts that leave their drawing.
OUTSIDE = """
return ["effect-plot", "waterfall"].flatMap((id) => {
  const svg = document.getElementById(id).getBoundingClientRect();
  return [...document.querySelectorAll(`#${id} text`)]
    .map((text) => [text.textContent, text.getBoundingClientRect()])
    .filter(([, box]) => box.left < svg.left - 1 || box.right > svg.right + 1 || box.bottom > svg.bottom + 2)
    .map(([text]) => text);
});
"""


def table(n=300, seed=0):
    """A switch, a pair, a column that nearly is another, and noise."""
    rng = np.random.RandomState(seed)
    X = np.column_stack([rng.randint(0, 2, n), *rng.uniform(-1, 1, (2, n)), np.zeros(n), rng.normal(size=n)])
    X[:, 3] = X[:, 2] + 0.1 * rng.normal(size=n)
    return X, 3 * X[:, 0] + 2 * X[:, 1] * X[:, 2] + X[:, 1]


@pytest.fixture(scope="module")
def model():
    X, y = table()
    return KANRegressor((5, 3), n_init=1, max_iter=40, random_state=0).fit(X, y)


@pytest.fixture(scope="module")
def html(model):
    return export_html(model, feature_names=NAMES, output_names=["yield"])


def shown(browser, selector):
    return [element.text for element in browser.find_elements(By.CSS_SELECTOR, selector)]


def bars(browser):
    """Contributions in the waterfall, by feature; the last is the rest."""
    elements = browser.find_elements(By.CSS_SELECTOR, "#waterfall rect")
    return [(e.get_attribute("data-feature"), float(e.get_attribute("data-contribution"))) for e in elements]


def row(browser):
    return np.array([browser.execute_script("return x")])


def test_effects_come_first_and_in_order_of_importance(browser, tmp_path, model, html):
    open_page(browser, tmp_path, html)
    found = effects(model)
    names = shown(browser, ".mini b")
    assert names[:5] == [NAMES[i] for i in np.argsort(-found.importances, kind="stable")]
    assert f"{NAMES[1]} × {NAMES[2]}" in names[5:]
    assert browser.find_element(By.ID, "effect-title").text == names[0]
    assert not browser.find_element(By.ID, "network-card").is_displayed()


def test_a_click_shows_the_curve_or_the_map(browser, tmp_path, model, html):
    open_page(browser, tmp_path, html)
    found, buttons = effects(model), browser.find_elements(By.CSS_SELECTOR, ".mini")
    buttons[1].send_keys(Keys.ENTER)
    assert buttons[1].get_attribute("aria-pressed") == "true"
    assert browser.find_elements(By.CSS_SELECTOR, "#effect-plot .curve")
    assert browser.find_elements(By.CSS_SELECTOR, "#effect-plot .density")
    assert "Change of yield" in browser.find_element(By.ID, "effect-note").text
    buttons[5].click()
    cells = browser.find_elements(By.CSS_SELECTOR, "#effect-plot .cell")
    assert len(cells) == 36 * 36
    at = [[0.5, 0.5], [-0.5, 0.5], [3.0, -0.2]]
    surface = found.decomposition.surfaces[0]
    i, j = surface.features
    X = np.zeros((3, 5))
    X[:, [i, j]] = at
    values = browser.execute_script("return arguments[0].map(([u, v]) => surfaceAt(effects.surfaces[0], u, v))", at)
    assert_allclose(values, surface.at(X)[:, 0] * model.y_scale_, rtol=1e-3, atol=1e-3)


def test_sliders_move_the_sum_which_is_that_of_explain(browser, tmp_path, model, html):
    open_page(browser, tmp_path, html)
    slider = browser.find_element(By.ID, "input-1")
    for _ in range(2):
        explanation = explain(model, row(browser))
        found = bars(browser)
        for feature, value in found[:-1]:
            assert_allclose(value, explanation.values[0, int(feature)], rtol=1e-3, atol=2e-3)
        assert_allclose(found[-1][1], explanation.remainder[0], atol=5e-3)
        total = sum(value for _, value in found) + explanation.baseline
        assert_allclose(total, model.predict(row(browser))[0], rtol=1e-6)
        slider.send_keys(Keys.ARROW_RIGHT * 9)
    assert bars(browser) != found


def test_additive_models_are_summed_exactly(browser, tmp_path):
    X, y = table()
    model = KANRegressor((), random_state=0).fit(X, y)
    open_page(browser, tmp_path, export_html(model))
    browser.execute_script("x[1] = 0.123; x[4] = 0.7; update()")
    explanation = explain(model, row(browser))
    for feature, value in bars(browser):
        assert_allclose(value, explanation.values[0, int(feature)], rtol=1e-9, atol=1e-9)


def test_a_feature_of_few_values_has_only_these(browser, tmp_path, html):
    open_page(browser, tmp_path, html)
    slider = browser.find_element(By.ID, "input-0")
    slider.send_keys(Keys.HOME)
    assert row(browser)[0, 0] == 0
    slider.send_keys(Keys.ARROW_RIGHT)
    assert row(browser)[0, 0] == 1


@pytest.mark.parametrize("n_classes", [2, 3])
def test_the_class_can_be_chosen(browser, tmp_path, n_classes):
    X, y = table()
    labels = np.array(["low", "mid", "high"])[np.digitize(y, np.quantile(y, [0.5, 0.8][: n_classes - 1]))]
    model = KANClassifier((3,), n_init=1, max_iter=15, random_state=0).fit(X, labels)
    open_page(browser, tmp_path, export_html(model))
    select = Select(browser.find_element(By.ID, "output"))
    assert sorted(option.text for option in select.options) == sorted(model.classes_)
    select.select_by_visible_text("low")
    word = "log-odds" if n_classes == 2 else "score"
    assert f"the {word} of low" in browser.find_element(By.ID, "waterfall-sum").text
    raw = model.decision_function(row(browser))[0]
    baseline = np.atleast_1d(effects(model).mean)
    place = model.classes_.tolist().index("low")
    expected = (baseline[0] - raw) if n_classes == 2 else raw[place] - baseline[place]
    assert_allclose(sum(value for _, value in bars(browser)), expected, rtol=1e-3, atol=1e-3)


def test_rows_unlike_the_data_are_named_and_random_ones_are_not(browser, tmp_path, model, html):
    open_page(browser, tmp_path, html)
    assert not browser.find_elements(By.CLASS_NAME, "strange")
    browser.execute_script("x[2] = 0.8; x[3] = -0.8; update()")
    assert shown(browser, ".strange") == ["The data have no rows like this."]
    draws = browser.execute_script(
        "const rows = []; for (let r = 0; r < 400; r++) { drawRow(); rows.push([...x]); } return rows"
    )
    draws, (X, _) = np.array(draws), table()
    assert set(draws[:, 0]) == {0, 1}
    assert np.corrcoef(draws[:, 2], draws[:, 3])[0, 1] > 0.9
    assert_allclose(
        np.quantile(draws, [0.2, 0.5, 0.8], axis=0)[:, 1:], np.quantile(X, [0.2, 0.5, 0.8], axis=0)[:, 1:], atol=0.25
    )


def test_likely_rows_are_those_of_the_data(model):
    data = likely_data(effects(model).model.profile)
    root = np.array(data["root"])
    X = model.profile_["rows"]
    scores = np.column_stack([scores_of(x, row) for x, row in zip(X.T, model.profile_["quantiles"][0], strict=True)])
    distances = np.sum(np.linalg.solve(root, scores.T) ** 2, axis=0)
    assert 0.98 < np.mean(distances <= data["limit"]) <= 1
    assert np.corrcoef(scores[:, 2], X[:, 2])[0, 1] > 0.98


def test_views_change_by_keys_and_a_large_network_has_a_twin(browser, tmp_path):
    X, y = table()
    model = KANRegressor((12,), n_init=1, alpha=1e-3, max_iter=8, random_state=0).fit(X, y)
    open_page(browser, tmp_path, export_html(model))
    browser.find_element(By.ID, "tab-effects").send_keys(Keys.ARROW_RIGHT)
    assert browser.find_element(By.ID, "network-card").is_displayed()
    assert browser.find_element(By.ID, "network-title").text == "A small twin of the network"
    assert "R² to the predictions of the whole network" in browser.find_element(By.ID, "twin-note").text
    few = len(browser.find_elements(By.CSS_SELECTOR, "#network .edge"))
    button = browser.find_element(By.ID, "which-net")
    assert button.text == "The whole network, 72 edges"
    button.click()
    assert len(browser.find_elements(By.CSS_SELECTOR, "#network .edge")) == 72 > few
    browser.find_element(By.ID, "input-1").send_keys(Keys.ARROW_RIGHT)
    assert browser.find_element(By.CSS_SELECTOR, "#prediction .value").is_displayed()


@pytest.mark.parametrize("width", [1300, 380])
def test_texts_do_not_leave_their_drawing(browser, tmp_path, html, width):
    resize(browser, width, 900, "dark")
    open_page(browser, tmp_path, html)
    for n in (0, 5):
        browser.find_elements(By.CSS_SELECTOR, ".mini")[n].click()
        outside = browser.execute_script(OUTSIDE)
        assert outside == []


def test_a_constant_has_a_page(browser, tmp_path):
    model = KANRegressor(random_state=0).fit(np.ones((20, 2)), np.arange(20.0))
    open_page(browser, tmp_path, export_html(model))
    assert_allclose(float(browser.find_element(By.CSS_SELECTOR, "#prediction .value").get_attribute("data-value")), 9.5)
