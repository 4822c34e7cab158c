"""Finds a finished cell by its id or by the beginning of it, wherever it lies."""

from collections.abc import Iterable
from pathlib import Path

from autoloss.cells import finished, inspect
from autoloss.cells.cell import damage
from autoloss.cells.finished import FinishedCell
from autoloss.cells.record import RECORD, written
from autoloss.errors import UserError, unknown


def find(name: str, root: Path) -> FinishedCell:
    """The finished cell whose id is `name` or begins so; of results that differ in their digests alone, the newest.

    Raises:
        UserError: there is none, there are several, or it is damaged.
    """
    there: dict[str, Path] = {}
    for folder in inspect.folders(root):
        there.setdefault(folder.name, folder)
    wanted, some = completed(name, there)
    if not there:
        raise UserError("results: no finished cell; `autoloss plan` shows what there is to train")
    if not some:
        raise unknown("finished cell", wanted, tuple(there), "results")
    if len({id.rpartition("-")[0] for id in some}) > 1:
        raise several(wanted, some, "finished cells")
    newest = max((there[id] for id in some), key=lambda folder: written(folder / RECORD))
    if wrong := damage(newest, root):
        raise UserError(wrong)
    return finished.read(newest)


def completed(name: str, ids: Iterable[str]) -> tuple[str, list[str]]:
    """What is looked for, which may be given as the path of a cell's directory, and the ids that are it or begin so."""
    wanted, some = Path(name).name, sorted(ids)
    return wanted, [wanted] if wanted in some else [id for id in some if id.startswith(wanted)]


def several(wanted: str, some: list[str], what: str) -> UserError:
    """The error for a beginning that several ids share."""
    return UserError(f"{wanted}: {len(some)} {what} begin so: {', '.join(some[:5])}{', …' if some[5:] else ''}")
