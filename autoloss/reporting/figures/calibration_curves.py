"""Calibration: how often what was predicted came true, minus what was predicted."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from autoloss.reporting.figures._canvas import legend_below, legend_height, panels, save
from autoloss.reporting.figures._figure import Figure
from autoloss.reporting.figures._style import INK, method_line, style
from autoloss.reporting.groups import group
from autoloss.reporting.labels import title
from autoloss.reporting.material import Material
from autoloss.reporting.predictions import labels_of, predictions
from autoloss.reporting.results import select

BINS = 10


def calibration(logits: np.ndarray, labels: np.ndarray, bins: int = BINS) -> np.ndarray:
    """[bins, 2] mean prediction, and observed share minus it, in bins with as many predictions each.

    Args:
        logits: [N] binary, or [N, C]: then every class is a prediction of its own, and all are pooled.
        labels: [N] class indices.
        bins: how many.
    """
    logits = np.asarray(logits, np.float32)
    if logits.ndim == 1:
        predicted, came_true = 1 / (1 + np.exp(-logits)), np.asarray(labels) > 0.5
    else:
        powers = np.exp(logits - logits.max(1, keepdims=True))
        predicted = (powers / powers.sum(1, keepdims=True)).ravel()
        came_true = (np.asarray(labels).astype(int)[:, None] == np.arange(logits.shape[1])).ravel()
    borders = np.quantile(predicted, np.arange(1, bins) / bins)
    place = np.searchsorted(borders, predicted, "right")
    count = np.maximum(np.bincount(place, minlength=bins), 1)
    mean = np.bincount(place, predicted, minlength=bins) / count
    return np.stack([mean, np.bincount(place, came_true, minlength=bins) / count - mean], 1)


def calibration_curves(material: Material, experiment: str, dataset: str, folder: Path) -> Figure | None:
    """The curves of one dataset in a grid experiment; None without stored predictions, or for regression."""
    labels, task = labels_of(material.root, material.config.scale, dataset), material.config.datasets[dataset].task
    if labels is None or task == "regression":
        return None
    found = select(material.of(experiment), dataset=dataset, state="done")
    panels: dict[str, dict[str, np.ndarray]] = {}
    for (model, method), members in group(found, "model", "method").items():
        logits = [p for r in members.results if (p := predictions(r, len(labels))) is not None]
        if logits:
            panels.setdefault(model, {})[method] = np.stack([calibration(p, labels) for p in logits])
    if not panels:
        return None
    name = f"calibration-{experiment}-{dataset}"
    pooled = "" if task == "binary" else " Each class is a prediction; all are pooled."
    return Figure(
        name,
        f"Calibration, {title(dataset)}",
        "How often the predicted event happened, minus its predicted probability, on test rows in ten bins of equal "
        "size; before temperature scaling. Zero is perfect; below zero the model over-predicts." + pooled,
        f"Line plots of observed frequency minus predicted probability, one line per method, on {title(dataset)}.",
        *draw(panels, material.config.experiments[experiment].methods, folder / name),
        topic=experiment,
        behind=tuple(found),
    )


def draw(models: Mapping[str, Mapping[str, np.ndarray]], methods: Sequence[str], stem: Path) -> tuple[Path, Path]:
    """Draws one panel per model: mean over seeds, a band of one standard deviation.

    Args:
        models: {model: {method: [seeds, bins, 2] from `calibration`}}.
        methods: all that are compared, in the order of the legend.
        stem: path without ending; .svg and .png are written.
    """
    with style(stem.name):
        bottom = 0.5 + legend_height(len(methods), len(models))
        figure, axes_ = panels(1, len(models), (3.4, 2.5), (0.75, 0.15, 0.35, bottom), sharey=True)
        row = axes_[0]
        for axes, (model, curves) in zip(row, models.items(), strict=True):
            axes.axhline(0, color=INK, linewidth=0.8)
            for method in methods:
                line = method_line(method, methods)
                if method not in curves:
                    axes.plot([], [], label=title(method), **line)
                    continue
                x, y = curves[method].mean(0).T
                deviation = curves[method][..., 1].std(0, ddof=1) if len(curves[method]) > 1 else 0 * y
                axes.fill_between(x, y - deviation, y + deviation, color=line["color"], alpha=0.13, linewidth=0)
                axes.plot(x, y, label=title(method), **line)
            axes.set_title(title(model))
            axes.set_xlabel("mean predicted probability")
        row[0].set_ylabel("observed share − predicted")
        legend_below(figure, row[0], len(models))
        return save(figure, stem)
