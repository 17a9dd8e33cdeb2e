"""A fitted model as text or as a page."""

from .html import export_html
from .text import export_text

__all__ = ["export_html", "export_text"]
