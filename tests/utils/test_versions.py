"""A report of versions names what is there and what is not."""

from importlib.metadata import PackageNotFoundError

import numpy as np
import sklearn

import sklearn_kan
from sklearn_kan.utils import versions


def lines(capsys):
    """What is printed, as a dict of the lines that have a name and a value."""
    sklearn_kan.show_versions()
    out = capsys.readouterr().out
    assert out.startswith(f"sklearn_kan {sklearn_kan.__version__}\n")
    return dict(line.strip().split(": ", 1) for line in out.splitlines() if ": " in line)


def test_versions_are_those_of_the_modules(capsys):
    shown = lines(capsys)
    assert shown["numpy"] == np.__version__
    assert shown["scikit-learn"] == sklearn.__version__
    assert int(shown["num_threads"]) >= 1


def test_what_is_not_installed_is_named(capsys, monkeypatch):
    def absent(name):
        raise PackageNotFoundError(name)

    monkeypatch.setattr(versions, "version", absent)
    assert lines(capsys)["sympy"] == "not installed"
