"""Checksums of raw files, taken once: a file whose size and time of change are as recorded is not read again."""

import fcntl
import hashlib
import json
from pathlib import Path
from typing import Literal

from autoloss.data.show import Bar
from autoloss.errors import UserError

FILE = "checksums.json"
_PIECE = 8 << 20


class Ledger:
    """checksums.json in the raw folder.

    `files` holds what is known of files on disk; `first_seen` the checksum that each archive had when it was
    first seen, for those that have no published one.
    """

    def __init__(self, raw: Path):
        self.path = raw / FILE
        self.files, self.first_seen = self._read()

    def digest(self, path: Path, name: Literal["md5", "sha256"]) -> str:
        """A checksum of a file."""
        known = self._known(path)
        if name not in known:
            known[name] = _digest(path, name)
            self._write()
        return known[name]

    def record(self, path: Path, digests: dict[str, str]) -> None:
        """Keeps checksums that were taken while the file was written."""
        self._known(path).update(digests)
        self._write()

    def _known(self, path: Path) -> dict:
        """What is recorded of a file, as long as it has the same size and time of change."""
        stat = path.stat()
        mark = {"size": stat.st_size, "mtime_ns": stat.st_mtime_ns}
        known = self.files.setdefault(str(path.resolve()), mark)
        if {k: known.get(k) for k in mark} != mark:
            known = self.files[str(path.resolve())] = mark
        return known

    def check_first_seen(self, filename: str, sha256: str) -> None:
        """Records the checksum of an archive, or compares it with the one recorded.

        Raises:
            UserError: it is another one.
        """
        seen = self.first_seen.setdefault(filename, sha256)
        if seen != sha256:
            raise UserError(
                f"{filename}: sha256 {sha256[:16]}… differs from {seen[:16]}… as first seen; "
                f"if the publisher changed the file, delete its line in {self.path}"
            )
        self._write()

    def _read(self) -> tuple[dict[str, dict], dict[str, str]]:
        try:
            known = json.loads(self.path.read_text())
        except FileNotFoundError:
            known = {}
        except ValueError:
            raise UserError(f"{self.path}: not valid JSON; delete it and prepare the data again") from None
        return known.get("files", {}), known.get("first_seen", {})

    def _write(self) -> None:
        """Adds what is new to the file; another process may have added something too."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self.path.with_suffix(".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            files, first_seen = self._read()
            known = {"files": {**files, **self.files}, "first_seen": {**first_seen, **self.first_seen}}
            part = self.path.with_suffix(".part")
            part.write_text(json.dumps(known, indent=2) + "\n")
            part.rename(self.path)


def _digest(path: Path, name: str) -> str:
    digest = hashlib.new(name, usedforsecurity=False)
    with path.open("rb") as file, Bar(f"checksum of {path.name}", path.stat().st_size, "bytes") as bar:
        while piece := file.read(_PIECE):
            digest.update(piece)
            bar.advance(len(piece))
    return digest.hexdigest()
