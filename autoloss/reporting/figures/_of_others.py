"""The figures of transfer and timing experiments."""

from pathlib import Path

import numpy as np

from autoloss.reporting import labels
from autoloss.reporting.claims.scores import REFERENCE
from autoloss.reporting.figures._figure import Figure
from autoloss.reporting.figures.efficiency_bars import efficiency_bars
from autoloss.reporting.figures.frequency_sweep import frequency_sweep
from autoloss.reporting.figures.time_to_quality import so_far, time_to_quality
from autoloss.reporting.figures.transfer_bars import transfer_bars
from autoloss.reporting.groups import group
from autoloss.reporting.labels import headline_metrics, title
from autoloss.reporting.material import Material
from autoloss.reporting.timings import Timing, frequencies, timings

PANELS = {
    "epoch_seconds": "Seconds per epoch",
    "to_seconds": "Seconds to CE's best",
    "to_examples": "Examples to CE's best",
    "peak_memory_mb": "Peak memory, MB",
}


def of_transfer(material: Material, experiment: str, folder: Path) -> list[Figure]:
    """Bars of one transfer experiment, a panel per metric; none without results."""
    results = [r for r in material.of(experiment) if r.state == "done"]
    source = material.config.experiments[experiment]
    panels: dict[str, dict[str, dict[str, np.ndarray]]] = {}
    for (dataset, model, method), members in group(results, "dataset", "model", "method").items():
        for metric in headline_metrics(material.config.datasets[dataset].task)[:2]:
            panel = f"{labels.metric(metric)}, {title(dataset)}"
            values = np.array(list(members.scores(metric).values()))
            panels.setdefault(panel, {}).setdefault(title(model), {})[method] = values
    if not panels:
        return []
    moved = {r.method for r in results if r.transfer_from}
    names = {m: title(m).replace("AutoLoss", "AL") + ("*" if m in moved else "") for m in source.methods}
    name = experiment if experiment.startswith("transfer") else f"transfer-{experiment}"
    data = f"on {title(source.source_dataset)}" if source.source_dataset else "on the same data"
    model = f"with {title(source.source_model)}" if source.source_model else "with the same model"
    origin = f"{model} {data}"
    return [
        Figure(
            name,
            f"Controllers learned {origin}",
            f"Controllers learned {origin} and then frozen (marked *), beside methods trained on the target. "
            "Bar: mean; whisker: one standard deviation; ring: a seed. The axis does not begin at zero.",
            f"Bar charts of {' and '.join(panels)} for {', '.join(names.values())}; numbers in the table.",
            *transfer_bars(panels, names, folder / name),
            topic="transfer",
            behind=tuple(results),
        )
    ]


def of_timings(material: Material, folder: Path) -> list[Figure]:
    """Bars and time-to-quality curves per place, and the sweep over f."""
    sweep = frequencies(material)
    extra = {t.method for t in sweep} - {labels.OURS}
    figures = []
    every = [t for t in timings(material) if t.method not in extra]
    for dataset, model in dict.fromkeys(t.place for t in every):
        here = [t for t in every if t.place == (dataset, model)]
        figures += [_bars(dataset, model, here, folder), _curves(material, dataset, model, here, folder)]
    for dataset, model in dict.fromkeys(t.place for t in sweep):
        figures.append(_sweep(dataset, model, [t for t in sweep if t.place == (dataset, model)], folder))
    return [f for f in figures if f]


def _bars(dataset: str, model: str, here: list[Timing], folder: Path) -> Figure | None:
    panels = {
        words: {t.method: np.array(list(t.values[quantity].values())) for t in here if quantity in t.values}
        for quantity, words in PANELS.items()
    }
    panels = {words: bars for words, bars in panels.items() if bars}
    if not panels:
        return None
    name, place = f"efficiency-{dataset}-{model}", f"{title(model)} on {title(dataset)}"
    return Figure(
        name,
        f"Efficiency, {place}",
        "Bar: mean over seeds; whisker: one standard deviation; ring: a seed. A method that never reaches CE's best "
        "validation AUC is drawn with all that it took, which is too little.",
        f"Bar charts of {', '.join(panels)} for each method, {place}; numbers in the table.",
        *efficiency_bars(panels, list(dict.fromkeys(t.method for t in here)), folder / name),
        topic="efficiency",
        behind=tuple(r for t in here for r in t.group.results),
    )


def _curves(material: Material, dataset: str, model: str, here: list[Timing], folder: Path) -> Figure | None:
    runs = {
        t.method: [s for r in t.group.results if r.state == "done" and len(s := so_far(material.histories[r.cell_id]))]
        for t in here
    }
    runs = {method: seeds for method, seeds in runs.items() if seeds}
    if not runs:
        return None
    goal = float(np.mean([s[-1, 1] for s in runs[REFERENCE]])) if REFERENCE in runs else None
    name, place = f"time-to-quality-{dataset}-{model}", f"{title(model)} on {title(dataset)}"
    return Figure(
        name,
        f"Time to quality, {place}",
        "The best validation AUC so far against seconds of training. Thin lines are seeds, the bold line is their "
        "mean; the dashed level is the best that cross-entropy reaches, averaged over seeds.",
        f"Line plots of the best validation AUC so far against time, one per method, {place}.",
        *time_to_quality(runs, goal, folder / name),
        topic="efficiency",
        behind=tuple(r for t in here for r in t.group.results),
    )


def _sweep(dataset: str, model: str, here: list[Timing], folder: Path) -> Figure:
    seconds, auc = (
        {t.every: np.array(list(t.values.get(quantity, {}).values())) for t in here}
        for quantity in ("epoch_seconds", "auc")
    )
    name, place = f"frequency-{dataset}-{model}", f"{title(model)} on {title(dataset)}"
    return Figure(
        name,
        f"Update frequency f, {place}",
        "Seconds per epoch (left, circles) and test AUC (right, squares) by f, the number of model updates per update "
        "of the controller: mean, one standard deviation, and the seeds.",
        f"Two lines over f from {here[0].every} to {here[-1].every}: seconds per epoch and test AUC, {place}.",
        *frequency_sweep(seconds, auc, folder / name),
        topic="efficiency",
        behind=tuple(r for t in here for r in t.group.results),
    )
