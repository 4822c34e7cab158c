"""What a figure is, and how it is drawn and saved: one quiet style, the same bytes for the same data."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure as Canvas
from matplotlib.ticker import EngFormatter, MaxNLocator

from autoloss.reporting.results import Result

INK, MUTED, GRID = "#20242c", "#7d8592", "#c9ced6"
# Distinct for the common kinds of colour blindness (after Okabe and Ito), readable on white and on near-black.
METHOD_COLOURS = {
    "autoloss": "#d1491f",
    "slf": "#c98a00",
    "darts": "#2f7fc1",
    "bohb": "#1f9a8a",
    "melu": "#8a6fc0",
    "ce": INK,
    "focal": "#8c929c",
    "kl": "#8c929c",
    "hinge": "#8c929c",
    "uniform": "#c46f9f",
}
DASHES = {
    "focal": (0, (1, 1.4)),
    "kl": (0, (3, 1.6)),
    "hinge": (0, (6, 1.6, 1, 1.6)),
    "melu": (0, (5, 1.4)),
    "uniform": (0, (4, 1, 1, 1)),
}
LOSS_COLOURS = {"cross_entropy": INK, "ce": INK, "focal": "#2f7fc1", "kl": "#1f9a8a", "hinge": "#c98a00"}
SPARE = ("#2f7fc1", "#1f9a8a", "#c98a00", "#8a6fc0", "#c46f9f", "#8c929c")
STYLE = {
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans"],
    "font.size": 9,
    "text.color": INK,
    "axes.labelcolor": INK,
    "axes.edgecolor": MUTED,
    "axes.linewidth": 0.7,
    "axes.titlesize": 9.5,
    "axes.titlelocation": "left",
    "axes.titlepad": 6,
    "axes.labelsize": 8.5,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "grid.color": GRID,
    "grid.linewidth": 0.5,
    "grid.alpha": 0.55,
    "xtick.color": MUTED,
    "ytick.color": MUTED,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "xtick.labelsize": 8,
    "ytick.labelsize": 8,
    "xtick.major.size": 3,
    "ytick.major.size": 3,
    "xtick.major.width": 0.7,
    "ytick.major.width": 0.7,
    "legend.frameon": False,
    "legend.fontsize": 8.5,
    "lines.linewidth": 1.3,
    "lines.solid_capstyle": "round",
    "svg.fonttype": "none",
    "figure.facecolor": "white",
    "axes.facecolor": "none",
    "axes.axisbelow": True,
}


@dataclass(frozen=True)
class Figure:
    """A figure that has been drawn.

    Attributes:
        name: of its files, without ending.
        title: one line.
        caption: what is shown and how to read it.
        alt: the same for who cannot see it: what the picture says, in a sentence or two.
        svg, png: its files.
        topic: the section that it belongs to.
        behind: the results that it shows.
    """

    name: str
    title: str
    caption: str
    alt: str
    svg: Path
    png: Path
    topic: str = ""
    behind: tuple[Result, ...] = ()


def panels(
    rows: int,
    columns: int,
    size: tuple[float, float],
    margins: tuple[float, float, float, float],
    gaps: tuple[float, float] = (0.3, 0.3),
    **sharing: object,
) -> tuple[Canvas, np.ndarray]:
    """A figure with rows × columns panels of one size; must be drawn on inside `with style():`.

    The layout is said, not searched for: matplotlib's own search takes as long as all the drawing.

    Args:
        rows, columns: of panels.
        size: width and height of a panel, inches.
        margins: left, right, top, bottom around all panels, inches.
        gaps: between columns and between rows, inches.
        sharing: sharex, sharey, as for `Figure.subplots`.

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
    return figure, figure.subplots(rows, columns, squeeze=False, gridspec_kw={**place, **between}, **sharing)


def style(name: str = "") -> matplotlib.RcParams:
    """Context in which figure `name` is drawn: same style everywhere, ids in the svg that depend on nothing else."""
    return matplotlib.rc_context({**STYLE, "svg.hashsalt": f"autoloss-{name}"})


def save(figure: Canvas, stem: Path) -> tuple[Path, Path]:
    """Writes `<stem>.svg` (transparent, text as text) and `<stem>.png` (on white, 160 dots per inch)."""
    stem.parent.mkdir(parents=True, exist_ok=True)
    svg, png = stem.parent / f"{stem.name}.svg", stem.parent / f"{stem.name}.png"
    figure.savefig(png, dpi=160, metadata={"Software": None})
    figure.savefig(svg, transparent=True, metadata={"Date": None, "Creator": None})
    return svg, png


def method_line(method: str, order: Sequence[str]) -> dict:
    """Colour, dashes and weight of a method's line; what the paper does not know gets a spare colour by its place."""
    spare = SPARE[order.index(method) % len(SPARE)] if method in order else MUTED
    known = METHOD_COLOURS.get(method, METHOD_COLOURS["autoloss"] if method.startswith("autoloss") else spare)
    ours = method == "autoloss"
    return {
        "color": known,
        "linestyle": DASHES.get(method, "-"),
        "linewidth": 2.0 if ours else 1.2,
        "zorder": 3 if ours else 2,
    }


def loss_colour(loss: str, order: Sequence[str]) -> str:
    """The colour of a candidate loss."""
    return LOSS_COLOURS.get(loss, SPARE[list(order).index(loss) % len(SPARE)])


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
