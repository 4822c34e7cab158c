"""Generated data: how far each method stays behind the best that is possible."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from autoloss import metrics
from autoloss.reporting.figures._bars import dots
from autoloss.reporting.figures._canvas import name_width, panels, save
from autoloss.reporting.figures._figure import Figure
from autoloss.reporting.figures._style import INK, method_line, style
from autoloss.reporting.groups import Group, Place
from autoloss.reporting.labels import headline_metrics, title
from autoloss.reporting.material import Material


def bayes_distance(
    material: Material, experiment: str, place: Place, methods: Mapping[str, Group], folder: Path
) -> Figure | None:
    """The distances at one place of a grid experiment; None where the optimum is not known."""
    lost = {
        metric: {m: _lost(group, metric, optimum) for m, group in methods.items() if group.scores(metric)}
        for metric in headline_metrics(material.config.datasets[place.dataset].task)
        if (optimum := material.bayes(place.dataset).get(metric.removesuffix("_calibrated"))) is not None
    }
    if not any(lost.values()):
        return None
    name = f"bayes-distance-{experiment}-{place.dataset}-{place.model}"
    return Figure(
        name,
        "Distance to the best possible",
        place.title,
        "These data are generated from a known model, so the best reachable value is known. Ring: a seed; bar: mean, "
        "with one standard deviation. Zero is the optimum; further right is worse.",
        f"Dot plots of what each method loses to the Bayes optimum in {' and '.join(lost)}, {place.title}.",
        *draw(lost, list(methods), folder / name),
        topic=experiment,
        behind=tuple(r for g in methods.values() for r in g.done),
    )


def draw(lost: Mapping[str, Mapping[str, np.ndarray]], methods: Sequence[str], stem: Path) -> tuple[Path, Path]:
    """Draws one panel per metric: the mean, one standard deviation, and the seeds as dots.

    Args:
        lost: {metric: {method: [seeds] what is lost to the optimum, larger is worse}}.
        methods: from top to bottom.
        stem: path without ending; .svg and .png are written.
    """
    titles = [title(m) for m in methods]
    with style(stem.name):
        height, margins = 0.2 * len(methods) + 0.15, (name_width(titles), 0.12, 0.3, 0.28)
        figure, axes = panels(1, len(lost), height, margins, (0.16, 0), sharey=True)
        for panel, (metric, values) in zip(axes[0], lost.items(), strict=True):
            _panel(panel, values, methods)
            panel.set_title(metrics.get(metric).title.replace("calibrated", "cal."), fontsize=8)
        return save(figure, stem)


def _lost(group: Group, metric: str, optimum: float) -> np.ndarray:
    values = np.array(list(group.scores(metric).values()))
    return optimum - values if metrics.get(metric).higher_is_better else values - optimum


def _panel(axes: Axes, lost: Mapping[str, np.ndarray], methods: Sequence[str]) -> None:
    found = {k: np.asarray(lost[m], float) for k, m in enumerate(methods) if len(lost.get(m, ()))}
    for place, values in found.items():
        dots(axes, place, values, method_line(methods[place], methods)["color"], across=True)
    if found:
        means = [values.mean() for values in found.values()]
        spread = [values.std(ddof=1) if len(values) > 1 else 0.0 for values in found.values()]
        axes.errorbar(
            means, list(found), xerr=spread, fmt="|", color=INK, markersize=9, markeredgewidth=1.6, capsize=2.5
        )
    axes.axvline(0, color=INK, linewidth=0.8)
    axes.set_yticks(range(len(methods)), [title(m) for m in methods])
    axes.set_ylim(len(methods) - 0.5, -0.5)
    axes.xaxis.set_major_locator(MaxNLocator(2))
    axes.tick_params(axis="y", length=0)
