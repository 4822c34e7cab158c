"""Maps over training, one panel per label and candidate: step across, predicted probability upwards."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from matplotlib.colors import Colormap, LinearSegmentedColormap, Normalize

from autoloss.reporting.figures._figure import INK, panels, save, style
from autoloss.reporting.figures._pictures import Picture, axis_title
from autoloss.reporting.labels import title

# Light to dark in one hue, and two hues that part at grey: both read in black and white, and with colour blindness.
SHARE = LinearSegmentedColormap.from_list("share", ["#f4f1ec", "#e7b99a", "#d1491f", "#5a1a08"])
SIGNED = LinearSegmentedColormap.from_list("signed", ["#2f5f9e", "#a9c3df", "#f1f0ee", "#eab292", "#b53d14"])


def alike_in_steps(pictures: Sequence[Picture]) -> list[Picture]:
    """Those with as many maps at the same steps as the first; maps of others cannot be averaged with it."""
    first = pictures[0].steps
    return [p for p in pictures if len(p.steps) == len(first) and np.allclose(p.steps, first)]


def draw(first: Picture, maps: np.ndarray, doubt: np.ndarray, norm: Normalize, colours: Colormap, bar: str, stem: Path):
    """Draws the panels and one colour bar.

    Args:
        first: losses, labels, grid and steps.
        maps: [M, C, G, K] what is shown; NaN is left blank.
        doubt: [M, C, G, K] True where the seeds disagree: a dot is drawn there.
        norm, colours: how numbers become colours.
        bar: the colour bar's title.
        stem: path without ending; .svg and .png are written.
    """
    rows, columns = len(first.labels), len(first.losses)
    with style(stem.name):
        figure, axes = panels(
            rows, columns, (1.45, 0.95), (0.85, 0.95, 0.35, 0.5), (0.2, 0.2), sharex=True, sharey=True
        )
        for i, label in enumerate(first.labels):
            for j, loss in enumerate(first.losses):
                panel = axes[i, j]
                image = panel.pcolormesh(
                    _edges(first.steps),
                    _edges(first.grid),
                    maps[:, i, :, j].T,
                    cmap=colours,
                    norm=norm,
                    rasterized=True,
                )
                step, place = np.nonzero(doubt[:, i, :, j])
                panel.plot(first.steps[step], first.grid[place], ".", color=INK, markersize=1.1, rasterized=True)
                panel.grid(False)
                panel.set_yticks((0, 0.5, 1), ("0", "0.5", "1"))
                panel.locator_params(axis="x", nbins=4)
                panel.set_title(title(loss) if i == 0 else "")
            axes[i, 0].set_ylabel(f"label {label}")
        figure.supxlabel("training step", fontsize=8.5)
        figure.supylabel(axis_title(first.labels), fontsize=8.5)
        width, height = figure.get_size_inches()
        beside = figure.add_axes([1 - 0.8 / width, 0.5 / height, 0.12 / width, 1 - 0.85 / height])
        scale = figure.colorbar(image, cax=beside, label=bar)
        scale.outline.set_visible(False)
        return save(figure, stem)


def _edges(centres: np.ndarray) -> np.ndarray:
    """Borders of the cells around increasing centres."""
    if len(centres) == 1:
        return np.array([centres[0] - 0.5, centres[0] + 0.5])
    middle = (centres[1:] + centres[:-1]) / 2
    return np.r_[centres[0] - (middle[0] - centres[0]), middle, centres[-1] + (centres[-1] - middle[-1])]
