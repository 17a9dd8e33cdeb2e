"""Every solver on every small problem: known minima, the hook, stopping, plain loops as references."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from problems import ALL_NETWORKS, exp_sin, inputs, make_layer
from scipy.optimize import least_squares

from sklearn_kan.losses import HalfSquaredError
from sklearn_kan.network import KANNetwork
from sklearn_kan.objective.objective import Objective
from sklearn_kan.objective.penalty import Penalty
from sklearn_kan.solvers import LBFGS, SGD, Adam, LevenbergMarquardt, NewtonKaczmarz, SampledLM
from sklearn_kan.solvers.base import Batched, Differentiable, DualSteps, NormalEquations, Plateau, Sampled
from sklearn_kan.solvers.lm import next_damping
from sklearn_kan.utils.data import TrainingData

quick = settings(max_examples=25, deadline=None, database=None, derandomize=True)


class LeastSquares:
    """Half the mean of squared residuals; a residual a row, so that there are rows to choose batches from."""

    def __init__(self, residuals, jacobian, n_samples):
        self.residuals, self.jacobian, self.n_samples = residuals, jacobian, n_samples

    def value(self, theta):
        return float(0.5 * np.mean(self.residuals(theta) ** 2))

    def value_and_gradient(self, theta, rows=slice(None)):
        r, J = self.residuals(theta)[rows], self.jacobian(theta)[rows]
        return float(0.5 * np.mean(r**2)), J.T @ r / len(r)

    def normal_equations(self, theta):
        J = self.jacobian(theta)
        return *self.value_and_gradient(theta), J.T @ J / self.n_samples

    def squared_length(self, theta, rows):
        return float(np.sum(self.jacobian(theta)[rows] ** 2)) / len(rows)

    def dual_step(self, damping):
        def take(theta, rows):
            loss, gradient = self.value_and_gradient(theta, rows)
            J = self.jacobian(theta)[rows]
            return theta - np.linalg.solve(J.T @ J / len(J) + damping * np.eye(len(theta)), gradient), loss

        return take


def quadratic(n=10, seed=0):
    """A linear regression with noise: convex, minimum by lstsq, least loss above 0."""
    rng = np.random.RandomState(seed)
    A, b = rng.normal(size=(n, 4)), rng.normal(size=n)
    return LeastSquares(lambda theta: A @ theta - b, lambda theta: A, n), np.zeros(4), np.linalg.lstsq(A, b)[0]


def rosenbrock():
    """Residuals 10 (y - x^2) and 1 - x; minimum 0 at (1, 1) at the end of a curved valley."""
    objective = LeastSquares(
        lambda p: np.array([10 * (p[1] - p[0] ** 2), 1 - p[0]]),
        lambda p: np.array([[-20 * p[0], 10.0], [-1.0, 0.0]]),
        2,
    )
    return objective, np.array([-1.2, 1.0]), np.array([1.0, 1.0])


def decay():
    """Fit a exp(-b t) to noisy data: not zero at its minimum, which is that of scipy's least_squares."""
    t = np.linspace(0, 2, 20)
    y = 3 * np.exp(-1.5 * t) + 0.1 * np.random.RandomState(0).normal(size=20)
    objective = LeastSquares(
        lambda p: p[0] * np.exp(-p[1] * t) - y,
        lambda p: np.stack([np.exp(-p[1] * t), -t * p[0] * np.exp(-p[1] * t)], axis=1),
        20,
    )
    start = np.array([1.0, 0.5])
    return objective, start, least_squares(objective.residuals, start, xtol=1e-15, ftol=1e-15, gtol=1e-15).x


