"""The summary for a terminal."""

import io
import re
import sys

import numpy as np
import pytest
from problems import additive

from sklearn_kan import KANClassifier, KANRegressor, export_text

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


def test_text():
    X, y = additive(200)[:2]
    model = KANRegressor((3,), alpha=1e-3, max_iter=20, random_state=0).fit(X, 100 + 10 * y)
    text = export_text(model, feature_names=["a", "b", "c", "d"])
    lines = text.splitlines()
    assert lines[:2] == [
        "KANRegressor",
        f"4 -> 3 -> 1; 15 edges, 120 parameters; solver lm, {model.n_iter_} iterations",
    ]
    assert re.search(r"^  a   \d\d %  [▁▂▃▄▅▆▇█]{24}  from \S+ to \S+$", text, re.MULTILINE)
    assert "  1 more below 0.5 %" in text
    assert text.index("Effects: change of y") < text.index("edges, and their share")
    assert re.search(r"^  node \d -> y +\d+ %  [▁▂▃▄▅▆▇█]{24}  from \S+ to \S+$", text, re.MULTILINE)


def test_large_networks_list_their_most_important_edges():
    X = np.random.RandomState(0).uniform(-1, 1, (1000, 10))
    model = KANRegressor((8,), alpha=1e-3, max_iter=3, random_state=0).fit(X, X[:, 0] * X[:, 1])
    assert "The 12 most important of 88 edges" in export_text(model)


@pytest.mark.parametrize("encoding", ["utf-8", "cp1252", "cp437", "ascii", "no such encoding"])
def test_the_text_can_be_written_where_it_is_shown(encoding, monkeypatch):
    X, y = additive(100)[:2]
    model = KANRegressor((), random_state=0).fit(X, y)
    raw = io.BytesIO()
    stdout = io.TextIOWrapper(raw, encoding="ascii" if " " in encoding else encoding)
    with monkeypatch.context() as patch:
        patch.setattr(sys, "stdout", stdout)
        print(export_text(model, feature_names=["μ", "日本", "a", "b"]), flush=True)
    assert export_text(model, encoding=encoding).isascii() == (encoding != "utf-8")
    assert raw.getvalue().count(b"\n") == len(export_text(model).splitlines())


def test_a_constant_says_so():
    model = KANRegressor(random_state=0).fit(np.ones((20, 2)), np.arange(20.0))
    assert "No feature matters" in export_text(model)


def test_effects_share_one_scale_and_pairs_follow():
    rng = np.random.RandomState(0)
    X = np.column_stack([rng.uniform(-1, 1, (400, 3)), rng.randint(0, 2, 400)])
    y = 5 * X[:, 0] + 3 * X[:, 1] * X[:, 2] + 1.5 * X[:, 3]
    text = export_text(KANRegressor((4,), n_init=1, max_iter=40, random_state=0).fit(X, y), encoding="utf-8")
    blocks = dict(re.findall(r"^  (x\d) +\d+ %  ([▁▂▃▄▅▆▇█]+)", text, re.MULTILINE))
    assert blocks["x0"][0] == "▁"
    assert blocks["x0"][-1] == "█"
    assert len(blocks["x3"]) == 2
    assert blocks["x3"] not in ("▁█", "█▁")  # The smaller effect does not fill the scale.
    assert re.search(r"^  x1 x x2 +\d+ %  together$", text, re.MULTILINE)


def test_the_class_can_be_chosen():
    X = np.random.RandomState(0).uniform(-1, 1, (150, 2))
    model = KANClassifier((), random_state=0).fit(X, np.where(X[:, 0] > 0.1, "yes", "no"))
    assert "change of the log-odds of yes" in export_text(model)
    assert "change of the log-odds of no" in export_text(model, output="no")
