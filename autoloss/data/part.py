"""A file of which not all bytes are here yet."""

import hashlib
from pathlib import Path
from typing import BinaryIO

_PIECE = 1 << 20


class Part:
    """`<file>.part`: its bytes so far, their number and checksums, and the version (etag) of the file they are of.

    What an earlier run left is taken up. The etag stands in a file beside it, so that a later run does not
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
        """Headers that ask for the bytes which are missing, if the file is still the same."""
        if not self.size:
            return {}
        same = {"If-Range": self._tag.read_text()} if self._tag.exists() else {}
        return {"Range": f"bytes={self.size}-", **same}

    def remember(self, etag: str | None) -> None:
        """Keeps the version of the file that the server sends (a weak etag does not promise equal bytes)."""
        if etag and not etag.startswith("W/"):
            self._tag.write_text(etag)

    def take(self, piece: bytes, file: BinaryIO) -> None:
        """Appends bytes."""
        file.write(piece)
        self._count(piece)

    def restart(self) -> None:
        """Forgets all bytes."""
        self.path.unlink(missing_ok=True)
        self._tag.unlink(missing_ok=True)
        self._start()

    def finish(self, path: Path) -> None:
        """All bytes are there and right: the part becomes the file."""
        self._tag.unlink(missing_ok=True)
        self.path.rename(path)

    def _start(self) -> None:
        self.size = 0
        self._digests = {name: hashlib.new(name, usedforsecurity=False) for name in ("md5", "sha256")}

    def _count(self, piece: bytes) -> None:
        self.size += len(piece)
        for digest in self._digests.values():
            digest.update(piece)
