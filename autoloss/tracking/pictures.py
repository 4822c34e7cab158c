"""The pictures beside a run: its learning curves, and what its controller selects."""

from functools import cache
from itertools import cycle
from pathlib import Path
from typing import Any

from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from autoloss.tracking.records import Record

_STYLE = {"svg.fonttype": "none", "font.size": 9, "axes.spines.top": False, "axes.spines.right": False}
_COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")  # Okabe and Ito's


def draw(record: Record, folder: Path) -> None:
    """Writes `learning_curve.svg`, and `controller.svg` where the cell has a selection.json, into a folder."""
    with rc_context(_STYLE):
        if record.history:
            _save(_learning_curve(record), folder / "learning_curve.svg")
        if record.selection and record.selection["maps"]:
            _save(_controller(record.selection, record.name), folder / "controller.svg")


def _save(figure: Figure, file: Path) -> None:
    FigureCanvasSVG(figure).print_svg(str(file), metadata={"Date": None})


def _learning_curve(record: Record) -> Figure:
    """Training loss and validation metrics by training step; the step whose weights were kept is marked."""
    shown = tuple(n for n in ("auc", "logloss", "rmse", "mae") if n in record.history[0].get("valid", {}))
    figure, marks = _frame(shown)
    steps = [event["step"] for event in record.history]
    columns = [[event.get("train_loss") for event in record.history]]
    columns += [[event["valid"].get(name) for event in record.history] for name in shown]
    for axes, mark, values in zip(figure.axes, marks, columns, strict=True):
        axes.lines[0].set_data(steps, [float("nan") if v is None else v for v in values])
        mark.set_xdata([record.metrics["best_step"]] * 2)
        axes.relim()
        axes.autoscale_view()
    return figure


@cache
def _frame(shown: tuple[str, ...]) -> tuple[Figure, list[Line2D]]:
    """An empty learning curve, drawn again and again: making the axes takes as long as all the rest."""
    figure = Figure(figsize=(3 * (1 + len(shown)), 2.6))
    titles = ["training loss", *(f"validation {name}" for name in shown)]
    panels = figure.subplots(1, len(titles), squeeze=False)[0]
    for axes, title, colour in zip(panels, titles, cycle(_COLOURS), strict=False):
        axes.plot([], [], color=colour)
        axes.set(title=title, xlabel="step")
        axes.locator_params(nbins=5)
    figure.subplots_adjust(left=0.08, right=0.98, bottom=0.2, top=0.88, wspace=0.35)
    return figure, [axes.axvline(0, color="0.6", linestyle=":") for axes in figure.axes]


def _controller(selection: dict[str, Any], title: str) -> Figure:
    """Selection probability of each loss against the predicted probability, one panel per label, at the end."""
    last = {**selection, **selection["maps"][-1]}
    labels, losses = last["labels"], last["losses"]
    figure = Figure(figsize=(2.6 * len(labels) + 1.2, 2.8))
    panels: list[Axes] = list(figure.subplots(1, len(labels), squeeze=False, sharey=True)[0])
    for axes, label, chosen in zip(panels, labels, last["selection"], strict=True):
        for k, (loss, colour) in enumerate(zip(losses, cycle(_COLOURS), strict=False)):
            axes.plot(last["probabilities"], [row[k] for row in chosen], color=colour, label=loss)
        axes.set(title=f"label {label}", xlabel="predicted probability", ylim=(-0.02, 1.02))
    panels[0].set_ylabel("selection probability")
    panels[-1].legend(frameon=False, fontsize=8)
    figure.suptitle(f"{title}, step {last['step']}", fontsize=9)
    figure.subplots_adjust(left=0.1, right=0.98, bottom=0.18, top=0.8, wspace=0.1)
    return figure
