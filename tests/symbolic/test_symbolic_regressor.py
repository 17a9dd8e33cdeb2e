"""The parts of formulas: functions, edges, graphs, fits of curves, constants."""

import pickle

import numpy as np
import pytest
import sympy
from problems import NETWORKS, inputs
from scipy.interpolate import PPoly

from sklearn_kan.symbolic.criterion import complexity
from sklearn_kan.symbolic.edge_fit import fit_edge
from sklearn_kan.symbolic.edges import Exact, SplineEdge, SymbolicEdge
from sklearn_kan.symbolic.graph import Expression, Node
from sklearn_kan.symbolic.library import ALIASES, Function, get_function, make_library
from sklearn_kan.symbolic.notation import polynomials, to_sympy, to_text
from sklearn_kan.symbolic.refit import error, polish, refit
from sklearn_kan.symbolic.simple_constants import simple_numbers, snap
from sklearn_kan.symbolic.simplify import flatten, tidy
from sklearn_kan.symbolic.sketches import from_network, from_sketch, to_units

POWERS = ["x", "x^2", "x^3", "x^4", "x^5", "1/x", "1/x^2", "1/x^3", "1/x^4", "1/x^5"]
ROOTS = ["sqrt", "x^0.5", "x^1.5", "1/sqrt(x)", "1/x^0.5"]
OTHERS = ["exp", "log", "abs", "sin", "cos", "tan", "tanh", "sgn", "arcsin", "arccos", "arctan", "arctanh", "gaussian"]
PYKAN = ["0", *POWERS, *ROOTS, *OTHERS]
LIBRARY = make_library()
CURVES = [function for function in LIBRARY if function.name not in ("0", "sgn")]


def arguments(function, n=41):
    """Points well within a domain."""
    lo, hi = function.domain
    return np.linspace(max(lo, -2) + 0.1, min(hi, 2) - 0.1, n)


def a_and_b(function):
    """Constants for u in [-1, 1] whose arguments stay in the domain."""
    lo, hi = function.domain
    if np.isfinite(lo):
        return (0.6, 0.2) if np.isfinite(hi) else (1.0, 1.2)
    return 1.3, 0.2


def mixed_expression():
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
    return Expression(2, nodes, [5, 3])


def evaluate(expression, X):
    """The formula as SymPy and NumPy evaluate it."""
    names = [f"x{i}" for i in range(expression.n_inputs)]
    functions = sympy.lambdify(sympy.symbols(names), to_sympy(expression, names), "numpy")
    return np.stack([np.broadcast_to(column, len(X)) for column in functions(*X.T)], axis=1)


def test_library_has_the_functions_of_pykan():
    assert len(PYKAN) == 29
    names = {function.name for function in LIBRARY}
    assert {ALIASES.get(name, name) for name in PYKAN} <= names
    for name in PYKAN:
        assert get_function(name) in LIBRARY


