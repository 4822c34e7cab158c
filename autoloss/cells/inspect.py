"""Reads every file of every cell, wherever it lies, and says what is wrong: for `autoloss verify --cells`."""

from collections.abc import Iterator
from pathlib import Path

from autoloss import seals
from autoloss.cells import digest
from autoloss.cells.cell import is_empty
from autoloss.cells.record import RECORD
from autoloss.errors import UserError
from autoloss.files import read_json

PLACES = ("cells/*", "timing/*/*", "archive/*")
_NAMES = ("kind", "scale", "seed", "spec", "upstream", "hardware")


def folders(root: Path) -> Iterator[Path]:
    """The directories of cells, in the view and in the archive, whatever is in them."""
    for place in PLACES:
        yield from sorted(found for found in (root / "results").glob(place) if found.is_dir() and not is_empty(found))


def wrong(folder: Path) -> str | None:
    """What is wrong with the directory of a cell, in one line; None if hashes and digest are right.

    Nothing is believed that an earlier check remembered.
    """
    try:
        seals.check(folder, RECORD)
        about = read_json(folder / RECORD)
    except UserError as error:
        return str(error)
    content = {name: about.get(name) for name in _NAMES} | {"code": digest.of(about.get("code"))}
    found = digest.of(content)[:12]
    if about.get("id") != folder.name or found != about.get("digest") or not folder.name.endswith(f"-{found}"):
        return f"{folder / RECORD}: its content has the digest {found}, its directory's name says otherwise"
    return None
