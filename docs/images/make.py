"""Draw the pictures of README and guide: ``python docs/images/make.py`` from the top of the repository.

Needs matplotlib, and Chromium with its driver for the picture of the page.
"""

import sys
import tempfile
import warnings
from pathlib import Path

import matplotlib

matplotlib.use("agg")
import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_diabetes

from sklearn_kan import KANDisplay, KANRegressor, distill, explain, export_html

HERE = Path(__file__).parent
NAMES = ["x₁", "x₂", "x₃", "x₄"]


def diabetes():
    """README's first pictures, by README's code."""
    X, y = load_diabetes(return_X_y=True, as_frame=True, scaled=False)
    model = KANRegressor(random_state=0).fit(X, y.rename("progression"))
    save(KANDisplay.from_estimator(model, kind="effects", max_curves=8).figure_, "effects.png")
    save(KANDisplay.from_estimator(distill(model)).figure_, "twin.png")
    save(KANDisplay.from_explanation(explain(model, X), row=9).figure_, "waterfall.png")
    photograph(export_html(model, title="Diabetes progression"), "explorer.png", height=1010)


def nested(n=1500):
    """exp((sin(pi (x1^2 + x2^2)) + sin(pi (x3^2 + x4^2))) / 2), without noise."""
    X = np.random.RandomState(0).uniform(-1, 1, (n, 4))
    waves = [np.sin(np.pi * (X[:, k] ** 2 + X[:, k + 1] ** 2)) for k in (0, 2)]
    return X, np.exp(sum(waves) / 2)


def bumps(n=600):
    """A sum of four unlike curves, with noise."""
    rng = np.random.RandomState(1)
    X = np.column_stack([rng.uniform(0, 1, n), rng.normal(size=n), rng.gamma(2, 1, n), rng.uniform(-1, 1, n)])
    y = np.sin(7 * X[:, 0]) + np.tanh(2 * X[:, 1]) + 0.5 * np.sqrt(X[:, 2]) + 1.5 * X[:, 3] ** 2
    return X, y + 0.3 * rng.normal(size=n)


def save(figure, name):
    """Write a PNG and say how large it is."""
    path = HERE / name
    figure.savefig(path, dpi=150, pil_kwargs={"optimize": True})
    plt.close(figure)
    print(path, f"{path.stat().st_size / 1024:.0f} kB")


def photograph(html, name, width=1280, height=800):
    """A picture of a page in Chromium."""
    sys.path.insert(0, str(HERE.parent.parent / "tests"))
    from conftest import start_chromium

    with tempfile.TemporaryDirectory() as folder:
        page = Path(folder, "page.html")
        page.write_text(html, encoding="utf-8")
        browser = start_chromium(Path(folder, "profile"))
        try:
            size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
            browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
            browser.get(page.as_uri())
            browser.save_screenshot(HERE / name)
        finally:
            browser.quit()
    print(HERE / name, f"{(HERE / name).stat().st_size / 1024:.0f} kB")


def main():
    """All pictures."""
    warnings.simplefilter("ignore")
    diabetes()
    X, y = nested()
    options = {"grid_size": 8, "alpha": 1e-9, "prune": 0.01, "n_init": 6, "max_iter": 200}
    model = KANRegressor((2, 1), random_state=0, **options).fit(X, y)
    print(f"R^2 {model.score(*nested(3000)):.7f}")
    save(KANDisplay.from_estimator(model, feature_names=NAMES).figure_, "network.png")
    X, y = bumps()
    model = KANRegressor((), alpha=1e-3, random_state=0).fit(X, y)
    names = ["time", "offset", "dose", "angle"]
    save(KANDisplay.from_estimator(model, kind="curves", feature_names=names).figure_, "curves.png")


if __name__ == "__main__":
    main()
