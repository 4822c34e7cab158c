"""What the controller chooses: the probability of each candidate loss against the predicted probability, per label."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from matplotlib.collections import LineCollection, PolyCollection

from autoloss.reporting.figures._canvas import save
from autoloss.reporting.figures._controller import Controller
from autoloss.reporting.figures._figure import Figure
from autoloss.reporting.figures._mosaic import Mosaic
from autoloss.reporting.figures._pictures import Picture
from autoloss.reporting.figures._style import loss_colour, style

TICKS = {0: "0", 0.5: "0.5", 1: "1"}


def controller_selection(controller: Controller, folder: Path) -> Figure:
    """What was selected at the end of training."""
    name = controller.name("controller-selection")
    return Figure(
        name,
        "What the controller selects",
        controller.title,
        "The probability of each candidate loss at the end of training against the prediction, one row per true label. "
        "Thin lines are seeds, the bold line is their mean.",
        f"Small multiples, {controller.size}: selection probability against predicted probability. "
        f"{controller.leading}",
        *draw(controller.pictures, folder / name),
        topic="controller",
        behind=controller.results,
    )


def draw(found: Sequence[Picture], stem: Path) -> tuple[Path, Path]:
    """Draws small multiples, one row per label and one column per candidate: seeds thin, their mean bold.

    Args:
        found: the controllers of several seeds, alike in losses, labels and grid; their last pictures are shown.
        stem: path without ending; .svg and .png are written.
    """
    first, last = found[0], np.stack([p.selection[-1] for p in found])  # [seeds, C, G, K]
    with style(stem.name):
        mosaic = Mosaic(first, (0, 1), (-0.03, 1.03))
        for j, loss in enumerate(first.losses):
            _column(mosaic, j, first.grid, last[..., j], loss_colour(loss, first.losses))
        mosaic.frame(TICKS, TICKS, True, mosaic.grid_title(), "selection probability")
        return save(mosaic.figure, stem)


def _column(mosaic: Mosaic, j: int, grid: np.ndarray, seeds: np.ndarray, colour: str) -> None:
    """One candidate for all labels. seeds: [seeds, C, G]."""
    x, labels = mosaic.x(j, grid), range(seeds.shape[1])
    thin = [np.stack([x, mosaic.y(i, seed[i])], 1) for seed in seeds for i in labels]
    bold = [np.stack([x, mosaic.y(i, seeds[:, i].mean(0))], 1) for i in labels]
    between = [
        np.r_[np.c_[x, mosaic.y(i, seeds[:, i].min(0))], np.c_[x, mosaic.y(i, seeds[:, i].max(0))][::-1]]
        for i in labels
    ]
    drawn = (
        PolyCollection(between, facecolors=colour, alpha=0.12, linewidths=0),
        LineCollection(thin, colors=colour, linewidths=0.7, alpha=0.45),
        LineCollection(bold, colors=colour, linewidths=1.9, zorder=3),
    )
    for collection in drawn:
        mosaic.axes.add_collection(collection, autolim=False)
