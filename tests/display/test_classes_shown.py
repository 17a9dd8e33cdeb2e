"""Classifiers in pictures and pages."""

import re

import matplotlib
import matplotlib.pyplot as plt
import numpy as np
import pytest
from numpy.testing import assert_allclose
from selenium.webdriver.common.by import By

from sklearn_kan import KANClassifier, KANDisplay, explain, export_html, export_text

matplotlib.use("agg")
pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


@pytest.fixture(scope="module", params=[("no", "yes"), ("<low>", "mid", "high")], ids=["two", "three"])
def classifier(request):
    X = np.random.RandomState(0).uniform(-1, 1, (150, 2))
    place = np.digitize(X[:, 0] + X[:, 1] ** 2, np.linspace(0, 0.6, len(request.param) - 1))
    return KANClassifier((2,), max_iter=15, random_state=0).fit(X, np.array(request.param)[place]), X


def outputs(model):
    return [str(name) for name in model.classes_[-model.network_.n_outputs :]]


def test_classes_are_the_outputs(classifier):
    model, X = classifier
    assert set(outputs(model)) <= {text.get_text() for text in KANDisplay.from_estimator(model, X).ax_.texts}
    plt.close("all")
    assert re.search(rf"node \d -> {outputs(model)[0]} ", export_text(model))


def test_additive_scores_are_explained(classifier):
    model, X = classifier
    additive = KANClassifier((), max_iter=15, random_state=0).fit(X, model.predict(X))
    _, values, baseline = explain(additive, X)
    assert_allclose(baseline + values.sum(axis=1), additive.decision_function(X), rtol=1e-9, atol=1e-9)


def test_the_page_shows_probabilities(classifier, browser, tmp_path):
    model, X = classifier
    page = tmp_path / "page.html"
    export_html(model, X, page)
    browser.get(page.as_uri())
    shown = browser.find_elements(By.CSS_SELECTOR, "#prediction .row")
    assert [row.find_element(By.CLASS_NAME, "name").text for row in shown] == [f"P({name})" for name in outputs(model)]
    values = [float(row.find_element(By.CLASS_NAME, "value").get_attribute("data-value")) for row in shown]
    expected = model.predict_proba([browser.execute_script("return x")])[0]
    assert_allclose(values, expected[-len(values) :], rtol=1e-9)
