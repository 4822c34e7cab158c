"""What would have helped: s_ij, how far candidate j at example i moves the look-ahead towards lower validation loss."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from matplotlib.colors import TwoSlopeNorm

from autoloss.reporting.figures._maps import SIGNED, alike_in_steps, draw
from autoloss.reporting.figures._pictures import Picture


def hypergradient_maps(found: Sequence[Picture], stem: Path) -> tuple[Path, Path]:
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
    doubt = (np.where(known, seeds, 0) > 0).any(0) & (np.where(known, seeds, 0) < 0).any(0)
    # the extremes must not wash out the rest; they take the colour of the scale's ends
    reach = float(np.nanquantile(np.abs(mean), 0.9)) or 1.0
    norm = TwoSlopeNorm(0, -reach, reach)
    return draw(found[0], mean, doubt, norm, SIGNED, "per-example hypergradient, relative", stem)
