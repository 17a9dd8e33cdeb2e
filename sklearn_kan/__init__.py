"""Kolmogorov-Arnold networks for scikit-learn."""

from importlib import import_module

__version__ = "0.2.0.dev0"

# Where public names live; a module is imported when one of its names is first asked for.
_HOMES = {
    "KANClassifier": "estimators",
    "KANDisplay": "display",
    "KANRegressor": "estimators",
    "SymbolicRegressor": "symbolic",
    "distill": "inspection",
    "edge_importance": "inspection",
    "effects": "inspection",
    "explain": "inspection",
    "export_code": "export",
    "export_html": "export",
    "export_onnx": "export",
    "export_text": "export",
    "feature_interactions": "inspection",
    "node_importance": "inspection",
    "register_onnx_converter": "export",
    "show_versions": "utils.versions",
    "symbolic_fit": "symbolic",
}
__all__ = sorted(_HOMES)


def __getattr__(name):
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f".{_HOMES[name]}", __name__), name)


def __dir__():
    return [*globals(), *_HOMES]
