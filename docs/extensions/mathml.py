"""Formulas as MathML, which browsers draw by themselves: a page loads no script, from nowhere."""

from docutils import nodes
from docutils.utils.math.latex2mathml import tex2mathml


def visit_math(translator, node):
    """A formula in a line of text."""
    translator.body.append(tex2mathml(node.astext()))
    raise nodes.SkipNode


def visit_math_block(translator, node):
    """A formula on lines of its own, which scrolls where a screen is too narrow for it."""
    text = node.astext()
    # The converter aligns lines at & by itself.
    for word in (r"\begin{align*}", r"\end{align*}", r"\begin{align}", r"\end{align}"):
        text = text.replace(word, "")
    translator.body.append(f'<div class="formula">{tex2mathml(text.strip(), as_block=True)}</div>')
    raise nodes.SkipNode


def setup(app):
    app.add_html_math_renderer("mathml", (visit_math, None), (visit_math_block, None))
    app.config.html_math_renderer = "mathml"
    return {"parallel_read_safe": True, "parallel_write_safe": True}
