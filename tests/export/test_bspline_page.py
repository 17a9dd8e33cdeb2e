"""The page with a B-spline to play with, in a real browser."""

from pathlib import Path

import numpy as np
import pytest
from conftest import resize
from numpy.testing import assert_allclose
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from sklearn_kan.layers.basis import BSplineBasis
from sklearn_kan.layers.knots import extend

PAGE = Path(__file__).parents[2] / "docs" / "bspline.html"


@pytest.fixture
def page(browser):
    browser.get(PAGE.as_uri())
    return browser


def choose(page, identifier, value, event):
    page.execute_script(
        "const e = document.getElementById(arguments[0]); e.value = arguments[1];"
        "e.dispatchEvent(new Event(arguments[2]))",
        identifier,
        value,
        event,
    )


@pytest.mark.parametrize(("degree", "count"), [(1, 6), (3, 8), (5, 6), (5, 16)])
def test_it_is_our_basis_on_any_knots(page, degree, count):
    choose(page, "degree", degree, "change")
    choose(page, "count", count, "input")
    page.execute_script("inner.forEach((_, m) => moveKnot(m + 1, inner[m] + 0.03 * (m % 3)))")
    x = np.linspace(-1, 1, 41)
    basis, sums, inner, weights = page.execute_script(
        "return [arguments[0].map((x) => basisAt(x)), arguments[0].map(splineAt), inner, weights]", x.tolist()
    )
    t = extend(np.array([[-1.0, *inner, 1.0]]), degree)
    assert len(weights) == count
    assert_allclose(page.execute_script("return knots()"), t[0], atol=1e-12)
    expected = BSplineBasis(t, degree).design(x[None])[0].T
    assert_allclose(basis, expected, atol=1e-12)
    assert_allclose(sums, expected @ weights, atol=1e-12)


def test_drag_and_keys(page):
    curve = page.find_element(By.CLASS_NAME, "sum")
    handle = page.find_elements(By.CLASS_NAME, "handle")[4]
    weights, before = page.execute_script("return [...weights]"), curve.get_attribute("d")
    dot = handle.find_element(By.CLASS_NAME, "dot")
    ActionChains(page).move_to_element(dot).click_and_hold().move_by_offset(0, -60).release().perform()
    moved = page.execute_script("return [...weights]")
    changed = np.flatnonzero(np.subtract(moved, weights))
    assert changed.tolist() == [4]
    assert moved[4] > weights[4] + 0.3
    assert curve.get_attribute("d") != before
    assert float(handle.get_attribute("aria-valuenow")) == pytest.approx(moved[4], abs=0.006)

    handle.send_keys(Keys.ARROW_DOWN * 2)
    assert page.execute_script("return weights[4]") == pytest.approx(moved[4] - 0.1)
    knot = page.find_elements(By.CSS_SELECTOR, ".knot:not(.fixed)")[1]
    place = page.execute_script("return inner[1]")
    knot.send_keys(Keys.ARROW_RIGHT * 3)
    assert page.execute_script("return inner[1]") == pytest.approx(place + 0.06)
    page.find_element(By.ID, "one").click()
    assert page.execute_script("return splineAt(0.3)") == pytest.approx(1)
    ActionChains(page).move_to_element(page.find_element(By.ID, "picture")).perform()
    reading = page.find_element(By.ID, "reading").text
    assert reading.count("1 × ") == 4
    assert reading.endswith("= 1")


@pytest.fixture
def fingers(browser):
    browser.execute_cdp_cmd("Emulation.setTouchEmulationEnabled", {"enabled": True})
    yield
    browser.execute_cdp_cmd("Emulation.setTouchEmulationEnabled", {"enabled": False})


def test_touch_phone_and_dark(browser, fingers):
    resize(browser, 380, 800, "dark")
    browser.get(PAGE.as_uri())
    box = "const b = document.querySelectorAll('.handle .dot')[3].getBoundingClientRect();"
    x, y, weight = browser.execute_script(f"{box} return [b.x + b.width / 2, b.y + b.height / 2, weights[3]]")
    for kind, points in (("Start", [(x, y)]), ("Move", [(x, y - 30)]), ("Move", [(x, y - 50)]), ("End", [])):
        places = [{"x": u, "y": v} for u, v in points]
        browser.execute_cdp_cmd("Input.dispatchTouchEvent", {"type": f"touch{kind}", "touchPoints": places})
    assert browser.execute_script("return weights[3]") > weight + 0.3
    assert browser.execute_script("return document.documentElement.scrollWidth") == 380
    assert browser.execute_script("return getComputedStyle(document.body).backgroundColor") == "rgb(11, 15, 25)"
    assert "http" not in PAGE.read_text(encoding="utf-8").replace("http://www.w3.org/2000/svg", "").replace(
        "http-equiv", ""
    )