@pytest.mark.parametrize("function", LIBRARY, ids=lambda f: f.name)
def test_functions_agree_with_sympy(function):
    t, x = arguments(function), sympy.Symbol("x", real=True)
    written = function.sympy(sympy, x)
    values = np.array([float(written.subs(x, sympy.Float(v, 30)).evalf(25)) for v in t[::5]])
    assert np.allclose(values, function.f(t)[::5], rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("function", CURVES, ids=lambda f: f.name)
def test_slopes_are_those_of_central_differences(function):
    t = arguments(function)
    numeric = Function(function.name, function.f, function.sympy).slope(t)
    assert np.allclose(function.slope(t), numeric, rtol=1e-6, atol=1e-6)


def test_sinc_is_smooth_at_zero():
    t, function = np.array([-1e-9, 0.0, 1e-9, 0.00999, 0.01001]), get_function("sinc")
    assert np.allclose(function.f(t[:3]), 1.0)
    assert abs(np.diff(function.slope(t)[3:])[0]) < 1e-5


@pytest.mark.parametrize("function", CURVES, ids=lambda f: f.name)
def test_edge_fit_finds_the_constants_of_every_function(function):
    u = np.random.RandomState(0).uniform(-1, 1, 300)
    a, b = a_and_b(function)
    fits = fit_edge(u, 2.5 * function.f(a * u + b) - 0.7, LIBRARY)
    itself = next(fit for fit in fits if fit.function is function)
    assert itself.misfit < 1e-20
    assert fits[0].misfit < 1e-15
    again = itself.c * function.f(itself.a * u + itself.b) + itself.d
    assert np.allclose(again, 2.5 * function.f(a * u + b) - 0.7, atol=1e-9)


def test_edge_fit_does_not_depend_on_units():
    u = np.random.RandomState(0).uniform(-1, 1, 300)
    v = np.exp(-(u**2))
    here, there = fit_edge(u, v, LIBRARY)[0], fit_edge(1e5 + 1e3 * u, 1e-6 * v, LIBRARY)[0]
    assert here.function.name == there.function.name == "gaussian"
    assert np.isclose(abs(there.a), 1e-3, rtol=1e-6)


def test_edge_fit_of_a_constant_or_a_single_point_has_no_candidates():
    assert fit_edge(np.linspace(0, 1, 9), np.ones(9), LIBRARY) == []
    assert fit_edge(np.ones(9), np.linspace(0, 1, 9), LIBRARY) == []


@pytest.mark.parametrize(
    ("library", "message"),
    [
        (["sin", "sin"], "each function once"),
        ([], "at least one"),
        (["no such"], "library has no function 'no such'"),
        ([("f", 3, 4)], "library entries must be"),
        ([("f", np.sin, sympy.sin, {"freedom": "some"})], "freedom must be one of"),
    ],
)
def test_libraries_are_checked(library, message):
    with pytest.raises(ValueError, match=message):
        make_library(library)


def test_functions_are_pickled_by_name():
    assert pickle.loads(pickle.dumps(get_function("sin"))) is get_function("sin")
    own = pickle.loads(pickle.dumps(make_library([("sin", np.sinh, sympy.sinh)])[0]))
    assert own.f is np.sinh and own.sympy(sympy, sympy.Symbol("u")) == sympy.sinh(sympy.Symbol("u"))


def test_jacobian_is_that_of_central_differences():
    expression, X, step = mixed_expression(), inputs(30), 1e-6
    theta = expression.theta
    Y, J = expression.linearize(X, expression.input_designs(X))
    assert np.allclose(Y, expression.forward(X), atol=1e-14)
    for p in range(len(theta)):
        sides = []
        for sign in (1, -1):
            expression.theta = theta + sign * step * (np.arange(len(theta)) == p)
            sides.append(expression.forward(X))
        assert np.allclose(J[:, p], (sides[0] - sides[1]).T / (2 * step), atol=1e-7)


def test_copies_share_nothing():
    expression = mixed_expression()
    before, copied = expression.theta, expression.copy()
    copied.theta = before + 1
    assert np.array_equal(expression.theta, before)


@pytest.mark.parametrize("spread", [2.0, 3.0])
def test_sympy_is_the_same_function_inside_and_outside_the_grids(spread):
    expression, X = mixed_expression(), inputs(40, spread=spread)
    at = dict(zip(sympy.symbols("x0 x1"), X[0], strict=True))
    assert np.isclose(float(to_sympy(expression, ["x0", "x1"])[0].evalf(subs=at)), expression.forward(X[:1])[0, 0])
    assert np.allclose(evaluate(expression, X), expression.forward(X), rtol=1e-10, atol=1e-10)


def test_splines_are_polynomials_and_straight_lines():
    spline = mixed_expression().nodes[0].edges[1]
    coef, knots = polynomials(spline)
    u = np.linspace(-2, 2, 31)
    assert np.allclose(PPoly(coef, knots)(u), spline.value(u), atol=1e-13)
    assert np.allclose(np.diff(spline.value(np.linspace(2, 9, 5)), 2), 0, atol=1e-12)


@pytest.mark.parametrize("name", NETWORKS)
def test_a_network_is_a_formula(name):
    network = NETWORKS[name]()
    mean, scale = np.arange(network.n_outputs) + 1.0, np.arange(network.n_outputs) + 2.0
    X = inputs(50, spread=0.9)
    expression = from_network(network, mean, scale)
    inside = np.ones(len(X), dtype=bool)
    for layer, values in zip(network.layers, network.hidden_values(X.T), strict=False):
        if hasattr(layer, "basis"):
            lo, hi = layer.basis.lo[:, None], layer.basis.hi[:, None]
            inside &= ((values >= lo) & (values <= hi)).all(axis=0)
    assert inside.sum() >= 5
    assert np.allclose(expression.forward(X)[inside], (mean + scale * network.forward(X))[inside], atol=1e-11)


def test_units_of_a_formula():
    expression, X = mixed_expression(), inputs(10)
    scaled = to_units(expression, np.array([3.0, -1.0]), np.array([2.0, 0.5]))
    # Output 1 is a node that output 0 uses, so only output 0 can be compared as a whole.
    assert np.allclose(scaled.forward(X)[:, 1], 0.5 * expression.forward(X)[:, 1] - 1.0)


def test_a_whole_formula_is_fitted_to_the_last_digit():
    X = inputs(200)
    y = np.exp(np.sin(np.pi * X[:, :1]) + X[:, 1:] ** 2)
    inner = Node([SymbolicEdge(0, get_function("sin"), 3, 0.1, 0.9), SymbolicEdge(1, get_function("x^2"), 1, 0.1, 1.1)])
    expression = Expression(2, [inner, Node([SymbolicEdge(2, get_function("exp"), 1.1)])], [3])
    polish(refit(expression, X, y, max_iter=100), X, y)
    assert error(expression, X, y) < 1e-13


def test_fits_do_not_leave_the_domain():
    X = np.linspace(0.01, 1, 50)[:, None]
    expression = Expression(1, [Node([SymbolicEdge(0, get_function("log"), 1.0, 0.5, 0.1)])], [1])
    refit(expression, X, np.sqrt(X))
    assert expression.nodes[0].edges[0].constants.values[1] > -0.01
    assert np.isfinite(error(expression, X, np.sqrt(X)))


def test_sketches_become_formulas_of_splines():
    X = inputs(60)
    expression = from_sketch(("*", (("+", (0, 1)), 0)), X, 3, 3, np.random.RandomState(0), linked=True)
    assert len(expression.places()) == 5
    assert expression.nodes[1].product and not expression.nodes[0].product
    assert expression.forward(X).shape == (60, 1)


@pytest.mark.parametrize(
    ("value", "spread", "expected"),
    [
        (1.0 + 1e-9, 1e-9, "1"),
        (-0.5 + 1e-9, 1e-9, "-1/2"),
        (np.pi, 1e-9, "pi"),
        (-2 * np.pi / 3, 1e-9, "-2*pi/3"),
        (0.75, 1e-3, "3/4"),
    ],
)
def test_simple_numbers(value, spread, expected):
    assert str(simple_numbers(value, spread)[0]) == expected


def test_accidents_are_not_simple_numbers():
    assert simple_numbers(0.737373, 1e-6) == []
    assert simple_numbers(1.02, 0.1) == []
    assert float(Exact(2, 3, True)) == 2 * np.pi / 3


def test_snapping_keeps_the_function_and_finds_the_constants():
    X = np.random.RandomState(0).uniform(0.2, 2, (200, 2))
    y = 2 * X[:, :1] * (1 / X[:, 1:] - 1)
    factors = Node(
        [
            SymbolicEdge(0, get_function("x"), c=2.677, d=1e-12, offset=True),
            SymbolicEdge(1, get_function("1/x"), 1.0, 1e-13, 0.797, -0.797, offset=True),
        ],
        product=True,
    )
    top = Node([SymbolicEdge(2, get_function("x"), c=2 / 2.677 / 0.797)], constant=1e-14)
    snapped = snap(Expression(2, [factors, top], [3]), X, y)
    assert snapped.n_params == 0
    assert np.allclose(snapped.forward(X), y, atol=1e-13)
    x0, x1 = sympy.symbols("x0 x1")
    assert sympy.simplify(to_sympy(snapped, ["x0", "x1"])[0] - 2 * x0 * (1 / x1 - 1)) == 0


def test_snapping_respects_noise():
    rng = np.random.RandomState(0)
    X = rng.uniform(-1, 1, (400, 1))
    y = 1.02 * X + 0.01 * rng.normal(size=X.shape)
    top = Node([SymbolicEdge(0, get_function("x"), c=1.02)], constant=0.0)
    snapped = snap(refit(Expression(1, [top], [1]), X, y), X, y)
    assert abs(snapped.nodes[0].edges[0].constants.values[2] - 1.02) < 0.003
    assert snapped.nodes[0].constants.values[0] == 0.0


def test_text_and_complexity():
    edge = SymbolicEdge(0, get_function("sin"))
    edge.constants.fix(0, Exact(1, 1, True))
    expression = Expression(2, [Node([edge, SymbolicEdge(1, get_function("x^2"), c=-2.5)], constant=1.5)], [2])
    assert to_text(expression, ["speed", "x"]) == ["sin(pi*speed) - 2.5*x^2 + 1.5"]
    # sin, pi and its sign, speed, +, 2.5 and its sign, square, x, + and 1.5.
    assert complexity(expression) == 1 + 2 + 1 + 1 + 2 + 1 + 1 + 2


def test_tidying_keeps_the_function():
    sin, cos, cube, exp = (get_function(name) for name in ("sin", "cos", "x^3", "exp"))
    edges = [SymbolicEdge(0, sin, -2.0, 0.3), SymbolicEdge(1, cube, -1.0, 0.2), SymbolicEdge(0, cos, 1.0)]
    edges[2].constants.fix(1, Exact(-3, 2, True))
    edges[0].constants.fix(2, Exact(-1))
    inner = Node(edges, constant=0.4)
    factors = [SymbolicEdge(2, exp, -1.0, offset=True), SymbolicEdge(1, get_function("x"), c=-1.0, d=0.5, offset=True)]
    factors[1].constants.fix(2, Exact(-1))
    nodes = [inner, Node(factors, product=True), Node([SymbolicEdge(3, get_function("x"), c=2.0)], constant=0.1)]
    nodes.append(Node([SymbolicEdge(4, get_function("x"), c=-3.0), SymbolicEdge(0, sin)], constant=0.2))
    expression, X = Expression(2, nodes, [5]), inputs(30)
    flat = flatten(expression)
    tidied = tidy(flat)
    assert len(flat.nodes) == 3
    assert np.allclose(flat.forward(X), expression.forward(X), atol=1e-14)
    assert np.allclose(tidied.forward(X), expression.forward(X), atol=1e-14)
    assert np.allclose(evaluate(tidied, X), expression.forward(X), atol=1e-12)
    text = to_text(tidied, ["x0", "x1"])[0]
    assert "pi" not in text and "cos" not in text


def test_complex_numbers_on_the_way_are_allowed_if_the_result_is_real():
    log, exp, sqrt = (get_function(name) for name in ("log", "exp", "sqrt"))
    product = [
        Node([SymbolicEdge(0, log), SymbolicEdge(1, log)]),
        Node([SymbolicEdge(2, exp)]),
        Node([SymbolicEdge(0, sqrt)]),
    ]
    X = np.array([[2.0, 3.0], [-2.0, 3.0], [-2.0, -3.0]])
    Y = Expression(2, product, [3, 4]).evaluate(X)
    assert np.allclose(Y[:, 0], X.prod(axis=1))
    assert np.array_equal(np.isnan(Y[:, 1]), X[:, 0] < 0)