PROBLEMS = {"quadratic": quadratic, "rosenbrock": rosenbrock, "decay": decay}
FULL_BATCH = {"tol": 0.0, "batch_size": 10**6, "shuffle": False}
SOLVERS = {
    "lm": lambda **kwargs: LevenbergMarquardt(**{"tol": 0.0} | kwargs),
    "lbfgs": lambda **kwargs: LBFGS(**{"tol": 0.0} | kwargs),
    "kaczmarz": lambda **kwargs: NewtonKaczmarz(**FULL_BATCH | {"damping": 100.0} | kwargs),
    "adam": lambda **kwargs: Adam(**FULL_BATCH | {"learning_rate": 0.01} | kwargs),
    "sgd": lambda **kwargs: SGD(**FULL_BATCH | {"learning_rate": 0.01} | kwargs),
}


@pytest.fixture(params=SOLVERS)
def make_solver(request):
    return SOLVERS[request.param]


def record(states, stop_after=np.inf):
    """A hook that keeps all states and stops after some."""

    def on_iteration(state):
        states.append(state)
        return len(states) >= stop_after

    return on_iteration


@pytest.mark.parametrize("problem", PROBLEMS)
@pytest.mark.parametrize(
    ("name", "options", "max_iter", "distance"),
    [
        ("lm", {}, 100, 1e-7),
        ("lbfgs", {"n_iter_no_change": 50}, 300, 1e-6),
        ("kaczmarz", {"n_iter_no_change": 300, "damping": 0.1}, 300, 1e-7),
        ("adam", {"n_iter_no_change": 4000, "learning_rate": 0.03}, 4000, 1e-6),
        ("sgd", {"n_iter_no_change": 12000, "learning_rate": 0.008}, 12000, 1e-2),
    ],
)
def test_every_solver_reaches_every_minimum(problem, name, options, max_iter, distance):
    objective, start, minimum = PROBLEMS[problem]()
    result = SOLVERS[name](**options).solve(objective, start, max_iter=max_iter)
    assert np.abs(result.theta - minimum).max() < distance


@pytest.mark.parametrize("problem", ("rosenbrock", "decay"))
def test_iterations_are_shown_as_they_happen(make_solver, problem):
    """One state an iteration, each with its own theta; the last is the result."""
    objective, start, _ = PROBLEMS[problem]()
    states = []
    result = make_solver().solve(objective, start, record(states), max_iter=7)
    assert len(states) == result.n_iter == 7 and not result.converged
    assert len({state.theta.tobytes() for state in states}) == 7
    assert np.array_equal(states[-1].theta, result.theta) and states[-1].loss == result.loss


@pytest.mark.parametrize("name", ("lm", "lbfgs"))
def test_losses_are_those_of_the_states(name):
    objective, start, _ = decay()
    states = []
    SOLVERS[name]().solve(objective, start, record(states), max_iter=6)
    for state in states:
        assert_allclose(state.loss, objective.value(state.theta), rtol=1e-14)


@pytest.mark.parametrize("name", ("adam", "sgd"))
def test_loss_of_an_epoch_is_the_mean_over_batches_before_their_steps(name):
    """With one batch an epoch: the loss at the point before."""
    objective, start, _ = quadratic()
    states = []
    SOLVERS[name]().solve(objective, start, record(states), max_iter=5)
    before = [start, *(state.theta for state in states[:-1])]
    assert_allclose([state.loss for state in states], [objective.value(theta) for theta in before], rtol=1e-14)


@pytest.mark.parametrize("stop_after", (1, 4))
def test_hook_stops_the_solver(make_solver, stop_after):
    objective, start, _ = rosenbrock()
    states = []
    result = make_solver().solve(objective, start, record(states, stop_after), max_iter=20)
    assert len(states) == result.n_iter == stop_after and not result.converged
    assert np.array_equal(result.theta, states[-1].theta)


def test_results_have_plain_types(make_solver):
    result = make_solver().solve(*quadratic()[:2], max_iter=3)
    assert result._fields == ("theta", "loss", "n_iter", "converged")
    assert [type(part) for part in result] == [np.ndarray, float, int, bool]


