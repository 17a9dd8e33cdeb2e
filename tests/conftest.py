"""A browser for the tests of pages, one Chromium a session, started when a test first asks for it; tools in general.

Where a tool is missing the tests that need it are skipped, and say which packages they would need. With
SKLEARN_KAN_REQUIRE_TOOLS=1, as `.ci/run` has it, they fail instead: there nothing may go untested in silence.
"""

import os
import shutil
from importlib import import_module

import pytest
from selenium import webdriver
from selenium.webdriver.chrome.service import Service

MISSING = "Chromium and its driver are needed. On Debian: apt-get install chromium chromium-driver"
FLAGS = (
    "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync --disable-dev-shm-usage --hide-scrollbars"
)


def start_chromium(profile):
    """A headless Chromium with its user data in a new folder.

    Parameters
    ----------
    profile : path-like

    Raises
    ------
    FileNotFoundError
        If there is no Chromium or no driver.
    """
    program, driver = shutil.which("chromium") or shutil.which("chromium-browser"), shutil.which("chromedriver")
    if program is None or driver is None:
        raise FileNotFoundError(MISSING)
    options = webdriver.ChromeOptions()
    options.binary_location = program
    for flag in (*FLAGS.split(), f"--user-data-dir={profile}"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    return webdriver.Chrome(options=options, service=Service(driver))


def go_without(reason):
    """End a test, or the tests of a file, for want of a tool: as skipped, or as failed where tools are required.

    A machine may lack programs that pip does not install, and an environment packages that are not for all platforms:
    what needs neither is tested there all the same.
    """
    if os.environ.get("SKLEARN_KAN_REQUIRE_TOOLS") == "1":
        pytest.fail(reason, pytrace=False)
    # Why this may be: a newcomer without browser or compiler is to see the tests of all else pass. It is the one place
    # where this project skips, and CI never comes here: with SKLEARN_KAN_REQUIRE_TOOLS the line above has failed.
    pytest.skip(reason, allow_module_level=True)


def needed(package):
    """A package of the extra `test`, or an end to the tests of a file that cannot do without it."""
    try:
        return import_module(package)
    except ImportError:
        return go_without(f'{package} is needed: pip install ".[test]"')


@pytest.fixture(scope="session")
def _chromium(tmp_path_factory):
    """The browser itself."""
    try:
        browser = start_chromium(tmp_path_factory.mktemp("chromium"))
    except FileNotFoundError as error:
        go_without(str(error))
    yield browser
    browser.quit()


@pytest.fixture
def browser(_chromium):
    """A browser of desktop size on a light page; nothing may have been logged when the test ends."""
    _chromium.get_log("browser")
    resize(_chromium, 1300, 900)
    yield _chromium
    assert _chromium.get_log("browser") == []


def resize(browser, width, height, scheme="light"):
    """Another size, and light or dark."""
    size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 500}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    features = [{"name": "prefers-color-scheme", "value": scheme}]
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})


def open_page(browser, tmp_path, html):
    """Show the text of a page."""
    path = tmp_path / "page.html"
    path.write_text(html, encoding="utf-8")
    browser.get(path.as_uri())
