"""Colours follow importance and can be read."""

import numpy as np
import pytest

from sklearn_kan.display.colors import DARK, LIGHT, blend, is_dark, node_colors, theme_of


def test_colours_follow_importance():
    colors = node_colors([np.array([[1.0, 0.0], [0.0, 1.0], [0.0, 0.0]])], [np.array([1.0, 1.0, 0.0])], LIGHT)
    assert colors[0] == [*LIGHT.features[:2], LIGHT.muted]
    assert colors[1] == list(LIGHT.features[:2])


@pytest.mark.parametrize("theme", [LIGHT, DARK])
def test_texts_have_contrast(theme):
    def light(color):
        parts = np.array([int(color[k : k + 2], 16) for k in (1, 3, 5)]) / 255
        linear = np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)
        return linear @ (0.2126, 0.7152, 0.0722) + 0.05

    for color, least in ((theme.text, 12), (theme.muted, 4.5), *((color, 2.5) for color in theme.features)):
        pair = sorted([light(color), light(theme.card)])
        assert pair[1] / pair[0] >= least, color


def test_the_theme_fits_the_background():
    assert theme_of((0.1, 0.1, 0.1)).text == DARK.text
    assert theme_of((1.0, 1.0, 0.9)) == LIGHT._replace(page="#ffffe6", card="#ffffe6")
    assert is_dark((0, 0, 1)) and not is_dark((0, 1, 0))
    assert blend("#ff0000", "#ffffff", 0.2) == "#ffcccc"


@pytest.mark.parametrize("theme", [LIGHT, DARK])
def test_colours_as_variables(theme):
    css = theme.css()
    assert f"--muted: {theme.muted};" in css
    assert css.count("--") == len(theme._fields) + 1
    assert f"--hot: {theme.features[1]};" in css
