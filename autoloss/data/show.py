"""Progress of downloads and encodings: a bar with the rate and the time left, on a terminal only."""

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
        total: what there is to do, or None if that is not known.
        unit: bytes (shown as MB and MB/s) or rows.
    """

    def __init__(self, what: str, total: int | None, unit: Literal["bytes", "rows"], done: int = 0):
        amount = (DownloadColumn(), TransferSpeedColumn()) if unit == "bytes" else (MofNCompleteColumn(), _Rate())
        self._progress = Progress(
            TextColumn(what), BarColumn(), *amount, TimeRemainingColumn(),
            console=_console, transient=True, disable=not _console.is_terminal,
        )  # fmt: skip
        self._task = self._progress.add_task(what, total=total, completed=done)

    def advance(self, amount: int) -> None:
        """So much more is done."""
        self._progress.advance(self._task, amount)

    def restart(self, done: int, total: int | None) -> None:
        """So much is done, of so much."""
        self._progress.update(self._task, completed=done, total=total)

    def __enter__(self) -> "Bar":
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()


def say(line: str) -> None:
    """A line for the person who waits."""
    _console.print(line, highlight=False, soft_wrap=True, markup=False)
