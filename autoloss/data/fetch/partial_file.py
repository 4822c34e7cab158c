"""A partly downloaded file: its bytes so far, their checksums, and the version they belong to."""

import hashlib
from pathlib import Path
from typing import BinaryIO

_PIECE = 1 << 20


class PartialFile:
    """`<file>.part`: its bytes so far, their number and checksums, and the version (etag) of the remote file.

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

    def digests(self) -> dict[str, str]:
        """{"md5", "sha256"} of the bytes so far."""
        return {name: digest.hexdigest() for name, digest in self._digests.items()}

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
        self._digests = {name: hashlib.new(name, usedforsecurity=False) for name in ("md5", "sha256")}

    def _count(self, piece: bytes) -> None:
        self.size += len(piece)
        for digest in self._digests.values():
            digest.update(piece)
