"""Which cells are being trained at this moment: those whose lock is held, by whatever process."""

from pathlib import Path

from autoloss.cells.cell import Cell
from autoloss.files import Locked, lock


def is_running(cell: Cell, root: Path) -> bool:
    """Whether a process on this machine trains the cell now."""
    return is_held(root / "results" / "scratch" / f"{cell.id}.lock")


def is_held(path: Path) -> bool:
    """Whether a process holds a lock file."""
    if not path.is_file():
        return False
    try:
        with lock(path, wait=False):
            return False
    except Locked:
        return True
