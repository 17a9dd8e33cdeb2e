"""Formulas as MathML, which browsers draw by themselves: a page loads no script, from nowhere."""

from docutils import nodes
from docutils.utils.math import MathError
from docutils.utils.math.latex2mathml import tex2mathml
from sphinx.util import logging

logger = logging.getLogger(__name__)


def as_mathml(node, as_block):
    """A formula, or its text and a warning where it is in words that the converter does not know."""
    text = node.astext().strip()
    try:
        return tex2mathml(text, as_block=as_block)
    except MathError as error:
        logger.warning("%s in the formula %s", error, text, location=node)
        return f"<code>{text}</code>"


def visit_math(translator, node):
    """A formula in a line of text."""
    translator.body.append(as_mathml(node, as_block=False))
    raise nodes.SkipNode


def visit_math_block(translator, node):
    """A formula on lines of its own, which scrolls where a screen is too narrow for it."""
    translator.body.append(f'<div class="formula">{as_mathml(node, as_block=True)}</div>')
    raise nodes.SkipNode


def setup(app):
    app.add_html_math_renderer("mathml", (visit_math, None), (visit_math_block, None))
    app.config.html_math_renderer = "mathml"
    return {"parallel_read_safe": True, "parallel_write_safe": True}
