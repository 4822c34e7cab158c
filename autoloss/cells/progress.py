"""A line per finished cell, with how many are left and an estimate of the time."""

import json
import time
from pathlib import Path

from rich.console import Console

from autoloss import metrics
from autoloss.cells.cell import Cell, error, state


class Announcer:
    """Watches the directories of cells.

    Args:
        cells: what is to be done.
        root: the project's folder.
        console: gets the lines.
    """

    def __init__(self, cells: list[Cell], root: Path, console: Console):
        self.waiting, self.total = list(cells), len(cells)
        self.root, self.console, self.start = root, console, time.monotonic()

    def look(self) -> None:
        """Announces what has finished since the last look."""
        for cell in list(self.waiting):
            found = state(cell, self.root)
            if found != "missing":
                self.waiting.remove(cell)
                self._announce(cell, found)

    def _announce(self, cell: Cell, found: str) -> None:
        done = self.total - len(self.waiting)
        text = _summary(cell, self.root) if found == "done" else f"failed: {error(cell, self.root)}"
        seconds = (time.monotonic() - self.start) / done * len(self.waiting)
        left = f"{len(self.waiting)} left, about {duration(seconds)}" if self.waiting else "none left"
        style = None if found == "done" else "red"
        self.console.print(
            f"[{done}/{self.total}] {cell.title} seed {cell.seed}: {text}; {left}",
            style=style, highlight=False, markup=False, soft_wrap=True,
        )  # fmt: skip


def _summary(cell: Cell, root: Path) -> str:
    result = json.loads((cell.folder(root) / "metrics.json").read_text())
    if "test" not in result:
        return f"{result['cost']['trials']} trials"
    metric = metrics.deciding_among(result["test"])
    assert metric
    value = f"{result['test'][metric.name]:.{metric.decimals}f}"
    return f"test {metric.phrase} {value} in {duration(result['cost']['seconds'])}"


def duration(seconds: float) -> str:
    """As people say it: 12 s, 3 min, 2 h 10 min."""
    minutes = round(seconds / 60)
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"
