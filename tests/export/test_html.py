"""Pages and texts about a model, the pages in a real browser."""

import json
import re
from html import unescape

import numpy as np
import pandas as pd
import pytest
from conftest import resize
from numpy.testing import assert_allclose
from problems import NETWORKS, additive, inputs, make_layer
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from sklearn_kan import KANRegressor, export_html, export_text
from sklearn_kan.display.colors import DARK, LIGHT
from sklearn_kan.evidence.posterior import Posterior
from sklearn_kan.export.page import layer_data, page_data, render
from sklearn_kan.export.posterior_factor import interval_data
from sklearn_kan.inspection.curves import layer_curves
from sklearn_kan.network import KANNetwork
from sklearn_kan.network.importance import profile

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
EVIL = ["<script>alert(1)</script>", "</script><b>&amp;", "@DATA@ '\"", "<!--<script>"]
STACKS = {
    **NETWORKS,
    "constant, unequal": lambda: KANNetwork(
        [make_layer(2, 2, kind="unequal", degree=1, extrapolation="constant"), make_layer(2, 1, degree=5)]
    ),
    "additive": lambda: KANNetwork([make_layer(2, 1, degree=4)]),
}


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


def open_page(browser, tmp_path, html):
    path = tmp_path / "page.html"
    path.write_text(html, encoding="utf-8")
    browser.get(path.as_uri())


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
    assert len(html.encode()) < 200_000
    assert "default-src 'none'" in html
    assert set(re.findall(r"https?://[^\s\"')]*", html)) == {"http://www.w3.org/2000/svg"}
    assert not re.search(r"(src|href)=(?!\"data:,\")", html)


def test_weights_are_written_in_full(model):
    coef = data_of(export_html(model))["layers"][0]["coef"]
    assert np.array_equal(np.array(coef), model.network_.layers[0].coef)


@pytest.mark.parametrize("theme", [LIGHT, DARK])
def test_texts_have_contrast(theme):
    def light(color):
        parts = np.array([int(color[k : k + 2], 16) for k in (1, 3, 5)]) / 255
        linear = np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)
        return linear @ (0.2126, 0.7152, 0.0722) + 0.05

    for color, least in ((theme.text, 12), (theme.muted, 4.5), *((color, 2.5) for color in theme.features)):
        pair = sorted([light(color), light(theme.card)])
        assert pair[1] / pair[0] >= least, color


def test_formulas_of_curves():
    X = np.random.RandomState(0).uniform(-1, 1, (300, 3))
    y = 3 * X[:, 0] ** 2 + np.sin(4 * X[:, 1]) - 2 * X[:, 2]
    model = KANRegressor((), grid_size=12, knots="uniform", alpha=1e-12, random_state=0).fit(X, y)
    found = data_of(export_html(model, candidates="auto"))["candidates"]
    u = np.linspace(-1, 1, 50)
    names = {"u": u, "sin": np.sin, "cos": np.cos}
    for i, (part, curve) in enumerate([("3*u^2", 3 * u**2), ("(4*u", np.sin(4 * u)), ("-2*u", -2 * u)]):
        text = found[f"0/{i}/0"][0]
        assert part in text
        # The same wave has several names, and constants are rounded.
        values = eval(text.split("   (")[0].replace("^", "**"), {"__builtins__": {}}, names)
        assert_allclose(values - values.mean(), curve - curve.mean(), atol=0.02)
    with pytest.raises(ValueError, match="candidates must be"):
        export_html(model, candidates="all")


# ------------------------------------------------------------------------------- the page in a browser

EVALUATE = """
return arguments[0].map((x) => {
  const records = forward(layers, x), output = records[records.length - 1].output;
  const back = output.map((_, o) => backward(layers, records, o));
  return { output, input: back.map((b) => b.input), theta: back.map((b) => b.theta) };
});
"""


