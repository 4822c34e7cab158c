"""What the controller chooses: the probability of each candidate loss against the predicted probability, per label."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes

from autoloss.reporting.figures._figure import loss_colour, panels, save, style
from autoloss.reporting.figures._pictures import Picture, axis_title
from autoloss.reporting.labels import title


def controller_selection(found: Sequence[Picture], stem: Path) -> tuple[Path, Path]:
    """Draws small multiples, one row per label and one column per candidate: seeds thin, their mean bold.

    Args:
        found: the controllers of several seeds, alike in losses, labels and grid; their last pictures are shown.
        stem: path without ending; .svg and .png are written.
    """
    first, last = found[0], np.stack([p.selection[-1] for p in found])  # [seeds, C, G, K]
    rows, columns = len(first.labels), len(first.losses)
    with style(stem.name):
        figure, axes = panels(rows, columns, (1.45, 0.95), (0.85, 0.2, 0.35, 0.5), (0.2, 0.2), sharex=True, sharey=True)
        for i, label in enumerate(first.labels):
            for j, loss in enumerate(first.losses):
                _panel(axes[i, j], first.grid, last[:, i, :, j], loss_colour(loss, first.losses))
                axes[i, j].set_title(title(loss) if i == 0 else "")
            axes[i, 0].set_ylabel(f"label {label}")
        figure.supxlabel(axis_title(first.labels), fontsize=8.5)
        figure.supylabel("probability of being selected", fontsize=8.5)
        return save(figure, stem)


def _panel(axes: Axes, grid: np.ndarray, seeds: np.ndarray, colour: str) -> None:
    """One candidate for one label. seeds: [seeds, G]."""
    for seed in seeds:
        axes.plot(grid, seed, color=colour, linewidth=0.7, alpha=0.45)
    axes.fill_between(grid, seeds.min(0), seeds.max(0), color=colour, alpha=0.12, linewidth=0)
    axes.plot(grid, seeds.mean(0), color=colour, linewidth=1.9)
    axes.set(xlim=(0, 1), ylim=(-0.03, 1.03))
    axes.set_xticks((0, 0.5, 1), ("0", "0.5", "1"))
    axes.set_yticks((0, 0.5, 1), ("0", "0.5", "1"))
