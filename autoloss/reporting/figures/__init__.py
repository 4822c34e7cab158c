"""Figures: one module and one function each, data in, files out; here they are given their data, titles and words."""

from pathlib import Path

from autoloss.reporting import collect
from autoloss.reporting.figures._figure import INK, Figure
from autoloss.reporting.figures._pictures import alike, picture
from autoloss.reporting.figures.controller_selection import controller_selection
from autoloss.reporting.figures.learning_curves import curve, learning_curves
from autoloss.reporting.labels import headline_metrics, title
from autoloss.reporting.material import Material
from autoloss.reporting.results import Result, select
from autoloss.reporting.tables._groups import group

__all__ = ["INK", "Figure", "build"]


def build(material: Material, folder: Path) -> list[Figure]:
    """Draws all figures into `folder`, in the order of the page."""
    drawn = []
    for name, experiment in material.config.experiments.items():
        if experiment.kind == "grid":
            drawn += [_learning_curves(material, name, d, folder) for d in experiment.datasets]
            drawn += _selections(material, name, folder)
    return [figure for figure in drawn if figure]


def _learning_curves(material: Material, experiment: str, dataset: str, folder: Path) -> Figure | None:
    found = select(material.of(experiment), dataset=dataset, state="done")
    metrics = headline_metrics(material.config.datasets[dataset].task)[:2]
    panels: dict = {}
    for (model, method), members in group(found, "model", "method").items():
        for metric in metrics:
            drawn = curve([material.histories[r.cell_id] for r in members.results], metric)
            if drawn:
                panels.setdefault((model, metric), {})[method] = drawn
    if not panels:
        return None
    name = f"learning-curves-{experiment}-{dataset}"
    return Figure(
        name,
        f"Learning curves, {title(dataset)}",
        "Validation metrics while training: mean over seeds, a band of one standard deviation, and a dot where each "
        "seed was best. The frame shows the later part of training, where the methods differ.",
        f"Line plots of validation {' and '.join(metrics)} against training examples for each method on {title(dataset)}.",
        *learning_curves(panels, material.config.experiments[experiment].methods, folder / name),
        behind=tuple(found),
    )


def _selections(material: Material, experiment: str, folder: Path) -> list[Figure]:
    figures = []
    for (dataset, model, method), members in group(material.of(experiment), "dataset", "model", "method").items():
        done: list[Result] = [r for r in members.results if r.state == "done"]
        found = alike(picture(collect.artifact(r, "selection.json")) for r in done)
        if not found:
            continue
        name = f"controller-selection-{experiment}-{method}-{dataset}-{model}"
        files = controller_selection(found, folder / name)
        figures.append(
            Figure(
                name,
                f"What the controller selects: {title(method)}, {title(model)} on {title(dataset)}",
                "The probability of each candidate loss at the end of training, against the predicted probability, for "
                "each true label. Thin lines are seeds, the bold line is their mean.",
                f"Small multiples, {len(found[0].labels)} labels by {len(found[0].losses)} candidate losses.",
                *files,
                behind=tuple(done),
            )
        )
    return figures
