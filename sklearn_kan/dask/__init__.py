"""Estimators for tables that lie on a cluster; needs dask and distributed."""

from .estimators import DaskKANClassifier, DaskKANRegressor

__all__ = ["DaskKANClassifier", "DaskKANRegressor"]
