"""Small multiples, one panel per label and candidate loss, on one pair of axes.

Matplotlib spends some 60 ms on every pair of axes; twenty panels on one are drawn in the time of one.
"""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from numpy.typing import ArrayLike

from autoloss.reporting.figures._canvas import WIDTH, panels
from autoloss.reporting.figures._pictures import Picture, axis_title
from autoloss.reporting.figures._style import GRID, MUTED
from autoloss.reporting.labels import title

HEIGHT, GAP, TICK = 0.6, 0.12, 0.04  # inches
LEFT, TOP, BOTTOM = 0.72, 0.25, 0.45  # around all panels, inches

Ticks = Mapping[float, str]  # {place: what is written there}


class Mosaic:
    """The panels and their coordinates; must be drawn on inside `with style():`.

    Args:
        first: its labels are the rows, its losses the columns.
        across, upwards: the range (low, high) that every panel shows.
        right: inches to the right of the panels.

    Attributes:
        figure, axes: what is drawn on; the unit of `axes` is an inch.
    """

    def __init__(
        self, first: Picture, across: tuple[float, float], upwards: tuple[float, float], right: float = 0.1
    ) -> None:
        self.first, self.across, self.upwards = first, across, upwards
        self.rows, self.columns = len(first.labels), len(first.losses)
        across_all, upwards_all = WIDTH - LEFT - right, self.rows * (HEIGHT + GAP) - GAP
        self.width = (across_all + GAP) / self.columns - GAP  # of a panel
        self.figure, grid = panels(1, 1, upwards_all, (LEFT, right, TOP, BOTTOM))
        self.axes: Axes = grid[0, 0]
        self.axes.set(xlim=(0, across_all), ylim=(0, upwards_all))
        self.axes.set_axis_off()

    def x(self, column: int, values: ArrayLike) -> np.ndarray:
        """Where values of the horizontal range lie in a column."""
        low, high = self.across
        return column * (self.width + GAP) + (np.asarray(values, float) - low) / (high - low) * self.width

    def y(self, row: int, values: ArrayLike) -> np.ndarray:
        """Where values of the vertical range lie in a row, the first being at the top."""
        low, high = self.upwards
        below = (self.rows - 1 - row) * (HEIGHT + GAP)
        return below + (np.asarray(values, float) - low) / (high - low) * HEIGHT

    def frame(self, across: Ticks, upwards: Ticks, grid: bool, xlabel: str, ylabel: str) -> None:
        """Draws the axes of all panels, their ticks (with words at the outer ones), and the titles."""
        every = [(i, j) for i in range(self.rows) for j in range(self.columns)]
        (left, right), (low, high) = self.across, self.upwards
        lines = [self._line(i, j, (left, left, right), (high, low, low)) for i, j in every]
        for place in across:
            lines += [self._line(i, j, (place, place), (low, low)) - [[0, 0], [0, TICK]] for i, j in every]
        for place in upwards:
            lines += [self._line(i, j, (left, left), (place, place)) - [[0, 0], [TICK, 0]] for i, j in every]
        self.axes.add_collection(LineCollection(lines, colors=MUTED, linewidths=0.7, clip_on=False), autolim=False)
        if grid:
            faint = [self._line(i, j, (p, p), (low, high)) for i, j in every for p in across]
            faint += [self._line(i, j, (left, right), (p, p)) for i, j in every for p in upwards]
            found = LineCollection(faint, colors=GRID, linewidths=0.5, alpha=0.55, zorder=0)
            self.axes.add_collection(found, autolim=False)
        self._words(across, upwards)
        self.figure.supxlabel(xlabel, fontsize=8.5)
        self.figure.supylabel(ylabel, fontsize=8.5)

    def grid_title(self) -> str:
        """What the picture's grid of probabilities stands for."""
        return axis_title(self.first.labels)

    def _line(self, row: int, column: int, x: Sequence[float], y: Sequence[float]) -> np.ndarray:
        return np.stack([self.x(column, np.array(x)), self.y(row, np.array(y))], 1)

    def _words(self, across: Ticks, upwards: Ticks) -> None:
        for j, loss in enumerate(self.first.losses):
            self.axes.text(float(self.x(j, self.across[0])), self.axes.get_ylim()[1] + 0.06, title(loss), fontsize=8.5)
            for place, word in across.items():
                self.axes.text(float(self.x(j, place)), -2 * TICK, word, fontsize=7.5, ha="center", va="top")
        for i, label in enumerate(self.first.labels):
            middle = float(self.y(i, sum(self.upwards) / 2))
            self.axes.text(-0.34, middle, f"label {label}", fontsize=8, rotation=90, ha="center", va="center")
            for place, word in upwards.items():
                self.axes.text(-2 * TICK, float(self.y(i, place)), word, fontsize=8, ha="right", va="center")
