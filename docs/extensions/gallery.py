"""The gallery: examples in the order of a reader's curiosity, and none that prints a warning, with a path of this machine."""

import re
from pathlib import Path

from sphinx.util import logging

logger = logging.getLogger(__name__)

ORDER = (
    "effects_diabetes",
    "friedman",
    "price_map",
    "law_of_physics",
    "prediction_bands",
    "tumour_for_a_doctor",
    "small_twin",
    "what_the_evidence_chooses",
    "class_boundaries",
    "counts_with_exposure",
    "shops_and_gaps",
    "monotone_demand",
    "hour_of_day",
    "noise_that_varies",
    "damped_sine",
    "grid_refinement",
    "pruning",
    "pipeline_and_search",
    "export_to_c",
)


class InOrder:
    """Sorts examples by their place in the list; those that are not in it come last, by name."""

    def __init__(self, folder):
        self.folder = folder

    def __call__(self, filename):
        name = filename.removeprefix("plot_").removesuffix(".py")
        return (ORDER.index(name) if name in ORDER else len(ORDER), name)


def warn_of_warnings(app, env, docnames):
    """Pass on the warnings that stand in the output of examples."""
    for page in sorted(Path(app.srcdir, "gallery").glob("*.rst")):
        for line in re.findall(r"^ +\S+:\d+: \w*Warning: .*$", page.read_text(encoding="utf-8"), flags=re.MULTILINE):
            logger.warning("an example prints a warning: %s", line.strip(), location=str(page))


def setup(app):
    app.connect("env-before-read-docs", warn_of_warnings)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
