"""The network of a page computes what the network does, in a real browser."""

import numpy as np
import pytest
from conftest import open_page
from fitted import STACKS as UNLIKE
from numpy.testing import assert_allclose
from problems import NETWORKS, inputs, make_layer

from sklearn_kan.evidence.posterior import Posterior
from sklearn_kan.export.model_data import layer_data
from sklearn_kan.export.page import page_data, render
from sklearn_kan.export.posterior_factor import interval_data, low_rank_factor, spread_points
from sklearn_kan.inspection.fitted_model import FittedModel
from sklearn_kan.network import KANNetwork
from sklearn_kan.network.importance import profile

STACKS = {
    **NETWORKS,
    **{name: UNLIKE[name] for name in ("constant, unequal", "silu, constant and continued")},
    "additive": lambda: KANNetwork([make_layer(2, 1, degree=4)]),
}


EVALUATE = """
return arguments[0].map((x) => {
  const records = forward(layers, x), output = records[records.length - 1].output;
  const back = output.map((_, o) => backward(layers, records, o));
  return { output, input: back.map((b) => b.input), theta: back.map((b) => b.theta) };
});
"""


def described(network, n, location=0.0, scale=1.0):
    """A network as if it had been fitted to n rows."""
    one, names = np.ones(network.n_outputs), [f"y{o}" for o in range(network.n_outputs)]
    return FittedModel(network, profile(network, inputs(n)), ["a", "b"], names, location * one, scale * one)


@pytest.mark.parametrize("name", STACKS)
def test_the_page_computes_what_the_network_does(name, browser, tmp_path):
    network, X = STACKS[name](), np.vstack([inputs(12), inputs(12, seed=1, spread=4.0), [[1, -1]]])
    if "deep" not in name:  # its polynomials go on to 1e36 and leave no digits
        X = np.vstack([X, [[1e9, -1e9]]])
    open_page(browser, tmp_path, render("x", page_data(described(network, 50))))
    results = browser.execute_script(EVALUATE, X.tolist())
    for key, expected in (
        ("output", network.forward(X)),
        ("input", network.gradient(X)),
        ("theta", network.jacobian(X)),
    ):
        scale = 1 + np.abs(expected).reshape(len(X), -1).max(axis=1).reshape(-1, *[1] * (expected.ndim - 1))
        assert_allclose(np.array([row[key] for row in results]) / scale, expected / scale, rtol=0, atol=1e-9)


def test_the_page_says_how_sure_a_prediction_is(browser, tmp_path):
    members = [NETWORKS["two layers"](), KANNetwork([make_layer(2, 4, 5), make_layer(4, 1, 6)])]
    covariances, weights = [], np.array([0.3, 0.7])
    for seed, member in enumerate(members):
        root = np.random.RandomState(seed).normal(size=(member.n_params, member.n_params))
        covariances.append(root @ np.diag(0.9 ** np.arange(len(root))) @ root.T / len(root))
    model = described(members[0], 500, location=5.0, scale=2.0)
    data = page_data(model)
    posterior = Posterior(members, covariances, weights)
    data["interval"] = interval_data(posterior, [0.3], model.profile, layer_data)
    open_page(browser, tmp_path, render("x", data))
    X = inputs(20, seed=3, spread=0.95)
    variances = [
        np.einsum("np,pq,nq->n", J := m.jacobian(X)[:, 0], C, J) for m, C in zip(members, covariances, strict=True)
    ]
    outputs = [member.forward(X)[:, 0] for member in members]
    between = weights @ (outputs - weights @ outputs) ** 2
    expected = 2 * np.sqrt(0.3**2 + weights @ variances + between)
    shown = browser.execute_script(
        "return arguments[0].map((row) => { row.forEach((v, i) => { x[i] = v; }); update();"
        "return Number(document.querySelector('[data-sd]').getAttribute('data-sd')); })",
        X.tolist(),
    )
    assert_allclose(shown, expected, rtol=0.02)


def test_far_out_the_page_stays_finite(browser, tmp_path):
    far = KANNetwork([make_layer(2, 2, degree=5, extrapolation="continue"), make_layer(2, 1, degree=5)])
    open_page(browser, tmp_path, render("x", page_data(described(far, 50))))
    (result,) = browser.execute_script(EVALUATE, [[1e300, -1e300]])
    assert np.isfinite(result["output"][0])
    assert browser.execute_script("return inverseLink('log', [1e9])")[0] == np.exp(700.0)


def test_the_factor_gives_variances_in_and_beyond_the_range():
    network, rng = NETWORKS["two layers"](), np.random.RandomState(0)
    root = rng.normal(size=(network.n_params, network.n_params))
    covariance = root @ np.diag(0.9 ** np.arange(len(root))) @ root.T
    quantiles = np.linspace([-1.0, -1.0], [1.0, 1.0], 33, axis=1)
    X = spread_points(inputs(50), quantiles, (200, 50, 100))
    assert sum(np.abs(X).max(axis=1) <= 1) >= 250
    assert 1 < np.abs(X).max() <= 2
    for most, tolerance in ((99, 1e-3), (12, 0.15)):
        factor, rest = low_rank_factor(network, covariance, X, most)
        J = network.jacobian(inputs(50, seed=5, spread=1.8))[:, 0]
        variance = np.einsum("np,pq,nq->n", J, covariance, J)
        found = np.sum((J @ factor) ** 2, axis=1) + J**2 @ rest
        assert factor.shape[1] <= most
        assert_allclose(np.sqrt(np.median(found / variance)), 1, atol=tolerance)