@pytest.mark.parametrize("name", STACKS)
def test_the_page_computes_what_the_network_does(name, browser, tmp_path):
    network, X = STACKS[name](), np.vstack([inputs(12), inputs(12, seed=1, spread=4.0), [[1, -1]]])
    if "deep" not in name:  # its polynomials go on to 1e36 and leave no digits
        X = np.vstack([X, [[1e9, -1e9]]])
    measured = profile(network, inputs(50)).shares()
    curves = [layer_curves(network, d) for d in range(len(network.spline_layers))]
    outputs = [f"y{o}" for o in range(network.n_outputs)]
    one = np.ones(len(outputs))
    open_page(
        browser,
        tmp_path,
        render("x", page_data(network, measured, curves, ["a", "b"], outputs, 0 * one, one, "identity")),
    )
    results = browser.execute_script(EVALUATE, X.tolist())
    for key, expected in (
        ("output", network.forward(X)),
        ("input", network.gradient(X)),
        ("theta", network.jacobian(X)),
    ):
        scale = 1 + np.abs(expected).reshape(len(X), -1).max(axis=1).reshape(-1, *[1] * (expected.ndim - 1))
        assert_allclose(np.array([row[key] for row in results]) / scale, expected / scale, rtol=0, atol=1e-9)


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


def test_the_page_says_how_sure_a_prediction_is(browser, tmp_path):
    members = [NETWORKS["two layers"](), KANNetwork([make_layer(2, 4, 5), make_layer(4, 1, 6)])]
    covariances, weights = [], np.array([0.3, 0.7])
    for seed, member in enumerate(members):
        root = np.random.RandomState(seed).normal(size=(member.n_params, member.n_params))
        covariances.append(root @ np.diag(0.9 ** np.arange(len(root))) @ root.T / len(root))
    measured = profile(members[0], inputs(500)).shares()
    data = page_data(
        members[0], measured, [layer_curves(members[0], d) for d in (0, 1)], ["a", "b"], ["y"], [5.0], [2.0], "identity"
    )
    data["interval"] = interval_data(Posterior(members, covariances, weights), [0.3], measured.quantiles[0], layer_data)
    open_page(browser, tmp_path, render("x", {**data, "facts": ""}))
    X = inputs(20, seed=3, spread=0.95)
    variances = [
        np.einsum("np,pq,nq->n", J := m.jacobian(X)[:, 0], C, J) for m, C in zip(members, covariances, strict=True)
    ]
    outputs = [member.forward(X)[:, 0] for member in members]
    between = weights @ (outputs - weights @ outputs) ** 2
    expected = 2 * np.sqrt(0.3**2 + weights @ variances + between)
    shown = browser.execute_script(
        "return arguments[0].map((row) => { row.forEach((v, i) => { x[i] = v; }); update();"
        "return Number(document.querySelector('[data-sd]').getAttribute('data-sd')); })",
        X.tolist(),
    )
    assert_allclose(shown, expected, rtol=0.02)


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
    title = browser.find_element(By.ID, "edge-title")
    start = model.predict(pd.DataFrame([browser.execute_script("return x")], columns=EVIL))
    assert_allclose(shown_prediction(browser), start, rtol=1e-9)

    card(browser, "node 2 → y").find_element(By.CLASS_NAME, "curve").click()
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


# ------------------------------------------------------------------------------- the text for a terminal


def test_text(model, ten_eight_one):
    text = export_text(model, feature_names=["a", "b", "c", "d"])
    lines = text.splitlines()
    assert lines[:2] == [
        "KANRegressor",
        f"4 -> 3 -> 1; 15 edges, 120 parameters; solver lm, {model.n_iter_} iterations",
    ]
    assert re.search(r"^  a   \d\d %  █{20}$", text, re.MULTILINE)
    assert "  1 more below 0.5 %" in text
    assert re.search(r"^  node \d -> y +\d+ %  [▁▂▃▄▅▆▇█]{24}  from \S+ to \S+$", text, re.MULTILINE)
    assert "The 12 most important of 88 edges" in export_text(ten_eight_one)
