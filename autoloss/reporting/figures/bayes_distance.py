"""Generated data: how far each method stays behind the best that is possible."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from autoloss.reporting.figures._bars import dots
from autoloss.reporting.figures._canvas import panels, save
from autoloss.reporting.figures._figure import Figure
from autoloss.reporting.figures._style import INK, method_line, style
from autoloss.reporting.groups import group
from autoloss.reporting.labels import HIGHER_IS_BETTER, title
from autoloss.reporting.labels import metric as metric_title
from autoloss.reporting.material import Material
from autoloss.reporting.results import select


def bayes_distance(material: Material, experiment: str, dataset: str, folder: Path) -> Figure | None:
    """The distances on one dataset of a grid experiment; None where the optimum is not known."""
    best = material.bayes(dataset)
    found = select(material.of(experiment), dataset=dataset, state="done")
    panels: dict[tuple[str, str], dict[str, np.ndarray]] = {}
    for (model, method), members in group(found, "model", "method").items():
        for metric in ("auc", "logloss", "logloss_calibrated"):
            optimum = best.get(metric.removesuffix("_calibrated"))
            values = np.array(list(members.scores(metric).values()))
            if optimum is not None and len(values):
                lost = (optimum - values) if metric in HIGHER_IS_BETTER else (values - optimum)
                panels.setdefault((model, metric), {})[method] = lost
    if not panels:
        return None
    name = f"bayes-distance-{experiment}-{dataset}"
    return Figure(
        name,
        f"Distance to the best possible, {title(dataset)}",
        "These data are generated from a known model, so the best reachable value is known. Ring: a seed; bar: mean, "
        "with one standard deviation. Zero is the optimum; further right is worse.",
        f"Dot plots of what each method loses to the Bayes optimum in AUC and logloss on {title(dataset)}.",
        *draw(panels, material.config.experiments[experiment].methods, folder / name),
        topic=experiment,
        behind=tuple(found),
    )


def draw(
    lost: Mapping[tuple[str, str], Mapping[str, np.ndarray]], methods: Sequence[str], stem: Path
) -> tuple[Path, Path]:
    """Draws one row per model and one column per metric: the mean, one standard deviation, and the seeds as dots.

    Args:
        lost: {(model, metric): {method: [seeds] what is lost to the optimum, larger is worse}}.
        methods: from top to bottom.
        stem: path without ending; .svg and .png are written.
    """
    models, metrics = list(dict.fromkeys(m for m, _ in lost)), list(dict.fromkeys(k for _, k in lost))
    with style(stem.name):
        size, margins = (2.6, 0.25 * len(methods) + 0.2), (1.05, 0.2, 0.35, 0.5)
        figure, axes = panels(len(models), len(metrics), size, margins, (0.3, 0.4), sharey=True, sharex="col")
        for i, model in enumerate(models):
            for j, metric in enumerate(metrics):
                _panel(axes[i, j], lost.get((model, metric), {}), methods)
                axes[i, j].set_title(title(model) if j == 0 else "")
                better = "optimum − AUC" if metric == "auc" else f"{metric_title(metric)} − optimum"
                axes[i, j].set_xlabel(better if i == len(models) - 1 else "")
        return save(figure, stem)


def _panel(axes, lost: Mapping[str, np.ndarray], methods: Sequence[str]) -> None:
    found = {k: np.asarray(lost[m], float) for k, m in enumerate(methods) if len(lost.get(m, ()))}
    for place, values in found.items():
        dots(axes, place, values, method_line(methods[place], methods)["color"], across=True)
    if found:
        means = [values.mean() for values in found.values()]
        spread = [values.std(ddof=1) if len(values) > 1 else 0.0 for values in found.values()]
        marks = {"fmt": "|", "color": INK, "markersize": 11, "markeredgewidth": 1.6, "capsize": 2.5}
        axes.errorbar(means, list(found), xerr=spread, **marks)
    axes.axvline(0, color=INK, linewidth=0.8)
    axes.set_yticks(range(len(methods)), [title(m) for m in methods])
    axes.set_ylim(len(methods) - 0.5, -0.5)
    axes.locator_params(axis="x", nbins=5)
    axes.tick_params(axis="y", length=0)
