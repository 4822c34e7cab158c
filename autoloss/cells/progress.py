"""One line per finished cell, with the number left and an estimate of the remaining time."""

import time
from pathlib import Path

from rich.console import Console

from autoloss import metrics, records
from autoloss.cells.cell import Cell, error, state
from autoloss.training.outcome import KINDS, OUTCOME, TrainingOutcome


class Announcer:
    """Watches the directories of cells.

    Args:
        cells: those to be trained.
        root: the project's folder.
        console: where the lines go.
    """

    def __init__(self, cells: list[Cell], root: Path, console: Console):
        self.waiting, self.total = list(cells), len(cells)
        self.root, self.console, self.start = root, console, time.monotonic()

    def look(self) -> None:
        """Announces what has finished since the last call."""
        for cell in list(self.waiting):
            found = state(cell, self.root)
            if found != "missing":
                self.waiting.remove(cell)
                self._announce(cell, found)

    def _announce(self, cell: Cell, found: str) -> None:
        done = self.total - len(self.waiting)
        text = summary(cell, self.root) if found == "done" else f"failed: {error(cell, self.root)}"
        seconds = (time.monotonic() - self.start) / done * len(self.waiting)
        left = f"{len(self.waiting)} left, about {duration(seconds)}" if self.waiting else "none left"
        style = None if found == "done" else "red"
        self.console.print(
            f"[{done}/{self.total}] {cell.title} seed {cell.seed}: {text}; {left}",
            style=style, highlight=False, markup=False, soft_wrap=True,
        )  # fmt: skip


def summary(cell: Cell, root: Path) -> str:
    """What came out of a finished cell, in a phrase."""
    outcome = records.read(KINDS[cell.kind], cell.folder(root) / OUTCOME)
    if not isinstance(outcome, TrainingOutcome):
        return f"{outcome.cost.trials} trials in {duration(outcome.cost.seconds)}"
    shown = [metrics.get(name) for name in metrics.headline(cell.spec.data.task) if name in outcome.test]
    values = ", ".join(f"{metric.phrase} {outcome.test[metric.name]:.{metric.decimals}f}" for metric in shown)
    return f"test {values} in {duration(outcome.cost.seconds)}"


def duration(seconds: float) -> str:
    """A duration in words: 12 s, 3 min, 2 h 10 min."""
    minutes = round(seconds / 60)
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"
