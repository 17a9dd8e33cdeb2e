"""Estimators for tables that lie on a cluster; needs dask and distributed."""

try:
    from .estimators import DaskKANClassifier, DaskKANRegressor
except ModuleNotFoundError as error:
    raise ImportError(f'{error.name} is needed for tables on a cluster: pip install "sklearn_kan[dask]".') from error

__all__ = ["DaskKANClassifier", "DaskKANRegressor"]
