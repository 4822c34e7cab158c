"""Finds a finished cell by its id or by the beginning of it, wherever it lies."""

from pathlib import Path

from autoloss.cells import finished, inspect
from autoloss.cells.cell import damage
from autoloss.cells.finished import FinishedCell
from autoloss.cells.record import RECORD
from autoloss.errors import UserError, unknown


def find(name: str, root: Path) -> FinishedCell:
    """The finished cell whose id is `name` or begins so; of results that differ in their digests alone, the newest.

    Raises:
        UserError: there is none, there are several, or it is damaged.
    """
    there: dict[str, Path] = {}
    for folder in inspect.folders(root):
        there.setdefault(folder.name, folder)
    wanted = Path(name).name  # a path to its directory will do
    some = [wanted] if wanted in there else sorted(id for id in there if id.startswith(wanted))
    if not there:
        raise UserError("results: no finished cell; `autoloss plan` shows what there is to train")
    if not some:
        raise unknown("finished cell", wanted, tuple(there), "results")
    if len({id.rpartition("-")[0] for id in some}) > 1:
        shown = ", ".join(some[:5]) + (", …" if some[5:] else "")
        raise UserError(f"{wanted}: {len(some)} finished cells begin so: {shown}")
    newest = max((there[id] for id in some), key=_time)
    if wrong := damage(newest, root):
        raise UserError(wrong)
    return finished.read(newest)


def _time(folder: Path) -> int:
    """When a cell was finished; a link into the view does not change it."""
    record = folder / RECORD
    return record.stat().st_mtime_ns if record.is_file() else 0
