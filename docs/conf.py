"""Sphinx's settings; `make docs` builds the site."""

import sys
from importlib.metadata import version as version_of
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

project = "Onward"
author = copyright = "The Onward developers"
release = version = version_of("onward")

extensions = ["myst_nb", "sphinx.ext.autodoc", "sphinx.ext.napoleon", "autodoc_events"]
exclude_patterns = ["_build"]

myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3

nb_execution_mode = "force"
nb_execution_in_temp = True
nb_execution_raise_on_error = True
nb_execution_timeout = 120
nb_merge_streams = True

autodoc_default_options = {"members": True, "member-order": "bysource"}
# What overrides a method without a word of its own keeps its parent's contract: it is told once.
autodoc_inherit_docstrings = False
autodoc_typehints_format = "short"
napoleon_custom_sections = [
    ("Attributes", "params_style"),
    ("Class attributes", "params_style"),
]
python_use_unqualified_type_names = True
add_module_names = False
toc_object_entries_show_parents = "hide"

html_theme = "sphinx_book_theme"
html_title = "Onward"
html_static_path = ["_static"]
html_css_files = ["onward.css"]
html_copy_source = False
html_theme_options = {
    "show_toc_level": 2,
    "navbar_persistent": [],
    "use_download_button": False,
    "use_fullscreen_button": False,
}
