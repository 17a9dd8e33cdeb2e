"""A fresh environment without a browser, and an installed copy beside the clone, disturb no test."""

from pathlib import Path

import pytest
from conftest import go_without, needed, start_chromium

import sklearn_kan


def test_the_clone_is_what_is_tested():
    """Whatever copy of the package is installed."""
    assert Path(sklearn_kan.__file__).parents[1] == Path(__file__).parents[1]


def test_a_missing_browser_is_named_with_its_packages(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(FileNotFoundError, match="apt-get install chromium chromium-driver"):
        start_chromium(tmp_path)


@pytest.mark.parametrize("required, outcome", [("", pytest.skip.Exception), ("1", pytest.fail.Exception)])
def test_tests_are_skipped_without_their_tools_unless_these_are_required(monkeypatch, required, outcome):
    monkeypatch.setenv("SKLEARN_KAN_REQUIRE_TOOLS", required)
    with pytest.raises(outcome, match="no browser"):
        go_without("no browser")


@pytest.mark.parametrize("required, outcome", [("", pytest.skip.Exception), ("1", pytest.fail.Exception)])
def test_a_missing_package_is_named(monkeypatch, required, outcome):
    monkeypatch.setenv("SKLEARN_KAN_REQUIRE_TOOLS", required)
    assert needed("json").loads("1") == 1
    with pytest.raises(outcome, match="no_such_package is needed"):
        needed("no_such_package")
