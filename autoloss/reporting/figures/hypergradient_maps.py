"""What would have helped: s_ij, how far candidate j at example i moves the look-ahead towards lower validation loss."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from matplotlib.colors import TwoSlopeNorm

from autoloss.reporting.figures._controller import Controller
from autoloss.reporting.figures._figure import Figure
from autoloss.reporting.figures._maps import SIGNED, alike_in_steps, heat_maps
from autoloss.reporting.figures._pictures import Picture


def hypergradient_maps(controller: Controller, folder: Path) -> Figure | None:
    """What would have helped, during training; None where it was not stored."""
    if not any(np.isfinite(p.hypergradient).any() for p in controller.pictures):
        return None
    name = controller.name("hypergradient-maps")
    return Figure(
        name,
        "What would have helped",
        controller.title,
        "How far each candidate, on examples like these, would have lowered the validation loss by the next step "
        "(s_ij, relative): reddish helps, bluish hurts, blank was not seen. Dots mark where seeds differ in sign.",
        f"Heat maps, {controller.size}: per-example hypergradient by training step and predicted probability.",
        *draw(controller.pictures, folder / name),
        topic="controller",
        behind=controller.results,
    )


def draw(found: Sequence[Picture], stem: Path) -> tuple[Path, Path]:
    """Draws the mean over seeds; blank where no example was seen, dots where the seeds differ in sign.

    Args:
        found: the controllers of several seeds, with the same losses, labels and grid; at least one per-example
            hypergradient must be known.
        stem: path without ending; .svg and .png are written.
    """
    seeds = np.stack([p.hypergradient for p in alike_in_steps(found)])  # [seeds, M, C, G, K]
    known = np.isfinite(seeds)
    count = known.sum(0)
    mean = np.where(count > 0, np.where(known, seeds, 0).sum(0) / np.maximum(count, 1), np.nan)
    doubt = np.any(np.where(known, seeds, 0) > 0, 0) & np.any(np.where(known, seeds, 0) < 0, 0)
    # the extremes must not wash out the rest; they take the colour of the scale's ends
    reach = float(np.nanquantile(np.abs(mean), 0.9)) or 1.0
    norm = TwoSlopeNorm(0, -reach, reach)
    return heat_maps(found[0], mean, doubt, norm, SIGNED, "per-example hypergradient, relative", stem)
