"""Pages about a model, in a real browser."""

import json
import re
from html import unescape

import numpy as np
import pandas as pd
import pytest
from conftest import open_page, resize
from numpy.testing import assert_allclose
from problems import additive
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from sklearn_kan import KANClassifier, KANRegressor, distill, export_html

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
EVIL = ["<script>alert(1)</script>", "</script><b>&amp;", "@DATA@ '\"", "<!--<script>"]


@pytest.fixture(scope="module")
def model():
    X, y = additive(200)[:2]
    return KANRegressor((3,), alpha=1e-3, max_iter=20, random_state=0).fit(pd.DataFrame(X, columns=EVIL), 100 + 10 * y)


@pytest.fixture(scope="module")
def ten_eight_one():
    X = np.random.RandomState(0).uniform(-1, 1, (1000, 10))
    return KANRegressor((8,), alpha=1e-3, max_iter=3, random_state=0).fit(X, X[:, 0] * X[:, 1])


def data_of(html):
    """What the page's script reads."""
    return json.loads(re.search(r'id="data">(.*?)</script>', html, re.DOTALL)[1])


# ------------------------------------------------------------------------------- the text of a page


def test_every_name_is_only_text(model):
    html = export_html(model, title=EVIL[0], output_names=EVIL[1:2], candidates={(0, 0, 1): EVIL[3]})
    assert html.count("<script") == 2
    assert html.count("</script>") == 2
    assert "alert(1)</" not in html
    assert unescape(re.search("<title>(.*)</title>", html)[1]) == EVIL[0]
    data = data_of(html)
    assert [feature["name"] for feature in data["features"]] == EVIL
    assert data["outputs"][0]["name"] == EVIL[1]
    assert data["candidates"] == {"0/0/1": [EVIL[3]]}


def test_a_page_is_one_small_file_that_loads_nothing(ten_eight_one, tmp_path):
    html = export_html(ten_eight_one, path=tmp_path / "page.html")
    assert (tmp_path / "page.html").read_text(encoding="utf-8") == html
    assert len(html.encode()) < 250_000
    assert "default-src 'none'" in html
    assert set(re.findall(r"https?://[^\s\"')]*", html)) == {"http://www.w3.org/2000/svg"}
    assert not re.search(r"(src|href)=(?!\"data:,\")", html)


def test_weights_are_written_in_full(model):
    coef = data_of(export_html(model))["layers"][0]["coef"]
    assert np.array_equal(np.array(coef), model.network_.layers[0].coef)


def test_formulas_of_edges_on_the_page():
    X = np.random.RandomState(0).uniform(-1, 1, (100, 1))
    model = KANRegressor((), alpha=1e-9, random_state=0).fit(X, X[:, 0] ** 2)
    (found,) = data_of(export_html(model, candidates="auto"))["candidates"]["0/0/0"][:1]
    assert "u^2" in found
    with pytest.raises(ValueError, match="candidates must be"):
        export_html(model, candidates="all")


def test_names_that_are_no_unicode_are_written(model, tmp_path):
    export_html(model, path=tmp_path / "page.html", title="\ud800", feature_names=["\ud800", "b", "c", "d"])
    assert "<title>?</title>" in (tmp_path / "page.html").read_text(encoding="utf-8")


# ------------------------------------------------------------------------------- the page in a browser


def test_links(browser, tmp_path, model):
    open_page(browser, tmp_path, export_html(model))
    raw = [0.5, -1.0, 2.0]
    results = {
        link: browser.execute_script("return inverseLink(arguments[0], arguments[1])", link, raw)
        for link in ("identity", "log", "logit", "softmax")
    }
    assert results["identity"] == raw
    assert_allclose(results["log"], np.exp(raw))
    assert_allclose(results["logit"], 1 / (1 + np.exp(np.negative(raw))))
    assert_allclose(results["softmax"], np.exp(raw) / np.sum(np.exp(raw)))


def shown_prediction(browser):
    return float(browser.find_element(By.CSS_SELECTOR, "#prediction .value").get_attribute("data-value"))


def card(browser, label):
    return next(
        g
        for g in browser.find_elements(By.CSS_SELECTOR, "#network .edge")
        if g.get_attribute("aria-label").startswith(label)
    )


