"""A finished cell, read from its directory: the one place where a result comes back from disk."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from autoloss import records, seals
from autoloss.cells.record import RECORD, CellRecord
from autoloss.errors import UserError
from autoloss.training.history import HISTORY, SELECTION, Evaluation, Selection, read_history
from autoloss.training.outcome import KINDS, OUTCOME, Outcome


@dataclass(frozen=True)
class FinishedCell:
    """What a cell's directory says.

    Attributes:
        folder: the directory.
        about: cell.json.
        outcome: metrics.json, a class for each kind of cell.
    """

    folder: Path
    about: CellRecord
    outcome: Outcome

    @cached_property
    def history(self) -> list[Evaluation]:
        """The evaluations in order of step; empty for a search."""
        path = self.folder / HISTORY
        return read_history(path) if path.exists() else []

    @cached_property
    def selection(self) -> Selection | None:
        """What the controller selected over training; None without a controller."""
        path = self.folder / SELECTION
        return records.read(Selection, path) if path.exists() else None

    def check(self, *names: str) -> None:
        """Reads files of the directory that `read` left alone, and compares them with the seal.

        Raises:
            UserError: a file is missing, differs from the seal, or came later; the message names it.
        """
        for name in names:
            if name not in seals.sealed_files(self.folder, RECORD):
                raise UserError(f"{self.folder / name}: was not there when the cell was finished")
        seals.check(self.folder, RECORD, only=names)


def read(folder: Path) -> FinishedCell:
    """Reads a cell's directory, and checks what it reads against the seal.

    Raises:
        UserError: a file is missing, differs from the seal, or is of another version.
    """
    seals.check(folder, RECORD, only=(OUTCOME, HISTORY, SELECTION))
    about = records.read(CellRecord, folder / RECORD)
    return FinishedCell(folder, about, records.read(KINDS[about.kind], folder / OUTCOME))
