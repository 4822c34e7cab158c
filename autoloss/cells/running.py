"""Which cells are being trained at this moment: those whose lock is held, by whatever process, on whatever machine."""

from collections.abc import Iterator
from pathlib import Path

from autoloss.cells.cell import Cell
from autoloss.files import Locked, lock


def is_running(cell: Cell, root: Path) -> bool:
    """Whether a process trains the cell now."""
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


def in_turn(cells: list[Cell], root: Path) -> Iterator[Cell]:
    """Each cell once, so that several processes share a list: those that another one trains now come later.

    A cell comes after those of the list that it builds on. Whoever trains a cell that is still running elsewhere waits
    for it, so at the end all are done, wherever they were trained.
    """
    left = list(cells)
    while left:
        ready = [cell for cell in left if not any(source in left for source in cell.upstream.values())]
        cell = next((cell for cell in ready if not is_running(cell, root)), ready[0])
        left.remove(cell)
        yield cell