def test_start_is_not_changed(make_solver):
    objective, start, _ = decay()
    start.flags.writeable = False
    assert not np.array_equal(make_solver().solve(objective, start, max_iter=3).theta, start)


@pytest.mark.parametrize("name", ("lm", "lbfgs", "adam", "sgd"))
@pytest.mark.parametrize(("tol", "patience"), [(0.5, 1), (0.5, 3)])
def test_convergence_is_a_loss_that_stands_still(name, tol, patience):
    """Iterations end once `patience` of them in a row have not halved the best loss."""
    objective, start, _ = decay()
    states = []
    solver = SOLVERS[name](tol=tol, n_iter_no_change=patience)
    result = solver.solve(objective, start, record(states), max_iter=200)
    first = [objective.value(start)] if isinstance(solver, LevenbergMarquardt) else []
    losses, stalled = first + [state.loss for state in states], []
    for n, loss in enumerate(losses):
        stalled.append(loss >= (1 - tol) * min(losses[:n], default=np.inf))
    assert result.converged and result.n_iter == len(states) < 200
    assert all(stalled[-patience:])
    assert not any(all(stalled[n : n + patience]) for n in range(len(stalled) - patience))


@pytest.mark.parametrize("name", ("lm", "lbfgs", "sgd"))
def test_starting_at_the_minimum_converges(name):
    """All but Adam, which magnifies a gradient of rounding errors."""
    objective, _, minimum = quadratic()
    result = SOLVERS[name](n_iter_no_change=3).solve(objective, minimum, max_iter=50)
    assert result.converged
    assert_allclose(result.theta, minimum, rtol=0, atol=1e-12)
    assert_allclose(result.loss, objective.value(minimum), rtol=1e-12)


def test_equal_runs_are_equal(make_solver):
    objective, start, _ = decay()
    first, second = (make_solver().solve(objective, start, max_iter=10) for _ in range(2))
    assert np.array_equal(first.theta, second.theta) and first[1:] == second[1:]


def test_plateau_counts_updates_without_progress_in_a_row():
    plateau = Plateau(tol=0.1, patience=2)
    losses = [10.0, 9.5, 8.0, 7.9, 7.0, 6.9, 6.8]
    assert [plateau.update(loss) for loss in losses] == [False, False, False, False, False, False, True]


def test_plateau_measures_from_the_best():
    plateau = Plateau(tol=0.0, patience=3)
    assert [plateau.update(loss) for loss in (1.0, 3.0, 2.0, 1.0)] == [False, False, False, True]


# --- Levenberg-Marquardt ----------------------------------------------------------------------------------------


@quick
@given(st.floats(-3, 3), st.floats(-3, 3), st.integers(1, 30))
def test_lm_goes_down_only(x, y, max_iter):
    (objective, _, _), start, states = rosenbrock(), np.array([x, y]), []
    result = LevenbergMarquardt(tol=0.0).solve(objective, start, record(states), max_iter=max_iter)
    losses = [objective.value(start), *(state.loss for state in states)]
    assert np.all(np.diff(losses) < 0)
    assert result.loss == objective.value(result.theta) <= losses[0]


def test_lm_measures_its_first_step_against_the_start():
    """A start that cannot be halved: one iteration of no progress is enough."""
    objective, _, minimum = decay()
    result = LevenbergMarquardt(tol=0.5, n_iter_no_change=1).solve(objective, minimum + 0.01, max_iter=9)
    assert result.converged and result.n_iter == 1


def test_lm_steps_solve_the_damped_normal_equations():
    """First step with mu = damping max diag H and D the root of the diagonal over its largest entry."""
    objective, start, _ = quadratic()
    _, gradient, H = objective.normal_equations(start)
    diagonal = H.diagonal()
    D = np.diag(np.sqrt(diagonal / diagonal.max()))
    expected = start - np.linalg.solve(H + 0.5 * diagonal.max() * D, gradient)
    result = LevenbergMarquardt(damping=0.5).solve(objective, start, max_iter=1)
    assert_allclose(result.theta, expected, rtol=1e-12)


