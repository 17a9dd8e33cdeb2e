"""A fitted model as text, as a page, or as a program."""

from .code import export_code
from .html import export_html
from .text import export_text

__all__ = ["export_code", "export_html", "export_text"]
