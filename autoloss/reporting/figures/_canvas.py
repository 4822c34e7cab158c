"""A figure's panels, legend and files. Every figure is as wide as a phone; what does not fit is another figure."""

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure as Canvas
from matplotlib.ticker import EngFormatter, MaxNLocator

WIDTH = 3.8  # inches of every figure
LEGEND_COLUMNS = 3

Sharing = bool | Literal["none", "all", "row", "col"]


def panels(
    rows: int,
    columns: int,
    height: float,
    margins: tuple[float, float, float, float],
    gaps: tuple[float, float] = (0.2, 0.3),
    sharex: Sharing = False,
    sharey: Sharing = False,
) -> tuple[Canvas, np.ndarray]:
    """A figure with rows × columns panels of one size; must be drawn on inside `with style(name):`.

    The layout is given, not searched for: matplotlib's own search takes as long as all the drawing.

    Args:
        rows, columns: of panels.
        height: of a panel, inches; the widths share what the margins and gaps leave of WIDTH.
        margins: left, right, top, bottom around all panels, inches.
        gaps: between columns and between rows, inches.
        sharex, sharey: as for `Figure.subplots`.

    Returns:
        The figure, and its axes [rows, columns].
    """
    left, right, top, bottom = margins
    panel = (WIDTH - left - right - (columns - 1) * gaps[0]) / columns
    total = bottom + rows * height + (rows - 1) * gaps[1] + top
    figure = Canvas(figsize=(WIDTH, total))
    FigureCanvasAgg(figure)
    place = {"left": left / WIDTH, "right": 1 - right / WIDTH, "bottom": bottom / total, "top": 1 - top / total}
    grid = {**place, "wspace": gaps[0] / panel, "hspace": gaps[1] / height}
    return figure, figure.subplots(rows, columns, squeeze=False, gridspec_kw=grid, sharex=sharex, sharey=sharey)


def name_width(names: Sequence[str]) -> float:
    """Inches that the longest of these names takes left of the panels, at the size of tick labels."""
    return 0.16 + 0.068 * max(map(len, names), default=0)


def save(figure: Canvas, stem: Path) -> tuple[Path, Path]:
    """Writes `<stem>.svg` (transparent, text as text) and `<stem>.png` (on white, 160 dots per inch)."""
    stem.parent.mkdir(parents=True, exist_ok=True)
    svg, png = stem.parent / f"{stem.name}.svg", stem.parent / f"{stem.name}.png"
    figure.savefig(png, dpi=160, metadata={"Software": None})
    figure.savefig(svg, transparent=True, metadata={"Date": None, "Creator": None})
    return svg, png


def count_axis(axes: Axes) -> None:
    """Writes the counts of the x axis as 20k, 1.5M."""
    axes.xaxis.set_major_formatter(EngFormatter(sep=""))
    axes.xaxis.set_major_locator(MaxNLocator(5))


def legend_below(figure: Canvas, axes: Axes) -> None:
    """One legend for all panels, at the lower edge: `legend_height` inches of the bottom margin."""
    handles, labels = axes.get_legend_handles_labels()
    figure.legend(
        handles, labels, loc="lower center", ncols=LEGEND_COLUMNS, handlelength=2.0, columnspacing=1.2,
        borderaxespad=0.2,
    )  # fmt: skip


def legend_height(entries: int) -> float:
    """Inches that a legend below takes."""
    return 0.12 + 0.19 * -(-entries // LEGEND_COLUMNS)
