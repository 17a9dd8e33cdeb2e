"""Pages of models of tables: levels to choose, a box for what is missing, and the same numbers as predict."""

import json
import re

import numpy as np
import pytest
from conftest import open_page, resize
from numpy.testing import assert_allclose
from selenium.webdriver.common.by import By
from selenium.webdriver.support.select import Select
from small_tables import NAMES, TEXTS, answer, fits, later, sure_fits, table

from sklearn_kan import KANRegressor, explain, export_html

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


def enter(browser, model, row):
    """Bring the page to a row: None and NaN are missing."""
    browser.execute_script(
        "arguments[0].forEach((v, i) => { x[i] = v === null ? NaN : v; }); update();"
        "data.features.forEach((feature) => feature.show());",
        [None if value != value else float(value) for value in row],
    )


def codes(model, frame):
    """Rows of codes."""
    from sklearn_kan.estimators.columns import validated

    return validated(model, frame, reset=False)


def shown(browser):
    """Predictions, all digits."""
    values = browser.find_elements(By.CSS_SELECTOR, "#prediction .value")
    return [float(value.get_attribute("data-value")) for value in values]


@pytest.mark.parametrize("name", ["additive", "with a branch", "two classes", "periodic"])
def test_a_page_predicts_what_the_model_does(name, browser, tmp_path):
    model, frame = fits()[name], later(12)
    expected = model.predict_proba(frame)[:, 1] if name == "two classes" else model.predict(frame)
    open_page(browser, tmp_path, export_html(model))
    for row, y in zip(codes(model, frame), expected.reshape(len(frame), -1), strict=True):
        enter(browser, model, row)
        assert_allclose(shown(browser), y, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("number", [0, 1])
def test_a_page_says_how_sure_it_is_and_how_it_comes_about(number, browser, tmp_path):
    model, frame = sure_fits()[number], table(12, seed=3)
    std, parts = model.predict(frame, return_std=True)[1], explain(model, frame).values
    open_page(browser, tmp_path, export_html(model))
    ratios = []
    for row, sd, values in zip(codes(model, frame), std, parts, strict=True):
        enter(browser, model, row)
        found = browser.find_element(By.CSS_SELECTOR, "#prediction [data-sd]").get_attribute("data-sd")
        ratios.append(float(found) / sd)
        bars = browser.find_elements(By.CSS_SELECTOR, "#waterfall [data-feature]")
        if number == 0:  # An additive model is its curves.
            shares = {int(b.get_attribute("data-feature")): float(b.get_attribute("data-contribution")) for b in bars}
            assert_allclose([shares[i] for i in range(5)], values.reshape(-1), rtol=1e-6, atol=1e-9)
    assert_allclose(np.median(ratios), 1.0, atol=0.1)


def test_levels_and_missing_values_are_chosen(browser, tmp_path):
    model = fits()["additive"]
    open_page(browser, tmp_path, export_html(model))
    box = Select(browser.find_element(By.ID, "input-1"))
    assert [option.text for option in box.options] == [
        " ".join(text.split()) for text in (*sorted(TEXTS), "other", "missing")
    ]
    row = browser.execute_script("return x")
    for choice, expected in (("low", "low"), ("other", "no such level"), ("missing", None)):
        box.select_by_visible_text(choice)
        frame = table(1)
        values = [row[0], expected, bool(row[2]), model._columns.levels[3][int(row[3])], row[4]]
        frame.loc[0] = values
        frame["flag"] = frame["flag"].astype(bool)
        assert_allclose(shown(browser), model.predict(frame), rtol=1e-9)
        assert f"text = {choice}" in browser.find_element(By.ID, "waterfall").text
    check = browser.find_element(By.CSS_SELECTOR, ".slider .check input")
    check.click()
    frame.loc[0, "x"] = np.nan
    assert_allclose(shown(browser), model.predict(frame), rtol=1e-9)
    check.click()
    frame.loc[0, "x"] = row[0]
    assert_allclose(shown(browser), model.predict(frame), rtol=1e-9)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_levels_are_points_in_both_views(scheme, browser, tmp_path):
    resize(browser, 1300, 900, scheme)
    open_page(browser, tmp_path, export_html(sure_fits()[1]))
    minis = {mini.find_element(By.TAG_NAME, "b").text: mini for mini in browser.find_elements(By.CSS_SELECTOR, ".mini")}
    minis["text"].click()
    plot = browser.find_element(By.ID, "effect-plot")
    assert len(plot.find_elements(By.CSS_SELECTOR, ".dot")) == len(TEXTS) + 1
    assert len(plot.find_elements(By.CSS_SELECTOR, ".bar")) == len(TEXTS) + 1
    assert {"low", "it's", "missing"} <= {text.text for text in plot.find_elements(By.TAG_NAME, "text")}
    minis["x"].click()
    assert plot.find_elements(By.CSS_SELECTOR, ".band") and len(plot.find_elements(By.CSS_SELECTOR, ".gone")) == 1
    browser.find_element(By.ID, "tab-network").click()
    edges = Select(browser.find_element(By.ID, "edge-list"))
    edges.select_by_visible_text(next(o.text for o in edges.options if o.text.startswith("text")))
    assert len(browser.find_elements(By.CSS_SELECTOR, "#plot .dot")) == len(TEXTS) + 2
    assert "10 levels" in browser.find_element(By.ID, "edge-facts").text


def test_random_rows_have_levels_and_missing_values(browser, tmp_path):
    open_page(browser, tmp_path, export_html(fits()["additive"]))
    drawn = browser.execute_script(
        "const rows = [];"
        "for (let r = 0; r < 300; r++) { drawRow(); rows.push(x.map((v) => Number.isNaN(v) ? null : v)); }"
        "return rows;"
    )
    rows = np.array(drawn, dtype=float)
    assert_allclose(np.isnan(rows[:, :2]).mean(axis=0), table()[["x", "text"]].isna().mean(), atol=0.1)
    assert set(rows[~np.isnan(rows[:, 1]), 1]) <= set(range(len(TEXTS)))
    assert set(rows[:, 2]) == {0, 1} and not np.isnan(rows[:, 2:]).any()


def test_the_twin_reads_its_own_codes(browser, tmp_path):
    """It is fitted to rows that fit has kept, on which a rare level may be missing."""
    frame = table(300)
    frame["text"] = np.where(np.arange(300) == 7, "a rare one", frame["text"].astype(object))
    quick = {"alpha": 1e-2, "max_iter": 10, "tol": 0.1, "random_state": 0}
    model = KANRegressor((13,), **quick).fit(frame, answer(table(300)))
    rows = frame.drop(index=7)
    html = export_html(model, rows)
    data = json.loads(re.search(r'id="data">(.*?)</script>', html, re.DOTALL)[1])
    assert data["twin"]["codes"][0] is None
    names = data["features"][1]["levels"]
    twin = data["twin"]["features"][1]["levels"]
    found = {name: twin[code] for name, code in zip(names[:-1], data["twin"]["codes"][1], strict=False) if code >= 0}
    assert found == {name: name for name in found} and len(found) >= 10
    open_page(browser, tmp_path, html)
    browser.find_element(By.ID, "tab-network").click()
    assert NAMES[1] in browser.find_element(By.ID, "network").text
