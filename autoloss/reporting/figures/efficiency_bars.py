"""Efficiency: what each method takes, as bars from zero."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from matplotlib.ticker import EngFormatter, MaxNLocator

from autoloss.reporting.figures._bars import bar
from autoloss.reporting.figures._canvas import name_width, panels, save
from autoloss.reporting.figures._figure import Figure
from autoloss.reporting.figures._style import method_line, style
from autoloss.reporting.groups import Place
from autoloss.reporting.labels import title
from autoloss.reporting.timings import Timing

PANELS = {
    "epoch_seconds": "Seconds per epoch",
    "to_seconds": "Seconds to CE's best",
    "to_examples": "Examples to CE's best",
    "peak_memory_mb": "Peak memory, MB",
}


def efficiency_bars(place: Place, timings: Sequence[Timing], folder: Path) -> Figure | None:
    """The bars of one place; None where nothing was measured."""
    panels = {
        words: {t.method: np.array(list(t.seeds(quantity).values())) for t in timings if t.seeds(quantity)}
        for quantity, words in PANELS.items()
    }
    panels = {words: bars for words, bars in panels.items() if bars}
    if not panels:
        return None
    name = f"efficiency-{place.dataset}-{place.model}"
    return Figure(
        name,
        "Efficiency",
        place.title,
        "Bar: mean over seeds; whisker: one standard deviation; ring: a seed. For a seed that never reaches CE's best "
        "validation AUC, all that it took is drawn: a lower bound.",
        f"Bar charts of {', '.join(panels)} for each method, {place.title}; numbers in the table.",
        *draw(panels, [t.method for t in timings], folder / name),
        topic="efficiency",
        behind=tuple(r for t in timings for r in t.group.results),
    )


def draw(quantities: Mapping[str, Mapping[str, np.ndarray]], methods: Sequence[str], stem: Path) -> tuple[Path, Path]:
    """Draws one panel per quantity and one bar per method.

    Args:
        quantities: {title of the quantity: {method: [seeds]}}.
        methods: from top to bottom.
        stem: path without ending; .svg and .png are written.
    """
    titles = [title(m) for m in methods]
    with style(stem.name):
        rows, columns = -(-len(quantities) // 2), min(2, len(quantities))
        height, margins = 0.2 * len(methods) + 0.1, (name_width(titles), 0.15, 0.3, 0.3)
        figure, axes_ = panels(rows, columns, height, margins, (0.22, 0.55), sharey=True)
        for axes in axes_.flat[len(quantities) :]:
            axes.set_visible(False)
        for axes, (quantity, values) in zip(axes_.flat, quantities.items(), strict=False):
            for place, method in enumerate(methods):
                colour = method_line(method, methods)["color"]
                bar(axes, place, np.asarray(values.get(method, ()), float), colour, across=True)
            axes.set_title(quantity, fontsize=8.5)
            axes.set_yticks(range(len(methods)), titles)
            axes.set_ylim(len(methods) - 0.5, -0.5)
            axes.set_xlim(left=0)
            axes.xaxis.set_major_locator(MaxNLocator(3))
            if axes.get_xlim()[1] > 1000:
                axes.xaxis.set_major_formatter(EngFormatter(sep=""))
            axes.grid(False, axis="y")
            axes.tick_params(axis="y", length=0)
        return save(figure, stem)
