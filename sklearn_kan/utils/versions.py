"""What a report of a fault should begin with: versions, machine and threads."""

import platform
import sys
from importlib.metadata import PackageNotFoundError, version

import scipy.linalg  # noqa: F401  -- with it both copies of BLAS are loaded, and can be asked.
from threadpoolctl import threadpool_info

_NEEDED = ("numpy", "scipy", "scikit-learn", "joblib", "threadpoolctl")
_OPTIONAL = ("matplotlib", "sympy", "rich", "pandas", "skops")


def show_versions():
    """Print versions of Python, of the packages that matter here, and the libraries that start threads.

    Examples
    --------
    >>> import sklearn_kan
    >>> sklearn_kan.show_versions()  # doctest: +ELLIPSIS
    sklearn_kan ...
    """
    package = __package__.partition(".")[0]
    print(f"{package} {sys.modules[package].__version__}\n")
    _section("System", {"python": sys.version.replace("\n", " "), "machine": platform.platform()})
    _section("Needed", {name: _version(name) for name in _NEEDED})
    _section("Optional", {name: _version(name) for name in _OPTIONAL})
    for library in threadpool_info():
        _section(f"Threads of {library['internal_api']}", library)


def _version(package):
    """Version of a distribution, or that there is none."""
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"


def _section(title, facts):
    """Print names and values, one a line, aligned below a title."""
    print(title)
    for name, value in facts.items():
        print(f"  {name:>16}: {value}")
    print()