def test_click_keys_hover_and_sliders(browser, tmp_path, model):
    open_page(browser, tmp_path, export_html(model, candidates={(1, 2, 0): ["sin(x)", EVIL[0]]}))
    browser.find_element(By.ID, "tab-network").click()
    title = browser.find_element(By.ID, "edge-title")
    start = model.predict(pd.DataFrame([browser.execute_script("return x")], columns=EVIL))
    assert_allclose(shown_prediction(browser), start, rtol=1e-9)

    card(browser, "node 2 → y").find_element(By.TAG_NAME, "circle").click()
    assert title.text == "node 2 → y"
    assert [item.text for item in browser.find_elements(By.CSS_SELECTOR, "#candidates li")] == ["sin(x)", EVIL[0]]
    curve = browser.find_element(By.CSS_SELECTOR, "#plot .curve").get_attribute("d")
    assert len(curve.split("L")) > 90
    assert len(browser.find_elements(By.CSS_SELECTOR, "#plot .basis")) == 8
    browser.find_element(By.ID, "show-basis").click()
    assert not browser.find_elements(By.CSS_SELECTOR, "#plot .basis")

    other = card(browser, f"{EVIL[0]} → node 1")
    browser.execute_script("arguments[0].focus()", other)
    other.send_keys(Keys.ENTER)
    assert title.text == f"{EVIL[0]} → node 1"
    assert browser.find_element(By.CSS_SELECTOR, "#plot .curve").get_attribute("d") != curve
    assert not browser.find_elements(By.CSS_SELECTOR, "#candidates li")

    ActionChains(browser).move_to_element(card(browser, "node 0 → y").find_element(By.CLASS_NAME, "curve")).perform()
    tip = browser.find_element(By.ID, "tip")
    assert re.fullmatch(r"node 0 → y: importance \d+ %; now \S+ ↦ \S+", tip.text)

    spot = card(browser, "node 0 → y").find_element(By.TAG_NAME, "circle").get_attribute("cx")
    slider = browser.find_element(By.ID, "input-0")
    slider.send_keys(Keys.ARROW_RIGHT * 5)
    moved = model.predict(pd.DataFrame([browser.execute_script("return x")], columns=EVIL))
    assert_allclose(shown_prediction(browser), moved, rtol=1e-9)
    assert abs(moved[0] - start[0]) > 1e-3
    assert card(browser, "node 0 → y").find_element(By.TAG_NAME, "circle").get_attribute("cx") != spot
    browser.find_element(By.ID, "medians").click()
    assert_allclose(shown_prediction(browser), start, rtol=1e-9)


@pytest.mark.parametrize(("width", "scheme"), [(1300, "light"), (380, "dark")])
def test_width_and_scheme(browser, tmp_path, ten_eight_one, width, scheme):
    resize(browser, width, 800, scheme)
    names = ["averyveryverylongnamewithoutanyspaces" * 3, *"abcdefghi"]
    open_page(browser, tmp_path, export_html(ten_eight_one, feature_names=names))
    for view in ("effects", "network"):
        browser.find_element(By.ID, f"tab-{view}").click()
        inner, scroll = browser.execute_script("return [innerWidth, document.documentElement.scrollWidth]")
        assert inner == scroll == width
    page = browser.execute_script("return getComputedStyle(document.body).backgroundColor")
    assert page == {"light": "rgb(245, 247, 251)", "dark": "rgb(11, 15, 25)"}[scheme]
    outside = browser.execute_script(
        "const svg = document.getElementById('network').getBoundingClientRect();"
        "return [...document.querySelectorAll('#network text')].map((t) => t.getBoundingClientRect())"
        ".filter((b) => b.left < svg.left - 0.5 || b.right > svg.right + 0.5 || b.bottom > svg.bottom + 0.5).length"
    )
    assert outside == 0


@pytest.mark.parametrize("kind", ["log", "logit"])
def test_intervals_of_a_mean_stay_in_its_range(browser, tmp_path, kind):
    rng = np.random.RandomState(0)
    X = rng.uniform(-1, 1, (80, 2))
    if kind == "log":
        model = KANRegressor((), loss="poisson", random_state=0).fit(X, rng.poisson(0.3, 80))
    else:
        model = KANClassifier((), random_state=0).fit(X, rng.uniform(size=80) < 0.05)
    open_page(browser, tmp_path, export_html(model))
    browser.execute_script("x[0] = 3; x[1] = -3; update()")
    shown = browser.find_element(By.CSS_SELECTOR, "[data-sd]").text
    low, high = map(float, re.search(r": (\S+)(?: %)? to (\S+)", shown).groups())
    assert 0 <= low < high <= (100 if kind == "logit" else np.inf)
    raw_sd = np.sqrt(model.posterior_.variance(np.array([[3.0, -3.0]])))[0, 0] * model.y_scale_[0]
    sd = float(browser.find_element(By.CSS_SELECTOR, "[data-sd]").get_attribute("data-sd"))
    assert_allclose(sd, raw_sd, rtol=0.1)


def test_models_that_refuse_to_extrapolate_have_a_page_and_a_twin():
    X, y = additive(120)[:2]
    model = KANRegressor((3,), extrapolation="error", n_init=1, max_iter=20, random_state=0).fit(X, y)
    assert "interval" in data_of(export_html(model))
    assert distill(model, fidelity=0.9).fidelity_ > 0.9
