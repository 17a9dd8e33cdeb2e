"""A fitted model as text, as a page, as a program or in ONNX."""

from .code import export_code
from .html import export_html
from .onnx import export_onnx, register_onnx_converter
from .text import export_text

__all__ = ["export_code", "export_html", "export_onnx", "export_text", "register_onnx_converter"]
