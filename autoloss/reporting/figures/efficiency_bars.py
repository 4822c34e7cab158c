"""Efficiency: what each method takes, as bars from zero."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from matplotlib.ticker import EngFormatter, MaxNLocator

from autoloss.reporting.figures._bars import bar
from autoloss.reporting.figures._figure import method_line, panels, save, style
from autoloss.reporting.labels import title


def efficiency_bars(
    quantities: Mapping[str, Mapping[str, np.ndarray]], methods: Sequence[str], stem: Path
) -> tuple[Path, Path]:
    """Draws one panel per quantity and one bar per method.

    Args:
        quantities: {title of the quantity: {method: [seeds]}}.
        methods: from top to bottom.
        stem: path without ending; .svg and .png are written.
    """
    with style(stem.name):
        size, margins = (1.9, 0.29 * len(methods)), (1.05, 0.25, 0.35, 0.35)
        figure, axes_ = panels(1, len(quantities), size, margins, sharey=True)
        for axes, (quantity, values) in zip(axes_[0], quantities.items(), strict=True):
            for place, method in enumerate(methods):
                colour = method_line(method, methods)["color"]
                bar(axes, place, np.asarray(values.get(method, ()), float), colour, across=True)
            axes.set_title(quantity)
            axes.set_yticks(range(len(methods)), [title(m) for m in methods])
            axes.set_ylim(len(methods) - 0.5, -0.5)
            axes.set_xlim(left=0)
            axes.xaxis.set_major_locator(MaxNLocator(4))
            if axes.get_xlim()[1] > 1000:
                axes.xaxis.set_major_formatter(EngFormatter(sep=""))
            axes.grid(False, axis="y")
            axes.tick_params(axis="y", length=0)
        return save(figure, stem)
