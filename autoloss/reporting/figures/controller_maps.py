"""How the controller's selection moves over training: one map per label and candidate."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from matplotlib.colors import Normalize

from autoloss.reporting.figures._controller import Controller
from autoloss.reporting.figures._figure import Figure
from autoloss.reporting.figures._maps import SHARE, alike_in_steps, heat_maps
from autoloss.reporting.figures._pictures import Picture

DISAGREEMENT = 0.15  # standard deviation over seeds from which a point is marked


def controller_maps(controller: Controller, folder: Path) -> Figure | None:
    """How the selection moved during training; None where only its end is known."""
    if len(controller.pictures[0].steps) < 2:
        return None
    name = controller.name("controller-maps")
    return Figure(
        name,
        "How the selection moves",
        controller.title,
        "Training runs from left to right. Darker: selected with higher probability, mean over seeds whose evaluations "
        f"fell on the same steps. Dots mark where the standard deviation over seeds exceeds {DISAGREEMENT}.",
        f"Heat maps, {controller.size}: selection probability by training step and predicted probability.",
        *draw(controller.pictures, folder / name),
        topic="controller",
        behind=controller.results,
    )


def draw(found: Sequence[Picture], stem: Path) -> tuple[Path, Path]:
    """Draws the mean over seeds, with dots where their standard deviation exceeds DISAGREEMENT.

    Args:
        found: the controllers of several seeds, alike in losses, labels and grid.
        stem: path without ending; .svg and .png are written.
    """
    seeds = np.stack([p.selection for p in alike_in_steps(found)])  # [seeds, M, C, G, K]
    doubt = seeds.std(0) > DISAGREEMENT
    return heat_maps(found[0], seeds.mean(0), doubt, Normalize(0, 1), SHARE, "selection probability", stem)
