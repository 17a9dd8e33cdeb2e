"""KANDisplay: look at a fitted network."""

import numpy as np

from ..inspection.curves import most_important
from ..inspection.effects import effects_of
from ..inspection.fitted_model import FittedModel
from .colors import node_colors, theme_of
from .curves_plot import draw_curves
from .effects_plot import EffectsDrawing
from .layout import lay_out
from .network_plot import NetworkDrawing, require_matplotlib
from .waterfall import draw_waterfall

_KINDS = ("network", "curves", "effects")
# Panels of a grid, unless the caller says how many; panels of effects, and maps of pairs.
_MOST_CURVES = 24
_MOST_EFFECTS = 12
_MOST_MAPS = 4


class KANDisplay:
    """A fitted network as a picture; create one with `KANDisplay.from_estimator`.

    Parameters
    ----------
    network : KANNetwork
    profile : Profile
        Importances, as shares of each layer, and where the data lie.
    curves : list of LayerCurves
    feature_names, output_names : list of str
    effects : Effects, default=None
        Of one output, for ``kind="effects"``.

    Attributes
    ----------
    figure_ : matplotlib Figure
    ax_ : matplotlib Axes
        Of the diagram; None for other kinds.
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

    def __init__(self, network, profile, curves, feature_names, output_names, effects=None):
        self.network, self.profile, self.curves = network, profile, curves
        self.feature_names, self.output_names, self.effects = feature_names, output_names, effects

    @classmethod
    def from_estimator(
        cls,
        est,
        X=None,
        *,
        kind="network",
        feature_names=None,
        output_names=None,
        output=None,
        max_curves=None,
        ax=None,
    ):
        """Draw a fitted estimator.

        Parameters
        ----------
        est : KANRegressor or KANClassifier
            Fitted.
        X : array-like of shape (n_samples, n_features), default=None
            Rows by which importances, effects and densities are measured; None: the training rows, as fit kept them.
        kind : {"network", "curves", "effects"}, default="network"
            As in `plot`.
        feature_names, output_names : sequence of str, default=None
            None: column names of the data frame of fit, classes, or x0, x1, ... and y.
        output : str or int, default=None
            The output or class whose effects are drawn, by name or number; None: the first.
        max_curves, ax : as in `plot`

        Returns
        -------
        display : KANDisplay
        """
        require_matplotlib()
        model = FittedModel.of(est, X, feature_names=feature_names, output_names=output_names)
        effects = effects_of(model, output=0 if output is None else output) if kind == "effects" else None
        names = model.feature_names, model.output_names
        display = cls(model.network, model.shares, model.curves, *names, effects)
        return display.plot(kind=kind, max_curves=max_curves, ax=ax)

    @classmethod
    def from_explanation(cls, explanation, row=0, *, output=0, max_features=10, ax=None):
        """Draw why one prediction is what it is: bars from the mean over the data to the raw prediction.

        Parameters
        ----------
        explanation : Explanation
            Of `explain`.
        row : int, default=0
            Its row to draw.
        output : int, default=0
            Number of the output.
        max_features : int, default=10
            Features with a bar of their own, those that contribute most; the others have one together.
        ax : matplotlib Axes, default=None
            Where to draw. None makes a figure of fitting size.

        Returns
        -------
        display : KANDisplay
            With ``figure_`` and ``ax_`` only.
        """
        require_matplotlib()
        display = cls(None, None, None, explanation.feature_names, explanation.output_names)
        theme = _theme(None if ax is None else ax.figure)
        display.figure_, display.ax_ = draw_waterfall(explanation, row, output, max_features, theme, ax)
        display.axes_ = np.array([display.ax_])
        return display

    def plot(self, *, kind="network", max_curves=None, ax=None):
        """Draw.

        Parameters
        ----------
        kind : {"network", "curves", "effects"}, default="network"
            "network" is a diagram of the network with a small curve on each important edge. "curves" is a grid of
            these curves: each with its share of the importance of its layer, the quantiles of the data below it, and
            a band of two posterior standard deviations where the estimator has a posterior. "effects" is what the
            features do to the prediction, whatever the network: the most important curves on one scale, each with
            the share of the feature, its band and the density of the data, and maps of the pairs that matter; axes
            span the middle 98 % of the data, and features of few values are points with bars.
        max_curves : int, default=None
            Curves of a grid at most, the most important; None: 24, 12 effects, or 1 if `ax` is given.
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
            If `kind` is not known, or there are no effects to draw.
        """
        require_matplotlib()
        if kind not in _KINDS:
            raise ValueError(f"kind must be one of {_KINDS}; got {kind!r}.")
        if kind == "effects" and self.effects is None:
            raise ValueError("This display has no effects: make it by KANDisplay.from_estimator(est, kind='effects').")
        draw = {"network": self._plot_network, "curves": self._plot_curves, "effects": self._plot_effects}
        return draw[kind](ax, max_curves)

    def _plot_network(self, ax, max_curves):
        """Draw the diagram."""
        import matplotlib.pyplot as plt

        figure = plt.figure() if ax is None else ax.figure
        theme = _theme(figure)
        diagram = lay_out(self._masks(), self.profile.edges, self.profile.nodes)
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
        most = 1 if ax is not None else _MOST_CURVES if max_curves is None else max_curves
        edges = most_important(self._masks(), self.profile.edges, most)
        hidden = [[f"node {j}" for j in range(mask.shape[1])] for mask in self._masks()[:-1]]
        names, theme = [self.feature_names, *hidden, self.output_names], _theme(None if ax is None else ax.figure)
        colors = node_colors(self.profile.edges, self.profile.nodes, theme)
        self.figure_, self.axes_ = draw_curves(edges, self.curves, self.profile.edges, colors, names, theme, ax)
        self.ax_ = None
        return self

    def _plot_effects(self, ax, max_curves):
        """Draw curves and maps of effects."""
        theme = _theme(None if ax is None else ax.figure)
        colors = node_colors(self.profile.edges, self.profile.nodes, theme)[0]
        drawing = EffectsDrawing(self.effects, colors, theme)
        if ax is None:
            most = _MOST_EFFECTS if max_curves is None else max_curves
            self.figure_, self.axes_ = drawing.draw(most, _MOST_MAPS)
        else:
            self.figure_, self.axes_ = ax.figure, drawing.draw_first(ax)
        self.ax_ = None
        return self

    def _masks(self):
        """Edges that exist, layer by layer."""
        return [layer.edges for layer in self.network.spline_layers]


def _theme(figure):
    """The theme for a figure, or for one that is to be made."""
    import matplotlib as mpl

    return theme_of(mpl.colors.to_rgb(mpl.rcParams["figure.facecolor"] if figure is None else figure.get_facecolor()))
