"""Whose folder it is: the product replaces and removes only what it made itself."""

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path

from autoloss.errors import UserError


@dataclass(frozen=True)
class Made:
    """What a kind of folder that the product makes looks like.

    Attributes:
        files: patterns of the paths inside, relative to the folder.
        marker: the file that tells such a folder, among them.
        genuine: whether the marker of a folder was written by this product.
    """

    files: tuple[str, ...]
    marker: str
    genuine: Callable[[Path], bool] = lambda folder: True


def check(folder: Path, made: Made) -> None:
    """Refuses a folder that may not be replaced: it must be absent, empty, or made by this product and only by it.

    Raises:
        UserError: it is a file or a link, or holds something else.
    """
    if folder.is_symlink() or (folder.exists() and not folder.is_dir()):
        what = "a link" if folder.is_symlink() else "a file"
        raise UserError(f"{folder}: is {what}, expected a folder or a new name; nothing was changed")
    if not folder.exists():
        return
    inside = sorted(folder.rglob("*"))
    foreign = [path for path in inside if not _matches(path.relative_to(folder), made.files)]
    if inside and not foreign and not ((folder / made.marker).is_file() and made.genuine(folder)):
        foreign = inside
    if foreign:
        raise UserError(
            f"{folder}: holds {foreign[0].relative_to(folder)}, which autoloss did not write; nothing was changed "
            "(expected a new or empty folder, or one that autoloss made)"
        )


def remove(folder: Path, made: Made) -> None:
    """Removes a folder that the product made, if it is there; its marker last, so that a killed removal can go on.

    Raises:
        UserError: it may not be removed; see `check`.
    """
    check(folder, made)
    if not folder.exists():
        return
    for path in folder.iterdir():
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        elif path.name != made.marker:
            path.unlink()
    (folder / made.marker).unlink(missing_ok=True)
    folder.rmdir()


def check_outside(file: Path, folder: Path, what: str) -> None:
    """Refuses a file that lies inside a folder which is about to be replaced.

    Raises:
        UserError: it lies inside.
    """
    if file.resolve().is_relative_to(folder.resolve()):
        raise UserError(f"{file}: the {what} lies inside the output {folder}; expected a folder elsewhere")


def _matches(path: Path, patterns: tuple[str, ...]) -> bool:
    return any(fnmatch(path.as_posix(), pattern) for pattern in patterns)
