"""Validation metrics while training, one line per method: mean over seeds, band of one standard deviation."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from autoloss.reporting.figures._canvas import count_axis, legend_below, legend_height, panels, save
from autoloss.reporting.figures._figure import Figure
from autoloss.reporting.figures._style import method_line, style
from autoloss.reporting.groups import group
from autoloss.reporting.labels import HIGHER_IS_BETTER, headline_metrics, title
from autoloss.reporting.labels import metric as metric_title
from autoloss.reporting.material import Material
from autoloss.reporting.results import select


@dataclass(frozen=True)
class Curve:
    """One method's seeds, cut to the steps that all of them reached.

    Attributes:
        examples: [T] training examples seen.
        values: [seeds, T] the metric on validation data.
        best: the best evaluation of each seed, (examples, value), wherever it lies.
    """

    examples: np.ndarray
    values: np.ndarray
    best: tuple[tuple[float, float], ...]


Curves = Mapping[tuple[str, str], Mapping[str, Curve]]  # {(model, metric): {method: curve}}


def curve(histories: list[list[dict]], metric: str) -> Curve | None:
    """The curve of several seeds' histories, or None where there is none with this metric."""
    seeds = []
    for history in histories:
        points = [
            (line["train_examples"], line["valid"][metric]) for line in history if metric in line.get("valid", {})
        ]
        finite = [(x, y) for x, y in points if y is not None and np.isfinite(y)]
        if finite:
            seeds.append(np.array(finite, float))
    if not seeds:
        return None
    length = min(len(s) for s in seeds)
    sign = 1 if metric in HIGHER_IS_BETTER else -1
    best = tuple(tuple(s[np.argmax(sign * s[:, 1])]) for s in seeds)
    return Curve(seeds[0][:length, 0], np.stack([s[:length, 1] for s in seeds]), best)


def learning_curves(material: Material, experiment: str, dataset: str, folder: Path) -> Figure | None:
    """The curves of one dataset in a grid experiment; None where no training run has finished."""
    found = select(material.of(experiment), dataset=dataset, state="done")
    metrics = headline_metrics(material.config.datasets[dataset].task)[:2]
    panels: dict[tuple[str, str], dict[str, Curve]] = {}
    for (model, method), members in group(found, "model", "method").items():
        for metric in metrics:
            line = curve([material.histories[r.cell_id] for r in members.results], metric)
            if line:
                panels.setdefault((model, metric), {})[method] = line
    if not panels:
        return None
    name = f"learning-curves-{experiment}-{dataset}"
    return Figure(
        name,
        f"Learning curves, {title(dataset)}",
        "Validation metrics during training: mean over seeds, a band of one standard deviation, and a dot where each "
        "seed was best. The frame shows the later part of training, where the methods differ.",
        f"Line plots of validation {' and '.join(metrics)} against training examples seen, one line per method, one "
        f"panel per model, on {title(dataset)}. The best values are in the table of this section.",
        *draw(panels, material.config.experiments[experiment].methods, folder / name),
        topic=experiment,
        behind=tuple(found),
    )


def draw(curves: Curves, methods: Sequence[str], stem: Path) -> tuple[Path, Path]:
    """Draws one row per metric and one column per model.

    Args:
        curves: what is drawn.
        methods: all that are compared, in the order of the legend.
        stem: path without ending; .svg and .png are written.
    """
    models, metrics = list(dict.fromkeys(m for m, _ in curves)), list(dict.fromkeys(k for _, k in curves))
    with style(stem.name):
        bottom = 0.5 + legend_height(len(methods), len(models))
        figure, axes = panels(
            len(metrics), len(models), (3.3, 2.3), (0.75, 0.15, 0.35, bottom), (0.6, 0.25), sharex="col"
        )
        for i, metric in enumerate(metrics):
            for j, model in enumerate(models):
                _panel(axes[i, j], curves.get((model, metric), {}), methods)
                axes[i, j].set_title(title(model) if i == 0 else "")
                axes[i, j].set_ylabel(f"{metric_title(metric)}, validation" if j == 0 else "")
                axes[i, j].set_xlabel("training examples seen" if i == len(metrics) - 1 else "")
        legend_below(figure, axes[0, 0], len(models))
        return save(figure, stem)


def _panel(axes, curves: Mapping[str, Curve], methods: Sequence[str]) -> None:
    late = []
    for method in methods:
        if method not in curves:
            axes.plot([], [], label=title(method), **method_line(method, methods))
            continue
        found, line = curves[method], method_line(method, methods)
        mean, std = found.values.mean(0), found.values.std(0, ddof=1) if len(found.values) > 1 else 0 * found.values[0]
        axes.fill_between(found.examples, mean - std, mean + std, color=line["color"], alpha=0.13, linewidth=0)
        axes.plot(found.examples, mean, label=title(method), **line)
        axes.plot(*zip(*found.best, strict=True), ".", color=line["color"], markersize=4.5, zorder=4)
        half = len(mean) * 2 // 5
        late += [mean[half:] - std[half:], mean[half:] + std[half:]]
        late.append(np.array([value for _, value in found.best]))
    if late:  # the beginning is steep in every curve and would flatten what differs
        every = np.concatenate(late)
        margin = 0.06 * (np.ptp(every) or 1e-3)
        axes.set_ylim(every.min() - margin, every.max() + margin)
    count_axis(axes)