def test_lm_damping_falls_where_the_model_is_good():
    """On a parabola actual and predicted reductions of the undamped model are alike, so mu falls to a third."""
    objective, start, _ = quadratic()
    solver = LevenbergMarquardt(damping=1e-6)
    solver.solve(objective, start, max_iter=1)
    assert_allclose(solver.damping, 1e-6 / 3, rtol=1e-12)


def test_lm_damping_has_three_levels():
    assert [next_damping(0.9, gain) for gain in (0.1, 0.5, 0.9)] == [0.9 * 3, 0.9, 0.9 / 3]


def test_lm_damping_grows_ever_faster_while_steps_fail():
    """Three failures multiply mu by 2, 4 and 8; the success that follows divides it by 3."""
    objective, start, _ = quadratic()
    answers = iter([np.inf, np.nan, np.inf])

    class Refusing:
        normal_equations = staticmethod(objective.normal_equations)

        @staticmethod
        def value(theta):
            return next(answers, objective.value(theta))

    solver = LevenbergMarquardt(damping=1e-6)
    solver.solve(Refusing(), start, max_iter=1)
    assert_allclose(solver.damping, 1e-6 * 64 / 3, rtol=1e-12)


def test_lm_damping_is_kept_from_one_call_to_the_next():
    """Stopping in between changes nothing."""
    objective, start, _ = rosenbrock()
    whole = LevenbergMarquardt(tol=0.0).solve(objective, start, max_iter=12)
    solver, theta = LevenbergMarquardt(tol=0.0), start
    for _ in range(3):
        theta = solver.solve(objective, theta, max_iter=4).theta
    assert np.array_equal(theta, whole.theta)


def test_lm_survives_a_singular_matrix():
    """Two equal columns: of all minima it finds one."""
    A, b = np.repeat(np.arange(1.0, 5.0)[:, None], 2, axis=1), np.array([1.0, 0.0, 2.0, 1.0])
    objective = LeastSquares(lambda theta: A @ theta - b, lambda theta: A, 4)
    result = LevenbergMarquardt(tol=0.0).solve(objective, np.array([5.0, -2.0]), max_iter=50)
    assert_allclose(result.loss, objective.value(np.linalg.lstsq(A, b)[0]), rtol=1e-12)


def test_lm_returns_the_start_if_nothing_is_lower():
    """A gradient that points the wrong way: all steps go up."""
    objective, start, _ = decay()

    class Wrong:
        value = staticmethod(objective.value)

        @staticmethod
        def normal_equations(theta):
            loss, gradient, H = objective.normal_equations(theta)
            return loss, -gradient, H

    states = []
    result = LevenbergMarquardt().solve(Wrong(), start, record(states), max_iter=20)
    assert np.array_equal(result.theta, start) and result.loss == objective.value(start)
    assert result.n_iter == len(states) == 0


@pytest.mark.filterwarnings("ignore:overflow")
def test_lm_never_accepts_a_loss_that_is_not_finite():
    """exp(theta) overflows where an undamped step from -20 would land."""
    objective = LeastSquares(lambda p: np.exp(p) - 1, lambda p: np.exp(p)[:, None] * np.eye(1), 1)
    result = LevenbergMarquardt(tol=0.0, damping=1e-15).solve(objective, np.array([-20.0]), max_iter=200)
    assert np.isfinite(result.loss)
    assert_allclose(result.theta, 0, atol=1e-7)


# --- gradient descent -------------------------------------------------------------------------------------------


def descend(objective, theta, n_epochs, batch_size, order, move):
    """Mini-batch descent by plain loops; `move` maps a gradient and the number of the step to a change."""
    losses, step = [], 0
    for _ in range(n_epochs):
        rows, total = list(order()), 0.0
        while rows:
            batch, rows = rows[:batch_size], rows[batch_size:]
            loss, gradient = objective.value_and_gradient(theta, np.array(batch))
            step += 1
            theta = theta + move(gradient, step)
            total += loss * len(batch)
        losses.append(total / objective.n_samples)
    return theta, losses


