"""The site: ``python -m sphinx -W docs build`` from the top of the repository, without a network.

With SKLEARN_KAN_DOCS=quick only the examples of QUICK are run, the others are shown without their pictures.
"""

import os
import sys
import warnings
from pathlib import Path

import sklearn_kan

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE / "extensions"))

project = "sklearn_kan"
author = "The sklearn_kan developers"
copyright = f"2026, {author}"
version = release = sklearn_kan.__version__

extensions = [
    "myst_parser",
    "numpydoc",
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx.ext.intersphinx",
    "sphinx_copybutton",
    "sphinx_gallery.gen_gallery",
    # Of this folder.
    "gallery",
    "mathml",
    "neighbours",
    "pages",
]
source_suffix = {".rst": "restructuredtext", ".md": "markdown"}
exclude_patterns = ["examples", "templates", "static", "extensions"]
templates_path = ["templates"]
root_doc = "index"
nitpicky = False

# Markdown: links to headings, formulas between dollars, containers between colons.
myst_enable_extensions = ["amsmath", "attrs_block", "colon_fence", "deflist", "dollarmath"]
myst_heading_anchors = 3
myst_links_external_new_tab = False

# Pages of the public names.
autosummary_generate = True
autodoc_default_options = {"member-order": "bysource"}
autodoc_typehints = "none"
numpydoc_class_members_toctree = False
numpydoc_show_class_members = False
numpydoc_xref_param_type = False

# Examples, in the order of a reader's curiosity.
QUICK = ("plot_effects_diabetes", "plot_prediction_bands", "plot_damped_sine", "plot_class_boundaries")
only = "|".join(QUICK) if os.environ.get("SKLEARN_KAN_DOCS") == "quick" else "plot_"
sphinx_gallery_conf = {
    "examples_dirs": "examples",
    "gallery_dirs": "gallery",
    "within_subsection_order": "gallery.InOrder",
    "filename_pattern": rf"[\\/]({only})",
    "doc_module": "sklearn_kan",
    "backreferences_dir": "gallery/backreferences",
    "reference_url": {"sklearn_kan": None},
    "remove_config_comments": True,
    "show_memory": False,
    "capture_repr": (),
    "image_srcset": ["2x"],
    "plot_gallery": True,
    "download_all_examples": False,
    "show_signature": False,
    "min_reported_time": 1,
    "matplotlib_animations": False,
    "parallel": True,
    "write_computation_times": False,
}
warnings.filterwarnings("ignore", message="FigureCanvasAgg is non-interactive")

# What it looks like.
html_theme = "pydata_sphinx_theme"
html_title = "sklearn_kan"
html_logo = "static/logo.svg"
html_favicon = "static/logo.svg"
html_static_path = ["static"]
html_css_files = ["site.css"]
html_extra_path = ["bspline.html"]
html_show_sourcelink = False
html_copy_source = False
html_theme_options = {
    "logo": {"text": "sklearn_kan"},
    "show_toc_level": 2,
    "navigation_with_keys": False,
    "header_links_before_dropdown": 6,
    "secondary_sidebar_items": ["page-toc"],
    "footer_start": ["copyright"],
    "footer_end": ["sphinx-version"],
    "pygments_light_style": "tango",
    "pygments_dark_style": "monokai",
}
html_context = {"default_mode": "auto"}
html_sidebars = {"index": [], "changes": [], "architecture": [], "citation": [], "benchmarks/README": []}
copybutton_prompt_text = r">>> |\.\.\. |\$ "
copybutton_prompt_is_regexp = True
