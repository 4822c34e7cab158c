"""The update frequency f: what it costs, and what it gives, on two axes."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from autoloss.reporting.figures._canvas import panels, save
from autoloss.reporting.figures._figure import Figure
from autoloss.reporting.figures._style import METHOD_COLOURS, style
from autoloss.reporting.groups import Place
from autoloss.reporting.labels import title
from autoloss.reporting.timings import Timing

SECONDS, QUALITY = METHOD_COLOURS["darts"], METHOD_COLOURS["autoloss"]


def frequency_sweep(place: Place, timings: Sequence[Timing], folder: Path) -> Figure:
    """The sweep at one place; `timings` differ in f alone."""
    seconds, auc = (
        {t.every: np.array(list(t.seeds(quantity).values())) for t in timings if t.every is not None}
        for quantity in ("epoch_seconds", "auc")
    )
    name, where = f"frequency-{place.dataset}-{place.model}", f"{title(place.model)} on {title(place.dataset)}"
    return Figure(
        name,
        f"Update frequency f, {where}",
        "Seconds per epoch (left, circles) and test AUC (right, squares) by f, the number of model updates per update "
        "of the controller: mean, one standard deviation, and the seeds.",
        f"Two lines over f from {min(seconds)} to {max(seconds)}: seconds per epoch and test AUC, {where}.",
        *draw(seconds, auc, folder / name),
        topic="efficiency",
        behind=tuple(r for t in timings for r in t.group.results),
    )


def draw(seconds: Mapping[int, np.ndarray], auc: Mapping[int, np.ndarray], stem: Path) -> tuple[Path, Path]:
    """Draws time on the left axis (circles, solid) and test AUC on the right one (squares, dashed).

    Args:
        seconds: {f: [seeds] seconds per epoch}.
        auc: {f: [seeds] test AUC}.
        stem: path without ending; .svg and .png are written.
    """
    with style(stem.name):
        figure, axes = panels(1, 1, (4.4, 2.7), (0.75, 0.85, 0.2, 0.5))
        left = axes[0, 0]
        right = left.twinx()
        right.spines["right"].set_visible(True)
        right.grid(False)
        _line(left, seconds, SECONDS, "o", "-", -0.08)
        _line(right, auc, QUALITY, "s", (0, (4, 1.6)), 0.08)
        left.set_xlabel("f: model updates per controller update")
        left.set_ylabel("seconds per epoch (circles)", color=SECONDS)
        right.set_ylabel("test AUC (squares)", color=QUALITY)
        left.set_xticks(sorted({*seconds, *auc}))
        left.set_ylim(bottom=0)
        return save(figure, stem)


def _line(axes, values: Mapping[int, np.ndarray], colour: str, marker: str, dashes, aside: float) -> None:
    places = [f for f in sorted(values) if len(values[f])]
    means = [values[f].mean() for f in places]
    deviations = [values[f].std(ddof=1) if len(values[f]) > 1 else 0.0 for f in places]
    x = np.array(places, float) + aside
    axes.errorbar(
        x, means, yerr=deviations, color=colour, marker=marker, markersize=5, linestyle=dashes, capsize=3, elinewidth=1
    )
    for place, f in zip(x, places, strict=True):
        axes.plot(np.full(len(values[f]), place), values[f], marker, color=colour, markersize=3, alpha=0.45)
