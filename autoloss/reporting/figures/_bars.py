"""Bars with their uncertainty: mean, one standard deviation, and each seed as a dot."""

import numpy as np
from matplotlib.axes import Axes

from autoloss.reporting.figures._style import INK


def dots(axes: Axes, place: float, values: np.ndarray, colour: str, across: bool = False) -> None:
    """Each seed as a small ring around `place`, side by side so that none hides another.

    Args:
        axes: where.
        place: position along the axis of categories.
        values: [seeds].
        colour: of the ring's face.
        across: True when values run along x.
    """
    beside = place + np.linspace(-0.12, 0.12, len(values)) if len(values) > 1 else np.array([place])
    x, y = (values, beside) if across else (beside, values)
    axes.plot(x, y, "o", markersize=3.6, markerfacecolor="white", markeredgecolor=colour, markeredgewidth=1.0, zorder=4)


def bar(axes: Axes, place: float, values: np.ndarray, colour: str, width: float = 0.62, across: bool = False) -> None:
    """A bar to the mean, a whisker of one standard deviation, and the seeds as dots; nothing for no values."""
    if not len(values):
        return
    mean, std = values.mean(), values.std(ddof=1) if len(values) > 1 else 0.0
    draw = axes.barh if across else axes.bar
    draw(place, mean, width, color=colour, alpha=0.32, linewidth=0, zorder=2)
    whisker = {"fmt": "none", "ecolor": INK, "elinewidth": 1.0, "capsize": 3, "capthick": 1.0, "zorder": 5}
    if across:
        axes.errorbar(mean, place, xerr=std, **whisker)
    else:
        axes.errorbar(place, mean, yerr=std, **whisker)
    dots(axes, place, values, colour, across)
