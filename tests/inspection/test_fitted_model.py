"""A fitted estimator as questions, pictures and pages see it."""

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from problems import exp_sin
from scipy.special import expit, softmax

from sklearn_kan import KANClassifier, KANRegressor
from sklearn_kan.inspection.fitted_model import FittedModel, names_of_features, names_of_outputs

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
INVERSE_LINKS = {
    "identity": lambda f: f[:, 0],
    "log": lambda f: np.exp(f[:, 0]),
    "logit": lambda f: np.column_stack([expit(-f), expit(f)]),
    "softmax": lambda f: softmax(f, axis=1),
}


def test_names():
    X, y = exp_sin(60)[:2]
    model = KANRegressor((2,), max_iter=5, tol=1, random_state=0).fit(X, np.column_stack([y, y]))
    assert names_of_features(model) == ["x0", "x1"]
    assert names_of_outputs(model) == ["y0", "y1"]
    assert names_of_features(model, ["a", "b"]) == ["a", "b"]
    with pytest.raises(ValueError, match="2 names; got 3"):
        names_of_features(model, "abc")
    with pytest.raises(ValueError, match="2 names; got 1"):
        names_of_outputs(model, ["one"])
    frame = KANRegressor((), random_state=0).fit(pd.DataFrame(X, columns=["width", "height"]), y)
    assert names_of_features(frame) == ["width", "height"]
    assert names_of_outputs(frame) == ["y"]
    target = KANRegressor((), random_state=0).fit(X, pd.Series(y, name="price of a house"))
    assert names_of_outputs(target) == ["price of a house"]
    assert names_of_outputs(target.fit(X, y)) == ["y"]
    both = pd.DataFrame({"left": y, "right": -y})
    assert names_of_outputs(KANRegressor((), random_state=0).fit(X, both)) == ["left", "right"]
    assert names_of_outputs(KANRegressor((), random_state=0).fit(X, pd.DataFrame(both.to_numpy()))) == ["y0", "y1"]


@pytest.mark.parametrize("link", INVERSE_LINKS)
def test_network_location_scale_and_link_make_the_prediction(link):
    X, y = exp_sin(80)[:2]
    est = {
        "identity": KANRegressor((2,), max_iter=5),
        "log": KANRegressor((2,), loss="gamma", max_iter=5),
        "logit": KANClassifier((2,), max_iter=5),
        "softmax": KANClassifier((2,), max_iter=5),
    }[link].set_params(random_state=0, n_init=1)
    est.fit(X, y if link in ("identity", "log") else np.digitize(y, [1.0] if link == "logit" else [1.0, 2.0]))
    model = FittedModel.of(est, feature_names=["a", "b"])
    assert model.link == link
    prediction = INVERSE_LINKS[link](model.location + model.scale * model.network.forward(X))
    assert_allclose(prediction, est.predict_proba(X) if hasattr(est, "classes_") else est.predict(X), rtol=1e-12)


def test_a_loss_set_after_fit_does_not_change_what_was_fitted():
    X, y = exp_sin(60)[:2]
    est = KANRegressor((), random_state=0).fit(X, y).set_params(loss="poisson")
    assert FittedModel.of(est).link == "identity"


def test_curves_of_the_last_layer_are_in_units_of_y():
    X, y = exp_sin(60)[:2]
    model = FittedModel.of(KANRegressor((), random_state=0).fit(X, 1000 * y))
    last = model.network.layers[-1]
    means = model.profile.means
    expected = (last.edge(0, 0)(model.curves[0].x[0]) - means[0, 0]) * model.scale[0]
    assert_allclose(model.curves[0].y[0, 0], expected, rtol=1e-9, atol=1e-9)
    assert_array_equal(model.node_names[0], ["x0", "x1"])


def test_a_path_where_rows_are_expected_is_explained():
    X, y = exp_sin(60)[:2]
    with pytest.raises(TypeError, match=r"pass path='page\.html'"):
        FittedModel.of(KANRegressor((), random_state=0).fit(X, y), "page.html")
