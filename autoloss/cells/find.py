"""Finds a finished cell by its id or by the beginning of it, wherever it lies."""

from pathlib import Path

from autoloss.cells import finished
from autoloss.cells.finished import FinishedCell
from autoloss.errors import UserError, unknown
from autoloss.training.outcome import OUTCOME

PLACES = ("cells/*", "timing/*/*", "archive/*")  # of `results`, in order of preference


def find(name: str, root: Path) -> FinishedCell:
    """The finished cell whose id is `name` or the only one that begins with it.

    Raises:
        UserError: there is none, or more than one.
    """
    there: dict[str, Path] = {}
    for place in PLACES:
        for path in (root / "results").glob(f"{place}/{OUTCOME}"):
            there.setdefault(path.parent.name, path.parent)
    wanted = Path(name).name  # a path to its directory will do
    some = [wanted] if wanted in there else sorted(id for id in there if id.startswith(wanted))
    if not some:
        raise (
            unknown("finished cell", wanted, tuple(there), "results")
            if there
            else UserError("results: no finished cell; `autoloss plan` shows what there is to train")
        )
    if len(some) > 1:
        shown = ", ".join(some[:5]) + (", …" if some[5:] else "")
        raise UserError(f"{wanted}: {len(some)} finished cells begin so: {shown}")
    return finished.read(there[some[0]])
