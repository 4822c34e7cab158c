"""Progress of downloads and encoding: a bar with rate and time left, shown on a terminal only."""

from typing import Literal

from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    Task,
    TextColumn,
    TimeRemainingColumn,
    TransferSpeedColumn,
)
from rich.text import Text

_console = Console(stderr=True)


class _Rate(ProgressColumn):
    def render(self, task: Task) -> Text:
        return Text(f"{task.speed:,.0f}/s" if task.speed else "–/s")


class Bar:
    """A progress bar, as a context manager.

    Args:
        what: the text before it.
        total: the amount of work, or None if unknown.
        unit: bytes (shown as MB and MB/s) or rows.
        done: the amount already done.
    """

    def __init__(self, what: str, total: int | None, unit: Literal["bytes", "rows"], done: int = 0):
        amount = (DownloadColumn(), TransferSpeedColumn()) if unit == "bytes" else (MofNCompleteColumn(), _Rate())
        self._progress = Progress(
            TextColumn(what), BarColumn(), *amount, TimeRemainingColumn(),
            console=_console, transient=True, disable=not _console.is_terminal,
        )  # fmt: skip
        self._task = self._progress.add_task(what, total=total, completed=done)

    def advance(self, amount: int) -> None:
        """Adds to the amount done."""
        self._progress.advance(self._task, amount)

    def restart(self, done: int, total: int | None) -> None:
        """Sets the amount done and the total."""
        self._progress.update(self._task, completed=done, total=total)

    def __enter__(self) -> "Bar":
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()


def say(line: str) -> None:
    """Prints a line for the person who waits."""
    _console.print(line, highlight=False, soft_wrap=True, markup=False)
