"""A figure's panels, legend and files."""

from pathlib import Path
from typing import Literal

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure as Canvas
from matplotlib.ticker import EngFormatter, MaxNLocator

Sharing = bool | Literal["none", "all", "row", "col"]


def panels(
    rows: int,
    columns: int,
    size: tuple[float, float],
    margins: tuple[float, float, float, float],
    gaps: tuple[float, float] = (0.3, 0.3),
    sharex: Sharing = False,
    sharey: Sharing = False,
) -> tuple[Canvas, np.ndarray]:
    """A figure with rows × columns panels of one size; must be drawn on inside `with style():`.

    The layout is given, not searched for: matplotlib's own search takes as long as all the drawing.

    Args:
        rows, columns: of panels.
        size: width and height of a panel, inches.
        margins: left, right, top, bottom around all panels, inches.
        gaps: between columns and between rows, inches.
        sharex, sharey: as for `Figure.subplots`.

    Returns:
        The figure, and its axes [rows, columns].
    """
    left, right, top, bottom = margins
    width = left + columns * size[0] + (columns - 1) * gaps[0] + right
    height = bottom + rows * size[1] + (rows - 1) * gaps[1] + top
    figure = Canvas(figsize=(width, height))
    FigureCanvasAgg(figure)
    place = {"left": left / width, "right": 1 - right / width, "bottom": bottom / height, "top": 1 - top / height}
    between = {"wspace": gaps[0] / size[0], "hspace": gaps[1] / size[1]}
    grid = {**place, **between}
    return figure, figure.subplots(rows, columns, squeeze=False, gridspec_kw=grid, sharex=sharex, sharey=sharey)


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


def legend_below(figure: Canvas, axes: Axes, panels_across: int) -> None:
    """One legend for all panels, at the lower edge: `legend_height` inches of the bottom margin."""
    handles, labels = axes.get_legend_handles_labels()
    columns = _legend_columns(panels_across)
    figure.legend(
        handles, labels, loc="lower center", ncols=columns, handlelength=2.2, columnspacing=1.6, borderaxespad=0.2
    )


def legend_height(entries: int, panels_across: int) -> float:
    """Inches that a legend below takes."""
    return 0.12 + 0.19 * -(-entries // _legend_columns(panels_across))


def _legend_columns(panels_across: int) -> int:
    return 3 if panels_across == 1 else 5
