"""What a run says as it goes: a line per finished cell, and now and then one for a cell that takes long."""

import time
from pathlib import Path

from rich.console import Console

from autoloss import metrics, records
from autoloss.cells.cell import Cell, error, state
from autoloss.cells.pace import duration, pace_line, read_pace
from autoloss.training.outcome import KINDS, OUTCOME, TrainingOutcome

PACE_SECONDS = 60.0  # between two lines about cells that take long


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
        self._next_paces = self.start + PACE_SECONDS

    def look(self) -> None:
        """Announces what has finished since the last call, and once a minute how far the others are."""
        if time.monotonic() >= self._next_paces:
            self._next_paces = time.monotonic() + PACE_SECONDS
            for cell in self.waiting:
                if pace := read_pace(cell, self.root):
                    self._print(f"{cell.title} seed {cell.seed}: {pace_line(pace)}")
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
        self._print(f"[{done}/{self.total}] {cell.title} seed {cell.seed}: {text}; {left}", style)

    def _print(self, text: str, style: str | None = None) -> None:
        self.console.print(text, style=style, highlight=False, markup=False, soft_wrap=True)


def summary(cell: Cell, root: Path) -> str:
    """What came out of a finished cell, in a phrase."""
    outcome = records.read(KINDS[cell.kind], cell.folder(root) / OUTCOME)
    if not isinstance(outcome, TrainingOutcome):
        return f"{outcome.cost.trials} trials in {duration(outcome.cost.seconds)}"
    shown = [metrics.get(name) for name in metrics.headline(cell.spec.data.task) if name in outcome.test]
    values = ", ".join(f"{metric.phrase} {outcome.test[metric.name]:.{metric.decimals}f}" for metric in shown)
    return f"test {values} in {duration(outcome.cost.seconds)}"
