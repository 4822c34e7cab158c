"""The figures attached to a run: its learning curves, and what its controller selects."""

import math
import os
from collections.abc import Iterator, Sequence
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import contextmanager
from functools import cache
from io import StringIO
from itertools import cycle
from multiprocessing import get_context, parent_process
from threading import Thread
from typing import Any

from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from autoloss import metrics
from autoloss.tracking.runs import CellRun
from autoloss.training.history import Selection
from autoloss.training.outcome import TrainingOutcome

FEW = 20  # cells
_STYLE: dict[Any, Any] = {"svg.fonttype": "none", "font.size": 9, "axes.spines.top": False, "axes.spines.right": False}
_COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")  # Okabe and Ito's


@contextmanager
def drawn(records: Sequence[CellRun]) -> Iterator[list[Future[dict[str, str]]]]:
    """The figures of each record, in order, as {file name: svg}; drawn in a second process meanwhile.

    For a few records, starting a process is not worth it.
    """
    if len(records) < FEW:
        pool: Executor = ThreadPoolExecutor(1)
    else:
        pool = ProcessPoolExecutor(1, get_context("spawn"), initializer=_end_with_parent)
    with pool:
        try:
            yield [pool.submit(draw, record) for record in records]
        finally:
            pool.shutdown(cancel_futures=True)


def _end_with_parent() -> None:
    """Ends this process with its parent, which cannot tell if it is killed."""

    def wait() -> None:
        if parent := parent_process():
            parent.join()
            os._exit(1)

    Thread(target=wait, daemon=True).start()


def draw(record: CellRun) -> dict[str, str]:
    """`learning_curve.svg`, and `controller.svg` where the cell has a selection.json."""
    found = {}
    with rc_context(_STYLE):
        if record.cell.history:
            found["learning_curve.svg"] = _svg(_learning_curve(record))
        if record.cell.selection:
            found["controller.svg"] = _svg(_controller(record.cell.selection, record.name))
    return found


def _svg(figure: Figure) -> str:
    text = StringIO()
    FigureCanvasSVG(figure).print_svg(text, metadata={"Date": None})
    return text.getvalue()


def _learning_curve(record: CellRun) -> Figure:
    """Training loss and validation metrics by training step; a line marks the step whose weights were kept."""
    history, outcome = record.cell.history, record.cell.outcome
    shown = tuple(name for name in metrics.headline() if name in history[0].valid)
    figure, marks = _frame(shown)
    steps = [event.step for event in history]
    columns = [[event.train_loss for event in history]]
    columns += [[event.valid.get(name, math.nan) for event in history] for name in shown]
    for axes, mark, values in zip(figure.axes, marks, columns, strict=True):
        axes.lines[0].set_data(steps, values)
        if isinstance(outcome, TrainingOutcome):
            mark.set_xdata([outcome.best_step] * 2)
        axes.relim()
        axes.autoscale_view()
    return figure


@cache
def _frame(shown: tuple[str, ...]) -> tuple[Figure, list[Line2D]]:
    """An empty learning curve, reused for every cell: making the axes takes as long as everything else."""
    figure = Figure(figsize=(3 * (1 + len(shown)), 2.6))
    titles = ["training loss", *(f"validation {name}" for name in shown)]
    panels = figure.subplots(1, len(titles), squeeze=False)[0]
    for axes, title, colour in zip(panels, titles, cycle(_COLOURS), strict=False):
        axes.plot([], [], color=colour)
        axes.set(title=title, xlabel="step")
        axes.locator_params(nbins=5)
    figure.subplots_adjust(left=0.08, right=0.98, bottom=0.2, top=0.88, wspace=0.35)
    return figure, [axes.axvline(0, color="0.6", linestyle=":") for axes in figure.axes]


def _controller(selection: Selection, title: str) -> Figure:
    """Selection probability of each loss by predicted probability at the end of training, one panel per label."""
    last, labels, losses = selection.maps[-1], selection.labels, selection.losses
    figure = Figure(figsize=(2.6 * len(labels) + 1.2, 2.8))
    panels: list[Axes] = list(figure.subplots(1, len(labels), squeeze=False, sharey=True)[0])
    for axes, label, chosen in zip(panels, labels, last.selection, strict=True):
        for k, (loss, colour) in enumerate(zip(losses, cycle(_COLOURS), strict=False)):
            axes.plot(selection.probabilities, [row[k] for row in chosen], color=colour, label=loss)
        axes.set(title=f"label {label}", xlabel="predicted probability", ylim=(-0.02, 1.02))
    panels[0].set_ylabel("selection probability")
    panels[-1].legend(frameon=False, fontsize=8)
    figure.suptitle(f"{title}, step {last.step}", fontsize=9)
    figure.subplots_adjust(left=0.1, right=0.98, bottom=0.18, top=0.8, wspace=0.1)
    return figure
