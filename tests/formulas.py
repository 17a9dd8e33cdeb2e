"""Formulas that several tests use."""

import numpy as np
import sympy

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