class PlainAdam:
    """The algorithm of the paper, its equations in its order."""

    def __init__(self):
        self.m = self.v = 0.0

    def __call__(self, g, t):
        self.m = 0.9 * self.m + (1 - 0.9) * g
        self.v = 0.999 * self.v + (1 - 0.999) * g**2
        m_hat, v_hat = self.m / (1 - 0.9**t), self.v / (1 - 0.999**t)
        return -0.05 * m_hat / (np.sqrt(v_hat) + 1e-8)


MOVES = {SGD: lambda: lambda g, t: -0.05 * g, Adam: PlainAdam}


@pytest.mark.parametrize("solver", MOVES)
@pytest.mark.parametrize("batch_size", (1, 4, 10, 99))
@pytest.mark.parametrize("shuffle", (False, True))
def test_trajectories_are_those_of_plain_loops(solver, batch_size, shuffle):
    objective, start, _ = quadratic(n=10)
    rng, states = np.random.RandomState(5), []
    order = (lambda: rng.permutation(10)) if shuffle else lambda: range(10)
    theta, losses = descend(objective, start, 6, batch_size, order, MOVES[solver]())
    options = {"batch_size": batch_size, "learning_rate": 0.05, "shuffle": shuffle}
    result = solver(tol=0.0, random_state=np.random.RandomState(5), **options).solve(
        objective, start, record(states), max_iter=6
    )
    assert_allclose(result.theta, theta, rtol=1e-12)
    assert_allclose([state.loss for state in states], losses, rtol=1e-12)


@pytest.mark.parametrize("solver", MOVES)
def test_equal_seeds_give_equal_results_and_others_do_not(solver):
    objective, start, _ = quadratic(n=30)
    runs = [
        solver(batch_size=4, random_state=np.random.RandomState(seed)).solve(objective, start, max_iter=5).theta
        for seed in (0, 0, 1)
    ]
    assert np.array_equal(runs[0], runs[1]) and not np.array_equal(runs[0], runs[2])


@pytest.mark.parametrize("solver", MOVES)
def test_two_calls_are_one_long_one(solver):
    """Adam's moments last from one call to the next."""
    objective, start, _ = quadratic()
    options = {"tol": 0.0, "batch_size": 4, "shuffle": False}
    whole = solver(**options).solve(objective, start, max_iter=8).theta
    part = solver(**options)
    halfway = part.solve(objective, start, max_iter=3).theta
    assert np.array_equal(part.solve(objective, halfway, max_iter=5).theta, whole)


def test_adam_starts_anew_when_the_number_of_parameters_changes():
    solver = SOLVERS["adam"]()
    solver.solve(*rosenbrock()[:2], max_iter=3)
    objective, start, _ = quadratic()
    again, fresh = (s.solve(objective, start, max_iter=3).theta for s in (solver, SOLVERS["adam"]()))
    assert np.array_equal(again, fresh)


# --- on networks ------------------------------------------------------------------------------------------------


def network_objective(network, X, Y, alpha=1e-6):
    return Objective(network, HalfSquaredError(), Penalty.fixed(network, alpha), TrainingData(X, Y))


@pytest.mark.parametrize("protocol", [Differentiable, NormalEquations, Sampled, Batched, DualSteps])
def test_the_objective_of_a_network_has_what_solvers_need(protocol):
    network = ALL_NETWORKS["single"]()
    assert isinstance(network_objective(network, inputs(10), np.zeros((10, 3))), protocol)
    assert not isinstance(network, protocol)


