"""The update frequency f: what it costs, and what it gives."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes

from autoloss.reporting.figures._canvas import panels, save
from autoloss.reporting.figures._figure import Figure
from autoloss.reporting.figures._style import METHOD_COLOURS, style
from autoloss.reporting.groups import Place
from autoloss.reporting.timings import Timing

PANELS = {"epoch_seconds": "Seconds per epoch", "auc": "Test AUC", "logloss": "Test logloss"}
COLOUR = METHOD_COLOURS["autoloss"]


def frequency_sweep(place: Place, timings: Sequence[Timing], folder: Path) -> Figure | None:
    """The sweep at one place; `timings` differ in f alone. None before one of them is measured."""
    values = {
        quantity: {
            t.every: np.array(list(seeds.values()))
            for t in timings
            if t.every is not None and (seeds := t.seeds(quantity))
        }
        for quantity in PANELS
    }
    if not any(values.values()):
        return None
    name = f"frequency-{place.dataset}-{place.model}"
    return Figure(
        name,
        "Update frequency f",
        place.title,
        "Seconds per epoch, test AUC and test logloss by f, the number of model updates per update of the controller: "
        "mean, one standard deviation, and the seeds.",
        f"Three lines over f: seconds per epoch, test AUC and test logloss, {place.title}; numbers in the table.",
        *draw({PANELS[q]: lines for q, lines in values.items() if lines}, folder / name),
        topic="efficiency",
        behind=tuple(r for t in timings for r in t.group.results),
    )


def draw(quantities: Mapping[str, Mapping[int, np.ndarray]], stem: Path) -> tuple[Path, Path]:
    """Draws one panel per quantity.

    Args:
        quantities: {title: {f: [seeds]}}.
        stem: path without ending; .svg and .png are written.
    """
    with style(stem.name):
        figure, axes = panels(len(quantities), 1, 1.05, (0.66, 0.15, 0.28, 0.42), (0, 0.34), sharex=True)
        for panel, (title, values) in zip(axes[:, 0], quantities.items(), strict=True):
            _line(panel, values)
            panel.set_title(title)
        axes[-1, 0].set_xticks(sorted({f for values in quantities.values() for f in values}))
        axes[-1, 0].set_xlabel("f: model updates per controller update")
        return save(figure, stem)


def _line(axes: Axes, values: Mapping[int, np.ndarray]) -> None:
    places = sorted(values)
    means = [values[f].mean() for f in places]
    deviations = [values[f].std(ddof=1) if len(values[f]) > 1 else 0.0 for f in places]
    axes.errorbar(places, means, yerr=deviations, color=COLOUR, marker="o", markersize=4, capsize=3, elinewidth=1)
    for f in places:
        axes.plot(np.full(len(values[f]), f), values[f], "o", color=COLOUR, markersize=3, alpha=0.45)
    axes.margins(y=0.15)
