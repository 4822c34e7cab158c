"""The controller's figures, one set per dataset and model."""

from pathlib import Path

import numpy as np

from autoloss.reporting import collect
from autoloss.reporting.figures._figure import Figure
from autoloss.reporting.figures._pictures import Picture, alike, picture
from autoloss.reporting.figures.controller_maps import controller_maps
from autoloss.reporting.figures.controller_selection import controller_selection
from autoloss.reporting.figures.hypergradient_maps import hypergradient_maps
from autoloss.reporting.groups import group
from autoloss.reporting.labels import title
from autoloss.reporting.material import Material
from autoloss.reporting.results import Result

TOPIC = "controller"


def of_controller(material: Material, experiment: str, folder: Path) -> list[Figure]:
    """AutoLoss's selection at the end of training, its way there, and what would have helped."""
    figures = []
    ours = [r for r in material.of(experiment) if r.method == material.ours(experiment)]
    for key, members in group(ours, "dataset", "model", "method").items():
        done = tuple(r for r in members.results if r.state == "done")
        found = alike(picture(collect.artifact(r, "selection.json")) for r in done)
        if found:
            figures.append(_selection(experiment, key, found, done, folder))
        if found and len(found[0].steps) > 1:
            figures.append(_maps(experiment, key, found, done, folder))
        if found and any(np.isfinite(p.hypergradient).any() for p in found):
            figures.append(_hypergradients(experiment, key, found, done, folder))
    return figures


def _selection(experiment: str, key: tuple, found: list[Picture], done: tuple[Result, ...], folder: Path) -> Figure:
    name = _name("controller-selection", experiment, key)
    return Figure(
        name,
        f"What the controller selects: {_title(key)}",
        "The probability of each candidate loss at the end of training against the prediction, one row per true label. "
        "Thin lines are seeds, the bold line is their mean.",
        f"Small multiples, {_size(found)}: selection probability against predicted probability. {_leading(found)}",
        *controller_selection(found, folder / name),
        topic=TOPIC,
        behind=done,
    )


def _maps(experiment: str, key: tuple, found: list[Picture], done: tuple[Result, ...], folder: Path) -> Figure:
    name = _name("controller-maps", experiment, key)
    return Figure(
        name,
        f"How the selection moves: {_title(key)}",
        "Training runs from left to right. Darker: selected with higher probability, mean over seeds whose evaluations "
        "fell on the same steps. Dots mark where seeds differ by a standard deviation of more than 0.15.",
        f"Heat maps, {_size(found)}: selection probability by training step and predicted probability.",
        *controller_maps(found, folder / name),
        topic=TOPIC,
        behind=done,
    )


def _hypergradients(
    experiment: str, key: tuple, found: list[Picture], done: tuple[Result, ...], folder: Path
) -> Figure:
    name = _name("hypergradient-maps", experiment, key)
    return Figure(
        name,
        f"What would have helped: {_title(key)}",
        "How far each candidate, at examples like these, would have lowered the validation loss by the next step "
        "(s_ij, relative): reddish helps, bluish hurts, blank was not seen. Dots mark where seeds differ in sign.",
        f"Heat maps, {_size(found)}: per-example hypergradient by training step and predicted probability.",
        *hypergradient_maps(found, folder / name),
        topic=TOPIC,
        behind=done,
    )


def _name(what: str, experiment: str, key: tuple) -> str:
    dataset, model, method = key
    return f"{what}-{experiment}-{method}-{dataset}-{model}"


def _title(key: tuple) -> str:
    return f"{title(key[2])}, {title(key[1])} on {title(key[0])}"


def _size(found: list[Picture]) -> str:
    return f"{len(found[0].labels)} labels by {len(found[0].losses)} candidate losses"


def _leading(found: list[Picture]) -> str:
    """For each label, the candidate with the highest mean probability."""
    mean = np.mean([p.selection[-1] for p in found], axis=(0, 2))  # [C, K]
    leads = [
        f"label {c}: mostly {title(found[0].losses[int(k)])}"
        for c, k in zip(found[0].labels, mean.argmax(1), strict=True)
    ]
    return "; ".join(leads) + "."
