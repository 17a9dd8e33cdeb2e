"""The formulas of the evidence against differences, and against Bayesian ridge regression maximised by other means."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from problems import NETWORKS, inputs
from scipy.optimize import minimize

from sklearn_kan import KANRegressor
from sklearn_kan.evidence.evidence import _TIE, _TIE_WEIGHT, estimate
from sklearn_kan.losses import HalfSquaredError
from sklearn_kan.objective.objective import Objective
from sklearn_kan.objective.penalty import RELEVANCES, Penalty
from sklearn_kan.utils.data import TrainingData


def fit(X, y, **options):
    return KANRegressor(**{"random_state": 0, "n_init": 1, **options}).fit(X, y)


def objective_of(name, relevance, seed=0):
    """A network at random parameters, on data, with random strengths; its weights sum to 30."""
    network, X = NETWORKS[name](), inputs(40)
    rng = np.random.RandomState(seed)
    Y, weight = rng.normal(size=(40, network.n_outputs)), rng.uniform(0.5, 1.0, 40)
    penalty = Penalty(network, relevance)
    penalty.strengths = 10.0 ** rng.uniform(-4, -1, penalty.strengths.shape)
    return Objective(network, HalfSquaredError(), penalty, TrainingData(X, Y, weight)), network.theta


@pytest.mark.parametrize("relevance", RELEVANCES)
@pytest.mark.parametrize("name", ["single", "two layers", "missing edges"])
def test_degrees_of_freedom_are_derivatives_of_the_evidence(name, relevance):
    """d log Z / d log a_g = (d_g - k a_g theta^T S_g theta) / 2, at fixed theta and noise."""
    objective, theta = objective_of(name, relevance)
    evidence, alpha = estimate(objective, theta, 30.0), objective.penalty.strengths.copy()
    k = float(np.mean(evidence.precision)) * 30.0 * objective.network.n_outputs

    def log_z(log_alpha):
        objective.penalty.strengths = np.exp(log_alpha).reshape(alpha.shape)
        value, _, H = objective.normal_equations(theta)
        return -k * value + np.linalg.slogdet(objective.penalty.matrix())[1] / 2 - np.linalg.slogdet(H)[1] / 2

    at, slopes = np.log(alpha).ravel(), []
    for unit in 1e-4 * np.eye(alpha.size):
        slopes.append((log_z(at + unit) - log_z(at - unit)) / 2e-4)
    objective.penalty.strengths = alpha
    energies = alpha * objective.penalty.energies(theta)
    dof = 2 * np.reshape(slopes, alpha.shape) + k * energies
    assert_allclose(dof.sum(axis=0), evidence.group_dof, rtol=1e-4, atol=1e-4)
    assert_allclose(evidence.dof, evidence.group_dof.sum(), rtol=1e-6)


def test_covariance_is_the_inverse_of_the_hessian_of_minus_log_posterior():
    objective, theta = objective_of("two layers", "edge")
    evidence = estimate(objective, theta, 30.0)
    H = objective.normal_equations(theta)[2]
    assert_allclose(evidence.covariance @ H * evidence.precision[0] * 30, np.eye(len(theta)), atol=1e-7)


def bayesian_ridge(B, y, R, ridge):
    """Evidence maximised without any of the formulas above: by a general optimiser, in the weight space of B."""
    n, t = len(y), 1.0
    parts = np.array([R, ridge * np.eye(B.shape[1])])

    def posterior(log_params):
        a, beta = np.exp(log_params[:2]), np.exp(log_params[2])
        A = beta * B.T @ B + np.tensordot(a, parts, 1)
        return a, beta, A, beta * np.linalg.solve(A, B.T @ y)

    def loss(log_params):
        a, beta, A, w = posterior(log_params)
        S = np.tensordot(a, parts, 1)
        fit = beta * np.sum((y - B @ w) ** 2) / 2 + w @ S @ w / 2
        log_z = np.linalg.slogdet(S)[1] / 2 - np.linalg.slogdet(A)[1] / 2 + n / 2 * np.log(beta) - fit
        tie = a / (t * np.array([1.0, _TIE]))
        return -log_z - _TIE_WEIGHT / 2 * np.sum(np.log(tie) - tie)

    at = np.array([0.0, 0.0, 3.0])
    for _ in range(60):
        at = minimize(loss, at, method="BFGS", options={"gtol": 1e-9}).x
        a, beta, A, w = posterior(at)
        S, inverse = np.tensordot(a, parts, 1), np.linalg.inv(A)
        dof = [a[i] * (np.trace(np.linalg.solve(S, parts[i])) - np.trace(inverse @ parts[i])) for i in range(2)]
        t_new = sum(dof) / (w @ parts[0] @ w + _TIE * (w @ parts[1] @ w))
        done, t = abs(t_new / t - 1) < 1e-10, t_new
        if done:
            break
    return w, 1 / np.sqrt(beta), inverse, sum(dof)


def test_a_linear_model_agrees_with_bayesian_ridge():
    """One feature, degree 1: the same design, prior and evidence, maximised in another way."""
    X, y = inputs(60)[:, :1], np.random.RandomState(3).normal(size=60)
    y = np.sin(3 * X[:, 0]) + 0.3 * y
    model = fit(X, y, hidden_layer_sizes=(), degree=1, knots="uniform", tol=1e-12, n_iter_no_change=200, max_iter=3000)
    layer = model.network_.layers[0]
    B = layer.design(X.T)[0].T
    w, sigma, covariance, dof = bayesian_ridge(
        B, (y - y.mean()) / y.std(), layer.basis.roughness()[0], 2 / layer.grid_size
    )
    assert_allclose(model.predict(X), B @ w * y.std() + y.mean(), rtol=0, atol=1e-6)
    assert_allclose(model.sigma_, sigma * y.std(), rtol=1e-6)
    assert_allclose(model.effective_dof_, dof, rtol=1e-5)
    _, std = model.predict(X, return_std="epistemic")
    # The mean of y is in doubt as well: a column of ones, of any weight beforehand.
    wide = np.column_stack([np.ones(60), B])
    information = wide.T @ wide / sigma**2
    information[1:, 1:] += np.linalg.inv(covariance) - B.T @ B / sigma**2
    expected = np.einsum("np,pq,nq->n", wide, np.linalg.inv(information), wide)
    assert_allclose(std, np.sqrt(expected) * y.std(), rtol=1e-5)
