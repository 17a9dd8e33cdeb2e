"""The page of a trained network, made while the site is built: the damped sine, to be clicked."""

from pathlib import Path

import numpy as np


def damped_sine():
    """0.5 sin(4x) exp(-x - 1) on [0, 3], by two hidden nodes."""
    from sklearn_kan import KANRegressor

    x = np.linspace(0, 3, 60)[:, None]
    y = 0.5 * np.sin(4 * x[:, 0]) * np.exp(-x[:, 0] - 1)
    return KANRegressor((2,), n_init=1, degree=5, alpha=1e-9, random_state=0).fit(x, y)


def write_page(app, exception):
    """The page, beside the others, unless the build has failed or is of another kind."""
    if exception is None and app.builder.format == "html":
        from sklearn_kan import export_html

        export_html(damped_sine(), title="A damped sine", path=Path(app.outdir, "damped_sine.html"))


def setup(app):
    app.connect("build-finished", write_page)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