def noisy_line(n):
    """A straight line in noise of size 1, and its least-squares fit."""
    rng = np.random.RandomState(0)
    A = np.stack([np.ones(n), rng.uniform(-1, 1, n)], axis=1)
    b = A @ [1.0, 2.0] + rng.normal(size=n)
    return LeastSquares(lambda theta: A @ theta - b, lambda theta: A, n), np.linalg.lstsq(A, b)[0]


def test_kaczmarz_averages_over_noise_before_it_has_converged():
    """The damping rises, as batches of 20 rows differ: the end is far closer to the fit than one batch is."""
    objective, exact = noisy_line(2000)
    solver = NewtonKaczmarz(batch_size=20, random_state=np.random.RandomState(1))
    result = solver.solve(objective, np.zeros(2), max_iter=2000)
    assert result.converged and solver.damping >= 500
    assert np.abs(result.theta - exact).max() < 0.05 < 1 / np.sqrt(20)


def test_kaczmarz_goes_through_all_rows_before_any_comes_again():
    objective, seen = noisy_line(70)[0], []
    step = objective.dual_step(1.0)
    objective.dual_step = lambda damping: lambda theta, rows: (seen.append(rows), step(theta, rows))[1]
    NewtonKaczmarz(batch_size=32, random_state=np.random.RandomState(0)).epoch(objective, np.zeros(2))
    assert [len(rows) for rows in seen] == [32, 32, 6]
    assert sorted(np.concatenate(seen)) == list(range(70))


def test_lm_uses_samples_before_all_of_many_rows():
    objective, exact = noisy_line(2000)
    sizes = []
    objective.sample = lambda n_rows: (sizes.append(n_rows), noisy_line(n_rows)[0])[1]
    solver = SampledLM()
    solver.rows = 50
    result = solver.solve(objective, np.zeros(2), max_iter=500)
    assert sizes == [50, 400] and result.converged and solver.n_iter_no_change == 10
    assert_allclose(result.theta, exact, rtol=0, atol=1e-9)
    solver.rows = 50
    assert solver.solve(objective, np.zeros(2), max_iter=1).n_iter == 1 and solver.rows == 50


def test_lm_and_lbfgs_agree_with_the_exact_fit_of_a_single_layer():
    network = ALL_NETWORKS["single"]()
    X = inputs(100)
    objective = network_objective(network, X, np.random.RandomState(0).normal(size=(100, 3)), alpha=0.1)
    theta = network.theta
    _, gradient, H = objective.normal_equations(theta)
    exact = theta - np.linalg.solve(H, gradient)
    for name, distance in (("lm", 1e-7), ("lbfgs", 1e-5)):
        result = SOLVERS[name](n_iter_no_change=30).solve(objective, theta, max_iter=500)
        assert_allclose(result.theta, exact, rtol=0, atol=distance)


def test_lm_fits_exp_sin_to_three_digits():
    """A network of shape [2, 2, 1] and 200 rows without noise; the best of four starts."""
    problem, errors = exp_sin(n=200), []
    for seed in range(4):
        network = KANNetwork([make_layer(2, 2, seed, grid_size=8), make_layer(2, 1, seed + 1, grid_size=8)])
        objective = network_objective(network, problem.X, problem.y[:, None], alpha=1e-9)
        network.theta = LevenbergMarquardt().solve(objective, network.theta, max_iter=200).theta
        errors.append(np.std(network.forward(problem.X)[:, 0] - problem.y))
    assert min(errors) < 1e-3 * problem.y.std()


@pytest.mark.parametrize("name", ALL_NETWORKS)
def test_every_solver_lowers_the_objective_of_every_network(make_solver, name):
    network, X = ALL_NETWORKS[name](), inputs(60)
    target = np.sin(3 * X[:, :1]) * X[:, 1:]
    objective = network_objective(network, X, np.repeat(target, network.n_outputs, axis=1), alpha=1e-4)
    start = network.theta
    result = make_solver().solve(objective, start, max_iter=20)
    assert objective.value(result.theta) < 0.99 * objective.value(start)
