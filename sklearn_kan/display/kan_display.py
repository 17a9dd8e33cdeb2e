"""KANDisplay: look at a fitted network."""

import numpy as np

from ..inspection.curves import layer_curves
from ..inspection.inspection import feature_names, location_and_scale, output_names, profile_of
from .colors import node_colors
from .curves_plot import draw_curves, most_important
from .layout import lay_out
from .network_plot import NetworkDrawing, require_matplotlib, theme_of

_KINDS = ("network", "curves")


class KANDisplay:
    """A fitted network as a picture; create one with `KANDisplay.from_estimator`.

    Parameters
    ----------
    network : KANNetwork
    profile : Profile
        Importances, as shares of each layer, and where the data lie.
    curves : list of LayerCurves
    feature_names, output_names : list of str

    Attributes
    ----------
    figure_ : matplotlib Figure
    ax_ : matplotlib Axes
        Of the diagram; None for ``kind="curves"``.
    axes_ : ndarray of matplotlib Axes
        All axes with something on them.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_kan import KANDisplay, KANRegressor
    >>> X = np.random.RandomState(0).uniform(-1, 1, (200, 2))
    >>> model = KANRegressor((), random_state=0).fit(X, X[:, 0] + X[:, 1] ** 2)
    >>> display = KANDisplay.from_estimator(model)  # doctest: +SKIP
    >>> display.figure_.savefig("network.png")  # doctest: +SKIP
    """

    def __init__(self, network, profile, curves, feature_names, output_names):
        self.network, self.profile, self.curves = network, profile, curves
        self.feature_names, self.output_names = feature_names, output_names

    @classmethod
    def from_estimator(
        cls, est, X=None, *, kind="network", feature_names=None, output_names=None, max_curves=None, ax=None
    ):
        """Draw a fitted estimator.

        Parameters
        ----------
        est : KANRegressor or KANClassifier
            Fitted.
        X : array-like of shape (n_samples, n_features), default=None
            Rows by which importances and densities are measured; None: the training rows, as fit kept them.
        kind, max_curves, ax : as in `plot`
        feature_names, output_names : sequence of str, default=None
            None: column names of the data frame of fit, classes, or x0, x1, ... and y.

        Returns
        -------
        display : KANDisplay
        """
        require_matplotlib()
        return cls._gather(est, X, feature_names, output_names).plot(kind=kind, max_curves=max_curves, ax=ax)

    @classmethod
    def _gather(cls, est, X, features, outputs):
        """A display that is not drawn yet."""
        profile = profile_of(est, X).shares()
        features, outputs = feature_names(est, features), output_names(est, outputs)
        return cls(est.network_, profile, all_curves(est, profile), features, outputs)

    def plot(self, *, kind="network", max_curves=None, ax=None):
        """Draw.

        Parameters
        ----------
        kind : {"network", "curves"}, default="network"
            A diagram of the network with a small curve on each important edge, or a grid of the curves alone: each
            with its share of the importance of its layer, the quantiles of the data below it, and a band of two
            posterior standard deviations where the estimator has a posterior.
        max_curves : int, default=None
            Curves of a grid at most, the most important; None: 24, or 1 if `ax` is given.
        ax : matplotlib Axes, default=None
            Where to draw the diagram, or the most important curve. None makes a figure of fitting size.

        Returns
        -------
        self : KANDisplay

        Raises
        ------
        ImportError
            Without matplotlib.
        ValueError
            If `kind` is not known.
        """
        require_matplotlib()
        if kind not in _KINDS:
            raise ValueError(f"kind must be one of {_KINDS}; got {kind!r}.")
        return self._plot_network(ax) if kind == "network" else self._plot_curves(ax, max_curves)

    def _plot_network(self, ax):
        """Draw the diagram."""
        import matplotlib.pyplot as plt

        figure = plt.figure() if ax is None else ax.figure
        theme = theme_of(figure.get_facecolor())
        masks = [layer.edges for layer in self.network.spline_layers]
        diagram = lay_out(masks, self.profile.edges, self.profile.nodes)
        colors = node_colors(self.profile.edges, self.profile.nodes, theme)
        names, shares = (self.feature_names, self.output_names), self.profile.nodes[0]
        drawing = NetworkDrawing(diagram, self.curves, colors, *names, shares, theme)
        if ax is None:
            figure.set_size_inches(*drawing.size)
            ax = figure.add_axes((0, 0, 1, 1))
        drawing.draw(ax)
        self.figure_, self.ax_, self.axes_ = figure, ax, np.array([ax])
        return self

    def _plot_curves(self, ax, max_curves):
        """Draw the grid of curves."""
        import matplotlib as mpl

        theme = theme_of(mpl.rcParams["figure.facecolor"] if ax is None else ax.figure.get_facecolor())
        most = 1 if ax is not None else 24 if max_curves is None else max_curves
        masks = [layer.edges for layer in self.network.spline_layers]
        edges = most_important(masks, self.profile.edges, most)
        hidden = [[f"node {j}" for j in range(mask.shape[1])] for mask in masks[:-1]]
        names = [self.feature_names, *hidden, self.output_names]
        colors = node_colors(self.profile.edges, self.profile.nodes, theme)
        self.figure_, self.axes_ = draw_curves(edges, self.curves, self.profile.edges, colors, names, theme, ax)
        self.ax_ = None
        return self


def all_curves(est, profile):
    """Curves of every spline layer, those of the last in the units of the targets.

    Parameters
    ----------
    est : KANRegressor or KANClassifier
    profile : Profile

    Returns
    -------
    curves : list of LayerCurves
    """
    network, (_, scale) = est.network_, location_and_scale(est)
    last = len(network.spline_layers) - 1
    means = profile.means if last == 0 else None
    posterior = getattr(est, "posterior_", None)
    return [
        layer_curves(network, d, scale if d == last else 1.0, means if d == last else None, posterior, quantiles)
        for d, quantiles in enumerate(profile.quantiles)
    ]
