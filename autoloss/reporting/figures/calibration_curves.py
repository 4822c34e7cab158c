"""Calibration: how often what was predicted came true, minus what was predicted."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from autoloss.reporting.figures._canvas import legend_below, legend_height, panels, save
from autoloss.reporting.figures._figure import Figure
from autoloss.reporting.figures._style import INK, method_line, style
from autoloss.reporting.groups import Group, Place
from autoloss.reporting.labels import OURS, title
from autoloss.reporting.material import Material
from autoloss.reporting.predictions import labels_of, predictions

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


def calibration_curves(
    material: Material, experiment: str, place: Place, methods: Mapping[str, Group], folder: Path
) -> Figure | None:
    """The curves of one place in a grid experiment; None without stored predictions, or for regression."""
    task = material.config.datasets[place.dataset].task
    labels = labels_of(material.root, material.config.scale, place.dataset)
    if labels is None or task == "regression":
        return None
    logits = {m: [p for r in g.done if (p := predictions(r, len(labels))) is not None] for m, g in methods.items()}
    curves = {m: np.stack([calibration(p, labels) for p in seeds]) for m, seeds in logits.items() if seeds}
    if not curves:
        return None
    name = f"calibration-{experiment}-{place.dataset}-{place.model}"
    return Figure(
        name,
        "Calibration",
        place.title,
        "How often the predicted event happened, minus its predicted probability, on test rows in ten bins of equal "
        "size; before calibration. Zero is perfect; below zero the model over-predicts. With more than two "
        "classes, each class is a prediction, and all are pooled. Mean over seeds; band: AutoLoss's spread.",
        f"Line plots of observed frequency minus predicted probability, one line per method, {place.title}.",
        *draw(curves, list(methods), folder / name),
        topic=experiment,
        behind=tuple(r for g in methods.values() for r in g.done),
    )


def draw(curves: Mapping[str, np.ndarray], methods: Sequence[str], stem: Path) -> tuple[Path, Path]:
    """Draws the mean over seeds of each method, and for AutoLoss a band of one standard deviation.

    Args:
        curves: {method: [seeds, bins, 2] from `calibration`}.
        methods: all that are compared, in the order of the legend.
        stem: path without ending; .svg and .png are written.
    """
    with style(stem.name):
        figure, axes_ = panels(1, 1, 2.1, (0.66, 0.12, 0.15, 0.48 + legend_height(len(methods))))
        axes = axes_[0, 0]
        axes.axhline(0, color=INK, linewidth=0.8)
        for method in methods:
            line = method_line(method, methods)
            if method not in curves:
                axes.plot([], [], label=title(method), **line)
                continue
            x, y = curves[method].mean(0).T
            if method == OURS and len(curves[method]) > 1:
                deviation = curves[method][..., 1].std(0, ddof=1)
                axes.fill_between(x, y - deviation, y + deviation, color=line["color"], alpha=0.15, linewidth=0)
            axes.plot(x, y, label=title(method), **line)
        axes.set(xlabel="mean predicted probability", ylabel="observed − predicted")
        legend_below(figure, axes)
        return save(figure, stem)
