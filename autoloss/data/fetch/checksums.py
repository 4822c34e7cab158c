"""Checksums of raw files, computed once: a file whose size and modification time are as recorded is not read again."""

import hashlib
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Literal

from autoloss import files
from autoloss.data.fetch.partial_file import Digests
from autoloss.data.progress import Bar
from autoloss.errors import UserError

FILE = "checksums.json"
Algorithm = Literal["md5", "sha256"]
_PIECE = 8 << 20


@dataclass(frozen=True)
class Record:
    """What is known of a file: its bytes, its modification time, and the checksums computed so far."""

    size: int
    mtime_ns: int
    md5: str | None = None
    sha256: str | None = None


class Ledger:
    """checksums.json in the raw folder; its lock is in the folder `locks` beside that one.

    Attributes:
        files: records by resolved path.
        first_seen: the checksum each archive without a published one had when it was first seen, by file name.
    """

    def __init__(self, raw: Path):
        self.path = raw / FILE
        self.files, self.first_seen = self._read()

    def digest(self, path: Path, algorithm: Algorithm) -> str:
        """The checksum of a file."""
        record = self._current(path)
        known = getattr(record, algorithm)
        if known is None:
            known = _digest(path, algorithm)
            self._keep(path, replace(record, **{algorithm: known}))
        return known

    def record(self, path: Path, digests: Digests) -> None:
        """Stores checksums that were computed while the file was written."""
        self._keep(path, replace(self._current(path), md5=digests.md5, sha256=digests.sha256))

    def check_first_seen(self, filename: str, sha256: str) -> None:
        """Records the checksum of an archive, or compares it with the recorded one.

        Raises:
            UserError: they differ.
        """
        seen = self.first_seen.setdefault(filename, sha256)
        if seen != sha256:
            raise UserError(
                f"{filename}: sha256 {sha256[:16]}… differs from {seen[:16]}… as first seen; "
                f"if the publisher changed the file, delete its line in {self.path}"
            )
        self._write()

    def _current(self, path: Path) -> Record:
        """The record of a file, emptied if its size or modification time has changed."""
        stat = path.stat()
        known = self.files.get(str(path.resolve()))
        fresh = Record(stat.st_size, stat.st_mtime_ns)
        return known if known and (known.size, known.mtime_ns) == (fresh.size, fresh.mtime_ns) else fresh

    def _keep(self, path: Path, record: Record) -> None:
        self.files[str(path.resolve())] = record
        self._write()

    def _read(self) -> tuple[dict[str, Record], dict[str, str]]:
        if not self.path.exists():
            return {}, {}
        known = files.read_json(self.path)
        try:
            records, first_seen = known.pop("files"), known.pop("first_seen")
            if not known:  # otherwise somebody else's file
                return {path: Record(**record) for path, record in records.items()}, dict(first_seen)
        except (KeyError, TypeError, ValueError, AttributeError):
            pass
        raise UserError(f"{self.path}: expected the checksums that autoloss wrote; move the file elsewhere")

    def _write(self) -> None:
        """Adds what is new to the file, to which another process may have added something too."""
        with files.lock(self.path.parent.parent / "locks" / "checksums.lock"):
            records, first_seen = self._read()
            content = {
                "files": {path: _stated(record) for path, record in {**records, **self.files}.items()},
                "first_seen": {**first_seen, **self.first_seen},
            }
            files.write_json(self.path, content)


def _stated(record: Record) -> dict[str, int | str]:
    return {key: value for key, value in asdict(record).items() if value is not None}


def _digest(path: Path, algorithm: Algorithm) -> str:
    digest = hashlib.new(algorithm, usedforsecurity=False)
    with path.open("rb") as file, Bar(f"checksum of {path.name}", path.stat().st_size, "bytes") as bar:
        while piece := file.read(_PIECE):
            digest.update(piece)
            bar.advance(len(piece))
    return digest.hexdigest()
