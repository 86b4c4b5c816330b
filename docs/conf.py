"""How Sphinx builds these pages: `make docs`, offline, warnings are errors."""

import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "docs" / "extensions")]

from cqed_battery import __version__  # noqa: E402

project = "cqed-battery"
release = version = __version__
copyright = ""
language = "en"
smartquotes = False  # a prime is not a quotation mark

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon", "from_source", "mathml"]
myst_enable_extensions = ["dollarmath", "amsmath"]
html_math_renderer = "mathml"
exclude_patterns = ["extensions", "static"]
myst_heading_anchors = 3

autodoc_mock_imports = ["laboneq"]
autodoc_typehints = "signature"
autodoc_member_order = "bysource"
autodoc_default_options = {"members": True, "ignore-module-all": True}
napoleon_numpy_docstring = False
python_maximum_signature_line_length = 80

html_theme = "furo"
html_title = f"cqed-battery {release}"
html_show_copyright = False
html_show_sphinx = False
html_copy_source = False
html_show_sourcelink = False
html_static_path = ["static"]
html_css_files = ["pages.css"]
