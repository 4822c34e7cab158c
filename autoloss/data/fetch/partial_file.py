"""A partly downloaded file: its bytes so far, their checksums, and the version they belong to."""

import hashlib
from pathlib import Path
from typing import BinaryIO, NamedTuple

_PIECE = 1 << 20


class Digests(NamedTuple):
    """The checksums of a file."""

    md5: str
    sha256: str


class PartialFile:
    """`.<file>.autoloss-part`: its bytes so far, their number and checksums, and the version (etag) of the remote file.

    Bytes left by an earlier run are kept. The etag is stored in a file beside it, so that a later run does not
    join the halves of two versions.
    """

    def __init__(self, path: Path):
        self.path, self._tag = path, path.with_name(f"{path.name}.etag")
        self._start()
        if path.exists():
            with path.open("rb") as file:
                while piece := file.read(_PIECE):
                    self._count(piece)

    def digests(self) -> Digests:
        """The checksums of the bytes so far."""
        return Digests(self._md5.hexdigest(), self._sha256.hexdigest())

    def range_headers(self) -> dict[str, str]:
        """Headers that ask for the missing bytes, provided the remote file has not changed."""
        if not self.size:
            return {}
        same = {"If-Range": self._tag.read_text()} if self._tag.exists() else {}
        return {"Range": f"bytes={self.size}-", **same}

    def remember(self, etag: str | None) -> None:
        """Stores the version of the remote file (a weak etag does not promise equal bytes)."""
        if etag and not etag.startswith("W/"):
            self._tag.write_text(etag)

    def take(self, piece: bytes, file: BinaryIO) -> None:
        """Appends bytes."""
        file.write(piece)
        self._count(piece)

    def restart(self) -> None:
        """Drops all bytes."""
        self.path.unlink(missing_ok=True)
        self._tag.unlink(missing_ok=True)
        self._start()

    def finish(self, path: Path) -> None:
        """Renames the part to the file once all bytes are there and verified."""
        self._tag.unlink(missing_ok=True)
        self.path.rename(path)

    def _start(self) -> None:
        self.size = 0
        self._md5, self._sha256 = hashlib.md5(usedforsecurity=False), hashlib.sha256()

    def _count(self, piece: bytes) -> None:
        self.size += len(piece)
        self._md5.update(piece)
        self._sha256.update(piece)
