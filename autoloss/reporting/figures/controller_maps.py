"""How the controller's selection moves over training: one map per label and candidate."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from matplotlib.colors import Normalize

from autoloss.reporting.figures._maps import SHARE, alike_in_steps, draw
from autoloss.reporting.figures._pictures import Picture

DISAGREEMENT = 0.15  # standard deviation over seeds from which a point is marked


def controller_maps(found: Sequence[Picture], stem: Path) -> tuple[Path, Path]:
    """Draws the mean over seeds, with dots where their standard deviation exceeds DISAGREEMENT.

    Args:
        found: the controllers of several seeds, alike in losses, labels and grid.
        stem: path without ending; .svg and .png are written.
    """
    seeds = np.stack([p.selection for p in alike_in_steps(found)])  # [seeds, M, C, G, K]
    doubt = seeds.std(0) > DISAGREEMENT
    return draw(found[0], seeds.mean(0), doubt, Normalize(0, 1), SHARE, "probability of being selected", stem)
