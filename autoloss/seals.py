"""Seals: the hashes of a folder's files, kept in the JSON file that describes the folder.

Whatever a disk, a killed copy or a person did to the folder since it was sealed is noticed when it is read.
"""

import hashlib
import json
from contextlib import suppress
from pathlib import Path
from typing import Any

from autoloss.errors import UserError
from autoloss.files import read_json, write_json

KEY = "seal"
_PIECE = 1 << 20  # bytes hashed at once
Stats = dict[str, list[int]]


def seal(folder: Path, description: str) -> None:
    """Adds the hashes of the other files of `folder`, and of its own content, to its JSON file `description`.

    Folders and hidden files stay outside.
    """
    content = _without_seal(read_json(folder / description))
    others = [file for file in sorted(folder.iterdir()) if file.is_file() and not file.name.startswith(".")]
    files = {file.name: _hash(file) for file in others if file.name != description}
    write_json(folder / description, {**content, KEY: {"files": files, "content": _digest(content, files)}})


def is_sealed(folder: Path, description: str) -> bool:
    """Whether the description is readable and carries a seal, broken or not."""
    try:
        return KEY in read_json(folder / description)
    except UserError:
        return False


def broken_content(content: dict[str, Any]) -> bool:
    """Whether a description is not what was sealed; False for one without a seal."""
    found = content.get(KEY)
    if found is None:
        return False
    files, own = (found.get(key) for key in ("files", "content")) if isinstance(found, dict) else (None, None)
    return not isinstance(files, dict) or own != _digest(_without_seal(content), files)


def sealed_files(folder: Path, description: str) -> list[str]:
    """The names of the files that the seal covers, the description included.

    Raises:
        UserError: the description is unreadable, damaged or without a seal.
    """
    content = read_json(folder / description)
    if KEY not in content:
        raise UserError(f"{folder / description}: has no seal: damaged, or written by an earlier version")
    if broken_content(content):
        raise UserError(f"{folder / description}: differs from its seal")
    return [description, *content[KEY]["files"]]


def check(folder: Path, description: str, only: tuple[str, ...] | None = None) -> None:
    """Reads the files of a folder and compares them with its seal.

    Args:
        folder: the sealed folder.
        description: its JSON file.
        only: the files to read; the others are not looked at. None: all.

    Raises:
        UserError: a file is missing or differs from the seal; the message names it.
    """
    names = sealed_files(folder, description)
    hashes = read_json(folder / description)[KEY]["files"]
    for name in names[1:] if only is None else [name for name in only if name in hashes]:
        try:
            intact = _hash(folder / name) == hashes[name]
        except OSError as error:
            raise UserError(f"{folder / name}: cannot be read ({error.strerror})") from None
        if not intact:
            raise UserError(f"{folder / name}: differs from its seal in {description}")


def check_changed(folder: Path, description: str, memory: Path) -> None:
    """Like `check` for all files, but reads nothing if size, times and inode of each are as at the last check.

    Args:
        folder, description: as in `check`.
        memory: file that remembers the last check; it may be missing, damaged or not writable.

    Raises:
        UserError: as in `check`.
    """
    remembered = _remembered(memory)
    if remembered and remembered == _stats(folder, list(remembered)):
        return
    now = _stats(folder, sealed_files(folder, description))  # before the files are read: later changes are noticed
    check(folder, description)
    with suppress(OSError):
        write_json(memory, now)


def _remembered(memory: Path) -> Stats:
    try:
        return read_json(memory)
    except UserError:
        return {}


def _stats(folder: Path, names: list[str]) -> Stats:
    found = {}
    for name in names:
        with suppress(OSError):
            stat = (folder / name).stat()
            found[name] = [stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns, stat.st_ino]
    return found


def _without_seal(content: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in content.items() if key != KEY}


def _digest(content: dict[str, Any], files: dict[str, str]) -> str:
    return hashlib.sha256(json.dumps([content, files], sort_keys=True).encode()).hexdigest()


def _hash(file: Path) -> str:
    digest = hashlib.sha256()
    with file.open("rb") as opened:
        while piece := opened.read(_PIECE):
            digest.update(piece)
    return digest.hexdigest()
