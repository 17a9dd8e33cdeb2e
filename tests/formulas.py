"""Formulas that several tests use."""

import re

import numpy as np
import sympy
from scipy.special import expit

from sklearn_kan.symbolic.edges import SplineEdge, SymbolicEdge
from sklearn_kan.symbolic.graph import FormulaGraph, Node
from sklearn_kan.symbolic.library import automatic_library, get_function, make_library
from sklearn_kan.symbolic.notation import to_sympy

POWERS = ["x", "x^2", "x^3", "x^4", "x^5", "1/x", "1/x^2", "1/x^3", "1/x^4", "1/x^5"]
ROOTS = ["sqrt", "x^0.5", "x^1.5", "1/sqrt(x)", "1/x^0.5"]
OTHERS = ["exp", "log", "abs", "sin", "cos", "tan", "tanh", "sgn", "arcsin", "arccos", "arctan", "arctanh", "gaussian"]
PYKAN = ["0", *POWERS, *ROOTS, *OTHERS]
LIBRARY = make_library()
CURVES = [function for function in LIBRARY if function.name not in ("0", "sgn")]
AUTOMATIC = automatic_library()


def mixed_graph():
    """Sum and product nodes, splines on inputs and inside, a shared node and two outputs."""
    rng = np.random.RandomState(0)
    splines = [SplineEdge.line(source, -2, 2, 3, 3) for source in (1, 0, 4)]
    for spline in splines:
        spline.coef = spline.coef + 0.3 * rng.normal(size=spline.n_params)
    sin, exp, arctan = (get_function(name) for name in ("sin", "exp", "arctan"))
    nodes = [
        Node([SymbolicEdge(0, sin, 3, 0.1, 0.9, 0.3, offset=True), splines[0]], product=True),
        Node([SymbolicEdge(2, exp, 0.3), SymbolicEdge(1, get_function("x^2"), 1.0, 0.3, 0.4)], constant=0.7),
        Node([splines[1], SymbolicEdge(3, exp, 0.2)]),
        Node([splines[2], SymbolicEdge(2, arctan, 1, 0.1, 0.4)]),
    ]
    return FormulaGraph(2, nodes, [5, 3])


def evaluate(graph, X):
    """The formula as SymPy and NumPy evaluate it."""
    names = [f"x{i}" for i in range(graph.n_inputs)]
    functions = sympy.lambdify(sympy.symbols(names), to_sympy(graph, names), "numpy")
    return np.stack([np.broadcast_to(column, len(X)) for column in functions(*X.T)], axis=1)


class Reader:
    """Reads a formula in writing and evaluates it, by the grammar of `sklearn_kan.symbolic.writing`.

    Parameters
    ----------
    columns : dict of str to ndarray
        Values of the inputs by name.
    functions : dict of str to callable
    """

    TOKEN = re.compile(r"\s*(`(?:[^`\\]|\\.)*`|\d+(?:\.\d*)?(?:e[-+]?\d+)?|[^\W\d]\w*|[-+*/^()])", re.DOTALL)

    def __init__(self, columns, functions=()):
        self.columns, self.functions = columns, {**FUNCTIONS, **dict(functions)}

    def __call__(self, text):
        """The values of a formula."""
        self.tokens, at = [], 0
        while at < len(text):
            found = self.TOKEN.match(text, at)
            assert found, f"no token at {text[at:]!r} of {text!r}"
            self.tokens.append(found[1])
            at = found.end()
        self.tokens.append("end")
        value = self.sum()
        assert self.tokens == ["end"], self.tokens
        return value

    def take(self, *tokens):
        """The next token if it is one of these."""
        return self.tokens.pop(0) if self.tokens[0] in tokens else None

    def sum(self):
        value = -self.product() if self.take("-") else self.product()
        while sign := self.take("+", "-"):
            value = value + self.product() if sign == "+" else value - self.product()
        return value

    def product(self):
        value = self.power()
        while sign := self.take("*", "/"):
            value = value * self.power() if sign == "*" else value / self.power()
        return value

    def power(self):
        base = self.atom()
        return base ** self.atom() if self.take("^") else base

    def atom(self):
        token = self.tokens.pop(0)
        if token == "(":
            return self.closed()
        if token[0].isdigit():
            return float(token)
        if token[0] == "`":
            plain = re.sub(r"\\(x..|u....|U........|.)", unescaped, token[1:-1])
            return self.columns[plain]
        if self.take("("):
            return self.functions[token](self.closed())
        return np.pi if token == "pi" else self.columns[token]

    def closed(self):
        value = self.sum()
        assert self.take(")")
        return value


def unescaped(match):
    """A character that was written with a backslash."""
    return match[1] if match[1] in "\\`" else match[0].encode().decode("unicode_escape")


SAME = "sqrt exp log abs sin cos tan tanh arcsin arccos arctan arctanh sinh cosh"
FUNCTIONS = {word: getattr(np, word) for word in SAME.split()}
FUNCTIONS |= {"sgn": np.sign, "sinc": lambda t: np.sinc(t / np.pi), "silu": lambda t: t * expit(t)}
