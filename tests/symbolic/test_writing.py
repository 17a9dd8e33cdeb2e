"""Text of formulas: what is written can be read back, whatever the names are."""

import numpy as np
import pytest
from formulas import LIBRARY, Reader, mixed_graph
from hypothesis import example, given, settings
from hypothesis import strategies as st
from problems import inputs

from sklearn_kan.symbolic.edges import Exact, SymbolicEdge
from sklearn_kan.symbolic.graph import FormulaGraph, Node
from sklearn_kan.symbolic.notation import spline_names, to_text
from sklearn_kan.symbolic.writing import ONE, call, name, number, substituted

HOSTILE = [
    "speed-wind",
    "1/T",
    "(age)",
    "0",
    "1e5",
    "pi",
    "x0",
    "sin",
    "spline1",
    "sqrt(",
    "lambda",
    "α",
    "µ",
    "μ",
    "🌍",
    "a`b",
]
HOSTILE += ["", " ", "a\\b", "line\nbreak", "x^2", "+", "-1", "E", "e", "{}", "a*b", "\ud800", "\\x41", "`", "if"]
NAMES = st.lists(st.one_of(st.sampled_from(HOSTILE), st.text(max_size=4)), min_size=3, max_size=3, unique=True)


def written_and_read(graph, names, X):
    """The first output as its text says."""
    names_of_splines = spline_names(graph)
    splines = {text: (lambda u, e=graph.nodes[n].edges[k]: e.value(u)) for (n, k), text in names_of_splines.items()}
    text = to_text(graph, names, digits=17)[0]
    return Reader(dict(zip(names, X.T, strict=True)), splines)(text)


def numbers():
    """Constants of edges: floats and exact numbers, of both signs, and those that are not written."""
    exact = st.builds(Exact, st.integers(-5, 5), st.sampled_from([1, 2, 3]), st.booleans())
    return st.one_of(st.sampled_from([Exact(0), Exact(1), Exact(-1)]), exact, st.floats(0.1, 3), st.just(1e-9))


@st.composite
def graphs(draw):
    """Formulas of three inputs and up to four nodes; functions without borders, so that all is defined."""
    entire = [f for f in LIBRARY if f.domain == (-np.inf, np.inf) and f.name not in ("exp", "sinh", "cosh")]
    nodes = []
    for n in range(draw(st.integers(1, 4))):
        product = draw(st.booleans())
        edges = []
        for _ in range(draw(st.integers(1, 3))):
            edge = SymbolicEdge(draw(st.integers(0, 2 + n)), draw(st.sampled_from(entire)), offset=product)
            for slot in range(4):
                value = draw(numbers())
                edge.constants.values[slot] = float(value)
                edge.constants.exact[slot] = value if isinstance(value, Exact) else None
            edges.append(edge)
        nodes.append(
            Node(edges, product=product, constant=draw(st.sampled_from([0.0, 0.7, -2.0])) if not product else 0.0)
        )
    return FormulaGraph(3, nodes, [3 + len(nodes) - 1])


@settings(max_examples=60, deadline=None, derandomize=True)
@given(graphs(), NAMES)
def test_text_read_back_is_the_formula(graph, names):
    X = np.random.RandomState(0).uniform(-1.2, 1.2, (7, 3))
    expected = graph.forward(X)[:, 0]
    assert np.allclose(written_and_read(graph, names, X), expected, rtol=1e-8, atol=1e-8 * np.abs(expected).max())


@settings(max_examples=40, deadline=None, derandomize=True)
@given(st.lists(st.one_of(st.sampled_from(HOSTILE), st.text(max_size=6)), min_size=2, max_size=2, unique=True))
@example(["a\\", "a"])
def test_splines_and_hostile_names(names):
    graph, X = mixed_graph(), inputs(9)
    assert np.allclose(written_and_read(graph, names, X), graph.forward(X)[:, 0], rtol=1e-12)
    assert "\n" not in to_text(graph, names)[0]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (number(2.0) * ONE.over(name("x")), "2/x"),
        (number(2.0) * ONE.over(name("1/T")) * name("P"), "2*P/`1/T`"),
        (name("a") * (name("b") + number(-1.0)), "a*(b - 1)"),
        (-(name("a") + name("b")), "-(a + b)"),
        (name("a").power("2").power("3"), "(a^2)^3"),
        (number(Exact(3, 2)).power("2"), "(3/2)^2"),
        (ONE.over(name("a") * name("b")), "1/(a*b)"),
        (number(Exact(-1, 2, True)) * name("a"), "-pi/2*a"),
        (name("a") * number(0.0) + number(0.0), "0"),
        (call("sin", name("pi", {"pi"})), "sin(`pi`)"),
        (substituted("exp(-({})^2)", name("a") + number(1.0)), "exp(-(a + 1)^2)"),
        (substituted("1/sqrt({})", name("a")), "1/sqrt(a)"),
        (substituted("{} + 1", name("a")), "((a) + 1)"),
    ],
)
def test_brackets_stand_where_they_are_needed_and_nowhere_else(text, expected):
    assert str(text) == expected
