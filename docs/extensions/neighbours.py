"""Links to the pages of other packages without asking their sites: intersphinx reads inventories made from a list.

The names are those that our docstrings and pages speak of. One that is missing here is shown without a link.
"""

import tempfile
import zlib
from pathlib import Path

SITES = {
    "numpy": "https://numpy.org/doc/stable/",
    "scipy": "https://docs.scipy.org/doc/scipy/",
    "sklearn": "https://scikit-learn.org/stable/",
    "matplotlib": "https://matplotlib.org/stable/",
}
# Of each package: role, name, place on its site; $ is the name.
OBJECTS = {
    "numpy": [("py:class", "numpy.ndarray", "reference/generated/$.html#$")],
    "scipy": [("py:class", "scipy.interpolate.BSpline", "reference/generated/$.html#$")],
    "sklearn": [
        *(
            ("py:class", name, "modules/generated/$.html#$")
            for name in (
                "sklearn.ensemble.HistGradientBoostingRegressor",
                "sklearn.ensemble.RandomForestRegressor",
                "sklearn.model_selection.GridSearchCV",
                "sklearn.neural_network.MLPClassifier",
                "sklearn.neural_network.MLPRegressor",
                "sklearn.pipeline.Pipeline",
                "sklearn.preprocessing.SplineTransformer",
            )
        ),
        ("py:function", "sklearn.inspection.permutation_importance", "modules/generated/$.html#$"),
        # Of the methods that our estimators inherit.
        ("std:label", "metadata_routing", "metadata_routing.html#metadata-routing"),
        ("std:label", "accuracy_score", "modules/model_evaluation.html#accuracy-score"),
        ("std:label", "r2_score", "modules/model_evaluation.html#r2-score"),
        ("std:term", "meta-estimator", "glossary.html#term-meta-estimator"),
    ],
    "matplotlib": [("py:class", "matplotlib.figure.Figure", "api/figure_api.html#$")],
}


def inventory(package, objects):
    """The bytes of an inventory, version 2."""
    head = f"# Sphinx inventory version 2\n# Project: {package}\n# Version: \n# The rest is compressed using zlib.\n"
    lines = [f"{name} {role} 1 {place.replace('$', name)} -\n" for role, name, place in objects]
    return head.encode() + zlib.compress("".join(lines).encode())


def write_inventories(app, config):
    """Inventories in a folder that goes when the build ends, and intersphinx told of them."""
    app.neighbours = tempfile.TemporaryDirectory()
    for package, site in SITES.items():
        path = Path(app.neighbours.name, f"{package}.inv")
        path.write_bytes(inventory(package, OBJECTS[package]))
        config.intersphinx_mapping[package] = (site, str(path))


def setup(app):
    app.connect("config-inited", write_inventories, priority=1)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
