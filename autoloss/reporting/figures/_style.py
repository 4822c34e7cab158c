"""One quiet style for all figures: colours, lines, and the same bytes for the same data."""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import Any

import matplotlib

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
STYLE: dict[str, Any] = {
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


def style(name: str) -> AbstractContextManager[None]:
    """Context in which figure `name` is drawn: same style everywhere, ids in the svg that depend on nothing else."""
    settings: dict[Any, Any] = {**STYLE, "svg.hashsalt": f"autoloss-{name}"}
    return matplotlib.rc_context(settings)


def method_line(method: str, order: Sequence[str]) -> dict[str, Any]:
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
