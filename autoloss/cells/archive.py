"""results/archive: every finished cell, by hard links. results/cells and results/timing are the view that DVC tracks.

Whatever DVC, git or a person does to the view, the next run brings it back without training. A file edited in place
changes in both; its seal tells.
"""

import errno
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from autoloss import seals
from autoloss.cells.cell import Cell, damage, is_empty, state
from autoloss.cells.plan import Plan
from autoloss.cells.record import RECORD
from autoloss.errors import UserError
from autoloss.files import Locked, lock, read_json

_NO_LINK = (errno.EXDEV, errno.EPERM, errno.EOPNOTSUPP, errno.EMLINK, errno.ENOSYS)  # another disk, or no hard links


def of(root: Path) -> Path:
    """The folder of the archive."""
    return root / "results" / "archive"


@contextmanager
def alone(root: Path, name: str, *, wait: bool = True) -> Iterator[Path]:
    """Holds a kernel lock on a cell, which ends with the process, and gives its scratch folder.

    Raises:
        Locked: another process holds the lock and `wait` is False.
    """
    scratch = root / "results" / "scratch" / name
    with lock(scratch.parent / f"{name}.lock", wait=wait):
        scratch.mkdir(exist_ok=True)
        yield scratch


def store(cell: Cell, finished: Path, root: Path) -> None:
    """Moves a finished, sealed directory into the archive, and links it into the view."""
    for line in (*set_aside(of(root) / cell.id, root), *set_aside(cell.folder(root), root)):
        print(line)
    of(root).mkdir(parents=True, exist_ok=True)
    os.replace(finished, of(root) / cell.id)
    _link(of(root) / cell.id, cell.folder(root), root)


def settle(cells: tuple[Cell, ...], root: Path) -> Iterator[str]:
    """Before a run: `bring_back` for all cells but those that another process is training; a line for each event."""
    back = 0
    for cell in cells:
        was_done = state(cell, root) == "done"
        if was_done and _is_kept(cell.folder(root), root):
            continue
        with suppress(Locked), alone(root, cell.id, wait=False):
            yield from bring_back(cell, root)
            back += not was_done and state(cell, root) == "done"
    if back:
        yield f"{back} of {len(cells)} cells restored from results/archive"


def bring_back(cell: Cell, root: Path) -> Iterator[str]:
    """Sets damaged copies of a cell aside, and makes the archive and the view what an intact one says.

    Yields:
        A line for each copy that was set aside.
    """
    view, kept = cell.folder(root), of(root) / cell.id
    if state(cell, root) == "done":
        yield from _keep(view, root)
    elif not is_empty(kept) and not damage(kept, root):
        yield from _replace(view, kept, root)
    else:
        yield from (*set_aside(view, root), *set_aside(kept, root))


def _is_kept(view: Path, root: Path) -> bool:
    """Whether the archive has an intact copy of an intact directory; links to the same files need not be read again."""
    kept = of(root) / view.name
    with suppress(OSError):
        if _inodes(view) == _inodes(kept):
            return True
    return not damage(kept, root)


def _inodes(folder: Path) -> tuple[int, dict[str, int]]:
    """What tells whether two directories hold the same files."""
    with os.scandir(folder) as entries:
        return folder.stat().st_dev, {entry.name: entry.inode() for entry in entries}


def _keep(view: Path, root: Path) -> Iterator[str]:
    """Sees to it that the archive has an intact directory of the view; a line for a damaged copy that is set aside."""
    if not _is_kept(view, root):
        yield from _replace(of(root) / view.name, view, root)


def _replace(folder: Path, intact: Path, root: Path) -> Iterator[str]:
    """Makes a copy of a cell what an intact one is; a line if it is damaged and set aside.

    One that only lacks files is completed: Snakemake deletes what its job is to write, also when another process has
    just finished that cell.
    """
    if _only_lacks_files(folder):
        remove(folder, root)
    yield from set_aside(folder, root)
    _link(intact, folder, root)


def clear(plan: Plan, hardware: str, root: Path) -> Iterator[str]:
    """After a run: leaves only planned cells in the view (timings of other machines stay); a line for each damaged one.

    Only what this product made is removed: cells, which the archive keeps, empty folders, and records of failures.
    """
    planned = {cell.id for cell in plan.cells}
    for parent in (root / "results" / "cells", root / "results" / "timing" / hardware):
        for folder in sorted(parent.iterdir()) if parent.is_dir() else []:
            if not folder.is_dir() or folder.is_symlink():
                continue
            if is_empty(folder):
                _remove_empty(folder)
            elif folder.name not in planned and (folder / RECORD).is_file():
                yield from _put_away(folder, root)
    for failure in (root / "results" / "failed").glob("*.json"):
        if failure.stem not in planned and _names(failure) == failure.stem:
            failure.unlink(missing_ok=True)


def set_aside(folder: Path, root: Path) -> Iterator[str]:
    """Moves a damaged directory to results/damaged, where it is kept, and says so; an empty one is only removed."""
    if is_empty(folder):
        _remove_empty(folder)
        return
    why = damage(folder, root) or "in the way of a new result"
    damaged = root / "results" / "damaged"
    damaged.mkdir(parents=True, exist_ok=True)
    number, there = 1, damaged / folder.name
    while there.exists() or there.is_symlink():
        number += 1
        there = damaged / f"{folder.name}.{number}"
    os.replace(folder, there)
    yield f"damaged: {why}; set aside in {there.relative_to(root)}"


def _only_lacks_files(folder: Path) -> bool:
    try:
        sealed = seals.sealed_files(folder, RECORD)
        there = tuple(file.name for file in folder.iterdir())
        seals.check(folder, RECORD, only=there)
    except UserError:
        return False
    return set(there) <= set(sealed)


def remove(folder: Path, root: Path) -> None:
    """Removes the sealed files of a directory, and the directory unless somebody else put something into it."""
    names = seals.sealed_files(folder, RECORD)
    for name in (*names[1:], RECORD):
        (folder / name).unlink(missing_ok=True)
    _remove_empty(folder)


def _remove_empty(folder: Path) -> None:
    with suppress(OSError):  # another process has just removed it, or put something into it
        folder.rmdir()


def _put_away(folder: Path, root: Path) -> Iterator[str]:
    kept = of(root) / folder.name
    if not seals.is_sealed(folder, RECORD):  # of an earlier version
        if is_empty(kept):
            of(root).mkdir(parents=True, exist_ok=True)
            os.replace(folder, kept)
    elif damage(folder, root):
        yield from set_aside(folder, root)
    else:
        yield from _keep(folder, root)
        remove(folder, root)


def _link(source: Path, target: Path, root: Path) -> None:
    """Makes `target` a directory of hard links to the sealed files of `source`, whole or not at all."""
    scratch = root / "results" / "scratch" / f"{target.name}.links"
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir(parents=True)
    for name in seals.sealed_files(source, RECORD):
        file = (source / name).resolve()  # DVC may have made it a link into its cache
        try:
            os.link(file, scratch / name)
        except OSError as error:
            if error.errno not in _NO_LINK:
                raise
            shutil.copy2(file, scratch / name)
    target.parent.mkdir(parents=True, exist_ok=True)
    os.replace(scratch, target)


def _names(failure: Path) -> object:
    try:
        return read_json(failure).get("id")
    except UserError:
        return None
