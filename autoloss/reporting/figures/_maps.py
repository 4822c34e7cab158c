"""Maps over training, one panel per label and candidate: step across, predicted probability upwards."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from matplotlib.colors import Colormap, LinearSegmentedColormap, Normalize
from matplotlib.ticker import MaxNLocator

from autoloss.reporting.figures._canvas import save
from autoloss.reporting.figures._mosaic import Mosaic
from autoloss.reporting.figures._pictures import Picture
from autoloss.reporting.figures._style import INK, style

TICKS = {0.0: "0", 0.5: "0.5", 1.0: "1"}
# Light to dark in one hue, and two hues that part at grey: both read in black and white, and with colour blindness.
SHARE = LinearSegmentedColormap.from_list("share", ["#f4f1ec", "#e7b99a", "#d1491f", "#5a1a08"])
SIGNED = LinearSegmentedColormap.from_list("signed", ["#2f5f9e", "#a9c3df", "#f1f0ee", "#eab292", "#b53d14"])


def alike_in_steps(pictures: Sequence[Picture]) -> list[Picture]:
    """Those with as many maps at the same steps as the first; maps of others cannot be averaged with it."""
    first = pictures[0].steps
    return [p for p in pictures if len(p.steps) == len(first) and np.allclose(p.steps, first)]


def heat_maps(
    first: Picture, maps: np.ndarray, doubt: np.ndarray, norm: Normalize, colours: Colormap, bar: str, stem: Path
) -> tuple[Path, Path]:
    """Draws the panels and one colour bar.

    Args:
        first: losses, labels, grid and steps.
        maps: [M, C, G, K] what is shown; NaN is left blank.
        doubt: [M, C, G, K] True where the seeds disagree: a dot is drawn there.
        norm, colours: how numbers become colours.
        bar: the colour bar's title.
        stem: path without ending; .svg and .png are written.
    """
    across, upwards = _edges(first.steps), _edges(first.grid)
    with style(stem.name):
        mosaic = Mosaic(first, (across[0], across[-1]), (upwards[0], upwards[-1]), right=0.62)
        # one mesh for all panels: between two of them lies a blank row or column
        x = np.concatenate([mosaic.x(j, across) for j in range(mosaic.columns)])
        y = np.concatenate([mosaic.y(i, upwards) for i in reversed(range(mosaic.rows))])
        image = mosaic.axes.pcolormesh(x, y, _tiled(maps), cmap=colours, norm=norm, rasterized=True)
        step, row, place, column = np.nonzero(doubt)
        at = [
            np.array([f(int(k), v) for k, v in zip(panel, where, strict=True)])
            for f, panel, where in ((mosaic.x, column, first.steps[step]), (mosaic.y, row, first.grid[place]))
        ]
        mosaic.axes.plot(*at, ".", color=INK, markersize=1.1, rasterized=True)
        mosaic.frame(_steps(across), TICKS, False, "training step", mosaic.grid_title())
        width, height = mosaic.figure.get_size_inches()
        beside = mosaic.figure.add_axes((1 - 0.52 / width, 0.45 / height, 0.09 / width, 1 - 0.7 / height))
        scale = mosaic.figure.colorbar(image, cax=beside, label=bar)
        scale.outline.set_visible(False)
        return save(mosaic.figure, stem)


def _tiled(maps: np.ndarray) -> np.ndarray:
    """[M, C, G, K] as one picture, [C * (G + 1) - 1, K * (M + 1) - 1]: first label on top, NaN between panels."""
    padded = np.pad(maps[:, ::-1], ((0, 1), (0, 0), (0, 1), (0, 0)), constant_values=np.nan)  # [M + 1, C, G + 1, K]
    m, c, g, k = padded.shape
    return padded.transpose(1, 2, 3, 0).reshape(c * g, k * m)[:-1, :-1]


def _steps(across: np.ndarray) -> dict[float, str]:
    """A few round numbers of steps within the range."""
    ticks = MaxNLocator(2, integer=True).tick_values(across[0], across[-1])
    return {float(t): f"{t:.0f}" for t in ticks if across[0] <= t <= across[-1]}


def _edges(centres: np.ndarray) -> np.ndarray:
    """Borders of the cells around increasing centres."""
    if len(centres) == 1:
        return np.array([centres[0] - 0.5, centres[0] + 0.5])
    middle = (centres[1:] + centres[:-1]) / 2
    return np.r_[centres[0] - (middle[0] - centres[0]), middle, centres[-1] + (centres[-1] - middle[-1])]
