"""Whether encoded data are as they were written. Sizes and times are looked at; what has changed is read and hashed."""

import hashlib
from pathlib import Path

from autoloss import seals
from autoloss.data import facts
from autoloss.data.verify import verify

HALF_SEALED = f"{facts.FILE}.partial"  # files.write_json leaves it when it is killed


def key(folder: Path) -> str:
    """A name for an encoded folder, wherever it lies."""
    return f"{folder.name}-{hashlib.sha256(str(folder.resolve()).encode()).hexdigest()[:12]}"


def check(folder: Path, data: Path) -> None:
    """Compares an encoded folder with its seal. One that an earlier version wrote has none: its sizes must do.

    Args:
        folder: holds meta.json.
        data: the project's folder of data, which remembers the last check.

    Raises:
        UserError: a file is missing or was changed; the message names it.
    """
    if seals.is_sealed(folder, facts.FILE):
        seals.check_changed(folder, facts.FILE, data / "checked" / f"{key(folder)}.json")


def seal(folder: Path) -> None:
    """Seals an encoded folder, after its arrays have been compared with the digest in meta.json.

    Raises:
        UserError: they differ.
    """
    verify(folder)
    (folder / HALF_SEALED).unlink(missing_ok=True)  # else it would be sealed as one of the files
    seals.seal(folder, facts.FILE)
