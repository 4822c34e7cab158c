"""The figures of one overall experiment: learning curves, calibration, distance to the optimum."""

from pathlib import Path

import numpy as np

from autoloss.reporting.figures._figure import Figure
from autoloss.reporting.figures.bayes_distance import bayes_distance
from autoloss.reporting.figures.calibration_curves import calibration, calibration_curves
from autoloss.reporting.figures.learning_curves import curve, learning_curves
from autoloss.reporting.groups import group
from autoloss.reporting.labels import headline_metrics, title
from autoloss.reporting.material import Material
from autoloss.reporting.results import select
from autoloss.reporting.tables._rows import labels_of, predictions


def of_overall(material: Material, experiment: str, folder: Path) -> list[Figure]:
    """Those that there are data for."""
    drawn = []
    for dataset in material.config.experiments[experiment].datasets:
        for make in (_learning, _optimum, _calibration):
            drawn.append(make(material, experiment, dataset, folder))
    return [figure for figure in drawn if figure]


def _learning(material: Material, experiment: str, dataset: str, folder: Path) -> Figure | None:
    found = select(material.of(experiment), dataset=dataset, state="done")
    metrics = headline_metrics(material.config.datasets[dataset].task)[:2]
    panels: dict = {}
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
        "Validation metrics while training: mean over seeds, a band of one standard deviation, and a dot where each "
        "seed was best. The frame shows the later part of training, where the methods differ.",
        f"Line plots of validation {' and '.join(metrics)} against training examples seen, one line per method, one "
        f"panel per model, on {title(dataset)}. The best values are in the table of this section.",
        *learning_curves(panels, material.config.experiments[experiment].methods, folder / name),
        topic=experiment,
        behind=tuple(found),
    )


def _optimum(material: Material, experiment: str, dataset: str, folder: Path) -> Figure | None:
    best = material.meta.get(dataset, {}).get("bayes") or {}
    found = select(material.of(experiment), dataset=dataset, state="done")
    panels: dict = {}
    for (model, method), members in group(found, "model", "method").items():
        for metric in ("auc", "logloss", "logloss_calibrated"):
            optimum = best.get(metric.removesuffix("_calibrated"))
            values = np.array(list(members.scores(metric).values()))
            if optimum is not None and len(values):
                panels.setdefault((model, metric), {})[method] = (
                    (optimum - values) if metric == "auc" else (values - optimum)
                )
    if not panels:
        return None
    name = f"bayes-distance-{experiment}-{dataset}"
    return Figure(
        name,
        f"Distance to the best possible, {title(dataset)}",
        "These data are generated from a known model, so the best reachable value is known. Ring: a seed; bar: mean, "
        "with one standard deviation. Zero is the optimum, further right is worse.",
        f"Dot plots of what each method loses to the Bayes optimum in AUC and logloss on {title(dataset)}.",
        *bayes_distance(panels, material.config.experiments[experiment].methods, folder / name),
        topic=experiment,
        behind=tuple(found),
    )


def _calibration(material: Material, experiment: str, dataset: str, folder: Path) -> Figure | None:
    labels = labels_of(material, dataset)
    if labels is None or material.config.datasets[dataset].task == "regression":
        return None
    found = select(material.of(experiment), dataset=dataset, state="done")
    panels: dict = {}
    for (model, method), members in group(found, "model", "method").items():
        logits = [p for r in members.results if (p := predictions(r, len(labels))) is not None]
        if logits:
            panels.setdefault(model, {})[method] = np.stack([calibration(p, labels) for p in logits])
    if not panels:
        return None
    name = f"calibration-{experiment}-{dataset}"
    pooled = (
        "" if material.config.datasets[dataset].task == "binary" else " Each class is a prediction; all are pooled."
    )
    return Figure(
        name,
        f"Calibration, {title(dataset)}",
        "How often what was predicted came true, minus what was predicted, on test rows in ten bins with as many "
        f"predictions each; before temperature scaling. Zero is perfect, below it the model promises too much.{pooled}",
        f"Line plots of observed share minus predicted probability, one line per method, on {title(dataset)}.",
        *calibration_curves(panels, material.config.experiments[experiment].methods, folder / name),
        topic=experiment,
        behind=tuple(found),
    )
